import type { ReactNode, Ref } from "react";

interface ScrollableProps {
  /** What is in it, in words. */
  readonly label: string;
  readonly className: string | undefined;
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLElement>;
}

/** A part of a page that may have more than there is room for: scrolled with the keyboard, too, whatever is in it. */
export function Scrollable({ label, className, children, ref }: ScrollableProps): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what nothing in it takes the focus can't be scrolled otherwise.
    <section className={className} aria-label={label} tabIndex={0} {...(ref === undefined ? {} : { ref })}>
      {children}
    </section>
  );
}
