import { close, fstat, open, read, type Stats } from "node:fs";
import { err, ok, type Result } from "@smartem/common/result";
import type { FileStamp } from "../journal/files.js";

/** Nothing that EPU writes as text is larger by far. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

export interface FileContent {
  readonly bytes: Uint8Array;
  /** Of exactly these bytes. */
  readonly stamp: FileStamp;
}

export interface ReadFailure {
  readonly code: "empty" | "incomplete" | "too_large" | "unreadable";
  readonly reason: string;
  /** The system's code, e.g. `EACCES`; null where it is none of the system's. */
  readonly errno: string | null;
}

/** @param expected what the file was last seen to be: if it still is, reading it takes fewer calls */
export type ReadFile = (path: string, expected: FileStamp) => Promise<Result<FileContent, ReadFailure>>;

/** Most files are far smaller; larger ones are looked at before room is made for them. */
const SMALL_BYTES = 1024 * 1024;

/**
 * Reads a whole file, holding it open no longer than that. Content that changed meanwhile is `incomplete`.
 *
 * A mandatory lock, a lost share, missing rights and the like are `unreadable`, with the system's code.
 */
export const readWholeFile: ReadFile = async (path, expected) => {
  let fd: number;
  try {
    fd = await callback<number>((done) => open(path, "r", done));
  } catch (thrown) {
    return err(unreadable(thrown));
  }
  try {
    if (expected.size > 0 && expected.size < SMALL_BYTES) {
      const content = await readExpected(fd, expected);
      if (content !== null) return ok(content);
    }
    const before = await callback<Stats>((done) => fstat(fd, done));
    if (!before.isFile()) return err({ code: "unreadable", reason: "It is not a file.", errno: "EISDIR" });
    if (before.size === 0) return err({ code: "empty", reason: "The file is empty.", errno: null });
    if (before.size > MAX_FILE_BYTES) {
      return err({
        code: "too_large",
        reason: `The file has ${before.size} bytes; at most ${MAX_FILE_BYTES} are read.`,
        errno: null,
      });
    }
    const bytes = Buffer.allocUnsafeSlow(before.size);
    let filled = 0;
    while (filled < bytes.length) {
      const from = filled;
      const count = await callback<number>((done) => read(fd, bytes, from, bytes.length - from, from, done));
      if (count === 0) break;
      filled += count;
    }
    const after = await callback<Stats>((done) => fstat(fd, done));
    if (filled < bytes.length || after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      return err({ code: "incomplete", reason: "The file changed while it was read.", errno: null });
    }
    return ok({ bytes, stamp: { size: after.size, mtimeMs: after.mtimeMs, ctimeMs: after.ctimeMs } });
  } catch (thrown) {
    return err(unreadable(thrown));
  } finally {
    await callback<undefined>((done) => close(fd, (error) => done(error, undefined))).catch(() => undefined);
  }
};

/**
 * The content of a file that has the expected size. If it was written to since it was seen, its times are not those of
 * the stamp, by which the next look finds out.
 *
 * @returns null where the size is another one
 */
async function readExpected(fd: number, expected: FileStamp): Promise<FileContent | null> {
  const bytes = Buffer.allocUnsafeSlow(expected.size + 1);
  const count = await callback<number>((done) => read(fd, bytes, 0, bytes.length, 0, done));
  if (count !== expected.size) return null;
  const { size, mtimeMs, ctimeMs } = expected;
  return { bytes: bytes.subarray(0, count), stamp: { size, mtimeMs, ctimeMs } };
}

function callback<T>(start: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

function unreadable(thrown: unknown): ReadFailure {
  const errno = (thrown as NodeJS.ErrnoException).code ?? null;
  return { code: "unreadable", reason: `The file can't be read: ${errno ?? String(thrown)}.`, errno };
}
