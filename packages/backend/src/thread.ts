import { Worker } from "node:worker_threads";
import { messageOf, type SmartemError } from "@smartem/common/errors";

/** A thread beside the one that answers requests, for what takes long. It is begun by the first question. */
export interface Thread<Question, Answer> {
  /** Questions are answered one at a time, in their order. @throws SmartemError what `busy` and `failed` of its options make */
  ask(question: Question): Promise<Answer>;
  stop(): Promise<void>;
}

export interface ThreadOptions {
  /** An answer that takes longer is given up, and the thread with it; the next question has a new one. */
  readonly timeoutMs: number;
  /** So many questions may wait. */
  readonly maxWaiting: number;
  readonly busy: (waiting: number) => SmartemError;
  readonly failed: (reason: string) => SmartemError;
}

/** While developing, and in tests, the sources are run as they are, which threads have to be told how to. */
const FROM_SOURCES = import.meta.url.endsWith(".ts");

/** @param program the module that the thread runs, without its ending; it answers each message with one */
export function startThread<Question, Answer>(program: URL, options: ThreadOptions): Thread<Question, Answer> {
  let worker: Worker | null = null;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  const discard = async (used: Worker): Promise<void> => {
    if (worker === used) worker = null;
    await used.terminate();
  };
  const answerOf = (question: Question): Promise<Answer> =>
    new Promise((resolve, reject) => {
      worker ??= newWorker(program);
      const used = worker;
      const settle = (settled: () => void): void => {
        clearTimeout(timer);
        used.off("message", answered).off("error", broke).off("exit", ended);
        settled();
      };
      const fail = (reason: string): void => {
        settle(() => reject(options.failed(reason)));
        // What breaks while it ends is no news.
        used.on("error", () => undefined);
        void discard(used);
      };
      const answered = (answer: Answer): void => settle(() => resolve(answer));
      const broke = (error: unknown): void => fail(messageOf(error));
      const ended = (code: number): void => fail(`the thread ended with code ${code}.`);
      const timer = setTimeout(() => fail(`it took longer than ${options.timeoutMs} ms.`), options.timeoutMs);
      used.on("message", answered).on("error", broke).on("exit", ended);
      used.postMessage(question);
    });

  return {
    async ask(question) {
      if (waiting >= options.maxWaiting) throw options.busy(waiting);
      waiting++;
      const mine = last.then(() => answerOf(question));
      last = mine.catch(() => undefined);
      try {
        return await mine;
      } finally {
        waiting--;
      }
    },
    async stop() {
      if (worker !== null) await discard(worker);
    },
  };
}

function newWorker(program: URL): Worker {
  const file = new URL(`${program.href}.${FROM_SOURCES ? "ts" : "js"}`);
  const worker = FROM_SOURCES ? new Worker(fromSources(file), { eval: true }) : new Worker(file);
  worker.unref();
  return worker;
}

function fromSources(program: URL): string {
  return `import("tsx/esm/api").then(({ register }) => { register(); return import("${program}"); });`;
}
