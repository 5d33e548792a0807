import { Button, Code, Group, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { DeadLetter, QueueStatus } from "../api/additions.js";
import { deadLettersQuery, handleDeadLetters, queueQuery } from "../api/queries.js";
import { usePermission } from "../auth/use-permission.js";
import { type Fact, Facts } from "../shared/facts.js";
import { formatCount, formatDateTime, formatDuration, formatMoment } from "../shared/format.js";
import { sayNotDone } from "../shared/not-done.js";
import { Scrollable } from "../shared/scrollable.js";
import { Failures, LoadingRows } from "../shared/states.js";
import classes from "./agents-page.module.css";

/** For administrators: how the queue of messages from outside is, and which of them could not be applied. */
export function Queue(): ReactNode {
  const administer = usePermission("administer");
  const queue = useQuery({ ...queueQuery, enabled: !administer.missing });
  const dead = useQuery({ ...deadLettersQuery, enabled: !administer.missing });
  if (queue.data === null && !administer.missing) return null;
  return (
    <section className={`panel ${classes.part}`} aria-labelledby="queue-title">
      <Title order={2} size="h4" id="queue-title" mb={6}>
        Messages
      </Title>
      {administer.note}
      <Failures of={{ "the queue": queue, "dead letters": dead }} />
      {queue.isLoading && <LoadingRows rows={3} />}
      {queue.data != null && <QueueFacts status={queue.data} />}
      {dead.data != null && dead.data.length > 0 && (
        <Scrollable className={classes.scroll} label="Messages that could not be applied">
          <Table fz="xs" verticalSpacing={3} aria-label="Dead letters">
            <Table.Tbody>
              {dead.data.map((letter) => (
                <Letter key={letter.id} letter={letter} />
              ))}
            </Table.Tbody>
          </Table>
        </Scrollable>
      )}
    </section>
  );
}

function QueueFacts({ status }: { status: QueueStatus }): ReactNode {
  const facts: Fact[] = [
    ["To be applied", formatCount(status.ready)],
    ["Wait for what they speak of", formatCount(status.parked)],
    ["Could not be applied", formatCount(status.dead)],
    ...(status.oldest_ready_age_s === null
      ? []
      : [["Oldest waits for", formatDuration(status.oldest_ready_age_s * 1000)] as const]),
  ];
  return <Facts facts={facts} />;
}

function Letter({ letter }: { letter: DeadLetter }): ReactNode {
  const client = useQueryClient();
  const handle = useMutation({
    mutationFn: (what: "retry" | "drop") => handleDeadLetters(what, [letter.id]),
    onSettled: () => client.invalidateQueries({ queryKey: queueQuery.queryKey }),
    onError: (error) => sayNotDone("The message is as it was", error),
  });
  const button = (label: string, what: "retry" | "drop"): ReactNode => (
    <Button
      variant="default"
      size="compact-xs"
      aria-label={`${label}: message ${letter.id}`}
      disabled={handle.isPending}
      onClick={() => handle.mutate(what)}
    >
      {label}
    </Button>
  );
  return (
    <Table.Tr>
      <Table.Td title={formatDateTime(letter.received_at)}>{formatMoment(letter.received_at)}</Table.Td>
      <Table.Td>
        {letter.event_type}
        <Text size="xs" c="var(--ink-soft)">
          {letter.reason}
        </Text>
        <details>
          <summary>message</summary>
          <Code block fz="xs">
            {JSON.stringify(letter.body, null, 2)}
          </Code>
        </details>
      </Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          {button("Try again", "retry")}
          {button("Remove", "drop")}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
