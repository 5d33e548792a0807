import { createHash } from "node:crypto";
import { lstat, open, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf } from "@smartem/common/errors";
import { createExpectedTree, type ExpectedFile, type ExpectedTree } from "./recording/expected.js";
import { readEvents, readRecordingJson } from "./recording/read.js";

const BLOCK_BYTES = 1024 * 1024;
/** The most differences that are named; all are counted. */
const MAX_NAMED = 1_000;

/** How a folder compares with what a recording leads to. Files that the recording does not know do not matter. */
export interface Verification {
  readonly folders: number;
  /** Files of the recorded size and hash. */
  readonly matching: number;
  /** Files of which the recording holds the size alone, and whose size is right. */
  readonly placeholders: number;
  /** Files that could not be read when they were recorded: there is nothing to compare with. */
  readonly unreadable: number;
  /** Files and folders that are not as recorded. */
  readonly different: number;
  /** The first 1,000 of those. */
  readonly differences: readonly { readonly path: string; readonly reason: string }[];
}

export interface VerifyOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Compares a folder with what a recording leads to.
 *
 * @throws SmartemError `recording_not_found`, `recording_invalid`, `recording_unsafe`
 */
export async function verifyReplay(
  recording: string,
  target: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const tree = createExpectedTree();
  for await (const event of readEvents(readRecordingJson(recording))) {
    options.signal?.throwIfAborted();
    tree.apply(event);
  }
  return verifyTree(tree, target, options);
}

/** Compares a folder with an expected tree. */
export async function verifyTree(
  tree: ExpectedTree,
  target: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const counts = { folders: 0, matching: 0, placeholders: 0, unreadable: 0, different: 0 };
  const differences: { path: string; reason: string }[] = [];
  const differ = (path: string, reason: string): void => {
    counts.different += 1;
    if (differences.length < MAX_NAMED) differences.push({ path, reason });
  };
  let total = 0;
  for (const _ of tree.entries()) total += 1;
  for (const _ of tree.gone()) total += 1;
  let done = 0;
  for (const [path, file] of tree.entries()) {
    options.signal?.throwIfAborted();
    const reason = await compare(join(target, path), file);
    if (reason !== null) differ(path, reason);
    else if (file === null) counts.folders += 1;
    else if (file.isUnreadable) counts.unreadable += 1;
    else if (file.isPlaceholder) counts.placeholders += 1;
    else counts.matching += 1;
    done += 1;
    options.onProgress?.(done, total);
  }
  for (const path of tree.gone()) {
    options.signal?.throwIfAborted();
    if (await isThere(join(target, path))) differ(path, "should not be there");
    done += 1;
    options.onProgress?.(done, total);
  }
  return { ...counts, differences };
}

/** Under exactly this name: where letters' case does not count, another may lead to it. */
async function isThere(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found !== null && (await readdir(dirname(path))).includes(basename(path));
}

/** What is different, or null. */
async function compare(path: string, expected: ExpectedFile | null): Promise<string | null> {
  if (expected?.isUnreadable === true) return null;
  try {
    const found = await lstat(path);
    if (expected === null) return found.isDirectory() ? null : "is no folder";
    if (!found.isFile()) return "is no file";
    if (expected.size !== null && found.size !== expected.size)
      return `has ${found.size} bytes instead of ${expected.size}`;
    if (expected.isPlaceholder || expected.hash === null) return null;
    return (await sha256(path)) === expected.hash.toLowerCase() ? null : "has other content";
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "ENOENT" ? "is missing" : `cannot be read: ${messageOf(thrown)}`;
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path);
  try {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(block, 0, BLOCK_BYTES);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(block.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
