import { formatNumber } from "../shared/format.js";
import { haloOf, inkOn, scaleColour } from "./colour-scale.js";
import { STAR } from "./draw.js";
import type { Extent } from "./extent.js";
import type { Layer } from "./layers.js";
import type { MapItem, Point, Scene } from "./scene.js";

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function shape({ shape: kind, x, y, width, height }: MapItem, attributes: string): string {
  return kind === "rectangle"
    ? `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" ${attributes}/>`
    : `<ellipse cx="${x}" cy="${y}" rx="${width / 2}" ry="${height / 2}" ${attributes}/>`;
}

/** A line with a halo beneath, so that it is seen on any image. */
function line(d: string, colour: string, halo: string, width: number, attributes = ""): string {
  const stroke = (paint: string, wide: number): string =>
    `<path d="${d}" fill="none" stroke="${paint}" stroke-width="${wide}" ${attributes}/>`;
  return stroke(halo, 3 * width) + stroke(colour, width);
}

const VERDICTS = { good: "M-4 0L-1 3L4 -3", bad: "M-3 -3L3 3M3 -3L-3 3", mixed: "M-4 0C-1.5 -4 1.5 4 4 0" };

function item(one: MapItem): string {
  const thin = one.width / 60;
  const parts: string[] = [];
  if (one.share === null) {
    parts.push(
      shape(one, `fill="none" stroke="#6b7585" stroke-width="${thin}" stroke-dasharray="${thin * 4} ${thin * 2}"`),
    );
  } else {
    const colour = scaleColour(one.share);
    parts.push(
      shape(
        one,
        `fill="${colour}" fill-opacity="${one.struck ? 0.35 : 0.7}" stroke="${colour}" stroke-width="${thin * 2}"`,
      ),
    );
  }
  if (one.struck) {
    const reach = (one.shape === "rectangle" ? 0.5 : 0.35) * one.width;
    parts.push(
      line(`M${one.x - reach} ${one.y + reach}L${one.x + reach} ${one.y - reach}`, "#1b2430", "#ffffff", thin),
    );
  }
  const ink = one.share === null ? "#1b2430" : inkOn(one.share);
  const halo = one.share === null ? "#ffffff" : haloOf(ink);
  if (one.label !== "") {
    const y = one.verdict === null ? one.y : one.y - one.height * 0.15;
    parts.push(
      `<text x="${one.x}" y="${y}" fill="${ink}" font-size="${one.height * 0.32}" font-family="sans-serif" font-weight="600" text-anchor="middle" dominant-baseline="central" stroke="${halo}" stroke-width="${one.height * 0.04}" paint-order="stroke">${escaped(one.label)}</text>`,
    );
  }
  if (one.verdict !== null) {
    const y = one.label === "" ? one.y : one.y + one.height * 0.22;
    const place = `transform="translate(${one.x} ${y}) scale(${one.width / 26})"`;
    parts.push(line(VERDICTS[one.verdict], ink, halo, 1.2, place));
  }
  return parts.join("");
}

const FLAGS = {
  selected: `<path d="M${STAR.map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z" fill="#000000"/>`,
  locked: '<path d="M-3.5 0H3.5" stroke="#000000" stroke-width="2.5"/>',
};

/** What a person has decided: at the corner, as on the screen. */
function flag({ choice, x, y, width, height }: MapItem): string {
  if (choice === null) return "";
  const away = Math.min(width, height) * 0.36;
  const place = `translate(${x + away} ${y - away}) scale(${width / 40})`;
  return `<g class="${choice}" transform="${place}"><circle r="7" fill="#ffffff" stroke="#000000" stroke-width="1.25"/>${FLAGS[choice]}</g>`;
}

const SCALE_PARTS = 32;
const STEPS_A_LINE = 3;
/** Lines of the legend in the width of a drawing. */
const LINES_A_WIDTH = 40;

/** What the colours mean, in lines of so many of the scene's pixels that begin at a place. */
function legend(
  { label, unit, digits, domain: [dark, bright], steps }: Layer,
  { x: left, y: top }: Point,
  line: number,
): { readonly content: string; readonly lines: number } {
  const words = (x: number, y: number, said: string, anchor = "start"): string =>
    `<text x="${left + x * line}" y="${top + (y + 0.7) * line}" fill="#1b2430" font-size="${0.7 * line}" font-family="sans-serif" text-anchor="${anchor}">${escaped(said)}</text>`;
  const colour = (x: number, y: number, width: number, share: number): string =>
    `<path d="M${left + x * line} ${top + (y + 0.1) * line}h${width * line}v${0.7 * line}h${-width * line}z" fill="${scaleColour(share)}"/>`;
  if (steps !== undefined) {
    const content = steps.map((step, index) => {
      const x = (index % STEPS_A_LINE) * (LINES_A_WIDTH / STEPS_A_LINE);
      const y = 1 + Math.floor(index / STEPS_A_LINE);
      return colour(x, y, 0.7, index / Math.max(1, steps.length - 1)) + words(x + 1, y, step);
    });
    return { content: words(0, 0, label) + content.join(""), lines: 1 + Math.ceil(steps.length / STEPS_A_LINE) };
  }
  const parts = Array.from({ length: SCALE_PARTS }, (_, part) =>
    // Each reaches beneath the next, so that no seam is seen.
    colour(part / 2, 1, part === SCALE_PARTS - 1 ? 0.5 : 0.6, part / (SCALE_PARTS - 1)),
  );
  const ends =
    words(0, 2, formatNumber(dark, digits, unit)) +
    words(SCALE_PARTS / 2, 2, formatNumber(bright, digits, unit), "end");
  return { content: words(0, 0, label) + parts.join("") + ends, lines: 3 };
}

/**
 * A scene as a drawing that can be scaled, for papers and slides, with the scale of its colours beneath.
 *
 * @param image the image beneath as a data URL, with its size in the scene's pixels; null without one
 */
export function sceneSvg(
  scene: Scene,
  extent: Extent,
  title: string,
  image: { readonly dataUrl: string; readonly width: number; readonly height: number } | null,
  layer: Layer,
): string {
  const lineHeight = extent.width / LINES_A_WIDTH;
  const bottom = extent.y + extent.height;
  const { content, lines } = legend(layer, { x: extent.x + lineHeight / 2, y: bottom + lineHeight / 2 }, lineHeight);
  const below = lineHeight * (lines + 1);
  // An image may reach further down than what is shown of it.
  const ground = `<path d="M${extent.x} ${bottom}h${extent.width}v${below}h${-extent.width}z" fill="#ffffff"/>`;
  const path = scene.path.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join("");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${extent.x} ${extent.y} ${extent.width} ${extent.height + below}">`,
    `<title>${escaped(title)}</title>`,
    image === null ? "" : `<image href="${escaped(image.dataUrl)}" width="${image.width}" height="${image.height}"/>`,
    ...scene.items.map(item),
    path === "" ? "" : line(path, "#1b2430", "#ffffff", extent.width / 700, 'stroke-opacity="0.75"'),
    ...scene.items.map(flag).filter((part) => part !== ""),
    `<g class="legend">${ground}${content}</g>`,
    "</svg>",
  ].join("\n");
}
