import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Row, Task } from "./compare.js";
import type { WorkerSetup } from "./worker.js";

/** Runs tasks on all cores; the rows come in the order of the tasks, whichever is done first. */
export async function compareInParallel(
  tasks: readonly Task[],
  setup: WorkerSetup,
  done: (count: number) => void,
): Promise<Row[]> {
  const rows: Row[][] = tasks.map(() => []);
  let next = 0;
  let finished = 0;
  const serve = async (): Promise<void> => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: setup });
    try {
      while (next < tasks.length) {
        const index = next++;
        rows[index] = await new Promise<Row[]>((resolve, reject) => {
          worker.once("message", resolve);
          worker.once("error", reject);
          worker.postMessage(tasks[index]);
        });
        done(++finished);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, serve));
  return rows.flat();
}
