import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, startAgent } from "../agent.js";
import { AGENT_TIMES, type AgentOptions, type AgentTimes } from "../agent-options.js";
import { FakeApi } from "./fake-api.js";

/** All waits short, so that tests of waits don't take long. */
export const FAST_TIMES: AgentTimes = {
  ...AGENT_TIMES,
  watch: { gatherMs: 2, scanIntervalMs: 150, fullScanIntervalMs: 60_000 },
  fileBackoff: { initialMs: 5, maxMs: 80 },
  apiBackoff: { initialMs: 5, maxMs: 60 },
  controlBackoff: { initialMs: 5, maxMs: 50 },
  apiTimeoutMs: 5_000,
  verifyIntervalMs: 20,
  logIntervalMs: 20,
  heartbeatIntervalMs: 50,
  streamHeartbeatMs: 1_000,
  sseTimeoutMs: 2_000,
  housekeepingMs: 50,
  lossLookSpreadMs: 20,
};

/** A folder to be watched, an API, and agents between them; all gone with `close`. */
export class Workplace {
  folder = "";
  watched = "";
  api = new FakeApi();
  #agents: Agent[] = [];

  static async open(): Promise<Workplace> {
    const workplace = new Workplace();
    await workplace.open();
    return workplace;
  }

  /** Makes everything anew. */
  async open(): Promise<void> {
    this.folder = mkdtempSync(join(tmpdir(), "smartem-agent-"));
    this.watched = join(this.folder, "visit");
    this.api = new FakeApi();
    this.#agents = [];
    mkdirSync(this.watched);
    await this.api.start();
  }

  get stateFolder(): string {
    return join(this.folder, "state");
  }

  async agent(options: Partial<AgentOptions> = {}): Promise<Agent> {
    const agent = await startAgent({
      watchFolder: this.watched,
      apiUrl: this.api.url,
      agentId: "agent-1",
      stateFolder: this.stateFolder,
      times: FAST_TIMES,
      ...options,
    });
    this.#agents.push(agent);
    return agent;
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) await agent.stop();
    await this.api.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const POLL_MS = 5;

/** Waits until `condition` holds. @throws when it does not for so long */
export async function until(what: string, condition: () => boolean, timeoutMs = 15_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
