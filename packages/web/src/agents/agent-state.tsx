import type { ReactNode } from "react";
import type { AgentSession } from "../api/additions.js";
import { formatAgo, parseTime, UNKNOWN } from "../shared/format.js";
import { Mark } from "../shared/mark.js";

/** How long ago an agent was heard of. */
export function lastHeard({ last_heartbeat_at, last_activity_at }: AgentSession, now: number): string {
  const time = parseTime(last_heartbeat_at ?? last_activity_at);
  return time === null ? UNKNOWN : formatAgo(now - time);
}

/** Whether an agent can be reached; an agent that is not connected is told so, whatever its session says. */
export function AgentState({ session }: { session: AgentSession }): ReactNode {
  if (session.status === "completed") {
    return (
      <Mark mark="✓" tone="quiet">
        completed
      </Mark>
    );
  }
  if (session.connection_count > 0) {
    return (
      <Mark mark="●" tone="live">
        connected
      </Mark>
    );
  }
  return (
    <Mark mark="✕" tone={session.status === "active" ? "alarm" : "warn"}>
      {session.status === "active" ? "not connected" : "inactive"}
    </Mark>
  );
}
