import { readEvents, readRecordingJson } from "./recording/read.js";
import { type EventType, isUnreadable, parseMetadata, type RecordingMetadata } from "./recording/schema.js";

/** What a recording is about. */
export interface RecordingDescription {
  readonly metadata: RecordingMetadata;
  readonly events: number;
  /** Only the types that occur. */
  readonly eventsByType: Readonly<Partial<Record<EventType, number>>>;
  /** ISO 8601; null when nothing happened. */
  readonly firstEventAt: string | null;
  readonly lastEventAt: string | null;
  readonly durationS: number;
  /** Chunks of binary content that the events refer to. */
  readonly chunks: number;
  /** Bytes of text within the events. */
  readonly inlineBytes: number;
  /** Paths of which only the size was recorded. */
  readonly placeholders: number;
  /** Paths that could not be read at some time. */
  readonly unreadable: number;
}

/**
 * Reads a recording without unpacking it.
 *
 * @throws SmartemError `recording_not_found`, `recording_invalid`, `recording_unsafe`
 */
export async function describeRecording(recording: string, signal?: AbortSignal): Promise<RecordingDescription> {
  let metadata = parseMetadata(null);
  const eventsByType: Partial<Record<EventType, number>> = {};
  const placeholders = new Set<string>();
  const unreadable = new Set<string>();
  const chunks = new Set<string>();
  let events = 0;
  let inlineBytes = 0;
  let first = 0;
  let last = 0;
  for await (const event of readEvents(readRecordingJson(recording), (found) => {
    metadata = found;
  })) {
    signal?.throwIfAborted();
    if (events === 0) first = event.timestamp;
    last = event.timestamp;
    events += 1;
    eventsByType[event.event_type] = (eventsByType[event.event_type] ?? 0) + 1;
    if (event.content !== null) inlineBytes += Buffer.byteLength(event.content);
    if (event.binary_chunk_id !== null) chunks.add(event.binary_chunk_id);
    if (event.is_placeholder) placeholders.add(event.src_path);
    if (isUnreadable(event)) unreadable.add(event.src_path);
  }
  return {
    metadata,
    events,
    eventsByType,
    firstEventAt: events === 0 ? null : isoTime(first),
    lastEventAt: events === 0 ? null : isoTime(last),
    durationS: Math.max(0, last - first),
    chunks: chunks.size,
    inlineBytes,
    placeholders: placeholders.size,
    unreadable: unreadable.size,
  };
}

/** Null where a recording counts time from a moment of its own. */
function isoTime(timestampS: number): string | null {
  const date = new Date(timestampS * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
