import { existsSync } from "node:fs";
import { startAgent } from "@smartem/agent/agent";
import { readCredentials } from "@smartem/agent/auth/agent-env";
import { openAthena } from "@smartem/agent/control/open-athena";
import { keepHeapsSmall } from "@smartem/agent/small-heap";
import { createLogger, logFile } from "@smartem/common/logging";
import { runChild } from "./children.js";

export interface AgentChildOptions {
  readonly watchFolder: string;
  readonly stateFolder: string;
  readonly apiUrl: string;
  readonly agentId: string;
  readonly athenaUrl: string | null;
  /** Whether the API asks for tokens; the account is read here, since others see what a process is started with. */
  readonly authenticated: boolean;
  readonly logFile: string;
  readonly logLevel: string;
  /** Whether the file system is asked for notifications; default: yes. */
  readonly notifications?: boolean;
}

export function runAgentChild(options: AgentChildOptions): Promise<void> {
  return runChild(async () => {
    await keepHeapsSmall();
    const log = createLogger("agent", options.logLevel, logFile(options.logFile));
    const agent = await startAgent({
      watchFolder: options.watchFolder,
      stateFolder: options.stateFolder,
      apiUrl: options.apiUrl,
      agentId: options.agentId,
      credentials: options.authenticated ? readCredentials(existsSync(".env") ? ".env" : null, process.env) : null,
      log,
      notifications: options.notifications ?? true,
      ...(options.athenaUrl === null ? {} : { control: await openAthena(options.athenaUrl) }),
    });
    return { ready: { watching: options.watchFolder }, stop: () => agent.stop() };
  });
}
