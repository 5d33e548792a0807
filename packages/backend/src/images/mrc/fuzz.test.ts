import type { FileHandle } from "node:fs/promises";
import { FUZZ_INPUTS } from "@smartem/common/testing/fuzzing";
import { type Dice, mutated } from "@smartem/common/testing/mutations";
import { expect, it } from "vitest";
import { fuzzImages } from "../testing/fuzz-images.js";
import { mrcFile } from "../testing/image-files.js";
import { readMrc } from "./read.js";

const TIMEOUT_MS = 300_000;
const [WIDTH_PX, HEIGHT_PX] = [24, 16];
const VALUES = Array.from({ length: WIDTH_PX * HEIGHT_PX }, (_, i) => i % 15);
const SAMPLES = [0, 1, 2, 6, 12, 101].flatMap((mode) =>
  [true, false].map((littleEndian) => mrcFile(WIDTH_PX, HEIGHT_PX, VALUES, { mode, littleEndian, extendedBytes: 160 })),
);
/** Words of a header: none, one, all modes, the largest and the smallest, in both orders of bytes. */
const WORDS = [0, 1, 2, 3, 4, 6, 12, 101, 1_024, 65_535, 2 ** 31 - 1, -1, -(2 ** 31)].flatMap((value) => {
  const [little, big] = [Buffer.alloc(4), Buffer.alloc(4)];
  little.writeInt32LE(value);
  big.writeInt32BE(value);
  return [little, big];
});
const HEADER_WORDS = 256;
/** An image that is whole has its rows read in bands, as pictures of it are made. */
const BAND_ROWS = 64;

/** A file in memory: the disk would take far longer than what reads it. */
function fileOf(bytes: Buffer): FileHandle {
  const file = {
    stat: async () => ({ size: bytes.length }),
    read: async (into: Buffer, offset: number, length: number, position: number) => ({
      bytesRead: bytes.copy(into, offset, position, position + length),
    }),
  };
  return file as unknown as FileHandle;
}

/** Damages the header more often than its share of the file would have it. */
function damaged(dice: Dice): Buffer {
  const sample = SAMPLES[dice(SAMPLES.length)] ?? Buffer.alloc(0);
  if (dice(2) === 0) return mutated(sample, dice, WORDS);
  const bytes = Buffer.from(sample);
  WORDS[dice(WORDS.length)]?.copy(bytes, dice(HEADER_WORDS) * 4);
  return bytes;
}

async function readAll(bytes: Buffer): Promise<number> {
  const { widthPx, heightPx, rows } = await readMrc(fileOf(bytes));
  let values = 0;
  for (let first = 0; first < heightPx; first += BAND_ROWS) {
    values += (await rows(first, Math.min(BAND_ROWS, heightPx - first))).length;
  }
  expect(values).toBe(widthPx * heightPx);
  return values;
}

it(
  "a damaged MRC image has all of its pixels or is refused, in time, and leaves nothing behind",
  () =>
    fuzzImages("MRC images", FUZZ_INPUTS, async (dice) => {
      const bytes = damaged(dice);
      // No more pixels than the file has room for, four bits each at least.
      expect(await readAll(bytes)).toBeLessThanOrEqual(bytes.length * 2);
    }),
  TIMEOUT_MS,
);
