import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { messageOf, SmartemError } from "@smartem/common/errors";

/** A part of the system in a process of its own, that ends with its parent. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves when it has ended, with its exit code. */
  readonly ended: Promise<number | null>;
  /** Lets it finish what is under way; after a while it is ended. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 15_000;
const BIN = fileURLToPath(new URL("../../bin/smartem.js", import.meta.url));

/** Starts a part and waits until it is ready. @throws SmartemError with what it says when it can't start */
export async function startChild(name: string, command: string, options: unknown): Promise<Child> {
  const child = fork(BIN, [command, JSON.stringify(options)], {
    // What a tool has put in front of this process, such as a compiler, would slow its children down.
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const [message] = (await Promise.race([
    once(child, "message"),
    ended.then((code) => [{ failed: `ended with code ${code}` }]),
  ])) as [Record<string, unknown>];
  if (typeof message.failed === "string") {
    child.kill();
    throw new SmartemError("child_failed", 500, `The ${name} could not be started: ${message.failed}`, {
      ...(typeof message.hint === "string" ? { hint: message.hint } : {}),
    });
  }
  return {
    name,
    pid: child.pid ?? 0,
    ready: message,
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (child.connected) child.send("stop");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** What a child does: start, say that it is ready, work until told to stop or until the parent is gone, stop. */
export async function runChild(
  start: () => Promise<{ ready: Record<string, unknown>; stop(): Promise<void> }>,
): Promise<void> {
  // Ctrl+C in a terminal reaches every process; the parent says when it is this one's turn.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  const told = new Promise<void>((resolve) => {
    process.once("disconnect", resolve);
    process.on("message", (message) => {
      if (message === "stop") resolve();
    });
  });
  let part: Awaited<ReturnType<typeof start>>;
  try {
    part = await start();
  } catch (error) {
    process.send?.({ failed: messageOf(error), ...(error instanceof SmartemError ? { hint: error.hint } : {}) });
    process.exitCode = 1;
    process.disconnect();
    return;
  }
  process.send?.(part.ready);
  await told;
  // Where the parent is gone, nobody else ends what does not stop.
  setTimeout(() => process.exit(1), STOP_TIMEOUT_MS);
  await part.stop();
  if (process.connected) process.disconnect();
  // What libraries keep open must not keep the process.
  process.exit(0);
}
