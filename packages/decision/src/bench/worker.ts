import { parentPort, workerData } from "node:worker_threads";
import { compare, type Task } from "./compare.js";
import type { MeasuredGrid } from "./measured-grid.js";

export interface WorkerSetup {
  readonly grids: readonly MeasuredGrid[];
  readonly starts: number;
  readonly durations: readonly number[];
}

const { grids, starts, durations } = workerData as WorkerSetup;
parentPort?.on("message", (task: Task) => {
  parentPort?.postMessage(compare(task, grids, starts, durations));
});
