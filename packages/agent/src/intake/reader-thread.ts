import { parentPort } from "node:worker_threads";
import { type ReadRequest, readAndParse } from "./read-and-parse.js";
import { readWholeFile } from "./read-file.js";

/* The thread of `readerInOwnThread`: gets lists of requests, answers lists of readings. */

parentPort?.on("message", (requests: readonly ReadRequest[]) => {
  parentPort?.postMessage(requests.map((request) => readAndParse(request, readWholeFile)));
});
