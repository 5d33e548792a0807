import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { extname } from "node:path";
import { greyImage } from "./contrast.js";
import { readMrc } from "./mrc/read.js";
import { readPicture } from "./picture.js";
import type { GreyImage } from "./pixels.js";
import { UnreadableImage } from "./unreadable-image.js";

/** @throws UnreadableImage where there is no image in the file, or no whole one */
export type ImageReader = (path: string) => Promise<GreyImage>;

/** So long the last image is held after it was wanted last: as long as somebody looks around in it. */
const HOLD_MS = 60_000;

/** Reads an image file of any kind that microscopes write; links are not followed. */
export const readImage: ImageReader = (path) => opened(path, ({ file }) => decode(path, file));

/**
 * {@link readImage} that holds the image it has read last, unless its file has changed: whoever looks around in a large image
 * asks for parts of it, one after another, and reading it takes longer than all else.
 */
export function imageReaderThatHolds(holdMs = HOLD_MS): ImageReader {
  let held: { readonly key: string; readonly image: GreyImage } | null = null;
  let timer: NodeJS.Timeout | undefined;
  return (path) =>
    opened(path, async ({ file, state }) => {
      const key = `${state} ${path}`;
      // The one before is let go of first: there is no room for two.
      if (held?.key !== key) held = null;
      const image = held?.image ?? (await decode(path, file));
      held = { key, image };
      clearTimeout(timer);
      timer = setTimeout(() => {
        held = null;
      }, holdMs).unref();
      return image;
    });
}

interface OpenedFile {
  readonly file: FileHandle;
  /** Another one as soon as the file is written anew. */
  readonly state: string;
}

async function opened<T>(path: string, use: (opened: OpenedFile) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw new UnreadableImage(`It can't be opened (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw new UnreadableImage("It is not a file.");
    return await use({ file, state: `${stats.ino} ${stats.size} ${stats.mtimeNs}` });
  } finally {
    await file.close();
  }
}

async function decode(path: string, file: FileHandle): Promise<GreyImage> {
  return /^\.mrcs?$/i.test(extname(path)) ? greyImage(await readMrc(file)) : readPicture(file);
}
