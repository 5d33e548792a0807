import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo, useRef, useState } from "react";
import type { OperatorChoice } from "../api/additions.js";
import { choicesQuery, chooseMany } from "../api/queries.js";
import { usePermission } from "../auth/use-permission.js";
import { useAddress } from "../shared/address.js";
import { formatCount } from "../shared/format.js";
import { sayNotDone } from "../shared/not-done.js";

interface Marks {
  readonly marked: ReadonlySet<string>;
  add(ids: readonly string[]): void;
  toggle(id: string): void;
  remove(ids: Iterable<string>): void;
}

/** An address goes to the server as well, which takes none of any length: more marks than fit are kept by the page alone. */
const LONGEST_ADDRESS = 6_000;

/**
 * Things that are marked to be decided about together; the address keeps them.
 *
 * @param uuids by the ids that EPU has given them, which are short
 */
export function useMarks(uuids: ReadonlyMap<string, string>): Marks {
  const address = useAddress();
  const written = address.get("marked") ?? "";
  const ids = useMemo(() => new Map([...uuids].map(([id, uuid]) => [uuid, id])), [uuids]);
  const [unwritten, setUnwritten] = useState<ReadonlySet<string> | null>(null);
  const marked = useMemo(
    () => unwritten ?? new Set(written.split(".").flatMap((id) => uuids.get(id) ?? [])),
    [unwritten, written, uuids],
  );
  // Marks may come faster than the address changes.
  const latest = useRef(marked);
  latest.current = marked;
  const mark = (next: ReadonlySet<string>): void => {
    latest.current = next;
    const text = [...next].map((uuid) => ids.get(uuid) ?? "").join(".");
    const fits = text.length <= LONGEST_ADDRESS;
    setUnwritten(fits ? null : next);
    address.put("marked", fits && text !== "" ? text : null);
  };
  return {
    marked,
    add: (more) => mark(new Set([...latest.current, ...more])),
    toggle: (uuid) => {
      const next = new Set(latest.current);
      if (!next.delete(uuid)) next.add(uuid);
      mark(next);
    },
    remove: (done) => {
      const next = new Set(latest.current);
      for (const uuid of done) next.delete(uuid);
      mark(next);
    },
  };
}

interface MarkedBarProps {
  readonly entity: "gridsquares" | "foilholes";
  readonly gridUuid: string;
  readonly marks: Marks;
}

interface ManyChosen {
  readonly uuids: string[];
  readonly next: OperatorChoice | null;
}

/** A person's word about everything that is marked. */
export function MarkedBar({ entity, gridUuid, marks }: MarkedBarProps): ReactNode {
  const client = useQueryClient();
  const operate = usePermission("operate");
  const { queryKey } = choicesQuery(gridUuid);
  const change = useMutation({
    mutationFn: ({ uuids, next }: ManyChosen) => chooseMany(gridUuid, entity, uuids, next),
    onSuccess: (_answer, { uuids, next }) => {
      client.setQueryData(queryKey, (known) => {
        const changed = new Map(known);
        for (const uuid of uuids) {
          if (next === null) changed.delete(uuid);
          else changed.set(uuid, next);
        }
        return changed;
      });
    },
    onError: (error) => sayNotDone("Your choices were not stored", error),
  });
  if (marks.marked.size === 0) return null;
  const decide = (next: OperatorChoice | null): void => {
    const uuids = [...marks.marked];
    // What is marked while the request is under way stays marked, as does what is on another page by then.
    change.mutate({ uuids, next }, { onSuccess: () => marks.remove(uuids) });
  };
  const button = (label: string, next: OperatorChoice | null): ReactNode => (
    <Button
      variant="default"
      size="compact-xs"
      disabled={change.isPending || operate.missing}
      aria-describedby={operate.describedBy}
      loading={change.isPending && change.variables.next === next}
      onClick={() => decide(next)}
    >
      {label}
    </Button>
  );
  return (
    <Group gap={6} px="sm" py={6} role="group" aria-label="Marked" className="no-print">
      <Text size="sm" fw={600}>
        {formatCount(marks.marked.size)} marked
      </Text>
      {button("First", "selected")}
      {button("Lock out", "locked")}
      {button("By plan", null)}
      {operate.note}
      <Button variant="subtle" size="compact-xs" ml="auto" onClick={() => marks.remove(marks.marked)}>
        Unmark
      </Button>
    </Group>
  );
}
