import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { AgentState, lastHeard } from "../agents/agent-state.js";
import { connectionsQuery } from "../api/queries.js";
import { type Fact, Facts } from "../shared/facts.js";
import { formatDateTime, UNKNOWN } from "../shared/format.js";
import { Answered } from "../shared/states.js";
import { useNow } from "../shared/use-now.js";
import classes from "./session-page.module.css";

/** Which agents serve a session, and whether the microscope can be told anything at the moment. */
export function Connections({ acquisitionUuid }: { acquisitionUuid: string }): ReactNode {
  const agents = useQuery(connectionsQuery(acquisitionUuid));
  const now = useNow(1_000);
  return (
    <section className={`panel ${classes.part}`} aria-labelledby="connections-title">
      <Title order={2} size="h4" id="connections-title" mb={8}>
        Agents
      </Title>
      <Answered query={agents}>
        {(sessions) => (
          <Stack gap="md">
            {sessions.length === 0 && (
              <Text size="sm" c="var(--ink-soft)">
                No agent has opened this session: nothing can be told to the microscope.
              </Text>
            )}
            {sessions.map((session) => {
              const facts: Fact[] = [
                ["Agent", session.agent_id],
                ["State", <AgentState key="state" session={session} />],
                ["Last heard", lastHeard(session, now)],
                ["Since", formatDateTime(session.created_at)],
                ["Software", session.software_version ?? UNKNOWN],
              ];
              return <Facts key={session.session_id} facts={facts} />;
            })}
          </Stack>
        )}
      </Answered>
    </section>
  );
}
