/** One thing that lies on an image, in the image's own pixels, and how it is told apart from the others. */
export interface MapItem {
  readonly id: string;
  /** Its centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly shape: "rectangle" | "ellipse";
  /** Its place on the colour scale, 0–1; null: nothing is known of it. */
  readonly share: number | null;
  /** Struck through: not to be imaged. */
  readonly struck: boolean;
  /** What was measured. */
  readonly verdict: "good" | "bad" | "mixed" | null;
  /** What a person has decided about it. */
  readonly choice: "locked" | "selected" | null;
  /** Written in it as soon as there is room. */
  readonly label: string;
}

export interface Scene {
  readonly items: readonly MapItem[];
  /** The order in which things are to be imaged, as a line from centre to centre. */
  readonly path: readonly MapItem[];
}

/** From the image's pixels to the canvas's: scale first, then shift. */
export interface Placement {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** How far from an item's edge a click still means it, in pixels of the screen. */
const REACH_PX = 6;

/**
 * The item at a point of the image: among those that hold it, the one whose centre is nearest; otherwise the nearest within
 * reach; null where there is none.
 */
export function itemAt(items: readonly MapItem[], x: number, y: number, scale: number): MapItem | null {
  const reach = REACH_PX / scale;
  let nearest: MapItem | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const dx = Math.abs(item.x - x);
    const dy = Math.abs(item.y - y);
    if (dx > item.width / 2 + reach || dy > item.height / 2 + reach) continue;
    const distance = Math.hypot(dx, dy);
    if (distance < least) {
      least = distance;
      nearest = item;
    }
  }
  return nearest;
}

/** A point of the image. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The items whose centres lie within a line that was drawn around them; where it crosses itself, by the even-odd rule. */
export function itemsWithin(items: readonly MapItem[], outline: readonly Point[]): MapItem[] {
  return items.filter((item) => {
    let within = false;
    for (const [index, to] of outline.entries()) {
      const from = outline.at(index - 1) ?? to;
      if (from.y > item.y === to.y > item.y) continue;
      const crossing = from.x + ((item.y - from.y) / (to.y - from.y)) * (to.x - from.x);
      if (item.x < crossing) within = !within;
    }
    return within;
  });
}
