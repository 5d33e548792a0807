import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { messageOf } from "@smartem/common/errors";
import { err, ok, type Result } from "@smartem/common/result";
import { classifyPath, type EpuPath, fileKindOf } from "./classify.js";
import { EpuFileParser, type ParseLimits } from "./parse.js";
import { type EpuParseError, epuParseError } from "./parse-error.js";
import type { EpuFile, EpuFileKind, RecordOf } from "./records.js";
import { DEFAULT_LIMITS } from "./xml/reader.js";

export interface ParseFileOptions extends ParseLimits {
  /** What the file holds, where its path does not say so. */
  readonly kind?: EpuFileKind;
}

/** What was read, and of which state of the file. */
export interface ReadFacts {
  readonly path: string;
  /** What the path says. */
  readonly where: EpuPath;
  /** Values that could not be read as what they should be, e.g. `Defocus is not a number: "abc"`; null in the record. */
  readonly issues: readonly string[];
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Of the bytes that were parsed, in hex. */
  readonly sha256: string;
}

export type ParsedFile = EpuFile & ReadFacts;

const CHUNK_BYTES = 256 * 1024;

// Opening a named pipe must not wait for a writer. Windows has neither.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Reads and parses one file, in chunks of 256 KiB with a turn of the event loop after each, and closes it as soon as
 * the last one is read or the first error is found.
 *
 * @param options the kind, by default from the path; the limits, by default 256 MiB
 * @returns the record with the size, time and hash of what was read. A file whose size or time changes meanwhile is
 *   `incomplete`: what was read may be half of each state.
 */
export async function parseFile(
  path: string,
  options: ParseFileOptions = {},
): Promise<Result<ParsedFile, EpuParseError>> {
  const where = classifyPath(path);
  const kind = options.kind ?? fileKindOf(where);
  if (kind === null) {
    return err(epuParseError("foreign", "By its name the file is none that EPU writes, or holds no record."));
  }
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, OPEN_FLAGS);
    const parsed = await parseHandle(handle, kind, options);
    return parsed.ok ? ok({ ...parsed.value, path, where } as ParsedFile) : parsed;
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === null) throw thrown;
    return err(epuParseError("unreadable", `The file can't be read: ${messageOf(thrown)}`, { errno }));
  } finally {
    await handle?.close();
  }
}

interface ReadRecord<K extends EpuFileKind> {
  readonly kind: K;
  readonly record: RecordOf<K>;
  readonly issues: readonly string[];
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly sha256: string;
}

async function parseHandle<K extends EpuFileKind>(
  handle: FileHandle,
  kind: K,
  limits: ParseLimits,
): Promise<Result<ReadRecord<K>, EpuParseError>> {
  const before = await handle.stat();
  if (!before.isFile()) return err(epuParseError("unreadable", "This is no regular file.", { errno: "EISDIR" }));
  const maxBytes = limits.maxBytes ?? DEFAULT_LIMITS.maxBytes;
  if (before.size > maxBytes) {
    return err(epuParseError("too_large", `The file has ${before.size} bytes, more than the limit of ${maxBytes}.`));
  }

  const parser = new EpuFileParser(kind, limits);
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.min(before.size, CHUNK_BYTES));
  let position = 0;
  while (position < before.size) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, before.size - position), position);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    position += bytesRead;
    hash.update(chunk);
    const error = parser.write(chunk);
    if (error !== null) return err(error);
    if (position < before.size) await nextTurn();
  }

  const after = await handle.stat();
  if (position !== after.size || after.mtimeMs !== before.mtimeMs) {
    return err(epuParseError("incomplete", "The file changed while it was read."));
  }
  const parsed = parser.end();
  if (!parsed.ok) return parsed;
  return ok({ kind, ...parsed.value, sizeBytes: position, modifiedMs: after.mtimeMs, sha256: hash.digest("hex") });
}

/** The system's error code of what a file operation threw; null for anything else. */
export function errnoOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !("code" in thrown) || typeof thrown.code !== "string") return null;
  return "syscall" in thrown ? thrown.code : null;
}
