import { SmartemError } from "@smartem/common/errors";

/** A part of recording.json: one event, or the whole value of any other key. */
export type RecordingPart =
  | { readonly kind: "event"; readonly value: unknown }
  | { readonly kind: "member"; readonly name: string; readonly value: unknown };

/** One event with its megabyte of text, every character of which may be escaped as six. */
const MAX_PART_BYTES = 64 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const BYTE_ORDER_MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);

/** What may come next, outside of a value. */
type Expecting =
  | "object"
  | "key"
  | "colon"
  | "value"
  | "comma or end of object"
  | "event"
  | "comma or end of events"
  | "nothing";

/**
 * Splits recording.json as it streams by. Recordings grow to gigabytes; no more than one event is held at a time.
 *
 * @throws SmartemError `recording_invalid` where the text is no JSON object of that form, or breaks off
 */
export async function* splitRecording(source: AsyncIterable<Uint8Array>): AsyncGenerator<RecordingPart> {
  let expecting: Expecting = "object";
  let key = "";
  // The value being read: its bytes from former chunks, and where we are within it.
  let reading = false;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;

  for await (const bytes of source) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      let end = -1;
      if (reading) {
        if (inText) {
          if (escaped) {
            escaped = false;
            continue;
          }
          // Recordings are text for the most part: on to its next quotation mark, which may be an escaped one.
          const quote = chunk.indexOf(QUOTE, at);
          const stop = quote === -1 ? chunk.length : quote;
          const isEscaped = backslashesBefore(chunk, at, stop) % 2 === 1;
          at = stop;
          if (quote === -1) escaped = isEscaped;
          else if (!isEscaped) {
            inText = false;
            if (depth === 0) end = at + 1;
          }
        } else if (byte === QUOTE) inText = true;
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
        else if (depth === 0) {
          // A number or literal ends where something else begins.
          if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) end = at;
        } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
          depth -= 1;
          if (depth === 0) end = at + 1;
        }
        if (end === -1) continue;
        const last = chunk.subarray(start, end);
        const value = parse(held.length === 0 ? last : Buffer.concat([...held, last]));
        held = [];
        heldBytes = 0;
        reading = false;
        at = end - 1;
        if (expecting === "key") {
          key = String(value);
          expecting = "colon";
        } else if (expecting === "event") {
          yield { kind: "event", value };
          expecting = "comma or end of events";
        } else {
          yield { kind: "member", name: key, value };
          expecting = "comma or end of object";
        }
        continue;
      }
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      const begins = beginning(expecting, byte, key);
      if (begins === "refuse") throw notJson(`where ${expecting} was expected`);
      if (begins === "value begins") {
        reading = true;
        start = at;
        depth = byte === OPEN_BRACE || byte === OPEN_BRACKET ? 1 : 0;
        inText = byte === QUOTE;
      } else expecting = begins;
    }
    if (reading) {
      held.push(Buffer.from(chunk.subarray(start)));
      heldBytes += chunk.length - start;
      if (heldBytes > MAX_PART_BYTES) throw notJson(`in an event of more than ${MAX_PART_BYTES} bytes`);
    }
  }
  if (reading || expecting !== "nothing") throw notJson("at its end: it is incomplete");
}

function backslashesBefore(chunk: Buffer, from: number, to: number): number {
  let at = to;
  while (at > from && chunk[at - 1] === BACKSLASH) at -= 1;
  return to - at;
}

/** What a byte outside of a value means: a value begins, or something else is expected from here on. */
function beginning(expecting: Expecting, byte: number, key: string): Expecting | "value begins" | "refuse" {
  switch (expecting) {
    case "object":
      if (BYTE_ORDER_MARK.has(byte)) return "object";
      return byte === OPEN_BRACE ? "key" : "refuse";
    case "key":
      if (byte === QUOTE) return "value begins";
      return byte === CLOSE_BRACE ? "nothing" : "refuse";
    case "colon":
      return byte === COLON ? "value" : "refuse";
    case "value":
      return key === "events" && byte === OPEN_BRACKET ? "event" : "value begins";
    case "comma or end of object":
      if (byte === COMMA) return "key";
      return byte === CLOSE_BRACE ? "nothing" : "refuse";
    case "event":
      return byte === CLOSE_BRACKET ? "comma or end of object" : "value begins";
    case "comma or end of events":
      if (byte === COMMA) return "event";
      return byte === CLOSE_BRACKET ? "comma or end of object" : "refuse";
    case "nothing":
      return "refuse";
  }
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString("utf8"));
  } catch (thrown) {
    throw notJson("in one of its events", thrown);
  }
}

function notJson(where: string, cause?: unknown): SmartemError {
  return new SmartemError("recording_invalid", 400, `recording.json cannot be read ${where}.`, {
    hint: "Was the recording copied completely? Was it stopped in an orderly way?",
    cause,
  });
}
