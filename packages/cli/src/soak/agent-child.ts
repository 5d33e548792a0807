import { startAgent } from "@smartem/agent/agent";
import { AGENT_TIMES } from "@smartem/agent/agent-options";
import { openAthena } from "@smartem/agent/control/open-athena";
import { keepHeapsSmall } from "@smartem/agent/small-heap";
import { createLogger, logFile } from "@smartem/common/logging";
import { runChild } from "../start/children.js";

export interface SoakAgentOptions {
  readonly watchFolder: string;
  readonly stateFolder: string;
  readonly apiUrl: string;
  readonly agentId: string;
  readonly athenaUrl: string;
  readonly logFile: string;
  /** Without them it has to find all by scanning, as on a network drive. */
  readonly notifications: boolean;
}

/** As on a microscope, but for what would take minutes. */
const TIMES = {
  watch: { gatherMs: 25, scanIntervalMs: 1_000, fullScanIntervalMs: 15_000 },
  fileBackoff: { initialMs: 200, maxMs: 3_000 },
  apiBackoff: { initialMs: 200, maxMs: 3_000 },
  controlBackoff: { initialMs: 200, maxMs: 3_000 },
  apiTimeoutMs: 5_000,
  sseTimeoutMs: 5_000,
  verifyIntervalMs: 1_000,
  heartbeatIntervalMs: 5_000,
  logIntervalMs: 2_000,
  lossLookMs: 5_000,
  lossLookSpreadMs: 500,
  housekeepingMs: 2_000,
  sessionQuietMs: 3_000,
};

/** An agent of a soak run; at `{ settle: n }` it answers `{ settled: n }` when it has nothing left to do. */
export function runSoakAgentChild(options: SoakAgentOptions): Promise<void> {
  const { logFile: file, athenaUrl, ...of } = options;
  return runChild(async () => {
    await keepHeapsSmall();
    const log = createLogger("agent", "info", logFile(file));
    const agent = await startAgent({
      ...of,
      log,
      control: await openAthena(athenaUrl),
      times: { ...AGENT_TIMES, ...TIMES },
    });
    process.on("message", (message) => {
      if (typeof message !== "object" || message === null || !("settle" in message)) return;
      agent.settled().then(
        () => process.send?.({ settled: message.settle, status: agent.status() }),
        (thrown: unknown) => log.error({ err: thrown }, "not settled"),
      );
    });
    return { ready: { ready: true }, stop: () => agent.stop() };
  });
}
