import { haloOf, inkOn, scaleColour } from "./colour-scale.js";
import type { MapItem, Placement, Point, Scene } from "./scene.js";

export interface DrawOptions {
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  /** With an image beneath, what it shows has to stay visible. */
  readonly onImage: boolean;
  readonly selected: string | null;
  readonly hovered: string | null;
  readonly marked: ReadonlySet<string>;
  readonly colours: MapColours;
}

export interface MapColours {
  readonly unknown: string;
  readonly path: string;
  readonly strike: string;
  readonly selected: string;
  readonly halo: string;
  readonly good: string;
  readonly bad: string;
}

export const COLOURS_ON_DARK: MapColours = {
  unknown: "#d7dce5",
  path: "#ffffff",
  strike: "#ffffff",
  selected: "#ffffff",
  halo: "#000000",
  good: "#ffffff",
  bad: "#ffffff",
};

export const COLOURS_ON_LIGHT: MapColours = {
  unknown: "#6b7585",
  path: "#1b2430",
  strike: "#1b2430",
  selected: "#000000",
  halo: "#ffffff",
  good: "#000000",
  bad: "#000000",
};

/** From this size on, in CSS pixels, an item has room for its label. */
const LABEL_FROM_PX = 19;
const VERDICT_FROM_PX = 7;

/** How much wider than a line the halo is that lies beneath it; half of it is seen on either side. */
const HALO_PX = 2.5;

/** Strokes the path at hand with a halo beneath, if any, so that it is seen on any ground: an image shows through the colours on it. */
function strokeWithHalo(
  context: CanvasRenderingContext2D,
  colour: string,
  halo: string | null,
  width: number,
  haloPx = HALO_PX,
): void {
  if (halo !== null) {
    context.strokeStyle = halo;
    context.lineWidth = width + haloPx;
    context.stroke();
  }
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/** Draws a scene; what lies outside the canvas costs nothing. */
export function drawScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  placement: Placement,
  options: DrawOptions,
): void {
  const { ratio } = options;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, options.width, options.height);
  const shown = scene.items.filter((item) => isShown(item, placement, options));
  for (const item of shown) drawItem(context, item, placement, options);
  drawPath(context, scene.path, placement, options);
  for (const item of shown) drawSigns(context, item, placement, options);
  for (const item of shown) if (options.marked.has(item.id)) outline(context, item, placement, options.colours, 2);
  for (const [id, width] of [
    [options.hovered, 1.5],
    [options.selected, 3],
  ] as const) {
    const item = id === null ? undefined : shown.find((candidate) => candidate.id === id);
    if (item !== undefined) outline(context, item, placement, options.colours, width);
  }
}

function isShown(item: MapItem, { scale, x, y }: Placement, { width, height }: DrawOptions): boolean {
  const halfWidth = (item.width * scale) / 2;
  const halfHeight = (item.height * scale) / 2;
  const centreX = item.x * scale + x;
  const centreY = item.y * scale + y;
  return (
    centreX + halfWidth >= 0 &&
    centreX - halfWidth <= width &&
    centreY + halfHeight >= 0 &&
    centreY - halfHeight <= height
  );
}

function trace(context: CanvasRenderingContext2D, item: MapItem, { scale, x, y }: Placement, grow: number): void {
  const width = item.width * scale + 2 * grow;
  const height = item.height * scale + 2 * grow;
  const centreX = item.x * scale + x;
  const centreY = item.y * scale + y;
  context.beginPath();
  if (item.shape === "rectangle") context.rect(centreX - width / 2, centreY - height / 2, width, height);
  else context.ellipse(centreX, centreY, width / 2, height / 2, 0, 0, 2 * Math.PI);
}

function drawItem(context: CanvasRenderingContext2D, item: MapItem, placement: Placement, options: DrawOptions): void {
  trace(context, item, placement, 0);
  if (item.share === null) {
    // Two lines, so that it is seen on any ground.
    context.strokeStyle = options.colours.halo;
    context.lineWidth = 2.5;
    context.globalAlpha = 0.35;
    context.stroke();
    context.globalAlpha = 1;
    context.strokeStyle = options.colours.unknown;
    context.lineWidth = 1;
    context.setLineDash([4, 2]);
    context.stroke();
    context.setLineDash([]);
    return;
  }
  const colour = scaleColour(item.share);
  context.fillStyle = colour;
  context.globalAlpha = (options.onImage ? 0.5 : 0.92) * (item.struck ? 0.5 : 1);
  context.fill();
  context.globalAlpha = 1;
  if (options.onImage) {
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.stroke();
  }
}

function drawSigns(context: CanvasRenderingContext2D, item: MapItem, placement: Placement, options: DrawOptions): void {
  const { scale, x, y } = placement;
  const centreX = item.x * scale + x;
  const centreY = item.y * scale + y;
  const half = (Math.min(item.width, item.height) * scale) / 2;
  if (item.struck && half > 2) {
    const reach = item.shape === "rectangle" ? half : half * Math.SQRT1_2;
    context.beginPath();
    context.moveTo(centreX - reach, centreY + reach);
    context.lineTo(centreX + reach, centreY - reach);
    strokeWithHalo(context, options.colours.strike, options.colours.halo, 1, Math.min(HALO_PX, half / 4));
  }
  if (item.choice !== null)
    drawChoice(context, item.choice, centreX + half * 0.72, centreY - half * 0.72, options.colours);
  const hasLabel = item.label !== "" && 2 * half >= LABEL_FROM_PX;
  const ink = item.share === null ? options.colours.strike : inkOn(item.share);
  // A colour that no image shines through is ground enough, and would be covered on what is small.
  const halo = !options.onImage ? null : item.share === null ? options.colours.halo : haloOf(ink);
  if (hasLabel) {
    context.font = `600 ${Math.min(15, Math.max(9, half * 0.62)).toFixed(1)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const labelY = centreY + (item.verdict === null ? 0.5 : -half * 0.3);
    if (halo !== null) {
      context.strokeStyle = halo;
      context.lineWidth = HALO_PX;
      context.lineJoin = "round";
      context.strokeText(item.label, centreX, labelY);
      context.lineJoin = "miter";
    }
    context.fillStyle = ink;
    context.fillText(item.label, centreX, labelY);
  }
  if (item.verdict !== null && 2 * half >= VERDICT_FROM_PX) {
    drawVerdict(
      context,
      item.verdict,
      centreX,
      centreY + (hasLabel ? half * 0.42 : 0),
      Math.min(8, half * (hasLabel ? 0.3 : 0.55)),
      ink,
      halo,
    );
  }
}

/** The corners of a star around its middle, as large as a flag at a corner has room for. */
export const STAR: readonly Point[] = Array.from({ length: 10 }, (_, corner) => {
  const angle = -Math.PI / 2 + (corner * Math.PI) / 5;
  const radius = corner % 2 === 0 ? 5 : 2.2;
  return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
});

/** A flag at the corner: a star for what is wanted, a bar for what is locked out. */
function drawChoice(
  context: CanvasRenderingContext2D,
  choice: "locked" | "selected",
  x: number,
  y: number,
  colours: MapColours,
): void {
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.fillStyle = colours.halo;
  context.fill();
  context.strokeStyle = colours.selected;
  context.lineWidth = 1.25;
  context.stroke();
  context.beginPath();
  if (choice === "locked") {
    context.lineWidth = 2.5;
    context.moveTo(x - 3.5, y);
    context.lineTo(x + 3.5, y);
    context.stroke();
    return;
  }
  for (const corner of STAR) context.lineTo(x + corner.x, y + corner.y);
  context.closePath();
  context.fillStyle = colours.selected;
  context.fill();
}

/** A tick, a cross, or a wave: told apart without colour. */
function drawVerdict(
  context: CanvasRenderingContext2D,
  verdict: "good" | "bad" | "mixed",
  x: number,
  y: number,
  size: number,
  ink: string,
  halo: string | null,
): void {
  context.beginPath();
  if (verdict === "good") {
    context.moveTo(x - size, y);
    context.lineTo(x - size * 0.25, y + size * 0.75);
    context.lineTo(x + size, y - size * 0.75);
  } else if (verdict === "bad") {
    context.moveTo(x - size * 0.75, y - size * 0.75);
    context.lineTo(x + size * 0.75, y + size * 0.75);
    context.moveTo(x + size * 0.75, y - size * 0.75);
    context.lineTo(x - size * 0.75, y + size * 0.75);
  } else {
    context.moveTo(x - size, y);
    context.bezierCurveTo(x - size / 3, y - size, x + size / 3, y + size, x + size, y);
  }
  strokeWithHalo(context, ink, halo, Math.max(1.2, size / 3.5), Math.min(HALO_PX, size / 2));
}

function drawPath(
  context: CanvasRenderingContext2D,
  path: readonly MapItem[],
  { scale, x, y }: Placement,
  options: DrawOptions,
): void {
  if (path.length < 2) return;
  context.globalAlpha = 0.75;
  context.beginPath();
  for (const [index, item] of path.entries()) {
    const pointX = item.x * scale + x;
    const pointY = item.y * scale + y;
    if (index === 0) context.moveTo(pointX, pointY);
    else context.lineTo(pointX, pointY);
  }
  strokeWithHalo(context, options.colours.path, options.colours.halo, 1.25);
  context.globalAlpha = 1;
}

function outline(
  context: CanvasRenderingContext2D,
  item: MapItem,
  placement: Placement,
  colours: MapColours,
  width: number,
): void {
  trace(context, item, placement, 3);
  strokeWithHalo(context, colours.selected, colours.halo, width);
}
