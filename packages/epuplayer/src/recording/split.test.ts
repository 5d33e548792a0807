import fc from "fast-check";
import { expect, test } from "vitest";
import { type RecordingPart, splitRecording } from "./split.js";

async function split(text: Uint8Array, sizes: readonly number[]): Promise<RecordingPart[]> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (let piece = 0; at < text.byteLength; piece += 1) {
      const size = sizes.length === 0 ? text.byteLength : Math.max(1, sizes[piece % sizes.length] ?? 1);
      // A stream may use its buffer again: what is held must have been copied.
      const buffer = Uint8Array.from(text.subarray(at, at + size));
      yield buffer;
      buffer.fill(0);
      at += size;
    }
  }
  const parts: RecordingPart[] = [];
  for await (const part of splitRecording(pieces())) parts.push(part);
  return parts;
}

const recording = fc.record({
  metadata: fc.jsonValue(),
  events: fc.array(fc.jsonValue(), { maxLength: 8 }),
  other: fc.jsonValue(),
});
const indent = fc.constantFrom(undefined, 2, "\t");
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 5 });

test("any recording in pieces of any size is split into what it is made of", async () => {
  await fc.assert(
    fc.asyncProperty(recording, fc.boolean(), indent, sizes, async (value, eventsFirst, space, pieceSizes) => {
      const { events, ...rest } = value;
      const text = JSON.stringify(eventsFirst ? { events, ...rest } : { ...rest, events }, null, space);
      const parts = await split(Buffer.from(`${text}\n`), pieceSizes);
      const plain = JSON.parse(text) as typeof value;
      expect(parts.filter((part) => part.kind === "event").map((part) => part.value)).toEqual(plain.events);
      expect(parts.filter((part) => part.kind === "member").map((part) => [part.name, part.value])).toEqual([
        ["metadata", plain.metadata],
        ["other", plain.other],
      ]);
    }),
    { numRuns: 300 },
  );
});

test("a recording cut off anywhere is refused", async () => {
  await fc.assert(
    fc.asyncProperty(recording, fc.nat(), sizes, async (value, cut, pieceSizes) => {
      const text = Buffer.from(JSON.stringify(value));
      const beginning = text.subarray(0, cut % text.byteLength);
      await expect(split(beginning, pieceSizes)).rejects.toMatchObject({ code: "recording_invalid" });
    }),
  );
});

test.each([
  "[]",
  "null",
  "{]",
  '{"events":[{]}',
  '{"events":[1,,2]}',
  '{"events":[1 2]}',
  '{"events" [1]}',
  '{"events":[1]} {}',
  '{"events":[1]}}',
  "{events:[1]}",
  '{"events":[tru]}',
  '{"events":[{"a":1}}',
])("%s is refused", async (text) => {
  await expect(split(Buffer.from(text), [])).rejects.toMatchObject({ code: "recording_invalid" });
});

test("a byte order mark is passed over", async () => {
  expect(await split(Buffer.from('\ufeff{"events":[1]}'), [1])).toEqual([{ kind: "event", value: 1 }]);
});

test("an event that never ends is refused before it fills the memory", async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"events":["');
    for (;;) yield Buffer.alloc(1024 * 1024, "a");
  }
  const parts = splitRecording(endless());
  await expect(parts.next()).rejects.toMatchObject({ code: "recording_invalid" });
});
