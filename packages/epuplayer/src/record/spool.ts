import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { makeFolder } from "@smartem/common/make-folder";
import { writeArchive } from "../recording/archive.js";
import { MAX_INLINE_BYTES, type RecordedEvent, type RecordingMetadata } from "../recording/schema.js";
import { textOf } from "./content.js";

const LINE_END = 0x0a;

/** What an event says of the bytes that belong to it. */
export type KeptContent = Pick<RecordedEvent, "content" | "binary_chunk_id">;

/** Bytes on their way into a recording. */
export interface ContentWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Keeps them: as text where they are that and not too much, else as a chunk. Null where there can be no chunks. */
  finish(): Promise<KeptContent | null>;
  /** Drops them. */
  discard(): Promise<void>;
}

/** Recorded bytes of a file, to be found again. */
export interface Piece {
  readonly bytes: number;
  readonly kept: { readonly chunkId: string } | { readonly eventAt: number; readonly eventBytes: number };
}

/**
 * What has been recorded so far: on disk, so that a recording may become larger than memory. Whatever cannot be
 * written fails with SmartemError `record_output_failed`; the spool then stays where it is.
 */
export interface Spool {
  readonly folder: string;
  eventCount(): number;
  newContent(): ContentWriter;
  /** @returns the `contentBytes` bytes that belong to the event */
  append(event: RecordedEvent, contentBytes: number): Promise<Piece>;
  readPiece(piece: Piece): AsyncGenerator<Uint8Array>;
  /** Writes the recording, in place of what may have that name, and removes the spool. */
  pack(
    metadata: Omit<RecordingMetadata, "total_events">,
    onProgress: (bytesPacked: number, bytes: number) => void,
  ): Promise<void>;
  discard(): Promise<void>;
}

/** Whether a recording of this name is a bare recording.json, which has no chunks. */
export function isBareJson(output: string): boolean {
  return output.toLowerCase().endsWith(".json");
}

/** @param output the recording to be; the spool lies beside it */
export async function openSpool(output: string): Promise<Spool> {
  makeFolder(dirname(output));
  const folder = await mkdtemp(join(dirname(output), `.${basename(output)}-`));
  const eventsFile = join(folder, "events.jsonl");
  const events = await open(eventsFile, "a+");
  const chunks = new Map<string, number>();
  const chunkFile = (id: string): string => join(folder, `${id}.bin`);
  const written = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((thrown) => {
      throw new SmartemError("record_output_failed", 500, `The recording cannot be written: ${messageOf(thrown)}`, {
        hint: `What has been recorded is kept in ${folder}.`,
        cause: thrown,
      });
    });
  let nextChunk = 0;
  let eventsBytes = 0;
  let eventCount = 0;

  return {
    folder,
    eventCount: () => eventCount,
    newContent() {
      if (isBareJson(output)) return inlineContent();
      return chunkContent(written, () => {
        const id = `chunk_${nextChunk}`;
        nextChunk += 1;
        return { id, path: chunkFile(id), keep: (bytes) => void chunks.set(id, bytes) };
      });
    },
    async append(event, contentBytes) {
      const line = Buffer.from(`${JSON.stringify(event)}\n`);
      const eventAt = eventsBytes;
      await written(events.appendFile(line));
      eventsBytes += line.byteLength;
      eventCount += 1;
      const chunkId = event.binary_chunk_id;
      return { bytes: contentBytes, kept: chunkId === null ? { eventAt, eventBytes: line.byteLength } : { chunkId } };
    },
    async *readPiece({ bytes, kept }) {
      if (bytes === 0) return;
      if ("chunkId" in kept) yield* createReadStream(chunkFile(kept.chunkId), { end: bytes - 1 });
      else {
        const { buffer } = await events.read(Buffer.alloc(kept.eventBytes), 0, kept.eventBytes, kept.eventAt);
        const { content } = JSON.parse(buffer.toString("utf8")) as RecordedEvent;
        yield Buffer.from(content ?? "", "utf8").subarray(0, bytes);
      }
    },
    pack: (metadata, onProgress) =>
      written(
        (async () => {
          const json = join(folder, "recording.json");
          const content = recordingJson({ ...metadata, total_events: eventCount }, eventsFile, eventsBytes);
          await pipeline(content, createWriteStream(json));
          let packed = json;
          if (!isBareJson(output)) {
            packed = join(folder, "packed");
            const total = [...chunks.values()].reduce((sum, bytes) => sum + bytes, (await stat(json)).size);
            const files = [...chunks.keys()].map((id) => ({ id, path: chunkFile(id) }));
            await writeArchive(packed, json, files, (bytes) => onProgress(bytes, total));
          }
          await rename(packed, output);
          await events.close();
          await rm(folder, { recursive: true });
        })(),
      ),
    async discard() {
      await events.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function inlineContent(): ContentWriter {
  let held: Buffer[] = [];
  let bytes = 0;
  return {
    async write(some) {
      bytes += some.byteLength;
      if (bytes <= MAX_INLINE_BYTES) held.push(Buffer.from(some));
      else held = [];
    },
    async finish() {
      const text = bytes <= MAX_INLINE_BYTES ? textOf(Buffer.concat(held)) : null;
      return text === null ? null : { content: text, binary_chunk_id: null };
    },
    async discard() {},
  };
}

interface Chunk {
  readonly id: string;
  readonly path: string;
  keep(bytes: number): void;
}

function chunkContent(written: <T>(work: Promise<T>) => Promise<T>, newChunk: () => Chunk): ContentWriter {
  const held: Buffer[] = [];
  let bytes = 0;
  let begun: { readonly chunk: Chunk; readonly file: FileHandle } | null = null;

  async function begin(): Promise<{ readonly chunk: Chunk; readonly file: FileHandle }> {
    const chunk = newChunk();
    const file = await written(open(chunk.path, "wx"));
    begun = { chunk, file };
    for (const some of held.splice(0)) await written(file.writeFile(some));
    return begun;
  }

  return {
    async write(some) {
      bytes += some.byteLength;
      if (begun !== null) await written(begun.file.writeFile(some));
      else {
        held.push(Buffer.from(some));
        if (bytes > MAX_INLINE_BYTES) await begin();
      }
    },
    async finish() {
      const text = begun === null ? textOf(Buffer.concat(held)) : null;
      if (text !== null) return { content: text, binary_chunk_id: null };
      const { chunk, file } = begun ?? (await begin());
      await file.close();
      chunk.keep(bytes);
      return { content: null, binary_chunk_id: chunk.id };
    },
    async discard() {
      await begun?.file.close();
      if (begun !== null) await rm(begun.chunk.path);
    },
  };
}

/** The events, one a line, become the list in recording.json. Within an event every line end is escaped. */
async function* recordingJson(
  metadata: RecordingMetadata,
  eventsFile: string,
  eventsBytes: number,
): AsyncGenerator<Buffer> {
  const separator = Buffer.from(",\n");
  yield Buffer.from(`{"metadata":${JSON.stringify(metadata)},"events":[\n`);
  // All but the last line end.
  const lines =
    eventsBytes === 0 ? [] : (createReadStream(eventsFile, { end: eventsBytes - 2 }) as AsyncIterable<Buffer>);
  for await (const bytes of lines) {
    const parts: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, start)) {
      parts.push(bytes.subarray(start, end), separator);
      start = end + 1;
    }
    yield Buffer.concat([...parts, bytes.subarray(start)]);
  }
  yield Buffer.from("\n]}\n");
}
