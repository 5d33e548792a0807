import { parentPort } from "node:worker_threads";
import { type Reading, type ReadRequest, readAndParse } from "./read-and-parse.js";
import { readWholeFile } from "./read-file.js";

/* The thread of `readerInOwnThread`: gets orders, answers each with what it has read. */

export interface ReadOrder {
  /** Tells its answer from those to other orders. */
  readonly id: number;
  readonly requests: readonly ReadRequest[];
}

export interface ReadAnswer {
  readonly id: number;
  readonly readings: readonly Reading[];
}

parentPort?.on("message", ({ id, requests }: ReadOrder) => {
  const readings = requests.map((request) => readAndParse(request, readWholeFile));
  parentPort?.postMessage({ id, readings } satisfies ReadAnswer);
});
