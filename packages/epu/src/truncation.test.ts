import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EpuFileParser, parseEpuFile } from "./parse.js";
import type { EpuFileKind } from "./records.js";
import { DOCUMENTS } from "./testing/documents.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL, realBytes } from "./testing/real-files.js";

/** What a file cut after `length` bytes is read as: its error's code, or "whole". */
function outcome(kind: EpuFileKind, bytes: Buffer, length: number): string {
  const result = parseEpuFile(kind, bytes.subarray(0, length));
  return result.ok ? "whole" : result.error.code;
}

/** The offset after which only white space follows: cut there the file is whole. */
function wholeFrom(bytes: Buffer): number {
  return bytes.lastIndexOf(">") + 1;
}

function expectIncomplete(kind: EpuFileKind, bytes: Buffer, lengths: Iterable<number>): void {
  const end = wholeFrom(bytes);
  for (const length of lengths) {
    const expected = length === 0 ? "empty" : length < end ? "incomplete" : "whole";
    const actual = outcome(kind, bytes, length);
    if (actual !== expected)
      throw new Error(`Cut after ${length} of ${bytes.length} bytes: ${actual}, not ${expected}.`);
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(to - from, 0) }, (_, index) => from + index);
}

describe("a truncated document", () => {
  it.each(Object.entries(DOCUMENTS) as [EpuFileKind, string][])(
    "of kind %s is incomplete at every byte",
    (kind, xml) => {
      const bytes = Buffer.from(xml);
      expectIncomplete(kind, bytes, range(0, bytes.length + 1));
    },
  );

  it("is incomplete as well where the rest is zeros: a copy that has reserved its size", () => {
    for (const [kind, xml] of Object.entries(DOCUMENTS) as [EpuFileKind, string][]) {
      const bytes = Buffer.from(xml);
      for (const length of range(1, wholeFrom(bytes))) {
        const padded = Buffer.concat([bytes.subarray(0, length), Buffer.alloc(500)]);
        // In the middle of a character the zeros make it an invalid one.
        const inCharacter = ((bytes[length] ?? 0) & 0xc0) === 0x80;
        expect([length, outcome(kind, padded, padded.length)]).toEqual([
          length,
          inCharacter ? "malformed" : "incomplete",
        ]);
      }
    }
  });

  it("is not taken as whole when something is cut after its root", () => {
    const bytes = Buffer.from(`${DOCUMENTS.micrograph}<!-- the end -->`);
    const end = bytes.indexOf("<!--");
    for (const length of range(end + 1, bytes.length)) expect(outcome("micrograph", bytes, length)).toBe("incomplete");
    expect(outcome("micrograph", bytes, bytes.length)).toBe("whole");
  });
});

describeWithRealData("a truncated file", () => {
  it("of a square's image is incomplete wherever it is cut", () => {
    const bytes = realBytes(REAL.gridSquareImage);
    const someBytes = range(0, bytes.length + 1).filter((length) => length % 3 === 0);
    expectIncomplete("gridSquareImage", bytes, [...someBytes, ...range(bytes.length - 50, bytes.length + 1)]);
  });

  it.each([
    ["gridSquareImage", REAL.gridSquareImage],
    ["micrograph", REAL.micrograph],
    ["foilHoleImage", REAL.foilHoleImage],
    ["session", REAL.session],
    ["session", REAL.reIndentedSession],
    ["atlas", REAL.atlas],
    ["gridSquareMetadata", REAL.gridSquareMetadata],
  ] as const)("of kind %s (%s) is incomplete after every byte that is written", (kind, path) => {
    const bytes = realBytes(path);
    const end = wholeFrom(bytes);
    const parser = new EpuFileParser(kind);
    for (let length = 0; length < end; ) {
      // Byte by byte near both ends, and in between by steps that fall anywhere.
      const step = length < 50_000 || end - length < 50_000 ? 1 : Math.min(61, end - 50_000 - length + 1);
      if (parser.write(bytes.subarray(length, length + step)) !== null)
        throw new Error(`Refused before byte ${length + step}.`);
      length += step;
      const result = parser.end();
      const actual = result.ok ? "whole" : result.error.code;
      if (actual !== (length < end ? "incomplete" : "whole"))
        throw new Error(`After ${length} of ${end} bytes: ${actual}.`);
    }
  });

  it.each([
    ["session", REAL.session],
    ["atlas", REAL.atlas],
    ["gridSquareMetadata", REAL.gridSquareMetadata],
  ] as const)("of kind %s (%s) is incomplete anywhere, read at one go", (kind, path) => {
    const bytes = realBytes(path);
    const lengths = fc.integer({ min: 1, max: wholeFrom(bytes) - 1 });
    fc.assert(
      fc.property(lengths, (length) => outcome(kind, bytes, length) === "incomplete"),
      { numRuns: 12 },
    );
  });
});
