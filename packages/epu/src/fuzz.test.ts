import { leastCpuOf, MAX_CPU_US } from "@smartem/common/testing/fuzzing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EpuBytes, parseEpuFile } from "./parse.js";
import type { EpuFileKind } from "./records.js";
import { DOCUMENTS } from "./testing/documents.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL, realBytes } from "./testing/real-files.js";

const CODES = ["incomplete", "empty", "malformed", "foreign", "missing_field", "too_large", "too_deep", "dtd_refused"];

/** The shape of a record: names and types, lists by their first entry. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? "list" : [shapeOf(value[0])];
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
  }
  return typeof value;
}

interface Mutation {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}

const mutation = fc.record<Mutation>({
  at: fc.nat(),
  remove: fc.oneof(fc.constant(0), fc.constant(1), fc.nat({ max: 200 })),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc
      .constantFrom(
        "<",
        ">",
        "&",
        '"',
        "]]>",
        "<!--",
        "<![CDATA[",
        "<?x",
        "</",
        "/>",
        "<!DOCTYPE",
        "\0",
        "\r",
        "xmlns=''",
        " z:Ref='1'",
        " i:nil='true'",
        "&#x0;",
        "\u{1d6fc}",
        "NaN",
      )
      .map((text) => Buffer.from(text)),
  ),
});

function mutate(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  let mutated = bytes;
  for (const { at, remove, insert } of mutations) {
    const start = at % (mutated.length + 1);
    mutated = Buffer.concat([mutated.subarray(0, start), insert, mutated.subarray(start + remove)]);
  }
  return mutated;
}

/** Parses without a throw and without a hang; gives a record of the right names or an error of a known code. */
async function expectHandled(kind: EpuFileKind, bytes: EpuBytes, names: readonly string[]): Promise<void> {
  const tookUs = await leastCpuOf(() => {
    const result = parseEpuFile(kind, bytes);
    if (result.ok) expect(Object.keys(result.value)).toEqual(names);
    else expect(CODES).toContain(result.error.code);
  }, MAX_CPU_US);
  expect(tookUs).toBeLessThan(MAX_CPU_US);
}

async function expectMutationsHandled(kind: EpuFileKind, bytes: Buffer, numRuns: number): Promise<void> {
  const original = parseEpuFile(kind, bytes);
  if (!original.ok) throw new Error(original.error.message);
  const names = Object.keys(original.value);
  const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(mutations, (some) => expectHandled(kind, mutate(bytes, some), names)),
    { numRuns },
  );
}

/** However the bytes are cut into chunks, the outcome is the same. */
function expectSameInChunks(kind: EpuFileKind, bytes: Buffer, maxChunk: number, numRuns: number): void {
  const whole = parseEpuFile(kind, bytes);
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 1, max: maxChunk })), (sizes) => {
      const chunks = (function* () {
        const scratch = Buffer.alloc(maxChunk);
        for (let start = 0; start < bytes.length; ) {
          const size = Math.min(sizes.next().value ?? 1, bytes.length - start);
          bytes.copy(scratch, 0, start, start + size);
          // The same memory again and again, as a reader of files does.
          yield scratch.subarray(0, size);
          start += size;
        }
      })();
      expect(parseEpuFile(kind, chunks)).toEqual(whole);
    }),
    { numRuns },
  );
}

const documents = Object.entries(DOCUMENTS) as [EpuFileKind, string][];

describe("any document", () => {
  it.each(documents)("of kind %s, however damaged, gives a record or an error", async (kind, xml) => {
    await expectMutationsHandled(kind, Buffer.from(xml), 1000);
  });

  it.each(documents)("of kind %s reads the same however it is cut into chunks", (kind, xml) => {
    expectSameInChunks(kind, Buffer.from(xml), 7, 200);
  });

  it("of kind session gives the same error however it is cut into chunks", () => {
    const bytes = Buffer.from(DOCUMENTS.session ?? "");
    fc.assert(
      fc.property(mutation, (some) => {
        const damaged = mutate(bytes, [some]);
        const whole = parseEpuFile("session", damaged);
        const inBytes = parseEpuFile(
          "session",
          Array.from(damaged, (byte) => Uint8Array.of(byte)),
        );
        expect(inBytes.ok ? inBytes : inBytes.error.code).toEqual(whole.ok ? whole : whole.error.code);
      }),
      { numRuns: 200 },
    );
  });

  it("of any bytes at all gives an error", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(...documents.map(([kind]) => kind)),
        (bytes, kind) => {
          expect(parseEpuFile(kind, bytes).ok).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describeWithRealData("a real file", () => {
  it.each([
    ["micrograph", REAL.micrograph],
    ["foilHoleImage", REAL.foilHoleImage],
    ["gridSquareImage", REAL.gridSquareImage],
  ] as const)("of kind %s, however damaged, gives a record or an error", async (kind, path) => {
    await expectMutationsHandled(kind, realBytes(path), 400);
  });

  it.each([
    ["micrograph", REAL.micrograph, 3000, 30],
    ["session", REAL.session, 60_000, 10],
    ["gridSquareMetadata", REAL.gridSquareMetadata, 200_000, 4],
  ] as const)("of kind %s reads the same however it is cut into chunks", (kind, path, maxChunk, numRuns) => {
    expectSameInChunks(kind, realBytes(path), maxChunk, numRuns);
  });

  it("keeps the shape of its record when a digit changes", () => {
    const bytes = realBytes(REAL.micrograph);
    const original = parseEpuFile("micrograph", bytes);
    const at = bytes.indexOf("-2.7E-06");
    const changed = Buffer.from(bytes);
    changed.write("-3.1E-06", at);
    const result = parseEpuFile("micrograph", changed);
    expect(result.ok && result.value.appliedDefocusM).toBe(-3.1e-6);
    expect(result.ok && shapeOf(result.value)).toEqual(original.ok && shapeOf(original.value));
  });
});
