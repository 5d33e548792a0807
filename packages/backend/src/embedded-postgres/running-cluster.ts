import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { POINTER } from "./cluster-home.js";
import { CLUSTER_USER, PASSWORD_FILE } from "./initialise-cluster.js";
import { SERVER_HOST } from "./postmaster.js";
import { readPostmasterFile } from "./previous-postmaster.js";

/** Where the cluster of a data folder listens while another process runs it. */
export interface RunningCluster {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Finds the running server of a data folder from what it has written there; null where none runs, or it is not ready yet. */
export async function findRunningCluster(dataDir: string): Promise<RunningCluster | null> {
  const textOf = (path: string): Promise<string | null> =>
    readFile(path, "utf8").then(
      (text) => text.trim(),
      () => null,
    );
  const dir = (await textOf(join(dataDir, POINTER))) ?? dataDir;
  const server = await readPostmasterFile(join(dir, "pgdata"));
  const password = await textOf(join(dataDir, PASSWORD_FILE));
  if (server?.status !== "ready" || server.port === undefined || password === null) return null;
  return { host: SERVER_HOST, port: server.port, user: CLUSTER_USER, password };
}
