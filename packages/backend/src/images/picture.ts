import type { FileHandle } from "node:fs/promises";
import sharp, { type Metadata, type Sharp } from "sharp";
import { greyImage } from "./contrast.js";
import { MAX_FILE_BYTES, MAX_PIXELS } from "./limits.js";
import { type GreyImage, requireSensibleSize } from "./pixels.js";
import { UnreadableImage } from "./unreadable-image.js";

// A file may be written anew under its name: nothing of the last one may be shown.
sharp.cache(false);

/** How the files begin that are handed to the decoder: it knows more formats, some of which refer to other files. */
const SIGNATURES: readonly { readonly format: "tiff" | "png" | "jpeg"; readonly bytes: readonly number[] }[] = [
  { format: "tiff", bytes: [0x49, 0x49, 0x2a, 0x00] },
  { format: "tiff", bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { format: "tiff", bytes: [0x49, 0x49, 0x2b, 0x00] },
  { format: "tiff", bytes: [0x4d, 0x4d, 0x00, 0x2b] },
  { format: "png", bytes: [0x89, 0x50, 0x4e, 0x47] },
  { format: "jpeg", bytes: [0xff, 0xd8, 0xff] },
];

/**
 * A TIFF (its first image), PNG or JPEG file in grey. Pictures of 8 bits a pixel have been made to be looked at and are shown as
 * they are; camera images, which TIFF files and those of more bits are, with the contrast of their own values.
 *
 * @throws UnreadableImage where it is none of them, or not a whole one
 */
export async function readPicture(file: FileHandle): Promise<GreyImage> {
  const { size } = await file.stat();
  if (size > MAX_FILE_BYTES)
    throw new UnreadableImage(`It has ${size} bytes; at most ${MAX_FILE_BYTES} are read for a picture.`);
  const bytes = await file.readFile();
  const format = SIGNATURES.find((known) => known.bytes.every((byte, at) => bytes[at] === byte))?.format;
  if (format === undefined) throw new UnreadableImage("It is none of MRC, TIFF, PNG and JPEG.");
  try {
    const picture = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error", pages: 1 });
    const metadata = await picture.metadata();
    requireSensibleSize(metadata.width, metadata.height);
    if (format !== "tiff" && metadata.depth === "uchar") return await shownAsItIs(picture);
    const { info, values } = await measured(picture, metadata);
    return await greyImage({
      widthPx: info.width,
      heightPx: info.height,
      rows: async (first, count) => values.subarray(first * info.width, (first + count) * info.width),
    });
  } catch (error) {
    if (error instanceof UnreadableImage) throw error;
    throw new UnreadableImage(error instanceof Error ? error.message.trim().replaceAll(/\s+/g, " ") : String(error));
  }
}

async function shownAsItIs(picture: Sharp): Promise<GreyImage> {
  const { data, info } = await picture.removeAlpha().toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  return { widthPx: info.width, heightPx: info.height, levels: data };
}

async function measured(picture: Sharp, { channels, hasAlpha, depth }: Metadata) {
  const bare = hasAlpha ? picture.removeAlpha() : picture;
  const grey = channels - (hasAlpha ? 1 : 0) === 1;
  // Everything of 16 bits is worked on as unsigned there, which values with a sign have to be moved into.
  if (depth === "ushort" || depth === "short") {
    const sixteen = grey ? bare.pipelineColourspace("grey16") : bare;
    const shifted = depth === "short" ? sixteen.linear(1, 2 ** 15) : sixteen;
    const { data, info } = await shifted
      .toColourspace("grey16")
      .raw({ depth: "ushort" })
      .toBuffer({ resolveWithObject: true });
    return { info, values: new Uint16Array(ownBuffer(data)) };
  }
  // Within one colour space nothing is scaled or cut off, whatever the range.
  const real = grey ? bare.pipelineColourspace("b-w") : bare;
  const { data, info } = await real.toColourspace("b-w").raw({ depth: "float" }).toBuffer({ resolveWithObject: true });
  return { info, values: new Float32Array(ownBuffer(data)) };
}

function ownBuffer(data: Buffer): ArrayBuffer {
  const aligned = data.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0 && data.buffer instanceof ArrayBuffer;
  if (aligned && data.byteOffset === 0 && data.byteLength === data.buffer.byteLength) return data.buffer as ArrayBuffer;
  return new Uint8Array(data).buffer;
}
