import { Worker } from "node:worker_threads";
import { SmartemError } from "@smartem/common/errors";
import { MAX_WAITING, RENDER_TIMEOUT_MS } from "./limits.js";
import type { Rendered, RenderRequest } from "./render.js";
import type { RenderAnswer } from "./render-worker.js";
import { UnreadableImage } from "./unreadable-image.js";

/** Makes images in a thread of its own, one at a time: requests of other kinds are answered meanwhile. */
export interface Renderer {
  /** @throws UnreadableImage, SmartemError `images_busy` or `image_failed` 503 */
  render(request: RenderRequest): Promise<Rendered>;
  stop(): Promise<void>;
}

/** While developing, and in tests, the sources are run as they are, which threads have to be told how to. */
const FROM_SOURCES = import.meta.url.endsWith(".ts");

function newWorker(): Worker {
  const program = new URL(FROM_SOURCES ? "./render-worker.ts" : "./render-worker.js", import.meta.url);
  const worker = FROM_SOURCES ? new Worker(fromSources(program), { eval: true }) : new Worker(program);
  worker.unref();
  return worker;
}

function fromSources(program: URL): string {
  return `import("tsx/esm/api").then(({ register }) => { register(); return import("${program}"); });`;
}

export function startRenderer(timeoutMs = RENDER_TIMEOUT_MS): Renderer {
  let worker: Worker | null = null;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  const discard = async (used: Worker): Promise<void> => {
    if (worker === used) worker = null;
    await used.terminate();
  };
  const ask = (request: RenderRequest): Promise<RenderAnswer> =>
    new Promise((resolve, reject) => {
      worker ??= newWorker();
      const used = worker;
      const settle = (settled: () => void): void => {
        clearTimeout(timer);
        used.off("message", answered).off("error", broke).off("exit", ended);
        settled();
      };
      const fail = (message: string): void => {
        settle(() => reject(new SmartemError("image_failed", 503, `The image could not be made: ${message}`)));
        // What breaks while it ends is no news.
        used.on("error", () => undefined);
        void discard(used);
      };
      const answered = (answer: RenderAnswer): void => settle(() => resolve(answer));
      const broke = (error: Error): void => fail(error.message);
      const ended = (code: number): void => fail(`the thread ended with code ${code}.`);
      const timer = setTimeout(() => fail(`it took longer than ${timeoutMs} ms.`), timeoutMs);
      used.on("message", answered).on("error", broke).on("exit", ended);
      used.postMessage(request);
    });

  return {
    async render(request) {
      if (waiting >= MAX_WAITING)
        throw new SmartemError("images_busy", 503, `${waiting} images are being made.`, { hint: "Ask again later." });
      waiting++;
      const mine = last.then(() => ask(request));
      last = mine.catch(() => undefined);
      try {
        const answer = await mine;
        if (answer.kind === "rendered") return answer.rendered;
        if (answer.kind === "unreadable") throw new UnreadableImage(answer.message);
        throw new SmartemError("image_failed", 503, `The image could not be made: ${answer.message}`);
      } finally {
        waiting--;
      }
    },
    async stop() {
      if (worker !== null) await discard(worker);
    },
  };
}
