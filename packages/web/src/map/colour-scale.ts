/*
 * Viridis: even steps in lightness, told apart with any colour vision, and unlike the grey of the images beneath.
 */

const VIRIDIS = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 73, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [110, 206, 88],
  [181, 222, 43],
  [253, 231, 37],
] as const;

function channel(index: number, part: number, which: 0 | 1 | 2): number {
  const low = VIRIDIS[index]?.[which] ?? 0;
  const high = VIRIDIS[index + 1]?.[which] ?? low;
  return Math.round(low + (high - low) * part);
}

/** The colour of a share of the scale; below 0 and above 1 are its ends. */
export function scaleColour(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const index = Math.min(VIRIDIS.length - 2, Math.floor(place));
  const part = place - index;
  return `rgb(${channel(index, part, 0)}, ${channel(index, part, 1)}, ${channel(index, part, 2)})`;
}

/** Where black becomes easier to read on the scale than white: both have a contrast of 4.5 there. */
const INK_CHANGES_AT = 0.435;

/** Black or white, whichever can be read on a colour of the scale. */
export function inkOn(share: number): string {
  return share > INK_CHANGES_AT ? "#000" : "#fff";
}

/** The other one of black and white: drawn around what is written, it keeps apart what lies beneath a colour that is seen through. */
export function haloOf(ink: string): string {
  return ink === "#000" ? "#fff" : "#000";
}

/** The scale as a CSS background, from its low end at the left to its high end at the right. */
export const SCALE_GRADIENT = `linear-gradient(to right, ${VIRIDIS.map((rgb) => `rgb(${rgb.join(",")})`).join(", ")})`;
