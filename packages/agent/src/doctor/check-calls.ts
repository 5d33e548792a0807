import { readStatusFile } from "../reporting/status-file.js";
import { type Finding, warns } from "./finding.js";

const HINTS = {
  held:
    "Let the agent's client operate (see the realm's roles), and give no two agents the same --agent-id or " +
    "--session-id. It is tried again each hour, with each new token and at each start.",
  refused: "It is not tried again. The API's log says more; are agent and API of the same version?",
} as const;

/** Whether the API has taken all that the agent had to tell it, by the agent's last word on itself. */
export function checkCalls(stateFolder: string): Finding[] {
  const calls = readStatusFile(stateFolder)?.status.refused_calls ?? [];
  return (["held", "refused"] as const).flatMap((state) => {
    const those = calls.filter((each) => each.state === state);
    const [latest] = those;
    if (latest === undefined) return [];
    const message = `The API does not take ${those.length} of the agent's calls; the last: ${latest.call}: ${latest.reason}`;
    return [warns("calls", message, HINTS[state])];
  });
}
