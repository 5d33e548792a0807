import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "@smartem/common/logging";
import type { ClusterHome } from "./cluster-home.js";
import { syncFolder, writeFileDurably } from "./durable-files.js";
import { diskFull, embeddedPostgresError, fileSystemError, saysDiskFull, USE_A_SERVER_HINT } from "./errors.js";
import type { PostgresBinaries } from "./postgres-binaries.js";
import { runToEnd } from "./run-user.js";

/** The database's owner and superuser. */
export const CLUSTER_USER = "smartem";

export const PASSWORD_FILE = "postgres-password";
const UNFINISHED = "pgdata.unfinished-";

/**
 * Sees to it that a cluster is there, of the version that `binaries` can read, and gives its password. A new cluster
 * is UTF-8 with code point order (locale `C.UTF-8` of PostgreSQL itself, so that an operating system's update cannot
 * change the order beneath its indexes), has data checksums and admits by password only. It is made under another
 * name and renamed when finished, so an interrupted start leaves no half cluster.
 *
 * @param dataDir keeps the password, readable by the application's user only
 * @param durable false: do not wait for the disk
 * @throws SmartemError `cluster_version_mismatch`, `cluster_password_missing`, `postgres_initdb_failed`,
 *   `postgres_user_unknown`, `disk_full`, `data_dir_not_writable`
 */
export async function ensureCluster(
  dataDir: string,
  home: ClusterHome,
  binaries: PostgresBinaries,
  durable: boolean,
  logger: Logger,
): Promise<{ readonly password: string }> {
  try {
    const passwordFile = join(dataDir, PASSWORD_FILE);
    const storedPassword = await textOf(passwordFile);
    const version = await textOf(join(home.pgdata, "PG_VERSION"));
    await removeUnfinished(home.dir);
    if (version !== undefined) {
      if (Number(version) !== binaries.majorVersion) throw versionMismatch(home.pgdata, version, binaries);
      if (storedPassword === undefined) throw passwordMissing(passwordFile, home.pgdata);
      // Restored backups and volumes with a group policy widen the mode, with which PostgreSQL will not start.
      if (((await stat(home.pgdata)).mode & 0o077) !== 0) await chmod(home.pgdata, 0o700);
      return { password: storedPassword };
    }
    const password = storedPassword ?? randomBytes(24).toString("base64url");
    if (storedPassword === undefined) await writeFileDurably(passwordFile, `${password}\n`, 0o600);
    const startedAt = performance.now();
    await initialise(home, binaries, password, durable);
    logger.info({ pgdata: home.pgdata, durationMs: Math.round(performance.now() - startedAt) }, "database created");
    return { password };
  } catch (error) {
    throw fileSystemError(home.dir, error);
  }
}

async function initialise(
  home: ClusterHome,
  binaries: PostgresBinaries,
  password: string,
  durable: boolean,
): Promise<void> {
  const inTheWay = await readdir(home.pgdata).catch(() => []);
  if (inTheWay.length > 0) {
    throw embeddedPostgresError(
      "data_dir_not_writable",
      `The folder ${home.pgdata} is not empty and holds no database.`,
      "Move it away, or start with another data folder.",
      { facts: { pgdata: home.pgdata } },
    );
  }
  const workDir = join(home.dir, UNFINISHED + randomBytes(4).toString("hex"));
  const unfinished = join(workDir, "pgdata");
  const handedOver = join(workDir, "password");
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await writeFile(handedOver, password, { mode: 0o600 });
  if (home.user !== undefined) {
    for (const path of [workDir, unfinished, handedOver]) await chown(path, home.user.uid, home.user.gid);
  }
  const { code, output } = await runToEnd(
    binaries.initdb,
    [
      ...["-D", unfinished, `--username=${CLUSTER_USER}`, `--pwfile=${handedOver}`, "--auth=scram-sha-256"],
      ...["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
      ...["--data-checksums", "--no-instructions", ...(durable ? [] : ["--no-sync"])],
    ],
    home.user,
  );
  if (code !== 0) {
    await removeUnfinished(home.dir);
    throw initdbFailed(home, code, output);
  }
  await rename(unfinished, home.pgdata);
  if (durable) await syncFolder(dirname(home.pgdata));
  await removeUnfinished(home.dir);
}

/** What an interrupted start left behind. Another start cannot be at it: the caller holds the cluster's lock. */
async function removeUnfinished(homeDir: string): Promise<void> {
  for (const name of await readdir(homeDir)) {
    if (name.startsWith(UNFINISHED)) await rm(join(homeDir, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function initdbFailed(home: ClusterHome, code: number | null, output: string): Error {
  if (saysDiskFull(output)) return diskFull(home.dir);
  if (output.includes("could not look up effective user ID")) {
    return embeddedPostgresError(
      "postgres_user_unknown",
      `PostgreSQL cannot create a database as user id ${home.user?.uid ?? process.getuid?.()}, which has no entry in the user database.`,
      `Run the container with a user id that /etc/passwd lists, or add an entry for it. ${USE_A_SERVER_HINT}`,
    );
  }
  const lines = output.trim().split("\n");
  const said = lines.findLast((line) => /error|fatal|could not/i.test(line)) ?? lines.at(-1) ?? "";
  return embeddedPostgresError(
    "postgres_initdb_failed",
    `PostgreSQL could not create a database in ${home.dir}: ${said.trim() || `exit code ${code}`}.`,
    `Choose another data folder. ${USE_A_SERVER_HINT}`,
    { facts: { homeDir: home.dir, output: output.slice(-4_000) } },
  );
}

function versionMismatch(pgdata: string, version: string, binaries: PostgresBinaries): Error {
  return embeddedPostgresError(
    "cluster_version_mismatch",
    `The database in ${pgdata} was made by PostgreSQL ${version}; this release brings PostgreSQL ${binaries.majorVersion}.`,
    `Export it with the release that made it (pg_dump), start with a new data folder, and import it there.`,
    { facts: { pgdata, version, programs: binaries.majorVersion } },
  );
}

function passwordMissing(passwordFile: string, pgdata: string): Error {
  return embeddedPostgresError(
    "cluster_password_missing",
    `The file ${passwordFile} with the password of the database in ${pgdata} is missing.`,
    `Restore it from a backup; or set a new password (postgres --single -D ${pgdata} postgres, then: ALTER ROLE ${CLUSTER_USER} PASSWORD '…') and write it to that file.`,
    { facts: { passwordFile, pgdata } },
  );
}
