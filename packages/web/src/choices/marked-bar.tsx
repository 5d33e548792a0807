import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useState } from "react";
import type { OperatorChoice } from "../api/additions.js";
import { choicesQuery, chooseMany } from "../api/queries.js";
import { formatCount } from "../shared/format.js";

interface Marks {
  readonly marked: ReadonlySet<string>;
  add(ids: readonly string[]): void;
  toggle(id: string): void;
  clear(): void;
}

/** Things that are marked to be decided about together. */
export function useMarks(): Marks {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  return {
    marked,
    add: useCallback((ids) => setMarked((before) => new Set([...before, ...ids])), []),
    toggle: useCallback(
      (id) =>
        setMarked((before) => new Set(before.has(id) ? [...before].filter((other) => other !== id) : [...before, id])),
      [],
    ),
    clear: useCallback(() => setMarked(new Set()), []),
  };
}

interface MarkedBarProps {
  readonly entity: "gridsquares" | "foilholes";
  readonly gridUuid: string;
  readonly marks: Marks;
}

/** A person's word about everything that is marked. */
export function MarkedBar({ entity, gridUuid, marks }: MarkedBarProps): ReactNode {
  const client = useQueryClient();
  const { queryKey } = choicesQuery(gridUuid);
  const change = useMutation({
    mutationFn: (next: OperatorChoice | null) => chooseMany(gridUuid, entity, [...marks.marked], next),
    onSuccess: (_answer, next) => {
      client.setQueryData(queryKey, (known) => {
        const changed = new Map(known);
        for (const uuid of marks.marked) {
          if (next === null) changed.delete(uuid);
          else changed.set(uuid, next);
        }
        return changed;
      });
      marks.clear();
    },
    onError: (error) =>
      notifications.show({
        color: "red",
        title: "Your choices were not stored",
        message: error.message,
        autoClose: false,
      }),
  });
  if (marks.marked.size === 0) return null;
  const button = (label: string, next: OperatorChoice | null): ReactNode => (
    <Button
      variant="default"
      size="compact-xs"
      disabled={change.isPending}
      loading={change.isPending && change.variables === next}
      onClick={() => change.mutate(next)}
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
      <Button variant="subtle" size="compact-xs" ml="auto" onClick={marks.clear}>
        Unmark
      </Button>
    </Group>
  );
}
