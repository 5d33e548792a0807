import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { embeddedPostgresError, USE_A_SERVER_HINT } from "./errors.js";

/** The user that PostgreSQL's processes run as. */
export interface RunUser {
  readonly uid: number;
  readonly gid: number;
}

/** What a finished program said. `code` is null when a signal ended it. */
export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/**
 * The environment of PostgreSQL's programs: nothing of the caller's, whose `PGDATA`, `PGPORT` or locale would
 * otherwise steer them, and English messages, which this folder reads.
 */
export const POSTGRES_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

/** True where PostgreSQL would refuse to run as the present user. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The unprivileged user for clusters that root starts: `nobody`, under its ids on this machine. A system account of
 * its own would need an installation step; initdb insists on a user that has an entry in the user database.
 */
export async function unprivilegedUser(passwdFile = "/etc/passwd"): Promise<RunUser> {
  const passwd = await readFile(passwdFile, "utf8").catch(() => "");
  const [uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd)?.slice(1).map(Number) ?? [];
  if (!uid || !gid) {
    throw embeddedPostgresError(
      "postgres_user_unknown",
      "PostgreSQL refuses to run as root, and this system has no user `nobody` to run it as.",
      `Start as an ordinary user, or add one: useradd --system nobody. ${USE_A_SERVER_HINT}`,
    );
  }
  return { uid, gid };
}

/** The spawn options that make a program run as `user`, or as the present user where there is none. */
export function asUser(user: RunUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}

/**
 * Runs a program to its end as `user`, from the root folder (which everybody may enter), and collects what it prints.
 *
 * @param timeoutMs the program is killed after this long
 * @throws SmartemError `postgres_cannot_change_user`; an unstartable program is a Finished with code 126 or 127, as
 *   a shell would have it
 */
export function runToEnd(
  program: string,
  args: readonly string[],
  user: RunUser | undefined,
  timeoutMs = 300_000,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...asUser(user),
      cwd: "/",
      env: POSTGRES_ENVIRONMENT,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPERM" && user !== undefined) {
        reject(cannotChangeUser(user, error));
      } else {
        resolve({ code: error.code === "ENOENT" ? 127 : 126, output: output + error.message });
      }
    });
    child.on("close", (code) => resolve({ code, output }));
  });
}

export function cannotChangeUser(user: RunUser, cause: unknown): Error {
  return embeddedPostgresError(
    "postgres_cannot_change_user",
    `PostgreSQL refuses to run as root, and this root may not start programs as user id ${user.uid}.`,
    `Start as an ordinary user, or grant the container the capabilities SETUID and SETGID. ${USE_A_SERVER_HINT}`,
    { cause },
  );
}

/** Whether `user` may enter `dir`. Asked of the kernel, so that ACLs and mounts count too. */
export async function mayEnter(dir: string, user: RunUser): Promise<boolean> {
  const { code } = await runToEnd("/bin/sh", ["-c", 'cd -- "$1"', "sh", dir], user);
  return code === 0;
}
