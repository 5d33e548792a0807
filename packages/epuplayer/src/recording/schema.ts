import { err, ok, type Result } from "@smartem/common/result";

/**
 * What a recording holds: `recording.json` is `{"metadata": …, "events": […]}`, in the order in which things happened.
 * Binary content lies beside it, as `chunks/<id>.bin` of the same tar.gz; a bare recording.json has none.
 */

export const FORMAT_VERSION = "2.0";

export const EVENT_TYPES = [
  "initial_dir",
  "initial_file",
  "created",
  "modified",
  "deleted",
  "moved",
  "appended",
  "truncated",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface RecordingMetadata {
  /** ISO 8601. */
  readonly recorded_at: string;
  readonly watch_dir: string;
  readonly total_events: number;
  readonly version: string;
  readonly platform: string;
}

/** Something that happened to a file or folder. Field names are the format's own. */
export interface RecordedEvent {
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly event_type: EventType;
  /** Relative to the recorded folder, with slashes; {@link RECORDED_FOLDER} for that folder itself. */
  readonly src_path: string;
  /** Where it was moved to. */
  readonly dest_path: string | null;
  readonly is_directory: boolean;
  /** The file's text, or the text appended to it. */
  readonly content: string | null;
  /** Bytes of the file after the event. */
  readonly size: number | null;
  /** SHA-256 of the file after the event, in hex; begins with `unreadable_` where it could not be read. */
  readonly content_hash: string | null;
  /** Where the file's bytes, or those appended to it, are when they are not in `content`. */
  readonly binary_chunk_id: string | null;
  /** `{mtime, atime}` in seconds, `{append_size}` or `{new_size}` in bytes. */
  readonly operation_data: Readonly<Record<string, number>> | null;
  /** Where appended content begins. */
  readonly file_position: number | null;
  /** A file of which only the size was recorded. */
  readonly is_placeholder: boolean;
}

/** Recorders that watch a folder by notifications are told of itself too, whenever something comes or goes in it. */
export const RECORDED_FOLDER = ".";

/** The longest text that goes into `content`. */
export const MAX_INLINE_BYTES = 1024 * 1024;
/** Far above any file of a microscope, far below what would fill a file system with holes. */
const MAX_FILE_BYTES = 2 ** 42;
const MAX_PATH_CHARACTERS = 4_096;
const UNREADABLE_PREFIX = "unreadable_";

export function isUnreadable(event: RecordedEvent): boolean {
  return event.content_hash?.startsWith(UNREADABLE_PREFIX) === true;
}

export function unreadableHash(sizeBytes: number, mtimeS: number): string {
  return `${UNREADABLE_PREFIX}${sizeBytes}_${mtimeS}`;
}

export interface EventProblem {
  readonly code: "recording_invalid" | "recording_unsafe";
  readonly message: string;
}

/** An event as `recording.json` has it. Fields that older recordings lack are null or false. */
export function parseEvent(value: unknown): Result<RecordedEvent, EventProblem> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return invalid("An event is no object.");
  const event = value as Readonly<Record<string, unknown>>;
  const type = EVENT_TYPES.find((known) => known === event.event_type);
  if (type === undefined) return invalid(`There is no event type ${JSON.stringify(event.event_type)}.`);
  if (typeof event.timestamp !== "number" || !Number.isFinite(event.timestamp))
    return invalid(`An event of type ${type} has no timestamp.`);
  const isOfFolder =
    type === "initial_dir" || (event.is_directory === true && (type === "created" || type === "modified"));
  const source = isOfFolder && event.src_path === RECORDED_FOLDER ? ok(RECORDED_FOLDER) : parsePath(event.src_path);
  if (!source.ok) return source;
  const destination = event.dest_path === undefined || event.dest_path === null ? ok(null) : parsePath(event.dest_path);
  if (!destination.ok) return destination;
  if (type === "moved" && destination.value === null) return invalid(`${source.value} is moved to nowhere.`);
  const chunkId = textOrNull(event.binary_chunk_id);
  if (chunkId !== null && !isChunkId(chunkId))
    return unsafe(`${JSON.stringify(chunkId)} cannot be the id of a chunk of ${source.value}.`);
  const operation = parseOperation(event.operation_data);
  const size = numberOrNull(event.size);
  const position = numberOrNull(event.file_position);
  for (const bytes of [size, position, operation?.new_size ?? null, operation?.append_size ?? null]) {
    if (bytes !== null && (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_FILE_BYTES))
      return invalid(`${source.value} cannot have ${bytes} bytes.`);
  }
  return ok({
    timestamp: event.timestamp,
    event_type: type,
    src_path: source.value,
    dest_path: destination.value,
    is_directory: event.is_directory === true,
    content: textOrNull(event.content),
    size,
    content_hash: textOrNull(event.content_hash),
    binary_chunk_id: chunkId,
    operation_data: operation,
    file_position: position,
    is_placeholder: event.is_placeholder === true,
  });
}

/** The metadata of a recording; what older recordings lack is empty. */
export function parseMetadata(value: unknown): RecordingMetadata {
  const metadata = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  return {
    recorded_at: textOrNull(metadata.recorded_at) ?? "",
    watch_dir: textOrNull(metadata.watch_dir) ?? "",
    total_events: numberOrNull(metadata.total_events) ?? 0,
    version: textOrNull(metadata.version) ?? "1.0",
    platform: textOrNull(metadata.platform) ?? "",
  };
}

/** Whether an id can be used as a file name as it is. */
export function isChunkId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/.test(id);
}

/**
 * A path that stays beneath the folder it is relative to, on Windows too.
 *
 * @returns the path without empty and `.` parts
 */
export function parsePath(value: unknown): Result<string, EventProblem> {
  if (typeof value !== "string") return invalid("An event has no path.");
  if (value.length > MAX_PATH_CHARACTERS) return invalid(`A path has ${value.length} characters.`);
  if (/^[/\\]/.test(value) || /^[A-Za-z]:/.test(value) || value.includes("\0") || /(^|[/\\])\.\.([/\\]|$)/.test(value))
    return unsafe(`The path ${JSON.stringify(value)} leaves the target folder.`);
  const parts = value.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? invalid(`${JSON.stringify(value)} is no path.`) : ok(parts.join("/"));
}

function parseOperation(value: unknown): Readonly<Record<string, number>> | null {
  if (typeof value !== "object" || value === null) return null;
  const numbers = Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return Object.fromEntries(numbers);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function invalid(message: string): Result<never, EventProblem> {
  return err({ code: "recording_invalid", message });
}

function unsafe(message: string): Result<never, EventProblem> {
  return err({ code: "recording_unsafe", message });
}
