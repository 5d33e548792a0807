import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { RandomStream } from "@smartem/simulator/random";

/** Undoes what was done to a tree. */
export type Undo = () => void;

/** Moves a visit, a session or a square's folder away, under another name in the same tree. */
export function renameFolder(root: string, random: RandomStream): Undo | null {
  const folder = oneOf(foldersBelow(root), random);
  if (folder === null) return null;
  const moved = `${folder}.moved-${random.integer(1_000)}`;
  renameSync(folder, moved);
  return () => renameSync(moved, folder);
}

/** Leaves the beginning of a file, as a copy under way or a full disk does. */
export function truncateFile(root: string, random: RandomStream): Undo | null {
  const file = oneOf(filesBelow(root), random);
  if (file === null) return null;
  const content = readFileSync(file);
  writeFileSync(file, content.subarray(0, random.integer(content.length + 1)));
  return () => writeFileSync(file, content);
}

/** Makes a file one that is there and can't be opened. A link to itself is that for every user. */
export function lockFile(root: string, aside: string, random: RandomStream): Undo | null {
  const file = oneOf(filesBelow(root), random);
  if (file === null) return null;
  mkdirSync(aside, { recursive: true });
  const kept = join(aside, String(random.uint32()));
  renameSync(file, kept);
  symlinkSync(file, file);
  return () => {
    rmSync(file);
    renameSync(kept, file);
  };
}

/** Takes a file out of the tree. */
export function removeFile(root: string, aside: string, random: RandomStream): Undo | null {
  const file = oneOf(filesBelow(root), random);
  if (file === null) return null;
  mkdirSync(aside, { recursive: true });
  const kept = join(aside, String(random.uint32()));
  renameSync(file, kept);
  return () => renameSync(kept, file);
}

function entriesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => join(root, name));
}

function foldersBelow(root: string): string[] {
  return entriesBelow(root).filter((path) => statSync(path).isDirectory());
}

function filesBelow(root: string): string[] {
  return entriesBelow(root).filter((path) => /\.(xml|dm|mrc)$/.test(path) && statSync(path).isFile());
}

function oneOf(list: readonly string[], random: RandomStream): string | null {
  return list.length === 0 ? null : (list[random.integer(list.length)] ?? null);
}
