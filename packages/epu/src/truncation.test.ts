import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEpuFile } from "./parse.js";
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
  it("of a square's image is incomplete at every byte", () => {
    const bytes = realBytes(REAL.gridSquareImage);
    expectIncomplete("gridSquareImage", bytes, range(0, bytes.length + 1));
  });

  it("of a re-indented micrograph is incomplete at every byte", () => {
    const bytes = realBytes(REAL.micrograph);
    expectIncomplete("micrograph", bytes, range(0, bytes.length + 1));
  });

  it.each([
    ["session", REAL.session, 2000, 40],
    ["session", REAL.reIndentedSession, 2000, 40],
    ["atlas", REAL.atlas, 2000, 12],
    ["gridSquareMetadata", REAL.gridSquareMetadata, 4000, 8],
  ] as const)("of kind %s (%s) is incomplete at its beginning, its end and anywhere", (kind, path, first, some) => {
    const bytes = realBytes(path);
    const end = wholeFrom(bytes);
    expectIncomplete(kind, bytes, range(0, first));
    expectIncomplete(kind, bytes, range(end - some, bytes.length + 1));
    fc.assert(
      fc.property(fc.integer({ min: first, max: end - 1 }), (length) => outcome(kind, bytes, length) === "incomplete"),
      { numRuns: 2 * some },
    );
  });
});
