/** The largest image, in pixels: a K3 in super resolution has 11,520 × 8,184. */
export const MAX_PIXELS = 2 ** 27;
/** The largest file that is read as a whole. Of an MRC file only the first image is read, whatever its size. */
export const MAX_FILE_BYTES = 2 ** 30;
/** An image that takes longer to be made is given up. */
export const RENDER_TIMEOUT_MS = 60_000;
/** As many images may wait to be made. */
export const MAX_WAITING = 64;
