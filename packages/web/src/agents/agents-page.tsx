import { Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { acquisitionsQuery, agentSessionsQuery, healthQuery, instructionsQuery, statusQuery } from "../api/queries.js";
import { NewestInstructions, SaveInstructions } from "../instructions/instruction-table.js";
import { type Fact, Facts } from "../shared/facts.js";
import { formatDuration, UNKNOWN } from "../shared/format.js";
import { Mark } from "../shared/mark.js";
import { Scrollable } from "../shared/scrollable.js";
import { Answered, Failures, LoadingRows, Nothing } from "../shared/states.js";
import { useNow } from "../shared/use-now.js";
import { AgentLogs } from "./agent-logs.js";
import { AgentState, lastHeard } from "./agent-state.js";
import classes from "./agents-page.module.css";
import { Queue } from "./queue.js";

/** Who is connected, what agents report, what could not be taken in, and how the server is. */
export function AgentsPage(): ReactNode {
  useDocumentTitle("Agents · SmartEM Decisions");
  const instructions = useQuery(instructionsQuery(null));
  return (
    <div className={classes.page}>
      <Title order={1} mb="sm">
        Agents
      </Title>
      <div className={classes.columns}>
        <Stack gap="sm" miw={0}>
          <Agents />
          <section className={`panel ${classes.part}`} aria-labelledby="instructions-title">
            <Group gap="sm" mb={4}>
              <Title order={2} size="h4" id="instructions-title">
                Instructions
              </Title>
              {instructions.data !== undefined && instructions.data.total > 0 && (
                <SaveInstructions acquisitionUuid={null} />
              )}
            </Group>
            <Answered query={instructions}>
              {(known) =>
                known.total === 0 ? (
                  <Text size="sm" c="var(--ink-soft)">
                    None so far.
                  </Text>
                ) : (
                  <Scrollable className={classes.scroll} label="Instructions, newest first">
                    <NewestInstructions known={known} most={known.rows.length} />
                  </Scrollable>
                )
              }
            </Answered>
          </section>
          <AgentLogs />
        </Stack>
        <Stack gap="sm" miw={0}>
          <Server />
          <Queue />
        </Stack>
      </div>
    </div>
  );
}

function Agents(): ReactNode {
  const sessions = useQuery(agentSessionsQuery);
  const acquisitions = useQuery(acquisitionsQuery);
  const now = useNow(1_000);
  const names = new Map((acquisitions.data ?? []).map(({ uuid, name }) => [uuid, name]));
  return (
    <section className={`panel ${classes.part}`} aria-labelledby="agents-title">
      <Title order={2} size="h4" id="agents-title" mb={4}>
        Connections
      </Title>
      <Failures of={{ connections: sessions, "names of sessions": acquisitions }} />
      {sessions.isPending && <LoadingRows rows={3} />}
      {sessions.data?.length === 0 && (
        <Nothing title="No agent yet">An agent appears here as soon as it has opened a session.</Nothing>
      )}
      {sessions.data !== undefined && sessions.data.length > 0 && (
        <Scrollable className={classes.scroll} label="Agents' connections">
          <Table fz="sm" verticalSpacing={4} aria-label="Agents">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Agent</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Session</Table.Th>
                <Table.Th>Last sign of life</Table.Th>
                <Table.Th>Version</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sessions.data.map((session) => (
                <Table.Tr key={session.session_id}>
                  <Table.Td fw={600}>{session.agent_id}</Table.Td>
                  <Table.Td>
                    <AgentState session={session} />
                  </Table.Td>
                  <Table.Td>
                    {session.acquisition_uuid === null ? (
                      (session.name ?? UNKNOWN)
                    ) : (
                      <Link to={`/ui/sessions/${session.acquisition_uuid}`}>
                        {names.get(session.acquisition_uuid) ?? session.acquisition_uuid}
                      </Link>
                    )}
                  </Table.Td>
                  <Table.Td>{lastHeard(session, now)}</Table.Td>
                  <Table.Td>{session.software_version ?? UNKNOWN}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scrollable>
      )}
    </section>
  );
}

function Server(): ReactNode {
  const health = useQuery(healthQuery);
  const status = useQuery(statusQuery);
  const facts: Fact[] = [];
  if (status.data !== undefined) {
    facts.push(["Version", status.data.version], ["Up for", formatDuration(status.data.uptime_s * 1000)]);
  }
  for (const [service, { status: state, details }] of Object.entries(health.data?.services ?? {})) {
    facts.push([
      service.replaceAll("_", " "),
      <Mark
        key={service}
        mark={state === "ok" ? "●" : state === "error" ? "✕" : "○"}
        tone={state === "ok" ? "live" : state === "error" ? "alarm" : "quiet"}
      >
        {state === "ok" ? details || "ok" : `${state}: ${details}`}
      </Mark>,
    ]);
  }
  return (
    <section className={`panel ${classes.part}`} aria-labelledby="server-title">
      <Title order={2} size="h4" id="server-title" mb={6}>
        Server
      </Title>
      <Failures of={{ services: health, "the server's version": status }} />
      {facts.length === 0 && (health.isPending || status.isPending) && <LoadingRows rows={3} />}
      <Facts facts={facts} />
    </section>
  );
}
