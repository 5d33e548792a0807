import { endianness } from "node:os";

const HEADER_BYTES = 1024;
/** Mode 1: signed 16-bit integers. */
const MODE_INT16 = 1;
const LITTLE_ENDIAN_STAMP = 0x00004444;

/**
 * A single image as an MRC2014 file (Cheng et al., J. Struct. Biol. 192 (2015) 146), little-endian int16.
 *
 * @param pixelSizeM stored as cell size in Å
 */
export function mrcFile(pixels: Int16Array, widthPx: number, heightPx: number, pixelSizeM: number): Buffer {
  if (pixels.length !== widthPx * heightPx)
    throw new RangeError(`${pixels.length} pixels for ${widthPx} × ${heightPx}.`);
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  for (const value of pixels) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    sum += value;
    squares += value * value;
  }
  const meanValue = sum / pixels.length;
  const file = Buffer.alloc(HEADER_BYTES + 2 * pixels.length);
  for (const [word, value] of [
    [0, widthPx],
    [1, heightPx],
    [2, 1],
    [3, MODE_INT16],
    [7, widthPx],
    [8, heightPx],
    [9, 1],
    // Columns along x, rows along y, sections along z.
    [16, 1],
    [17, 2],
    [18, 3],
    // NVERSION: year × 10 + revision.
    [27, 20140],
    [53, LITTLE_ENDIAN_STAMP],
    // No labels.
    [55, 0],
  ] as const) {
    file.writeInt32LE(value, 4 * word);
  }
  const pixelSizeA = pixelSizeM * 1e10;
  for (const [word, value] of [
    [10, widthPx * pixelSizeA],
    [11, heightPx * pixelSizeA],
    [12, pixelSizeA],
    [13, 90],
    [14, 90],
    [15, 90],
    [19, least],
    [20, greatest],
    [21, meanValue],
    [54, Math.sqrt(Math.max(0, squares / pixels.length - meanValue * meanValue))],
  ] as const) {
    file.writeFloatLE(value, 4 * word);
  }
  file.write("MAP ", 52 * 4, "ascii");
  const data = file.subarray(HEADER_BYTES);
  Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength).copy(data);
  if (endianness() === "BE") data.swap16();
  return file;
}
