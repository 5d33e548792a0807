import sharp from "sharp";
import { ATLAS_PX, FRAME_PX } from "../grid-layout.js";
import type { GridTruth, SquareTruth, TileTruth } from "../grid-truth.js";
import { transmission } from "../ice.js";
import { type RandomStream, randomStream } from "../random.js";
import { at } from "../statistics.js";
import { fourierTransform2d } from "./fourier.js";

/** Side of every JPEG preview. */
const PREVIEW_PX = 512;
const PREVIEW_QUALITY = 35;
/** Noise is dear: this takes 27 kB for an exposure instead of 62 kB and looks the same. */
const EXPOSURE_QUALITY = 12;
const BAR_INTENSITY = 15;
const FOIL_INTENSITY = 610;
const SQUARE_NOISE = 22;
const MICROGRAPH_TEMPLATES = 2;
const HOLE_TEMPLATES = 5;
/** Ice of holes as shown by {@link holePreview}, thinnest first. */
const HOLE_TEMPLATE_STEP_NM = 20;
/** Spatial frequency at the edge of a preview, and the optics that modulate it. */
const NYQUIST_PER_NM = 1.2;
const WAVELENGTH_NM = 0.00197;
const DEFOCUS_NM = 1800;

/** A grey image and its side; pixels are counts. */
export interface CountsImage {
  readonly pixels: Int16Array;
  readonly sidePx: number;
}

/** Normal variates, drawn once and read from random places: noise at the price of a copy. */
const NOISE_LENGTH = 1 << 18;
let noiseTable: Float32Array | undefined;
function noise(): Float32Array {
  if (noiseTable === undefined) {
    const random = randomStream("picture noise");
    noiseTable = Float32Array.from({ length: NOISE_LENGTH }, () => random.normal(0, 1));
  }
  return noiseTable;
}

/** The atlas: squares in the brightness of their ice between dark bars. */
export function atlasImage(truth: GridTruth): CountsImage {
  const pixels = new Float32Array(ATLAS_PX * ATLAS_PX).fill(BAR_INTENSITY * 2);
  for (const square of truth.squares) {
    const { centerXPx, centerYPx, widthPx } = square.onAtlas;
    const level = 900 * transmission(square.iceThicknessNm * 3);
    const half = widthPx / 2;
    for (let y = Math.max(0, Math.floor(centerYPx - half)); y < Math.min(ATLAS_PX, centerYPx + half); y++) {
      pixels.fill(
        level,
        y * ATLAS_PX + Math.max(0, Math.floor(centerXPx - half)),
        y * ATLAS_PX + Math.min(ATLAS_PX, Math.floor(centerXPx + half)),
      );
    }
  }
  return counts(pixels, ATLAS_PX, 14, randomStream(truth.options.seed, "atlas image"));
}

/** A square: foil with holes as bright as their ice lets them be, and some dirt. */
export function squareImage(truth: GridTruth, square: SquareTruth): CountsImage {
  const random = randomStream(truth.options.seed, "square image", square.id);
  const pixels = new Float32Array(FRAME_PX * FRAME_PX).fill(BAR_INTENSITY);
  const half = Math.floor(truth.layout.squareSideM / truth.layout.squarePixelSizeM / 2);
  const middle = FRAME_PX / 2;
  for (let y = middle - half; y < middle + half; y++) {
    pixels.fill(
      FOIL_INTENSITY * transmission(square.iceThicknessNm),
      y * FRAME_PX + middle - half,
      y * FRAME_PX + middle + half,
    );
  }
  for (const hole of square.holes) {
    disc(pixels, FRAME_PX, hole.centerXPx, hole.centerYPx, hole.diameterPx / 2, () => hole.intensityMean);
  }
  for (let speck = 0; speck < 12; speck++) {
    const darkness = 0.05 + 0.5 * random.uniform();
    disc(
      pixels,
      FRAME_PX,
      random.uniform() * FRAME_PX,
      random.uniform() * FRAME_PX,
      2 + 10 * random.uniform(),
      (value) => value * darkness,
    );
  }
  return counts(pixels, FRAME_PX, SQUARE_NOISE, random);
}

function disc(
  pixels: Float32Array,
  sidePx: number,
  xPx: number,
  yPx: number,
  radiusPx: number,
  level: (value: number) => number,
): void {
  for (let y = Math.max(0, Math.ceil(yPx - radiusPx)); y <= Math.min(sidePx - 1, yPx + radiusPx); y++) {
    const reach = Math.sqrt(Math.max(0, radiusPx * radiusPx - (y - yPx) ** 2));
    for (let x = Math.max(0, Math.ceil(xPx - reach)); x <= Math.min(sidePx - 1, xPx + reach); x++) {
      pixels[y * sidePx + x] = level(pixels[y * sidePx + x] ?? 0);
    }
  }
}

function counts(levels: Float32Array, sidePx: number, sd: number, random: RandomStream): CountsImage {
  const table = noise();
  const pixels = new Int16Array(levels.length);
  for (let y = 0; y < sidePx; y++) {
    const start = random.integer(NOISE_LENGTH);
    for (let x = 0; x < sidePx; x++) {
      const i = y * sidePx + x;
      pixels[i] = Math.max(0, Math.round((levels[i] ?? 0) + sd * (table[(start + x) & (NOISE_LENGTH - 1)] ?? 0)));
    }
  }
  return { pixels, sidePx };
}

/** A grey image as it is shown, one byte a pixel. */
export interface GreyImage {
  readonly levels: Buffer;
  readonly sidePx: number;
}

/** Black to white over the image's own range. */
export function greyImage(image: CountsImage): GreyImage {
  let greatest = 1;
  for (const value of image.pixels) greatest = Math.max(greatest, value);
  const levels = Buffer.allocUnsafe(image.pixels.length);
  for (let i = 0; i < levels.length; i++) levels[i] = ((image.pixels[i] ?? 0) * 255) / greatest;
  return { levels, sidePx: image.sidePx };
}

export async function preview(image: GreyImage): Promise<Buffer> {
  return encoded(image.levels, image.sidePx);
}

/** The preview of a tile: its part of the atlas. */
export async function tilePreview(atlas: GreyImage, tile: TileTruth): Promise<Buffer> {
  const { atlasXPx, atlasYPx, atlasSizePx } = tile.layout;
  const region = {
    left: atlasXPx,
    top: atlasYPx,
    width: Math.min(atlasSizePx, ATLAS_PX - atlasXPx),
    height: Math.min(atlasSizePx, ATLAS_PX - atlasYPx),
  };
  return sharp(atlas.levels, { raw: { width: atlas.sidePx, height: atlas.sidePx, channels: 1 } })
    .extract(region)
    .resize(PREVIEW_PX, PREVIEW_PX, { kernel: "nearest", fit: "fill" })
    .toColourspace("b-w")
    .jpeg({ quality: PREVIEW_QUALITY })
    .toBuffer();
}

function encoded(grey: Buffer, sidePx: number, quality = PREVIEW_QUALITY): Promise<Buffer> {
  return sharp(grey, { raw: { width: sidePx, height: sidePx, channels: 1 } })
    .resize(PREVIEW_PX, PREVIEW_PX, { kernel: "nearest" })
    .toColourspace("b-w")
    .jpeg({ quality })
    .toBuffer();
}

let holeTemplates: Promise<Buffer[]> | undefined;
const micrographTemplates: { good?: Promise<Buffer[]>; bad?: Promise<Buffer[]> } = {};

/** A hole at centring magnification; one of a few pictures, chosen by the ice. */
export async function holePreview(iceThicknessNm: number): Promise<Buffer> {
  holeTemplates ??= Promise.all(Array.from({ length: HOLE_TEMPLATES }, (_, index) => holeTemplate(index)));
  const pictures = await holeTemplates;
  return at(pictures, Math.min(HOLE_TEMPLATES - 1, Math.floor(iceThicknessNm / HOLE_TEMPLATE_STEP_NM)));
}

/** An exposure: noise with Thon rings and particles; one of a few pictures for good ice and for bad. */
export async function micrographPreview(good: boolean, uniqueNumber: number): Promise<Buffer> {
  const kind = good ? "good" : "bad";
  micrographTemplates[kind] ??= micrographsOf(good);
  const pictures = await micrographTemplates[kind];
  return at(pictures, uniqueNumber % pictures.length);
}

function holeTemplate(index: number): Promise<Buffer> {
  const random = randomStream("hole picture", index);
  const table = noise();
  const levels = new Float32Array(PREVIEW_PX * PREVIEW_PX).fill(110);
  const level = 190 - 22 * index;
  const spacing = PREVIEW_PX * 0.72;
  for (const [dx, dy] of [
    [0, 0],
    [-1, -0.1],
    [1, 0.1],
    [0.1, -1],
    [-0.1, 1],
  ] as const) {
    disc(
      levels,
      PREVIEW_PX,
      PREVIEW_PX / 2 + dx * spacing,
      PREVIEW_PX / 2 + dy * spacing,
      PREVIEW_PX * 0.19,
      () => level,
    );
  }
  const start = random.integer(NOISE_LENGTH);
  const grey = Buffer.allocUnsafe(levels.length);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = clampByte((levels[i] ?? 0) + 9 * (table[(start + i * 7) & (NOISE_LENGTH - 1)] ?? 0));
  }
  return encoded(grey, PREVIEW_PX);
}

/** White noise under a contrast transfer function: one transform gives two independent pictures. */
async function micrographsOf(good: boolean): Promise<Buffer[]> {
  const pictures: Promise<Buffer>[] = [];
  for (let pair = 0; pair < MICROGRAPH_TEMPLATES / 2; pair++) {
    const random = randomStream("micrograph picture", good ? "good" : "bad", pair);
    const real = whiteNoise(random);
    const imaginary = whiteNoise(random);
    const reach = good ? 0.75 : 0.22;
    for (let y = 0; y < PREVIEW_PX; y++) {
      for (let x = 0; x < PREVIEW_PX; x++) {
        const fx = ((x + PREVIEW_PX / 2) % PREVIEW_PX) - PREVIEW_PX / 2;
        const fy = ((y + PREVIEW_PX / 2) % PREVIEW_PX) - PREVIEW_PX / 2;
        const f = (2 * Math.hypot(fx, fy)) / PREVIEW_PX;
        const g = f * NYQUIST_PER_NM;
        const transfer = Math.sin(Math.PI * WAVELENGTH_NM * DEFOCUS_NM * g * g + 0.1);
        const gain = 0.25 + 2 * Math.abs(transfer) * Math.exp(-((f / reach) ** 2));
        const i = y * PREVIEW_PX + x;
        real[i] = (real[i] ?? 0) * gain;
        imaginary[i] = (imaginary[i] ?? 0) * gain;
      }
    }
    fourierTransform2d(real, imaginary, PREVIEW_PX);
    for (const image of [real, imaginary]) {
      addParticles(image, random, good ? 90 : 15);
      pictures.push(encoded(greyOf(image), PREVIEW_PX, EXPOSURE_QUALITY));
    }
  }
  return Promise.all(pictures);
}

function whiteNoise(random: RandomStream): Float32Array {
  const image = new Float32Array(PREVIEW_PX * PREVIEW_PX);
  for (let y = 0; y < PREVIEW_PX; y++) {
    const start = random.integer(NOISE_LENGTH - PREVIEW_PX);
    image.set(noise().subarray(start, start + PREVIEW_PX), y * PREVIEW_PX);
  }
  return image;
}

function addParticles(image: Float32Array, random: RandomStream, particles: number): void {
  const contrast = standardDeviation(image) * 0.7;
  for (let particle = 0; particle < particles; particle++) {
    const x = random.uniform() * PREVIEW_PX;
    const y = random.uniform() * PREVIEW_PX;
    disc(image, PREVIEW_PX, x, y, 11, (value) => value - contrast);
    disc(image, PREVIEW_PX, x, y, 6, (value) => value + contrast * 0.6);
  }
}

function standardDeviation(image: Float32Array): number {
  let squares = 0;
  for (const value of image) squares += value * value;
  return Math.sqrt(squares / image.length);
}

function greyOf(image: Float32Array): Buffer {
  const scale = 45 / standardDeviation(image);
  const grey = Buffer.allocUnsafe(image.length);
  for (let i = 0; i < grey.length; i++) grey[i] = clampByte(128 + scale * (image[i] ?? 0));
  return grey;
}

function clampByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
