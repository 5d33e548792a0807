import { VisuallyHidden } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";
import classes from "./pick-list.module.css";

interface PickListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
  readonly onOpen?: (id: string) => void;
  readonly marked?: ReadonlySet<string>;
  /** The space bar, or a click with Ctrl: marks an item beside others, or takes the mark away. */
  readonly onMark?: (id: string) => void;
  readonly row: (item: T) => ReactNode;
}

const ROW_HEIGHT_PX = 26;
const PAGE_ROWS = 12;

/** A list of any length of which one item is chosen, with the arrow keys or the pointer; Enter opens it. */
export function PickList<T>(props: PickListProps<T>): ReactNode {
  const { label, items, idOf, selected, onSelect, onOpen, marked, onMark, row } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 10,
  });
  const index = selected === null ? -1 : items.findIndex((item) => idOf(item) === selected);
  // Keys may come faster than the choice comes back, and other news may come in between.
  const current = useRef(index);
  const known = useRef(index);
  if (known.current !== index) {
    known.current = index;
    current.current = index;
  }
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [index, virtual]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowDown: current.current + 1,
      ArrowUp: current.current - 1,
      PageDown: current.current + PAGE_ROWS,
      PageUp: current.current - PAGE_ROWS,
      Home: 0,
      End: items.length - 1,
    };
    const chosen = items[current.current];
    if (event.key === "Enter" && chosen !== undefined) onOpen?.(idOf(chosen));
    if (event.key === " " && chosen !== undefined && onMark !== undefined) {
      event.preventDefault();
      onMark(idOf(chosen));
    }
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const place = Math.min(items.length - 1, Math.max(0, next));
    const item = items[place];
    if (item === undefined) return;
    current.current = place;
    onSelect(idOf(item));
  };

  return (
    <div
      ref={scroller}
      role="listbox"
      aria-label={label}
      aria-activedescendant={index >= 0 ? `${id}-${index}` : undefined}
      tabIndex={0}
      className={classes.list}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
        {virtual.getVirtualItems().map((place) => {
          const item = items[place.index];
          if (item === undefined) return null;
          const own = idOf(item);
          return (
            // The list takes the keys; a row is for the pointer.
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above.
            <div
              key={own}
              id={`${id}-${place.index}`}
              role="option"
              tabIndex={-1}
              aria-selected={own === selected}
              aria-setsize={items.length}
              aria-posinset={place.index + 1}
              className={classes.row}
              style={{ transform: `translateY(${place.start}px)`, height: ROW_HEIGHT_PX }}
              data-marked={marked?.has(own) || undefined}
              onClick={(event) => {
                if ((event.ctrlKey || event.metaKey) && onMark !== undefined) onMark(own);
                else onSelect(own);
              }}
              onDoubleClick={() => onOpen?.(own)}
            >
              {row(item)}
              {marked?.has(own) === true && <VisuallyHidden>, marked</VisuallyHidden>}
            </div>
          );
        })}
      </div>
    </div>
  );
}
