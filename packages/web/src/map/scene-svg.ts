import { inkOn, scaleColour } from "./colour-scale.js";
import type { Extent } from "./extent.js";
import type { MapItem, Scene } from "./scene.js";

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function shape({ shape: kind, x, y, width, height }: MapItem, attributes: string): string {
  return kind === "rectangle"
    ? `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" ${attributes}/>`
    : `<ellipse cx="${x}" cy="${y}" rx="${width / 2}" ry="${height / 2}" ${attributes}/>`;
}

const VERDICTS = { good: "M-4 0L-1 3L4 -3", bad: "M-3 -3L3 3M3 -3L-3 3", mixed: "M-4 0C-1.5 -4 1.5 4 4 0" };

function item(one: MapItem): string {
  const line = one.width / 60;
  const parts: string[] = [];
  if (one.share === null) {
    parts.push(
      shape(one, `fill="none" stroke="#6b7585" stroke-width="${line}" stroke-dasharray="${line * 4} ${line * 2}"`),
    );
  } else {
    const colour = scaleColour(one.share);
    parts.push(
      shape(
        one,
        `fill="${colour}" fill-opacity="${one.struck ? 0.35 : 0.7}" stroke="${colour}" stroke-width="${line * 2}"`,
      ),
    );
  }
  if (one.struck) {
    const reach = (one.shape === "rectangle" ? 0.5 : 0.35) * one.width;
    parts.push(
      `<path d="M${one.x - reach} ${one.y + reach}L${one.x + reach} ${one.y - reach}" stroke="#1b2430" stroke-width="${line}"/>`,
    );
  }
  const ink = one.share === null ? "#1b2430" : inkOn(one.share);
  if (one.label !== "") {
    const y = one.verdict === null ? one.y : one.y - one.height * 0.15;
    parts.push(
      `<text x="${one.x}" y="${y}" fill="${ink}" font-size="${one.height * 0.32}" font-family="sans-serif" font-weight="600" text-anchor="middle" dominant-baseline="central">${escaped(one.label)}</text>`,
    );
  }
  if (one.verdict !== null) {
    const y = one.label === "" ? one.y : one.y + one.height * 0.22;
    parts.push(
      `<path d="${VERDICTS[one.verdict]}" transform="translate(${one.x} ${y}) scale(${one.width / 26})" fill="none" stroke="${ink}" stroke-width="1.6"/>`,
    );
  }
  return parts.join("");
}

/**
 * A scene as a drawing that can be scaled, for papers and slides.
 *
 * @param image the image beneath as a data URL, with its size in the scene's pixels; null without one
 */
export function sceneSvg(
  scene: Scene,
  extent: Extent,
  title: string,
  image: { readonly dataUrl: string; readonly width: number; readonly height: number } | null,
): string {
  const path = scene.path.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join("");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${extent.x} ${extent.y} ${extent.width} ${extent.height}">`,
    `<title>${escaped(title)}</title>`,
    image === null ? "" : `<image href="${escaped(image.dataUrl)}" width="${image.width}" height="${image.height}"/>`,
    ...scene.items.map(item),
    path === ""
      ? ""
      : `<path d="${path}" fill="none" stroke="#1b2430" stroke-opacity="0.75" stroke-width="${extent.width / 700}"/>`,
    "</svg>",
  ].join("\n");
}
