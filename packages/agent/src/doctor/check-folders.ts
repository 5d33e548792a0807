import { randomInt } from "node:crypto";
import { constants } from "node:fs";
import { access, readdir, readFile, realpath, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { messageOf } from "@smartem/common/errors";
import { makeFolder } from "@smartem/common/make-folder";
import type { PathMap } from "@smartem/epu/windows-paths";
import { readStatusFile } from "../reporting/status-file.js";
import { requireOutside } from "../state-folder.js";
import { type Finding, fails, isFine, warns } from "./finding.js";

/** Folders below the watched one are looked into this deep: visits, sessions, and what is in them. */
const DEPTH = 3;
const MOST_FOLDERS = 2_000;
const SESSION_FILE = "EpuSession.dm";

/** File systems of other computers, which send no notifications, by the number that Linux gives them. */
const REMOTE_FILE_SYSTEMS: Readonly<Record<number, string>> = {
  26985: "NFS",
  1397703499: "GPFS-like FUSE",
  4283649346: "SMB",
  4266872130: "SMB",
  20859: "SMB",
  1196443219: "GPFS",
  198183888: "Lustre",
  1702057286: "FUSE",
  16914836: "tmpfs",
};
const TMPFS = 16914836;

const BYTES_PER_GB = 1e9;
const LEAST_FREE_BYTES = 0.5 * BYTES_PER_GB;
const GOOD_FREE_BYTES = 5 * BYTES_PER_GB;
/** A deep tree has a few thousand folders; each takes one. */
const GOOD_NOTIFICATIONS = 65_536;

/** Whether the watched folder can be read, whether it looks like EPU's, and how changes in it will be noticed. */
export async function checkWatchFolder(watchFolder: string): Promise<Finding[]> {
  const check = "watched folder";
  const folder = resolve(watchFolder);
  try {
    await readdir(folder);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      return [fails(check, `There is no folder ${folder}.`, "Check the path; mount the drive that it is on.")];
    }
    if (code === "ENOTDIR") return [fails(check, `${folder} is no folder.`, "Name the folder that EPU writes to.")];
    return [
      fails(check, `${folder} can't be read: ${messageOf(thrown)}`, "Let the agent's user read it, with all below it."),
    ];
  }
  const findings: Finding[] = [];
  const { sessions, unreadable, links, folders } = await lookInto(folder);
  for (const path of links) {
    const to = await realpath(path);
    findings.push(
      warns(
        check,
        `${path} is a link to ${to}, and links are not followed.`,
        "Watch what it leads to, or mount that in its place.",
      ),
    );
  }
  for (const path of unreadable) {
    findings.push(warns(check, `${path} can't be read.`, "Let the agent's user read it, or move it elsewhere."));
  }
  if (sessions > 0) {
    findings.push(isFine(check, `${folder} holds ${sessions} EPU session${sessions === 1 ? "" : "s"}.`));
  } else {
    findings.push(
      warns(
        check,
        `No ${SESSION_FILE} was found in ${folder} and ${folders} folders below it.`,
        "Right before the first session; otherwise name the folder that EPU writes its sessions to, or one above it.",
      ),
    );
  }
  return [...findings, ...(await checkNotifications(folder))];
}

interface Looked {
  readonly sessions: number;
  readonly unreadable: readonly string[];
  /** Links to folders. */
  readonly links: readonly string[];
  readonly folders: number;
}

async function lookInto(root: string): Promise<Looked> {
  const unreadable: string[] = [];
  const links: string[] = [];
  let sessions = 0;
  let folders = 0;
  let level = [root];
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      if (folders++ > MOST_FOLDERS) break;
      try {
        const entries = await readdir(folder, { withFileTypes: true });
        if (entries.some((entry) => entry.name === SESSION_FILE)) sessions++;
        for (const entry of entries) {
          const path = join(folder, entry.name);
          if (entry.isDirectory()) below.push(path);
          else if (entry.isSymbolicLink() && (await isFolder(path))) links.push(path);
        }
      } catch {
        unreadable.push(folder);
      }
    }
    level = below;
  }
  return { sessions, unreadable, links, folders };
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function checkNotifications(folder: string): Promise<Finding[]> {
  if (process.platform !== "linux") return [];
  const check = "notifications";
  const { type } = await statfs(folder);
  const remote = type === TMPFS ? undefined : REMOTE_FILE_SYSTEMS[type];
  if (remote !== undefined) {
    return [isFine(check, `The folder is on ${remote}, which may send none: changes are found by scanning.`)];
  }
  const limit = Number(await readFile("/proc/sys/fs/inotify/max_user_watches", "utf8").catch(() => ""));
  if (limit === 0 || limit >= GOOD_NOTIFICATIONS) return [isFine(check, "The system tells of changes.")];
  return [
    warns(
      check,
      `The system watches at most ${limit} folders for a user; changes in others are found by scanning.`,
      `Raise it: sysctl fs.inotify.max_user_watches=${GOOD_NOTIFICATIONS * 8}`,
    ),
  ];
}

/** Whether the journal can be kept where it is to be, and whether an agent works on it already. */
export async function checkStateFolder(stateFolder: string, watchFolder: string): Promise<Finding[]> {
  const check = "state folder";
  const hint = "Give the agent a folder on a local disk that it may write to, with --state-dir.";
  try {
    requireOutside(stateFolder, watchFolder);
    makeFolder(stateFolder);
    await tryToWrite(stateFolder);
  } catch (thrown) {
    return [fails(check, `${stateFolder} can't be used: ${messageOf(thrown)}`, hint)];
  }
  const running = readStatusFile(stateFolder);
  return [
    isFine(
      check,
      running?.running === true
        ? `${stateFolder} is in use by the agent ${running.status.agent_id} (process ${running.status.pid}).`
        : `${stateFolder} can be written to; no agent runs on it.`,
    ),
    await checkFreeSpace(stateFolder),
  ];
}

async function checkFreeSpace(folder: string): Promise<Finding> {
  const check = "disk space";
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${(free / BYTES_PER_GB).toFixed(1)} GB are free for the journal.`;
  const hint =
    "Free some space, or choose another disk with --state-dir. A journal takes about 1 GB per million files.";
  if (free < LEAST_FREE_BYTES) return fails(check, text, hint);
  return free < GOOD_FREE_BYTES ? warns(check, text, hint) : isFine(check, text);
}

/** Whether the folders are there that path maps lead to. */
export async function checkPathMaps(pathMaps: readonly PathMap[]): Promise<Finding[]> {
  const check = "path map";
  return Promise.all(
    pathMaps.map(async ({ from, to }) =>
      (await isFolder(to))
        ? isFine(check, `${from} is ${to} here.`)
        : fails(check, `${from} is to be ${to} here, but there is no such folder.`, "Correct --path-map, or mount it."),
    ),
  );
}

/** Whether a log can be written to a file. */
export async function checkLogFile(file: string): Promise<Finding> {
  const check = "log file";
  try {
    makeFolder(dirname(file));
    // Where there is none yet, the folder has to take one.
    await access(file, constants.W_OK).catch(() => tryToWrite(dirname(resolve(file))));
    return isFine(check, `${file} can be written to.`);
  } catch (thrown) {
    return fails(check, `${file} can't be written to: ${messageOf(thrown)}`, "Choose another file with --log-file.");
  }
}

async function tryToWrite(folder: string): Promise<void> {
  const probe = join(folder, `.doctor-${randomInt(2 ** 40)}`);
  try {
    await writeFile(probe, "");
  } finally {
    await rm(probe, { force: true });
  }
}
