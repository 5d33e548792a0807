import type { FileHandle } from "node:fs/promises";
import { FUZZ_INPUTS } from "@smartem/common/testing/fuzzing";
import { mutated } from "@smartem/common/testing/mutations";
import sharp from "sharp";
import { expect, it } from "vitest";
import { readPicture } from "./picture.js";
import { fuzzImages } from "./testing/fuzz-images.js";
import { tiffFile } from "./testing/image-files.js";

const TIMEOUT_MS = 300_000;
const SHARE = 0.2;
const [WIDTH_PX, HEIGHT_PX] = [48, 32];
const VALUES = Array.from({ length: WIDTH_PX * HEIGHT_PX }, (_, i) => (i * 37) % 120);
/** Sizes in headers, markers of JPEG, chunks of PNG. */
const WORDS = [0, 1, 8, 255, 4_096, 65_535, 0x7fffffff, 0xffffffff].flatMap((value) => {
  const [little, big] = [Buffer.alloc(4), Buffer.alloc(4)];
  little.writeUInt32LE(value);
  big.writeUInt32BE(value);
  return [little, big, big.subarray(2)];
});
const TOKENS = [
  ...WORDS,
  ...[0xc0, 0xc2, 0xc4, 0xd8, 0xd9, 0xda, 0xdb, 0xdd, 0xfe].map((marker) => Buffer.from([0xff, marker])),
  ...["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "acTL"].map((chunk) => Buffer.from(chunk)),
];

function fileOf(bytes: Buffer): FileHandle {
  return { stat: async () => ({ size: bytes.length }), readFile: async () => bytes } as unknown as FileHandle;
}

it(
  "a damaged TIFF, PNG or JPEG is a picture with all of its pixels or is refused, in time, and leaves nothing behind",
  async () => {
    const grey = sharp(Buffer.from(VALUES), { raw: { width: WIDTH_PX, height: HEIGHT_PX, channels: 1 } });
    const samples = [
      ...(["uint8", "int16", "float32"] as const).map((sample) => tiffFile(WIDTH_PX, HEIGHT_PX, VALUES, { sample })),
      await grey.clone().png().toBuffer(),
      await grey.clone().jpeg().toBuffer(),
      await grey.clone().jpeg({ progressive: true }).toBuffer(),
    ];
    await fuzzImages("pictures", Math.ceil(FUZZ_INPUTS * SHARE), async (dice) => {
      const sample = samples[dice(samples.length)] ?? Buffer.alloc(0);
      const { widthPx, heightPx, levels } = await readPicture(fileOf(mutated(sample, dice, TOKENS)));
      expect(levels).toHaveLength(widthPx * heightPx);
    });
  },
  TIMEOUT_MS,
);
