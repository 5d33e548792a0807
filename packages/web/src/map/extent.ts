/** What lies on an image: a centre and a size in the image's own pixels. */
interface Placed {
  readonly center_x: number | null;
  readonly center_y: number | null;
  readonly size_width: number | null;
  readonly size_height: number | null;
}

export interface Extent {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Share of the extent that is left free around it. */
const MARGIN = 0.04;

/** The part of an image that holds everything that has a place on it; null where nothing has. */
export function extentOf(items: readonly Placed[]): Extent | null {
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const { center_x, center_y, size_width, size_height } of items) {
    if (center_x === null || center_y === null) continue;
    const halfWidth = (size_width ?? 0) / 2;
    const halfHeight = (size_height ?? 0) / 2;
    left = Math.min(left, center_x - halfWidth);
    right = Math.max(right, center_x + halfWidth);
    top = Math.min(top, center_y - halfHeight);
    bottom = Math.max(bottom, center_y + halfHeight);
  }
  if (left > right) return null;
  const margin = MARGIN * Math.max(right - left, bottom - top, 1);
  return { x: left - margin, y: top - margin, width: right - left + 2 * margin, height: bottom - top + 2 * margin };
}
