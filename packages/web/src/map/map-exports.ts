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

async function dataUrlOf(url: string): Promise<string> {
  const blob = await (await fetch(url)).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("the image could not be read"));
    reader.readAsDataURL(blob);
  });
}
