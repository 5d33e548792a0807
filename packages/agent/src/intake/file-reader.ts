import { Worker } from "node:worker_threads";
import { delay } from "@smartem/common/time";
import { threadStarted } from "../small-heap.js";
import { type Reading, type ReadRequest, readAndParse } from "./read-and-parse.js";
import { type ReadFile, readWholeFile } from "./read-file.js";
import type { ReadAnswer, ReadOrder } from "./reader-thread.js";

/** Reads files, without anything else having to wait for the disk. */
export interface FileReader {
  /** One reading for each request, in their order. After `close` it never settles. */
  read(requests: readonly ReadRequest[]): Promise<readonly Reading[]>;
  /** Gives back what only reading needs; to be called while nothing is being read. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

/** Reads in the thread that calls: for tests, and for sources that are not compiled. */
export function readerInThisThread(readFile: ReadFile): FileReader {
  return {
    read: async (requests) => requests.map((request) => readAndParse(request, readFile)),
    rest: async () => undefined,
    close: async () => undefined,
  };
}

const SCRIPT = new URL("./reader-thread.js", import.meta.url);
/** What a file of 256 MB can grow to; a thread that needs more ends alone. */
const HEAP_MB = 2_048;
const END_MS = 1_000;

/**
 * Reads in a thread of its own: a disk that has gone away holds up nobody else, and a file that takes all memory ends
 * nothing but that thread, which is then started anew.
 */
export function readerInOwnThread(): FileReader {
  let worker: Worker | null = null;
  let closed = false;

  let orders = 0;
  const readBy = (thread: Worker, requests: readonly ReadRequest[]): Promise<readonly Reading[] | string> =>
    new Promise((resolve) => {
      const id = ++orders;
      const answer = (readings: readonly Reading[] | string): void => {
        // One by one: removing all would take the thread's own with them.
        thread.off("message", onMessage).off("error", onError).off("exit", onExit);
        resolve(readings);
      };
      // Whoever gave an earlier order may not have waited for its answer.
      const onMessage = (message: ReadAnswer): void => {
        if (message.id === id) answer(message.readings);
      };
      const onError = (thrown: Error): void => answer(`The thread that read it failed: ${thrown.message}`);
      const onExit = (): void => answer("The thread that read it ended.");
      thread.on("message", onMessage).on("error", onError).on("exit", onExit);
      thread.postMessage({ id, requests } satisfies ReadOrder);
    });

  const read = async (requests: readonly ReadRequest[]): Promise<readonly Reading[]> => {
    if (requests.length === 0) return [];
    // Without this process's own options: a condition of theirs may lead to sources that are not compiled.
    worker ??= new Worker(SCRIPT, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    }).once("online", threadStarted);
    const thread = worker;
    const readings = await readBy(thread, requests);
    if (typeof readings !== "string") return readings;
    if (closed) return new Promise(() => undefined);
    if (worker === thread) worker = null;
    await thread.terminate();
    if (requests.length === 1) return [{ is: "failed", code: "defect", reason: readings }];
    // One of them ended the thread: which one shows when each is read alone.
    const alone: Reading[] = [];
    for (const request of requests) alone.push(...(await read([request])));
    return alone;
  };

  return {
    read,
    async rest() {
      const resting = worker;
      worker = null;
      await resting?.terminate();
    },
    async close() {
      closed = true;
      // A thread that waits for a disk can't be ended before that answers.
      await Promise.race([worker?.terminate(), delay(END_MS)]);
    },
  };
}

/** The reader for the agent as it runs. */
export function defaultReader(): FileReader {
  return import.meta.url.endsWith(".js") ? readerInOwnThread() : readerInThisThread(readWholeFile);
}
