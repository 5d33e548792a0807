import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach } from "vitest";

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the test has ended; its parent, too, is the test's own. */
export function temporaryFolder(): string {
  const parent = mkdtempSync(path.join(tmpdir(), "smartem-simulator-"));
  made.push(parent);
  return path.join(parent, "cm40001-1");
}

/** Paths of all files beneath a folder, relative to it, with `/`, sorted. */
export function filesBeneath(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
}
