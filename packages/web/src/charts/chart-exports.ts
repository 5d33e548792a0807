import type uPlot from "uplot";
import { drawingExports } from "../shared/drawing-exports.js";
import { type Cell, fileNameOf } from "../shared/export.js";
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

const LEAST_WIDTH_PX = 480;

/** A chart as a table, as a picture, and as a drawing; on light ground, whatever the screen is like. */
export function chartExports(shown: () => ShownChart | null): ExportItem[] {
  return drawingExports(() => {
    const chart = shown();
    if (chart === null) return null;
    return {
      name: fileNameOf(chart.description, window.location.pathname),
      rows: () => rowsOf(chart),
      drawing: () => drawingOf(chart),
    };
  });
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
