import { appendFile, mkdir, open, rename, rm, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runs } from "@smartem/common/testing/runs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { startRecorder } from "./record/recorder.js";
import { DEV_MODE } from "./replay/pace.js";
import { replayRecording } from "./replay/replay.js";
import { treeOf, withFolder } from "./testing/trees.js";

const NAMES = ["a", "b", "c.dm", "d.xml", "e.mrc", "GridSquare_1", "ü ñ"];
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const bytes = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some)),
  fc.nat(255).map((byte) => Buffer.alloc(1_200_000, byte)),
);
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write" as const), path, bytes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("append" as const), path, bytes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("truncate" as const), path, keep: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("overwrite" as const), path, at: fc.nat(10), bytes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("rename" as const), path, to: path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("folder" as const), path }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("look" as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Does to a folder what can be done; what cannot (a file where a folder is, …) is no operation. */
async function perform(folder: string, one: Exclude<Operation, { kind: "look" }>): Promise<void> {
  const target = join(folder, one.path);
  const work = async (): Promise<void> => {
    switch (one.kind) {
      case "write":
        await mkdir(dirname(target), { recursive: true });
        return writeFile(target, one.bytes);
      case "append":
        await mkdir(dirname(target), { recursive: true });
        return appendFile(target, one.bytes);
      case "truncate":
        return truncate(target, one.keep);
      case "overwrite": {
        const file = await open(target, "r+");
        await file.write(one.bytes, 0, one.bytes.byteLength, one.at);
        return file.close();
      }
      case "rename":
        await mkdir(dirname(join(folder, one.to)), { recursive: true });
        return rename(target, join(folder, one.to));
      case "remove":
        return rm(target, { recursive: true });
      case "folder":
        await mkdir(target, { recursive: true });
        return;
    }
  };
  await work().catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === undefined) throw thrown;
  });
}

test.each(["recording.tar.gz", "recording.tgz"])(
  "any sequence of file operations, recorded and replayed as %s, gives the same tree",
  async (name) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 6 }),
        fc.array(operation, { maxLength: 25 }),
        async (before, during) =>
          withFolder(async (folder) => {
            const watched = join(folder, "watched");
            const replayed = join(folder, "replayed");
            await mkdir(watched);
            for (const one of before) if (one.kind !== "look") await perform(watched, one);
            const warnings: string[] = [];
            const recorder = await startRecorder(watched, join(folder, name), {
              storeBinary: true,
              onWarning: (warning) => warnings.push(warning),
            });
            for (const one of during) await (one.kind === "look" ? recorder.rescan() : perform(watched, one));
            const recorded = await recorder.stop();
            expect(warnings).toEqual([]);
            const summary = await replayRecording(recorded.output, replayed, { pace: DEV_MODE });
            expect(await treeOf(replayed)).toEqual(await treeOf(watched));
            expect(summary).toMatchObject({ events: recorded.events, failed: 0, verification: { different: 0 } });
          }),
      ),
      { numRuns: runs(24) },
    );
  },
  180_000,
);

test("text recorded as a bare recording.json, binary files by their size, gives the same tree but for their bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 15 }), async (during) =>
      withFolder(async (folder) => {
        const watched = join(folder, "watched");
        const replayed = join(folder, "replayed");
        await mkdir(watched);
        const recorder = await startRecorder(watched, join(folder, "recording.json"), { storeBinary: true });
        for (const one of during) await (one.kind === "look" ? recorder.rescan() : perform(watched, one));
        const recorded = await recorder.stop();
        const summary = await replayRecording(recorded.output, replayed, { pace: DEV_MODE });
        const sizes = async (of: string): Promise<Record<string, string | undefined>> =>
          Object.fromEntries(Object.entries(await treeOf(of)).map(([key, value]) => [key, value.split(",")[0]]));
        expect(await sizes(replayed)).toEqual(await sizes(watched));
        expect(summary.verification).toMatchObject({ different: 0, placeholders: recorded.placeholders });
      }),
    ),
    { numRuns: runs(15) },
  );
}, 120_000);
