import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SmartemError } from "@smartem/common/errors";
import { FUZZ_INPUTS, fuzz, MAX_CPU_US } from "@smartem/common/testing/fuzzing";
import { type Dice, mutated } from "@smartem/common/testing/mutations";
import { pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { readEvents } from "./recording/read.js";
import { replayRecording } from "./replay/replay.js";
import { createdFile, hashOf, recordingJson } from "./testing/recordings.js";
import { withFolder } from "./testing/trees.js";
import { verifyReplay } from "./verify.js";

const TIMEOUT_MS = 300_000;
const CODES = ["recording_invalid", "recording_unsafe", "recording_not_found"];
const CHUNK = Buffer.from([0, 255, 1, 254, 2, 253]);
const SQUARE = "Images-Disc1/GridSquare_1";

/** Everything that a recording may hold. */
const EVENTS = [
  { timestamp: 1000, event_type: "initial_dir", src_path: "Metadata", is_directory: true },
  {
    ...createdFile("EpuSession.dm", "<EpuSessionXml>\n\t\u00e4 \u{1d6fc}</EpuSessionXml>"),
    event_type: "initial_file",
  },
  createdFile(`${SQUARE}/Data/FoilHole_1_Data_2_3_20240406_105000.xml`, "<MicroscopeImage/>", {
    operation_data: { mtime: 1000.5, atime: 1000 },
  }),
  { timestamp: 1001, event_type: "created", src_path: `${SQUARE}/a.mrc`, binary_chunk_id: "one", size: CHUNK.length },
  {
    timestamp: 1001,
    event_type: "modified",
    src_path: "EpuSession.dm",
    content: "short",
    size: 5,
    content_hash: hashOf("short"),
  },
  {
    timestamp: 1002,
    event_type: "appended",
    src_path: "EpuSession.dm",
    content: "er",
    file_position: 5,
    size: 7,
    operation_data: { append_size: 2 },
  },
  { timestamp: 1002, event_type: "truncated", src_path: "EpuSession.dm", size: 3, operation_data: { new_size: 3 } },
  { timestamp: 1003, event_type: "moved", src_path: `${SQUARE}/a.mrc`, dest_path: "b.mrc" },
  { timestamp: 1003, event_type: "created", src_path: "large.tiff", is_placeholder: true, size: 4_096 },
  { timestamp: 1004, event_type: "created", src_path: "locked.xml", content_hash: "unreadable_10_1000", size: 10 },
  { timestamp: 1005, event_type: "deleted", src_path: "b.mrc" },
];
const JSON_BYTES = Buffer.from(recordingJson(EVENTS));

const TOKENS = [
  ...['"', "\\", '\\"', "\\u00", "{", "}", "[", "]", ",", ":", "null", "true", "-1", "1e400", "9007199254740993", "{}"],
  ...[
    '"../../x"',
    '"/etc/x"',
    '"C:\\\\x"',
    '"a\\u0000b"',
    '"moved"',
    '"truncated"',
    '"size": -1,',
    '"size": 1e15,',
    '"events": [',
  ],
  ...[
    "[".repeat(300),
    "\0",
    "\ufeff",
    "\u{1d6fc}",
    "\xff",
    "ustar",
    "0000000",
    "7777777",
    "chunks/../../x.bin",
    "\x1f\x8b",
  ],
].map((text) => Buffer.from(text));

/** Passes what is expected of a damaged recording: that it is refused as one. @returns whether it was taken */
async function taken(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof SmartemError)) throw thrown;
    expect(CODES).toContain(thrown.code);
    return false;
  }
}

async function tar(): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: "recording.json" }, JSON_BYTES);
  archive.entry({ name: "chunks/one.bin" }, CHUNK);
  archive.finalize();
  const blocks: Buffer[] = [];
  for await (const block of archive) blocks.push(block as Buffer);
  return Buffer.concat(blocks);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("a damaged recording", () => {
  it(
    "of text has events or is refused, in time, and leaves nothing behind",
    () =>
      fuzz("recording.json", FUZZ_INPUTS, async (dice) => {
        const bytes = mutated(JSON_BYTES, dice, TOKENS);
        await taken(async () => {
          for await (const event of readEvents(inPieces(bytes, 1 + dice(bytes.length + 1)))) {
            expect(event.src_path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/);
          }
        });
      }),
    TIMEOUT_MS,
  );

  it(
    "is replayed and verified, or refused, in time, and never beside its folder",
    () =>
      withFolder(async (folder) => {
        const plain = await tar();
        const packed = gzipSync(plain);
        const forms: readonly ((dice: Dice) => Buffer)[] = [
          (dice) => mutated(plain, dice, TOKENS),
          (dice) => mutated(packed, dice, TOKENS),
          (dice) => gzipSync(mutated(plain, dice, TOKENS), { level: 1 }),
        ];
        const path = join(folder, "recording");
        const work = join(folder, "work");
        const target = join(work, "target");
        let replays = 0;
        const replayAndVerify = async (dice: Dice): Promise<void> => {
          await writeFile(path, (forms[dice(forms.length)] as (dice: Dice) => Buffer)(dice));
          await mkdir(work);
          if (await taken(() => replayRecording(path, target))) replays++;
          await taken(() => verifyReplay(path, target));
          expect((await readdir(work)).filter((name) => name !== "target")).toEqual([]);
          expect((await readdir(folder)).sort()).toEqual(["recording", "work"]);
          await rm(work, { recursive: true });
        };
        // Both write and read a dozen files, and there are too few to warm up with.
        await fuzz("archives", Math.ceil(FUZZ_INPUTS * 0.01), replayAndVerify, 4 * MAX_CPU_US);
        if (FUZZ_INPUTS >= 10_000) expect(replays).toBeGreaterThan(0);
      }),
    TIMEOUT_MS,
  );
});
