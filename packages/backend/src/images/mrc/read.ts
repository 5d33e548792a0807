import type { FileHandle } from "node:fs/promises";
import { endianness } from "node:os";
import { type Pixels, requireSensibleSize } from "../pixels.js";
import { UnreadableImage } from "../unreadable-image.js";
import { BITS_PER_PIXEL, HEADER_BYTES, type MrcHeader, parseMrcHeader } from "./header.js";

/**
 * The first image of an MRC file; of a stack of movie frames that is the first frame.
 *
 * The first row of the file is the upper one: EPU writes its MRC images so, and counts pixel positions from there.
 *
 * @throws UnreadableImage where it is no MRC image or not a whole one
 */
export async function readMrc(file: FileHandle): Promise<Pixels> {
  const { size } = await file.stat();
  const header = parseMrcHeader(await bytesAt(file, 0, Math.min(HEADER_BYTES, size)));
  const { widthPx, heightPx } = header;
  requireSensibleSize(widthPx, heightPx);
  const rowBytes = Math.ceil((widthPx * BITS_PER_PIXEL[header.mode]) / 8);
  const needed = header.dataOffset + rowBytes * heightPx;
  if (size < needed)
    throw new UnreadableImage(
      `It has ${size} bytes, but ${widthPx} × ${heightPx} pixels in MRC mode ${header.mode} need ${needed}: it is not complete (yet).`,
    );
  return {
    widthPx,
    heightPx,
    async rows(first, count) {
      return valuesOf(await bytesAt(file, header.dataOffset + first * rowBytes, count * rowBytes), header);
    },
  };
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  // Not from Node's pool: typed views of it have to be aligned.
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let read = 0; read < length; ) {
    const { bytesRead } = await file.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) throw new UnreadableImage("It became shorter while it was read.");
    read += bytesRead;
  }
  return bytes;
}

function valuesOf(bytes: Buffer, { mode, widthPx, littleEndian, signedBytes }: MrcHeader): ArrayLike<number> {
  const swap = littleEndian !== (endianness() === "LE");
  if (swap && BITS_PER_PIXEL[mode] === 16) bytes.swap16();
  if (swap && BITS_PER_PIXEL[mode] === 32) bytes.swap32();
  switch (mode) {
    case 0:
      return signedBytes ? new Int8Array(bytes.buffer) : bytes;
    case 1:
      return new Int16Array(bytes.buffer);
    case 2:
      return new Float32Array(bytes.buffer);
    case 6:
      return new Uint16Array(bytes.buffer);
    case 12:
      return Float32Array.from(new Uint16Array(bytes.buffer), halfFloat);
    case 101:
      return nibbles(bytes, widthPx);
  }
}

/** IEEE 754 binary16: one bit of sign, 5 of exponent (bias 15), 10 of fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Two pixels a byte, the first in the lower half; a row of an odd width ends with half a byte unused. */
function nibbles(bytes: Buffer, widthPx: number): Uint8Array {
  const rowBytes = Math.ceil(widthPx / 2);
  const rows = bytes.length / rowBytes;
  const values = new Uint8Array(rows * widthPx);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < widthPx; x++) {
      const byte = bytes[y * rowBytes + (x >> 1)] as number;
      values[y * widthPx + x] = x & 1 ? byte >> 4 : byte & 0x0f;
    }
  }
  return values;
}
