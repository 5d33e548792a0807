import { Code, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { inboxQuery } from "../api/queries.js";
import { formatClock, formatDateTime } from "../shared/format.js";
import classes from "./agents-page.module.css";

/** Messages from outside that have not been applied, and why. */
export function Messages({
  status,
  title,
  help,
}: {
  status: "dead" | "parked";
  title: string;
  help: string;
}): ReactNode {
  const { data } = useQuery(inboxQuery(status));
  if (data == null) return null;
  return (
    <section className={`panel ${classes.part}`} aria-label={title}>
      <Title order={2} size="h4">
        {title}{" "}
        <Text span size="xs" c="var(--ink-soft)">
          {data.length}
        </Text>
      </Title>
      <Text size="xs" c="var(--ink-soft)" mb={4}>
        {help}
      </Text>
      {data.length > 0 && (
        <div className={classes.scroll}>
          <Table fz="xs" verticalSpacing={3} aria-label={title}>
            <Table.Tbody>
              {data.map((message) => (
                <Table.Tr key={message.id}>
                  <Table.Td title={formatDateTime(message.received_at)}>{formatClock(message.received_at)}</Table.Td>
                  <Table.Td>
                    {message.event_type}
                    <Text size="xs" c="var(--ink-soft)">
                      {message.reason ?? (message.waiting_for === null ? "" : `waits for ${message.waiting_for}`)}
                    </Text>
                    <details>
                      <summary>message</summary>
                      <Code block fz="xs">
                        {JSON.stringify(message.body, null, 2)}
                      </Code>
                    </details>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}
