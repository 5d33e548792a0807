import type uPlot from "uplot";
import type { ChartColours } from "./colours.js";

/** As what a series' values are shown. Signs are told apart by shape as well as by colour. */
export type Mark = "line" | "bars" | "dots" | "crosses";

export interface ChartSeries extends Omit<uPlot.Series, "stroke" | "fill" | "paths"> {
  readonly stroke?: string;
  readonly fill?: string;
  /** A line if nothing is said. */
  readonly mark?: Mark;
  /** Of values that have no place on the axis: signs stand along its upper end, a little below those of values above it. */
  readonly beyond?: boolean;
}

export interface ChartBand {
  /** The places of its edges among the series. */
  readonly series: [number, number];
  readonly fill: string;
}

/** How a chart looks, on the screen as in files. */
export interface ChartOptions extends Omit<uPlot.Options, "width" | "height" | "series" | "bands" | "axes"> {
  /** The first is what the horizontal axis shows. */
  readonly series: ChartSeries[];
  readonly axes: uPlot.Axis[];
  readonly bands?: ChartBand[];
}

/** A line through the whole chart at one value of an axis. */
export interface Ruler {
  readonly axis: "x" | "y";
  readonly at: number;
  readonly dashed: boolean;
  /** In files only: on the screen it is there already, as something that can be moved. */
  readonly movable?: boolean;
}

export type ChartOptionsOf = (colours: ChartColours) => ChartOptions;

/** The words of an axis; none where it has no name. */
export function axisWords(axis: uPlot.Axis | undefined): string {
  return typeof axis?.label === "string" ? axis.label : "";
}
