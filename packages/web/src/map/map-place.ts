/** What a map shows: the middle of it and how much of the image is seen from left to right, in the image's pixels. */
export interface MapPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** As it stands in an address. */
export function formatPlace({ x, y, width }: MapPlace): string {
  return [x, y, width].map((value) => Math.round(value)).join("_");
}

/** null: the address names no place, or none that there can be. */
export function parsePlace(text: string | null): MapPlace | null {
  const [x, y, width, ...more] = (text ?? "")
    .split("_")
    .map((part) => (/^-?\d{1,7}$/.test(part) ? Number(part) : null));
  if (x == null || y == null || width == null || width < 1 || more.length > 0) return null;
  return { x, y, width };
}
