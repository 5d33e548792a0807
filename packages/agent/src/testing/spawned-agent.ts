import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { areCompiled, nodeArguments } from "@smartem/common/testing/compiled";

export const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const USED = ["agent", "athena-api", "common", "epu"] as const;

/** What Node.js is to be started with for one of the agent's programs. */
export function agentArguments(script: "agent-process" | "cli-process"): string[] {
  return nodeArguments(USED, `testing/${script}`);
}

/** Whether the agent and what it uses are compiled from the sources as they are. */
export function isCompiled(): boolean {
  return areCompiled(USED);
}

/** An agent in a process of its own. */
export class SpawnedAgent {
  readonly #child: ChildProcess;
  #printed = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when the agent has started. */
  static async start(options: Readonly<Record<string, unknown>>): Promise<SpawnedAgent> {
    const child = spawn(process.execPath, [...agentArguments("agent-process"), JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const agent = new SpawnedAgent(child);
    child.stdout?.on("data", (chunk: Buffer) => {
      agent.#printed += chunk.toString();
    });
    await agent.#until("started");
    return agent;
  }

  async settled(): Promise<void> {
    this.#printed = "";
    this.#child.stdin?.write("settle\n");
    await this.#until("settled");
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #until(word: string): Promise<void> {
    while (!this.#printed.includes(word)) {
      if (this.#child.exitCode !== null) throw new Error(`The agent ended with ${this.#child.exitCode}.`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
