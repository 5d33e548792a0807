import { createReadStream, createWriteStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { extract, pack } from "tar-stream";
import { isChunkId } from "./schema.js";

export const RECORDING_ENTRY = "recording.json";
const CHUNKS_FOLDER = "chunks";
const CHUNK_SUFFIX = ".bin";
const GZIP_MAGIC = [0x1f, 0x8b];
const TAR_MAGIC_AT = 257;

export type RecordingForm = "tar.gz" | "tar" | "json";

/** What kind of file a recording is, told by its first bytes, not by its name. */
export async function recordingForm(path: string): Promise<RecordingForm> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path);
  } catch (thrown) {
    throw new SmartemError("recording_not_found", 404, `${path} cannot be opened: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  try {
    if ((await file.stat()).isDirectory())
      throw new SmartemError("recording_invalid", 400, `${path} is a folder, not a recording.`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    if (GZIP_MAGIC.every((byte, index) => bytesRead > index && buffer[index] === byte)) return "tar.gz";
    return buffer.toString("latin1", TAR_MAGIC_AT, TAR_MAGIC_AT + 5) === "ustar" ? "tar" : "json";
  } finally {
    await file.close();
  }
}

/** A member of the archive: recording.json, or the chunk of that id. */
export interface ArchiveEntry {
  readonly chunkId: string | null;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The members of an archive, one after the other; what is not read of one is passed over.
 *
 * @param onProgress is told how many bytes of the file have been read
 * @throws SmartemError `recording_invalid` where the archive is damaged or incomplete, `recording_unsafe` where it
 *   holds anything but recording.json and chunks
 */
export async function* readArchive(
  path: string,
  form: "tar.gz" | "tar",
  onProgress: (bytesRead: number) => void = () => {},
): AsyncGenerator<ArchiveEntry> {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
  const entries = extract();
  const tar: Readable = form === "tar" ? file : file.pipe(createGunzip());
  const fail = (error: Error): void => entries.destroy(error);
  file.on("error", fail);
  file.on("data", () => onProgress(file.bytesRead));
  if (tar !== file) tar.on("error", fail);
  tar.pipe(entries as unknown as NodeJS.WritableStream);
  try {
    for await (const entry of entries) {
      const { name, type } = entry.header;
      const chunkId = chunkIdOf(name);
      const isFile = type === "file" || type === "contiguous-file";
      if (type === "directory" && chunkId === undefined) entry.resume();
      else if (!isFile || chunkId === undefined)
        throw new SmartemError(
          "recording_unsafe",
          400,
          `The archive holds ${JSON.stringify(name)}, which no recording does.`,
        );
      else {
        yield { chunkId, content: readable(entry as AsyncIterable<Uint8Array>) };
        entry.resume();
      }
    }
  } catch (thrown) {
    throw thrown instanceof SmartemError ? thrown : unreadable(thrown);
  } finally {
    file.destroy();
    tar.destroy();
    entries.destroy();
  }
}

/** Damage is often found only when the content is read. */
async function* readable(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (thrown) {
    throw unreadable(thrown);
  }
}

function unreadable(thrown: unknown): SmartemError {
  return new SmartemError("recording_invalid", 400, `The archive cannot be read: ${messageOf(thrown)}`, {
    hint: "Was it copied completely?",
    cause: thrown,
  });
}

/** Null for recording.json, undefined for what is neither that nor a chunk. */
function chunkIdOf(name: string): string | null | undefined {
  const path = name.replace(/^\.\//, "").replace(/\/$/, "");
  if (path === RECORDING_ENTRY) return null;
  const [folder, file, ...rest] = path.split("/");
  if (folder !== CHUNKS_FOLDER || file === undefined || rest.length > 0 || !file.endsWith(CHUNK_SUFFIX))
    return undefined;
  const id = file.slice(0, -CHUNK_SUFFIX.length);
  return isChunkId(id) ? id : undefined;
}

/**
 * Writes an archive: recording.json first, so that it can be read without the chunks, then the chunks.
 *
 * @param chunks ids and files; each file is removed when it is in the archive, to make room
 * @param onProgress is told how many bytes of these files have been packed
 */
export async function writeArchive(
  path: string,
  recordingJson: string,
  chunks: readonly { readonly id: string; readonly path: string }[],
  onProgress: (bytesPacked: number) => void = () => {},
): Promise<void> {
  const archive = pack();
  const written = pipeline(archive, createGzip(), createWriteStream(path));
  let packed = 0;
  async function add(name: string, source: string): Promise<void> {
    const { size } = await stat(source);
    const entry = archive.entry({ name, size });
    await pipeline(
      createReadStream(source, { highWaterMark: 1024 * 1024 }),
      async function* count(content: AsyncIterable<Buffer>) {
        for await (const bytes of content) {
          packed += bytes.byteLength;
          onProgress(packed);
          yield bytes;
        }
      },
      entry,
    );
  }
  try {
    await add(RECORDING_ENTRY, recordingJson);
    for (const chunk of chunks) {
      await add(`${CHUNKS_FOLDER}/${chunk.id}${CHUNK_SUFFIX}`, chunk.path);
      await rm(chunk.path);
    }
    archive.finalize();
  } catch (thrown) {
    archive.destroy(thrown instanceof Error ? thrown : new Error(messageOf(thrown)));
    await written.catch(() => {});
    throw thrown;
  }
  await written;
}
