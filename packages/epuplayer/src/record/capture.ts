import { createHash, type Hash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { type EventType, type RecordedEvent, unreadableHash } from "../recording/schema.js";
import { binaryByContent, SNIFF_BYTES } from "./content.js";
import { identityOf, isSame, type KnownFile } from "./known.js";
import type { ContentWriter, Piece, Spool } from "./spool.js";

/** File systems keep times in steps of up to 10 ms; a change within one step can't be seen in them. */
const UNSETTLED_NS = 100_000_000n;
const BLOCK_BYTES = 1024 * 1024;

/** Records an event. @returns the `contentBytes` bytes that belong to it */
export type Emit = (
  type: EventType,
  path: string,
  facts: Partial<RecordedEvent>,
  contentBytes?: number,
) => Promise<Piece>;

export interface CaptureContext {
  readonly spool: Spool;
  readonly emit: Emit;
  /** Whether files that are new were there before the recording began. */
  readonly isInitial: () => boolean;
  /** Whether binary files are recorded whole. */
  readonly storesBinary: boolean;
  /** Null where only the content can tell. */
  readonly isBinaryName: (path: string) => boolean | null;
  readonly openFile: (path: string) => Promise<FileHandle>;
}

/** Reads files and records what has become of them; each function returns what is known of the file then. */
export interface FileCapture {
  /** @throws where the file cannot be read */
  capture(path: string, file: string, stats: BigIntStats, before: KnownFile | undefined): Promise<KnownFile>;
  captureUnreadable(path: string, stats: BigIntStats, before: KnownFile | undefined): Promise<KnownFile>;
}

/** Whether a file is as it was when it was last looked at, as far as its size and times tell. */
export function isUnchanged(before: KnownFile, stats: BigIntStats): boolean {
  return (
    before.isSettled &&
    isSame(before, stats) &&
    BigInt(before.sizeBytes) === stats.size &&
    before.mtimeNs === stats.mtimeNs &&
    before.ctimeNs === stats.ctimeNs
  );
}

export function createFileCapture(context: CaptureContext): FileCapture {
  const { spool, emit, storesBinary, isBinaryName } = context;

  async function placeholder(path: string, stats: BigIntStats, before: KnownFile | undefined): Promise<KnownFile> {
    const sizeBytes = Number(stats.size);
    const isAsRecorded =
      before?.isPlaceholder === true &&
      before.sizeBytes === sizeBytes &&
      before.mtimeNs === stats.mtimeNs &&
      before.ino === stats.ino;
    if (!isAsRecorded) await emit(typeOf(before), path, { size: sizeBytes, is_placeholder: true, ...timesOf(stats) });
    return { ...traitsOf(stats, sizeBytes), hash: null, isPlaceholder: true, pieces: [] };
  }

  /** What was added to a file; null where what was there before is not there any more. */
  async function appended(
    path: string,
    file: FileHandle,
    stats: BigIntStats,
    before: KnownFile,
  ): Promise<KnownFile | null> {
    const hash = createHash("sha256");
    const position = await consume(blocks(file, 0, before.sizeBytes), hash);
    if (position !== before.sizeBytes || hash.copy().digest("hex") !== before.hash) return null;
    const content = spool.newContent();
    const added = await consume(blocks(file, position, Number(stats.size)), hash, content);
    const kept = added === 0 ? null : await content.finish();
    if (kept === null) return null;
    const sizeBytes = position + added;
    const content_hash = hash.digest("hex");
    const operation_data = { append_size: added };
    const facts = { ...kept, size: sizeBytes, content_hash, file_position: position, operation_data };
    const pieces = [...before.pieces, await emit("appended", path, facts, added)];
    return { ...traitsOf(stats, sizeBytes), hash: content_hash, isPlaceholder: false, pieces };
  }

  async function whole(
    path: string,
    file: FileHandle,
    stats: BigIntStats,
    before: KnownFile | undefined,
  ): Promise<KnownFile> {
    const hash = createHash("sha256");
    const content = spool.newContent();
    const sizeBytes = await consume(blocks(file, 0, Number(stats.size)), hash, content);
    const content_hash = hash.digest("hex");
    const now = { ...traitsOf(stats, sizeBytes), hash: content_hash, isPlaceholder: false };
    if (before?.hash === content_hash) {
      await content.discard();
      return { ...now, pieces: before.pieces };
    }
    const left = before?.hash && sizeBytes < before.sizeBytes ? firstBytes(before.pieces, sizeBytes) : null;
    if (left !== null && (await hashOf(left)) === content_hash) {
      await content.discard();
      await emit("truncated", path, { size: sizeBytes, content_hash, operation_data: { new_size: sizeBytes } });
      return { ...now, pieces: left };
    }
    const kept = await content.finish();
    if (kept === null) return placeholder(path, stats, before);
    const facts = { ...kept, size: sizeBytes, content_hash, ...timesOf(stats) };
    return { ...now, pieces: [await emit(typeOf(before), path, facts, sizeBytes)] };
  }

  async function hashOf(pieces: readonly Piece[]): Promise<string> {
    const hash = createHash("sha256");
    for (const piece of pieces) await consume(spool.readPiece(piece), hash);
    return hash.digest("hex");
  }

  function typeOf(before: KnownFile | undefined): EventType {
    if (before !== undefined) return "modified";
    return context.isInitial() ? "initial_file" : "created";
  }

  /** Only of what was there before: what happens while recording happens at its own time when it is replayed. */
  function timesOf(stats: BigIntStats): Partial<RecordedEvent> {
    if (!context.isInitial()) return {};
    return { operation_data: { mtime: Number(stats.mtimeNs) / 1e9, atime: Number(stats.atimeNs) / 1e9 } };
  }

  return {
    async capture(path, source, stats, before) {
      const isBinary = storesBinary ? false : isBinaryName(path);
      if (isBinary === true) return placeholder(path, stats, before);
      const file = await context.openFile(source);
      try {
        // Its times from before it is read: what changes from here on is seen the next time.
        const opened = await file.stat({ bigint: true });
        if (isBinary === null && binaryByContent(await head(file))) return await placeholder(path, opened, before);
        const grown = before?.hash && Number(opened.size) > before.sizeBytes;
        const added = grown ? await appended(path, file, opened, before) : null;
        return added ?? (await whole(path, file, opened, before));
      } finally {
        await file.close();
      }
    },
    async captureUnreadable(path, stats, before) {
      const sizeBytes = Number(stats.size);
      const content_hash = unreadableHash(sizeBytes, Number(stats.mtimeNs) / 1e9);
      await emit(typeOf(before), path, { size: sizeBytes, content_hash });
      return { ...traitsOf(stats, sizeBytes), hash: null, isPlaceholder: false, pieces: [] };
    },
  };
}

function traitsOf(stats: BigIntStats, sizeBytes: number): Omit<KnownFile, "hash" | "isPlaceholder" | "pieces"> {
  const ageNs = BigInt(Date.now()) * 1_000_000n - stats.mtimeNs;
  return {
    kind: "file",
    ...identityOf(stats),
    sizeBytes,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    isSettled: ageNs > UNSETTLED_NS || ageNs < -UNSETTLED_NS,
  };
}

function firstBytes(pieces: readonly Piece[], bytes: number): Piece[] {
  const kept: Piece[] = [];
  let left = bytes;
  for (const piece of pieces) {
    if (left === 0) break;
    const taken = Math.min(piece.bytes, left);
    kept.push({ ...piece, bytes: taken });
    left -= taken;
  }
  return kept;
}

async function head(file: FileHandle): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

async function* blocks(file: FileHandle, from: number, to: number): AsyncGenerator<Uint8Array> {
  const block = Buffer.allocUnsafe(Math.max(0, Math.min(BLOCK_BYTES, to - from)));
  for (let position = from; position < to; ) {
    const { bytesRead } = await file.read(block, 0, Math.min(block.byteLength, to - position), position);
    if (bytesRead === 0) return;
    yield block.subarray(0, bytesRead);
    position += bytesRead;
  }
}

/**
 * @param content takes in the bytes; discarded where they can't be had to the last
 * @returns how many bytes there were
 */
async function consume(source: AsyncIterable<Uint8Array>, hash: Hash, content?: ContentWriter): Promise<number> {
  let bytes = 0;
  try {
    for await (const some of source) {
      hash.update(some);
      await content?.write(some);
      bytes += some.byteLength;
    }
  } catch (thrown) {
    await content?.discard();
    throw thrown;
  }
  return bytes;
}
