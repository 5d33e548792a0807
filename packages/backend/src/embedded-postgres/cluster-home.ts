import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@smartem/common/logging";
import { makeFolder } from "@smartem/common/make-folder";
import { writeFileDurably } from "./durable-files.js";
import { embeddedPostgresError, fileSystemError } from "./errors.js";
import { isRoot, mayEnter, type RunUser, unprivilegedUser } from "./run-user.js";

/** Where root's clusters go whose data folder the unprivileged user may not enter. */
export const DEFAULT_CLUSTER_ROOT = "/var/lib/smartem-decisions";

export const POINTER = "cluster-location";

/** The folder that holds a cluster, and who runs it. */
export interface ClusterHome {
  readonly dir: string;
  /** PostgreSQL's own data directory. */
  readonly pgdata: string;
  /** Undefined: the present user. */
  readonly user: RunUser | undefined;
}

/**
 * Finds or makes the folder that holds the cluster of `dataDir`.
 *
 * It is `dataDir` itself, except where root starts PostgreSQL (which then runs as `nobody`) and `dataDir` lies beneath
 * a folder that only root may enter. Then it is `<clusterRoot>/<hash of dataDir's path>-<random>`, and the file
 * `cluster-location` in `dataDir` names it, so that the same data folder always finds the same cluster, also after it
 * was moved, and an emptied data folder never finds an old one.
 *
 * @param dataDir real path of an existing folder
 * @throws SmartemError `cluster_missing`, `cluster_of_another_user`, `data_dir_unreachable`, `data_dir_not_writable`,
 *   `disk_full`, `postgres_user_unknown`, `postgres_cannot_change_user`
 */
export async function clusterHome(dataDir: string, clusterRoot: string, logger: Logger): Promise<ClusterHome> {
  const pointed = await readPointer(dataDir);
  const dir = pointed ?? dataDir;
  const pgdata = join(dir, "pgdata");
  const owner = await ownerOf(pgdata);
  if (!isRoot()) {
    const uid = process.getuid?.();
    if (owner !== undefined && owner.uid !== uid) throw clusterOfAnotherUser(pgdata, owner.uid);
    return { dir, pgdata, user: undefined };
  }
  if (owner?.uid === 0) throw clusterOfAnotherUser(pgdata, 0);
  const user = owner ?? (await unprivilegedUser());
  if (await mayEnter(dir, user)) return { dir, pgdata, user };
  if (pointed !== undefined || owner !== undefined) {
    throw embeddedPostgresError(
      "data_dir_unreachable",
      `The database in ${pgdata} belongs to user id ${user.uid}, who may not enter its folder.`,
      `Let others pass: chmod o+x ${dir} and the folders above it.`,
      { facts: { pgdata, uid: user.uid } },
    );
  }
  const made = await makeHomeElsewhere(dataDir, clusterRoot, user, logger);
  return { dir: made, pgdata: join(made, "pgdata"), user };
}

/** Removes a data folder, with its cluster where that is kept elsewhere. Nothing may run on it. */
export async function removeDataFolder(dataDir: string): Promise<void> {
  const elsewhere = await readPointer(dataDir).catch(() => undefined);
  for (const dir of [elsewhere, dataDir]) if (dir !== undefined) await rm(dir, { recursive: true, force: true });
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  const pointer = join(dataDir, POINTER);
  let dir: string;
  try {
    dir = (await readFile(pointer, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileSystemError(dataDir, error);
  }
  const found = await stat(dir).catch(() => undefined);
  if (found?.isDirectory()) return dir;
  throw embeddedPostgresError(
    "cluster_missing",
    `The database of ${dataDir} was kept in ${dir}, which is not there.`,
    `Bring that folder back (a container must keep it on a volume); to begin with an empty database, delete ${pointer}.`,
    { facts: { dataDir, dir } },
  );
}

async function ownerOf(pgdata: string): Promise<RunUser | undefined> {
  try {
    const { uid, gid } = await stat(pgdata);
    return { uid, gid };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileSystemError(pgdata, error);
  }
}

async function makeHomeElsewhere(dataDir: string, clusterRoot: string, user: RunUser, logger: Logger): Promise<string> {
  const hash = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  const dir = join(clusterRoot, `${hash}-${randomBytes(4).toString("hex")}`);
  try {
    makeFolder(clusterRoot);
    const leftOver = (await readdir(clusterRoot)).filter((name) => name.startsWith(`${hash}-`));
    if (leftOver.length > 0) {
      logger.warn(
        { folders: leftOver.map((name) => join(clusterRoot, name)) },
        "databases of earlier data folders at this path are left over; delete them if nobody needs them",
      );
    }
    await mkdir(dir);
    // Whatever the umask: the unprivileged user must pass through, and only root may write.
    await chmod(dir, 0o755);
    await writeFileDurably(join(dir, "data-folder"), `${dataDir}\n`, 0o644);
    await writeFileDurably(join(dataDir, POINTER), `${dir}\n`, 0o644);
  } catch (error) {
    throw fileSystemError(clusterRoot, error);
  }
  if (!(await mayEnter(dir, user))) {
    throw embeddedPostgresError(
      "data_dir_unreachable",
      `User id ${user.uid}, as whom PostgreSQL must run, may enter neither ${dataDir} nor ${dir}.`,
      `Choose a data folder that other users may pass through, or: chmod o+x ${clusterRoot}.`,
      { facts: { dataDir, dir, uid: user.uid } },
    );
  }
  logger.info({ dataDir, clusterDir: dir }, "only root may enter the data folder, so its database is kept elsewhere");
  return dir;
}

function clusterOfAnotherUser(pgdata: string, uid: number): Error {
  const hint =
    uid === 0
      ? `PostgreSQL refuses to run as root. Give the folder to another user: chown -R nobody ${pgdata}.`
      : `Start as that user or as root, or give the folder away: chown -R USER ${pgdata}.`;
  return embeddedPostgresError(
    "cluster_of_another_user",
    `The database in ${pgdata} belongs to user id ${uid}.`,
    hint,
    { facts: { pgdata, uid } },
  );
}
