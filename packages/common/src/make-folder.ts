import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder, and those above it that are missing; one that exists already is left as it is. For folders that
 * people name: Node's own `recursive` never returns where the system makes no folder beneath one that exists (it answers
 * ENOENT there, as under `/proc`), so a mistyped path would hang the program instead of being refused.
 *
 * @throws the file system's error
 */
export function makeFolder(folder: string): void {
  const path = resolve(folder);
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(path);
    if (code === "ENOENT" && parent !== path && !exists(parent)) {
      makeFolder(parent);
      makeFolder(path);
    } else if (!isFolder(path)) throw error;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
