import type { RefObject } from "react";
import { type Cell, save, saveCsv } from "../shared/export.js";
import type { ExportItem } from "../shared/export-menu.js";
import type { Extent } from "./extent.js";
import type { MapHandle, MapImage } from "./map-view.js";
import type { Scene } from "./scene.js";
import { sceneSvg } from "./scene-svg.js";

interface MapExports {
  readonly name: string;
  readonly title: string;
  readonly map: RefObject<MapHandle | null>;
  readonly scene: Scene;
  readonly extent: Extent | null;
  readonly image: MapImage | null;
  readonly rows: () => readonly Readonly<Record<string, Cell>>[];
}

/** A map as a table, as the picture that is seen, and as a drawing of all of it. */
export function mapExports({ name, title, map, scene, extent, image, rows }: MapExports): ExportItem[] {
  const table: ExportItem = { label: "Table (CSV)", run: () => saveCsv(name, rows()) };
  if (extent === null) return [table];
  const picture = async (): Promise<void> => {
    const blob = await map.current?.toBlob();
    if (blob != null) save(`${name}.png`, blob);
  };
  const drawing = async (): Promise<void> => {
    const beneath =
      image === null ? null : { dataUrl: await dataUrlOf(image.url), width: image.width, height: image.height };
    save(`${name}.svg`, new Blob([sceneSvg(scene, extent, title, beneath)], { type: "image/svg+xml" }));
  };
  return [
    table,
    { label: "Picture as seen (PNG)", run: () => void picture() },
    { label: "Drawing of all (SVG)", run: () => void drawing() },
  ];
}

/** Through a canvas: pages may show images that they hold themselves, but not ask for them. */
async function dataUrlOf(url: string): Promise<string> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  return canvas.toDataURL("image/png");
}
