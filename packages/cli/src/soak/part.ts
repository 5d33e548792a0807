import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { SmartemError } from "@smartem/common/errors";
import { delay } from "@smartem/common/time";

const BIN = fileURLToPath(new URL("../../bin/smartem.js", import.meta.url));
const CLOCK = new URL("./shiftable-clock.js", import.meta.url).href;
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;

export type Message = Readonly<Record<string, unknown>>;

export interface PartOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is to write what it prints. */
  readonly outputFile: string;
  /** Whether it works now; for parts that do not say so by a message. */
  readonly isReady?: () => Promise<boolean>;
  readonly onMessage?: (message: Message) => void;
  /** Called when it has ended without having been told to. */
  readonly onDeath: (how: string) => void;
}

/** A process of the system, to be killed and started again. Its clock can be shifted. */
export class Part {
  readonly #options: PartOptions;
  #child: ChildProcess | null = null;
  #expected = false;
  #clockOffsetMs = 0;

  constructor(options: PartOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Starts it, again if need be, and waits until it is ready. @throws SmartemError `part_not_started` */
  async start(): Promise<void> {
    for (let attempt = 1; this.#child === null; attempt++) {
      const failure = await this.#startOnce();
      if (failure === null) return;
      if (attempt === ATTEMPTS) {
        throw new SmartemError("part_not_started", 500, `${this.name} can't be started: ${failure}`);
      }
      await delay(1_000 * attempt);
    }
  }

  async #startOnce(): Promise<string | null> {
    const { args, env, outputFile, onMessage, onDeath, isReady } = this.#options;
    const output = openSync(outputFile, "a");
    const child = fork(BIN, [...args], {
      execArgv: ["--import", CLOCK],
      // Away from any `.env` file.
      cwd: dirname(outputFile),
      env: { ...process.env, ...env },
      stdio: ["ignore", output, output, "ipc"],
    });
    this.#expected = false;
    let ended: string | null = null;
    child.once("exit", (code, signal) => {
      ended = signal ?? `code ${code}`;
      if (this.#child !== child) return;
      this.#child = null;
      if (!this.#expected) onDeath(ended);
    });
    child.on("error", () => undefined);
    let ready = false;
    let failed: string | null = null;
    child.on("message", (message) => {
      if (typeof message !== "object") return;
      const said = message as unknown as Message;
      if ("ready" in said) ready = true;
      if (typeof said.failed === "string") failed = said.failed;
      onMessage?.(said);
    });
    if (this.#clockOffsetMs !== 0) child.send({ clockOffsetMs: this.#clockOffsetMs });
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < deadline && ended === null && failed === null) {
      if (ready || (await isReady?.()) === true) {
        this.#child = child;
        return null;
      }
      await delay(50);
    }
    child.kill("SIGKILL");
    return failed ?? ended ?? "not ready in time";
  }

  /** @returns whether there was somebody to send it to */
  send(message: string | Message): boolean {
    if (this.#child?.connected !== true) return false;
    this.#child.send(message);
    return true;
  }

  /** Also the clock of what is started later. @returns whether it runs now */
  shiftClock(offsetMs: number): boolean {
    this.#clockOffsetMs = offsetMs;
    return this.send({ clockOffsetMs: offsetMs });
  }

  /** Sends a message and waits for an answer to it. @throws SmartemError `part_away`, `part_silent` */
  async ask(message: string | Message, isAnswer: (answer: Message) => boolean, timeoutMs: number): Promise<Message> {
    const child = this.#child;
    if (child === null) throw new SmartemError("part_away", 500, `${this.name} does not run.`);
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        child.off("message", onMessage);
        child.off("exit", onExit);
        settle();
      };
      const fail = (why: string): void =>
        finish(() => reject(new SmartemError("part_silent", 500, `${this.name}: ${why}`)));
      const onExit = (): void => fail("it ended");
      const onMessage = (answer: unknown): void => {
        if (isAnswer(answer as Message)) finish(() => resolve(answer as Message));
      };
      const timer = setTimeout(() => fail(`no answer to ${JSON.stringify(message)} in ${timeoutMs} ms`), timeoutMs);
      child.on("message", onMessage);
      child.on("exit", onExit);
      this.send(message);
    });
  }

  async kill(): Promise<void> {
    await this.#end((child) => child.kill("SIGKILL"));
  }

  /** Lets it finish what is under way. */
  async stop(): Promise<void> {
    await this.#end((child) => {
      if (this.#options.isReady === undefined && child.connected) child.send("stop");
      else child.kill("SIGTERM");
    });
  }

  async #end(by: (child: ChildProcess) => void): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#expected = true;
    const ended = once(child, "exit");
    by(child);
    const timer = setTimeout(() => {
      this.#options.onDeath("it did not stop when told to");
      child.kill("SIGKILL");
    }, STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
}
