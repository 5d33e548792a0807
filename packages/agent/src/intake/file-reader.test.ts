import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { imageXml } from "../testing/epu-folder.js";
import { isCompiled, PACKAGE } from "../testing/spawned-agent.js";
import { readAndParse } from "./read-and-parse.js";
import { MAX_FILE_BYTES, readWholeFile } from "./read-file.js";

const COMPILED = join(PACKAGE, "dist", "intake", "file-reader.js");

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "smartem-read-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const NEVER_SEEN = { size: 0, mtimeMs: 0, ctimeMs: 0 };

test("a file is read whole, whatever it was expected to be", () => {
  const path = join(folder, "a.xml");
  for (const size of [1, 4_096, 70_000, 2_000_000]) {
    writeFileSync(path, "x".repeat(size));
    for (const expected of [0, 1, size - 1, size, size + 1, 1_500_000]) {
      const read = readWholeFile(path, { size: expected, mtimeMs: 1, ctimeMs: 1 });
      expect(read.ok && [read.value.bytes.length, read.value.stamp.size]).toEqual([size, size]);
    }
  }
});

test("what can't be read says why", () => {
  expect(readWholeFile(join(folder, "none"), NEVER_SEEN)).toEqual({
    ok: false,
    error: { code: "unreadable", reason: "The file can't be read: ENOENT." },
  });
  expect(readWholeFile(folder, NEVER_SEEN)).toMatchObject({ ok: false, error: { code: "unreadable" } });
  writeFileSync(join(folder, "empty"), "");
  expect(readWholeFile(join(folder, "empty"), NEVER_SEEN)).toMatchObject({ ok: false, error: { code: "empty" } });
  expect(MAX_FILE_BYTES).toBe(268_435_456);
});

test("content that is known already is not parsed again", () => {
  const location = join(folder, "a.xml");
  writeFileSync(location, imageXml({ uniqueId: "one" }));
  const request = { location, kind: "micrograph" as const, expected: NEVER_SEEN, knownHash: null };
  const first = readAndParse(request, readWholeFile);
  expect(first).toMatchObject({
    is: "parsed",
    content: { kind: "micrograph", record: { uniqueId: "one" } },
    issues: [],
  });
  const knownHash = first.is === "parsed" ? first.hash : "";
  expect(readAndParse({ ...request, knownHash }, readWholeFile)).toMatchObject({ is: "unchanged", hash: knownHash });
});

test.runIf(isCompiled())("in a thread of its own the same is read, in the order of the requests", async () => {
  const { readerInOwnThread } = (await import(COMPILED)) as typeof import("./file-reader.js");
  const reader = readerInOwnThread();
  try {
    const requests = Array.from({ length: 20 }, (_, index) => {
      const location = join(folder, `${index}.xml`);
      if (index % 5 !== 4)
        writeFileSync(location, imageXml({ uniqueId: `image-${index}` }).slice(0, index % 5 === 3 ? 900 : 99_999));
      return { location, kind: "micrograph" as const, expected: NEVER_SEEN, knownHash: null };
    });
    for (let round = 0; round < 20; round++) {
      const readings = await reader.read(requests);
      expect(readings.map((each) => (each.is === "failed" ? each.code : each.is))).toEqual(
        requests.map((_, index) => (index % 5 === 4 ? "unreadable" : index % 5 === 3 ? "incomplete" : "parsed")),
      );
      if (round % 7 === 6) await reader.rest();
    }
  } finally {
    await reader.close();
  }
});

test.runIf(isCompiled())(
  "each order gets its own answer, whether or not the earlier ones were waited for",
  async () => {
    const { readerInOwnThread } = (await import(COMPILED)) as typeof import("./file-reader.js");
    const reader = readerInOwnThread();
    try {
      const requests = Array.from({ length: 8 }, (_, index) => {
        const location = join(folder, `${index}.xml`);
        writeFileSync(location, imageXml({ uniqueId: `image-${index}` }));
        return { location, kind: "micrograph" as const, expected: NEVER_SEEN, knownHash: null };
      });
      const answers = await Promise.all(requests.map((request) => reader.read([request])));
      const ids = answers
        .flat()
        .map((each) => each.is === "parsed" && (each.content.record as { uniqueId: string }).uniqueId);
      expect(ids).toEqual(requests.map((_, index) => `image-${index}`));
    } finally {
      await reader.close();
    }
  },
);
