import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { err, ok, type Result } from "@smartem/common/result";
import { type FileStamp, fileStamp } from "../journal/files.js";

/** Nothing that EPU writes as text is larger by far. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

export interface FileContent {
  readonly bytes: Uint8Array;
  readonly stamp: FileStamp;
}

export interface ReadFailure {
  readonly code: "empty" | "incomplete" | "too_large" | "unreadable";
  readonly reason: string;
}

/** @param expected what the file was last seen to be: if it still is, reading it takes fewer calls */
export type ReadFile = (path: string, expected: FileStamp) => Result<FileContent, ReadFailure>;

/** Most files are far smaller; larger ones are looked at before room is made for them. */
const SMALL_BYTES = 1024 * 1024;

/**
 * Reads a whole file, holding it open no longer than that. Content that changes meanwhile is `incomplete`, or has a
 * stamp that is not the file's any more, by which the next look finds out.
 *
 * A mandatory lock, a lost share, missing rights and the like are `unreadable`, with the system's code.
 *
 * It waits for the disk, which may be one that has gone away: to be called where nothing else has to go on.
 */
export const readWholeFile: ReadFile = (path, expected) => {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (thrown) {
    return err(unreadable(thrown));
  }
  try {
    if (expected.size > 0 && expected.size < SMALL_BYTES) {
      const content = readExpected(fd, expected);
      if (content !== null) return ok(content);
    }
    return readAll(fd);
  } catch (thrown) {
    return err(unreadable(thrown));
  } finally {
    closeSync(fd);
  }
};

/** @returns null where the size is not the expected one */
function readExpected(fd: number, expected: FileStamp): FileContent | null {
  const bytes = Buffer.allocUnsafe(expected.size + 1);
  const count = readSync(fd, bytes, 0, bytes.length, 0);
  if (count !== expected.size) return null;
  const { size, mtimeMs, ctimeMs } = expected;
  return { bytes: bytes.subarray(0, count), stamp: { size, mtimeMs, ctimeMs } };
}

function readAll(fd: number): Result<FileContent, ReadFailure> {
  const before = fstatSync(fd);
  if (!before.isFile()) return err({ code: "unreadable", reason: "It is not a file." });
  if (before.size === 0) return err({ code: "empty", reason: "The file is empty." });
  if (before.size > MAX_FILE_BYTES) {
    const reason = `The file has ${before.size} bytes; at most ${MAX_FILE_BYTES} are read.`;
    return err({ code: "too_large", reason });
  }
  const bytes = Buffer.allocUnsafeSlow(before.size);
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  const after = fstatSync(fd);
  if (filled < bytes.length || after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    return err({ code: "incomplete", reason: "The file changed while it was read." });
  }
  return ok({ bytes, stamp: fileStamp(after) });
}

function unreadable(thrown: unknown): ReadFailure {
  const code = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
  return { code: "unreadable", reason: `The file can't be read: ${code}.` };
}
