import type { RefObject } from "react";
import { type Cell, save, saveCsv } from "../shared/export.js";
import type { ExportItem } from "../shared/export-menu.js";
import { sayNotDone } from "../shared/not-done.js";
import type { Extent } from "./extent.js";
import type { Layer } from "./layers.js";
import type { MapImage } from "./map-image.js";
import type { MapHandle } from "./map-view.js";
import type { Scene } from "./scene.js";
import { sceneSvg } from "./scene-svg.js";

interface MapExports {
  readonly name: string;
  readonly title: string;
  readonly map: RefObject<MapHandle | null>;
  readonly scene: Scene;
  readonly extent: Extent | null;
  readonly image: MapImage | null;
  /** What its items are coloured by. */
  readonly layer: Layer;
  readonly rows: () => readonly Readonly<Record<string, Cell>>[];
}

/** A map as a table, as the picture that is seen, and as a drawing of all of it. */
export function mapExports({ name, title, map, scene, extent, image, layer, rows }: MapExports): ExportItem[] {
  const table: ExportItem = { label: "Table (CSV)", run: () => saveCsv(name, rows()) };
  if (extent === null) return [table];
  const picture = async (): Promise<void> => {
    const blob = await map.current?.toBlob();
    if (blob != null) save(`${name}.png`, blob);
  };
  const drawing = async (): Promise<void> => {
    const whole = (await image?.whole()) ?? null;
    const beneath =
      image === null || whole === null
        ? null
        : { dataUrl: await dataUrlOf(whole), width: image.width, height: image.height };
    save(`${name}.svg`, new Blob([sceneSvg(scene, extent, title, beneath, layer)], { type: "image/svg+xml" }));
  };
  // Of a file that does not come, people would not know that it won't.
  const notMade = (cause: unknown): void => sayNotDone("The file could not be made", cause);
  return [
    table,
    { label: "Picture as seen (PNG)", run: () => void picture().catch(notMade) },
    { label: "Drawing of all (SVG)", run: () => void drawing().catch(notMade) },
  ];
}

function dataUrlOf(image: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("The image can't be read."));
    reader.readAsDataURL(image);
  });
}
