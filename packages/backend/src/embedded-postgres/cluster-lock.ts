import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { databaseInUse } from "./errors.js";

/** Held by at most one application per folder and machine; the kernel frees it when the process ends, however it ends. */
export interface ClusterLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder. It is an abstract Unix socket named after the folder's device and inode: unlike a lock
 * file it leaves nothing behind after `kill -9`, and two paths to one folder are one lock.
 *
 * @throws SmartemError `database_in_use` when another application holds it
 */
export async function lockCluster(dir: string): Promise<ClusterLock> {
  const { dev, ino } = await stat(dir, { bigint: true });
  const name = createHash("sha256").update(`${dev}:${ino}`).digest("hex").slice(0, 32);
  const server = createServer((connection) => connection.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? databaseInUse(dir, undefined) : error);
    });
    server.listen({ path: `\0smartem-cluster-${name}`, exclusive: true }, resolve);
  });
  server.unref();
  return { release: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
