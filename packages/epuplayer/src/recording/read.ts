import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { SmartemError } from "@smartem/common/errors";
import { makeFolder } from "@smartem/common/make-folder";
import { RECORDING_ENTRY, readArchive, recordingForm } from "./archive.js";
import { parseEvent, parseMetadata, type RecordedEvent, type RecordingMetadata } from "./schema.js";
import { splitRecording } from "./split.js";

/** Reads the events of a recording.json; `onMetadata` is called when its metadata comes by. */
export async function* readEvents(
  json: AsyncIterable<Uint8Array>,
  onMetadata: (metadata: RecordingMetadata) => void = () => {},
): AsyncGenerator<RecordedEvent> {
  for await (const part of splitRecording(json)) {
    if (part.kind === "member") {
      if (part.name === "metadata") onMetadata(parseMetadata(part.value));
      continue;
    }
    const event = parseEvent(part.value);
    if (!event.ok) throw new SmartemError(event.error.code, 400, event.error.message);
    yield event.value;
  }
}

/** The recording.json of a recording of whatever form. Nothing else of an archive is read when it comes first. */
export async function* readRecordingJson(path: string): AsyncGenerator<Uint8Array> {
  const form = await recordingForm(path);
  if (form === "json") {
    yield* jsonFile(path);
    return;
  }
  for await (const entry of readArchive(path, form)) {
    if (entry.chunkId !== null) continue;
    yield* entry.content;
    return;
  }
  throw withoutJson(path);
}

/** A recording whose events can be read again and again, and whose chunks are files. */
export interface OpenRecording {
  readonly events: () => AsyncGenerator<RecordedEvent>;
  readonly metadata: () => Promise<RecordingMetadata>;
  /** The file that holds a chunk, or null where the recording has none of that id. */
  readonly chunkFile: (id: string) => Promise<string | null>;
  /** Removes what was unpacked. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a recording; an archive is unpacked, which takes as much room as its chunks do.
 *
 * @param folder where to unpack it: a new folder is made in there
 * @param onProgress is told how many of all bytes of the file have been read
 * @throws SmartemError `recording_not_found`, `recording_invalid`, `recording_unsafe`
 */
export async function openRecording(
  path: string,
  folder: string,
  onProgress: (bytesRead: number, bytes: number) => void = () => {},
  signal?: AbortSignal,
): Promise<OpenRecording> {
  const form = await recordingForm(path);
  if (form === "json") return opened(path, null, async () => {});
  const { size } = await stat(path);
  makeFolder(folder);
  const unpacked = await mkdtemp(join(folder, ".epuplayer-"));
  const close = (): Promise<void> => rm(unpacked, { recursive: true, force: true });
  try {
    let hasJson = false;
    for await (const entry of readArchive(path, form, (bytesRead) => onProgress(bytesRead, size))) {
      signal?.throwIfAborted();
      if (entry.chunkId === null) hasJson = true;
      const file = join(unpacked, entry.chunkId === null ? RECORDING_ENTRY : chunkName(entry.chunkId));
      await pipeline(entry.content, createWriteStream(file), signal === undefined ? {} : { signal });
    }
    if (!hasJson) throw withoutJson(path);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return opened(join(unpacked, RECORDING_ENTRY), unpacked, close);
}

function opened(json: string, chunks: string | null, close: () => Promise<void>): OpenRecording {
  return {
    events: () => readEvents(jsonFile(json)),
    async metadata() {
      let metadata = parseMetadata(null);
      for await (const part of splitRecording(jsonFile(json))) {
        if (part.kind === "event" || part.name !== "metadata") continue;
        metadata = parseMetadata(part.value);
        break;
      }
      return metadata;
    },
    async chunkFile(id) {
      if (chunks === null) return null;
      const file = join(chunks, chunkName(id));
      return (await stat(file).catch(() => null)) === null ? null : file;
    },
    close,
  };
}

/** A prefix keeps a chunk named "recording" apart from recording.json on file systems that know no case. */
function chunkName(id: string): string {
  return `chunk-${id}.bin`;
}

function jsonFile(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
}

function withoutJson(path: string): SmartemError {
  return new SmartemError("recording_invalid", 400, `The archive ${path} holds no recording.json.`);
}
