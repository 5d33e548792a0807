import { SmartemError } from "@smartem/common/errors";

/** Everything that can keep the embedded database from running, by the stable code that callers test for. */
export type EmbeddedPostgresErrorCode =
  | "cluster_missing"
  | "cluster_of_another_user"
  | "cluster_password_missing"
  | "cluster_password_refused"
  | "cluster_version_mismatch"
  | "data_dir_not_writable"
  | "data_dir_unreachable"
  | "database_in_use"
  | "disk_full"
  | "platform_without_postgres"
  | "postgres_binaries_unusable"
  | "postgres_cannot_change_user"
  | "postgres_initdb_failed"
  | "postgres_start_failed"
  | "postgres_start_timeout"
  | "postgres_user_unknown";

/** What to do whenever the embedded database is no option on a machine. */
export const USE_A_SERVER_HINT = "To use a PostgreSQL server (14 or newer) instead, set POSTGRES_HOST.";

export function embeddedPostgresError(
  code: EmbeddedPostgresErrorCode,
  message: string,
  hint: string,
  more: { facts?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
): SmartemError {
  return new SmartemError(code, code === "database_in_use" ? 409 : 503, message, { hint, ...more });
}

export function databaseInUse(clusterDir: string, holderPid: number | undefined): SmartemError {
  const who = holderPid === undefined ? "another running application" : `process ${holderPid}`;
  return embeddedPostgresError(
    "database_in_use",
    `The database in ${clusterDir} is in use by ${who}.`,
    "Stop the other one first, or start with another data folder.",
    { facts: { clusterDir, holderPid } },
  );
}

const DISK_FULL = /No space left on device|Disk quota exceeded/;

/** Whether what PostgreSQL printed says that the disk or the user's quota is full. */
export function saysDiskFull(output: string): boolean {
  return DISK_FULL.test(output);
}

export function diskFull(dir: string, cause?: unknown): SmartemError {
  return embeddedPostgresError(
    "disk_full",
    `The disk that holds ${dir} is full.`,
    "Free some space (an empty database takes 60 MB), or start with a data folder on another disk.",
    { facts: { dir }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** Says in the caller's terms why a file or folder beneath the data folder could not be made or read. */
export function fileSystemError(dir: string, thrown: unknown): SmartemError {
  if (thrown instanceof SmartemError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(dir, thrown);
  const reason =
    { EACCES: "permission denied", EPERM: "permission denied", EROFS: "the file system is read-only" }[code] ??
    { ENOTDIR: "a part of the path is a file", EEXIST: "a file of that name is in the way" }[code] ??
    (thrown instanceof Error ? thrown.message : String(thrown));
  return embeddedPostgresError(
    "data_dir_not_writable",
    `The data folder ${dir} cannot be written: ${reason}.`,
    "Choose a data folder that this user may write to, or change its owner.",
    { facts: { dir }, cause: thrown },
  );
}
