import type uPlot from "uplot";
import { type Cell, save, saveCsv } from "../shared/export.js";
import type { ExportItem } from "../shared/export-menu.js";
import { chartColours } from "./colours.js";
import { axisWords, type ChartOptionsOf, type Ruler } from "./specification.js";

/** A chart on the screen with what it was made of. */
export interface ShownChart {
  readonly plot: uPlot;
  readonly description: string;
  readonly options: ChartOptionsOf;
  readonly data: uPlot.AlignedData;
  readonly rulers: readonly Ruler[];
}

const NAME_LENGTH = 60;
const LEAST_WIDTH_PX = 480;
/** Pictures have twice as many pixels as the screen's chart, for print. */
const PICTURE_SCALE = 2;

/** A chart as a table, as a picture, and as a drawing; on light ground, whatever the screen is like. */
export function chartExports(shown: () => ShownChart | null): ExportItem[] {
  const each = (run: (chart: ShownChart, name: string) => void | Promise<void>) => (): void => {
    const chart = shown();
    if (chart !== null) void run(chart, chart.description.slice(0, NAME_LENGTH));
  };
  return [
    { label: "Table (CSV)", run: each((chart, name) => saveCsv(name, rowsOf(chart))) },
    {
      label: "Picture (PNG)",
      run: each(async (chart, name) => {
        const picture = await pictureOf(await drawingOf(chart));
        if (picture !== null) save(`${name}.png`, picture);
      }),
    },
    {
      label: "Drawing (SVG)",
      run: each(async (chart, name) =>
        save(`${name}.svg`, new Blob([await drawingOf(chart)], { type: "image/svg+xml" })),
      ),
    },
  ];
}

/** All data of a chart, not only what is looked at; times in ISO 8601. */
function rowsOf({ options, data }: ShownChart): Readonly<Record<string, Cell>>[] {
  const { series, axes, scales } = options(chartColours("light"));
  const isTime = scales?.x?.time ?? true;
  const label = (index: number): string => {
    const own = series[index]?.label;
    if (typeof own === "string") return own;
    return index === 0 ? axisWords(axes[0]) : `series ${index}`;
  };
  return Array.from(data[0], (x, at) =>
    Object.fromEntries<Cell>([
      [label(0), isTime ? new Date(x * 1000).toISOString() : x],
      ...data.slice(1).map((values, index): [string, Cell] => [label(index + 1), values?.[at] ?? null]),
    ]),
  );
}

/** What draws is loaded when it is asked for. */
async function drawingOf({ plot, description, options, data, rulers }: ShownChart): Promise<string> {
  const { chartSvg } = await import("./chart-svg.js");
  const colours = chartColours("light");
  return chartSvg({
    title: description,
    options: options(colours),
    data,
    rulers,
    colours,
    domains: Object.fromEntries(
      Object.entries(plot.scales).map(([name, { min, max }]) => [name, [min ?? 0, max ?? 1] as const]),
    ),
    hidden: new Set(plot.series.flatMap(({ show }, index) => (show === false ? [index] : []))),
    width: Math.max(LEAST_WIDTH_PX, plot.width),
    height: plot.height + 40,
  });
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
