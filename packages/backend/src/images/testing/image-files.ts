import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import type { MrcMode } from "../mrc/header.js";

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "smartem-images-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

type Writer = (bytes: Buffer, value: number, offset: number, littleEndian: boolean) => void;
const either =
  (
    little: (b: Buffer) => (v: number, o: number) => number,
    big: (b: Buffer) => (v: number, o: number) => number,
  ): Writer =>
  (bytes, value, offset, littleEndian) => {
    (littleEndian ? little : big)(bytes).call(bytes, value, offset);
  };
const int8: Writer = (bytes, value, offset) => void bytes.writeInt8(value, offset);
const uint8: Writer = (bytes, value, offset) => void bytes.writeUInt8(value, offset);
const int16 = either(
  (b) => b.writeInt16LE,
  (b) => b.writeInt16BE,
);
const uint16 = either(
  (b) => b.writeUInt16LE,
  (b) => b.writeUInt16BE,
);
const int32 = either(
  (b) => b.writeInt32LE,
  (b) => b.writeInt32BE,
);
const uint32 = either(
  (b) => b.writeUInt32LE,
  (b) => b.writeUInt32BE,
);
const float32 = either(
  (b) => b.writeFloatLE,
  (b) => b.writeFloatBE,
);

export interface MrcOptions {
  readonly mode: MrcMode | number;
  readonly littleEndian?: boolean;
  readonly extendedBytes?: number;
  readonly stamp?: boolean;
  /** Further images after the first, all zero. */
  readonly furtherImages?: number;
  readonly imodUnsignedBytes?: boolean;
}

/** An MRC file; values of mode 12 are given as their 16 bits. */
export function mrcFile(widthPx: number, heightPx: number, values: readonly number[], options: MrcOptions): Buffer {
  const { mode, littleEndian = true, extendedBytes = 0, stamp = true, furtherImages = 0 } = options;
  const header = Buffer.alloc(1024 + extendedBytes, 0xaa).fill(0, 0, 1024);
  for (const [offset, value] of [
    [0, widthPx],
    [4, heightPx],
    [8, 1 + furtherImages],
    [12, mode],
    [92, extendedBytes],
    ...(options.imodUnsignedBytes === true ? [[152, 1_146_047_817]] : []),
  ] as [number, number][])
    int32(header, value, offset, littleEndian);
  if (stamp) header.fill(littleEndian ? 0x44 : 0x11, 212, 214);
  const data =
    mode === 101
      ? nibbles(widthPx, heightPx, values)
      : samples(
          values,
          mode === 0 ? (options.imodUnsignedBytes === true ? uint8 : int8) : writerOfMode(mode),
          littleEndian,
        );
  return Buffer.concat([header, data, Buffer.alloc(furtherImages * data.length)]);
}

function writerOfMode(mode: number): [Writer, number] {
  if (mode === 1) return [int16, 2];
  if (mode === 2) return [float32, 4];
  return [uint16, 2];
}

function samples(values: readonly number[], writer: Writer | [Writer, number], littleEndian: boolean): Buffer {
  const [write, bytes] = Array.isArray(writer) ? writer : [writer, 1];
  const data = Buffer.alloc(values.length * bytes);
  for (const [i, value] of values.entries()) write(data, value, i * bytes, littleEndian);
  return data;
}

function nibbles(widthPx: number, heightPx: number, values: readonly number[]): Buffer {
  const rowBytes = Math.ceil(widthPx / 2);
  const data = Buffer.alloc(rowBytes * heightPx);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const at = y * rowBytes + Math.floor(x / 2);
      data[at] = data[at]! | ((values[y * widthPx + x] ?? 0) << (x % 2 === 0 ? 0 : 4));
    }
  }
  return data;
}

export type TiffSample = "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32";
const TIFF_SAMPLES: Readonly<Record<TiffSample, [Writer, number, number]>> = {
  uint8: [uint8, 1, 1],
  int8: [int8, 1, 2],
  uint16: [uint16, 2, 1],
  int16: [int16, 2, 2],
  uint32: [uint32, 4, 1],
  int32: [int32, 4, 2],
  float32: [float32, 4, 3],
};

export interface TiffOptions {
  readonly sample: TiffSample;
  readonly littleEndian?: boolean;
  readonly compression?: "none" | "lzw" | "deflate";
  /** Strips of 3 rows, or tiles of 16 × 16 pixels. */
  readonly layout?: "strips" | "tiles";
}

const COMPRESSIONS = {
  none: [1, (b: Buffer) => b],
  lzw: [5, lzw],
  deflate: [8, (b: Buffer) => deflateSync(b)],
} as const;
const ROWS_PER_STRIP = 3;
const TILE_PX = 16;

/** A grey TIFF 6.0 file of one image. */
export function tiffFile(widthPx: number, heightPx: number, values: readonly number[], options: TiffOptions): Buffer {
  const { sample, littleEndian = true, compression = "none", layout = "strips" } = options;
  const [write, sampleBytes, sampleFormat] = TIFF_SAMPLES[sample];
  const [compressionTag, compress] = COMPRESSIONS[compression];
  const block = (left: number, top: number, width: number, height: number): Buffer =>
    compress(
      samples(
        Array.from({ length: width * height }, (_, i) => {
          const x = left + (i % width);
          const y = top + Math.floor(i / width);
          return x < widthPx && y < heightPx ? (values[y * widthPx + x] ?? 0) : 0;
        }),
        [write, sampleBytes],
        littleEndian,
      ),
    );
  const blocks: Buffer[] = [];
  if (layout === "strips")
    for (let y = 0; y < heightPx; y += ROWS_PER_STRIP)
      blocks.push(block(0, y, widthPx, Math.min(ROWS_PER_STRIP, heightPx - y)));
  else
    for (let y = 0; y < heightPx; y += TILE_PX)
      for (let x = 0; x < widthPx; x += TILE_PX) blocks.push(block(x, y, TILE_PX, TILE_PX));

  const long = 4;
  const offsets: number[] = [];
  let end = 8;
  for (const { length } of blocks) {
    offsets.push(end);
    end += length;
  }
  end += end % 2;
  const tables = end;
  const [offsetTag, countTag] = layout === "strips" ? [273, 279] : [324, 325];
  const inline = (list: readonly number[], table: number): number => (list.length === 1 ? (list[0] ?? 0) : table);
  const counts = blocks.map(({ length }) => length);
  const entries: [tag: number, count: number, value: number][] = [
    [256, 1, widthPx],
    [257, 1, heightPx],
    [258, 1, 8 * sampleBytes],
    [259, 1, compressionTag],
    [262, 1, 1],
    [277, 1, 1],
    [339, 1, sampleFormat],
    ...(layout === "strips"
      ? [[278, 1, ROWS_PER_STRIP] as [number, number, number]]
      : ([
          [322, 1, TILE_PX],
          [323, 1, TILE_PX],
        ] as [number, number, number][])),
    [offsetTag, blocks.length, inline(offsets, tables)],
    [countTag, blocks.length, inline(counts, tables + long * blocks.length)],
  ];
  entries.sort(([a], [b]) => a - b);
  const ifd = tables + 2 * long * blocks.length;
  const file = Buffer.alloc(ifd + 2 + 12 * entries.length + 4);
  file.write(littleEndian ? "II" : "MM", "ascii");
  uint16(file, 42, 2, littleEndian);
  uint32(file, ifd, 4, littleEndian);
  for (const [i, bytes] of blocks.entries()) bytes.copy(file, offsets[i]);
  for (const [i, value] of [...offsets, ...counts].entries()) uint32(file, value, tables + long * i, littleEndian);
  uint16(file, entries.length, ifd, littleEndian);
  for (const [i, [tag, count, value]] of entries.entries()) {
    const at = ifd + 2 + 12 * i;
    uint16(file, tag, at, littleEndian);
    uint16(file, long, at + 2, littleEndian);
    uint32(file, count, at + 4, littleEndian);
    uint32(file, value, at + 8, littleEndian);
  }
  return file;
}

const LZW_CLEAR = 256;
const LZW_END = 257;
const LZW_CODE_BITS = 9;
/** The table is cleared before codes would need a tenth bit. */
const LZW_CODES_PER_TABLE = 200;

/** TIFF's LZW, of single bytes only: valid, if not small. */
function lzw(data: Buffer): Buffer {
  const codes: number[] = [];
  for (const [i, byte] of data.entries()) {
    if (i % LZW_CODES_PER_TABLE === 0) codes.push(LZW_CLEAR);
    codes.push(byte);
  }
  codes.push(LZW_END);
  const bits = codes.map((code) => code.toString(2).padStart(LZW_CODE_BITS, "0")).join("");
  return Buffer.from((bits.match(/.{1,8}/g) ?? []).map((octet) => Number.parseInt(octet.padEnd(8, "0"), 2)));
}
