import { type Cell, save, saveCsv } from "./export.js";
import type { ExportItem } from "./export-menu.js";
import { sayNotDone } from "./not-done.js";

/** What is drawn on a page, as the files of it are made. */
export interface Drawn {
  /** The files' name, without its ending. */
  readonly name: string;
  rows(): readonly Readonly<Record<string, Cell>>[];
  /** The text of an SVG file; what draws it is loaded when it is asked for. */
  drawing(): Promise<string>;
}

/** Pictures have twice as many pixels as the drawing's own size, for print. */
const PICTURE_SCALE = 2;

/** A drawing as a table, as a picture, and as itself. @param drawn null: there is nothing at the moment */
export function drawingExports(drawn: () => Drawn | null): ExportItem[] {
  const each = (run: (what: Drawn) => void | Promise<void>) => (): void => {
    const what = drawn();
    if (what === null) return;
    Promise.resolve(run(what)).catch((error: unknown) => sayNotDone("No file", error));
  };
  return [
    { label: "Table (CSV)", run: each((what) => saveCsv(what.name, what.rows())) },
    {
      label: "Picture (PNG)",
      run: each(async (what) => {
        const picture = await pictureOf(await what.drawing());
        if (picture !== null) save(`${what.name}.png`, picture);
      }),
    },
    {
      label: "Drawing (SVG)",
      run: each(async (what) => save(`${what.name}.svg`, new Blob([await what.drawing()], { type: "image/svg+xml" }))),
    },
  ];
}

async function pictureOf(drawing: string): Promise<Blob | null> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * PICTURE_SCALE;
  canvas.height = image.naturalHeight * PICTURE_SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve));
}
