import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Utf8ChunkDecoder } from "./utf8.js";

function decodeInChunks(bytes: Buffer, size: number): { text: string; invalidAt: number | null } {
  const decoder = new Utf8ChunkDecoder();
  let text = "";
  for (let start = 0; start < bytes.length; start += size) {
    const chunkStart = start - decoder.carriedBytes;
    const decoded = decoder.decode(bytes.subarray(start, start + size));
    text += decoded.text;
    if (decoded.invalidAtByte !== null) return { text, invalidAt: chunkStart + decoded.invalidAtByte };
  }
  return { text, invalidAt: decoder.carriedBytes > 0 ? bytes.length - decoder.carriedBytes : null };
}

describe("Utf8ChunkDecoder", () => {
  it("gives the same text however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (text, size) => {
        expect(decodeInChunks(Buffer.from(text), size)).toEqual({ text, invalidAt: null });
      }),
    );
  });

  it("stops at the byte at which any bytes stop being UTF-8", () => {
    const bytes = fc.uint8Array({ maxLength: 12 }).map((random) => Buffer.concat([Buffer.from("aé𝛼"), random]));
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 20 }), (input, size) => {
        const { text, invalidAt } = decodeInChunks(input, size);
        const valid = invalidAt ?? input.length;
        // What is before it is UTF-8; with one character more it is not.
        expect(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input.subarray(0, valid))).toBe(text);
        if (invalidAt === null) return;
        for (let more = 1; more <= 4 && valid + more <= input.length; more++) {
          const longer = input.subarray(0, valid + more);
          expect(() => new TextDecoder("utf-8", { fatal: true }).decode(longer)).toThrow();
        }
      }),
      { numRuns: 400 },
    );
  });
});
