import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";

/** Where Linux keeps files in memory. */
const MEMORY_FOLDER = "/dev/shm";
const TMPFS_MAGIC = 0x01021994;
/** Several times what the tests hold at a time. */
const NEEDED_BYTES = 8 * 1024 ** 3;

/**
 * Has the temporary files of this process, and of those that it starts from now on, kept in memory where there is plenty of
 * it: making and removing some twenty PostgreSQL clusters of a thousand files each takes twice as long on a disk.
 * A TMPDIR that somebody has chosen stays. What is left at the end of this process is removed: a run that is broken off ends
 * without its teardown, and memory is dearer than disk.
 */
export function keepTemporaryFilesInMemory(): void {
  if (process.env.TMPDIR !== undefined || !hasRoom()) return;
  const folder = mkdtempSync(`${MEMORY_FOLDER}/smartem-tests-`);
  // Tests as root start servers as nobody, who must get through.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
}

function hasRoom(): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return type === TMPFS_MAGIC && bavail * bsize >= NEEDED_BYTES && availableBytes() >= NEEDED_BYTES;
  } catch {
    return false;
  }
}

/** Free, or free as soon as it is needed: Node's `freemem` counts the page cache as used. */
function availableBytes(): number {
  const line = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}
