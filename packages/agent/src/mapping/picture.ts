import type { ImageFormat } from "@smartem/epu/classify";

/** The formats in which EPU writes one image, the one to be shown and measured in first. */
const PREFERRED: readonly ImageFormat[] = ["mrc", "tiff", "png", "jpg", "eer"];

/** Text that compares higher the better the format: an mrc has the camera's own pixels, a jpg is a small preview. */
export function pictureOrder(format: ImageFormat): string {
  return String(PREFERRED.length - PREFERRED.indexOf(format));
}
