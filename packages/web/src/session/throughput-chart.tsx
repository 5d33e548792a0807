import { type ReactNode, useMemo } from "react";
import type uPlot from "uplot";
import { axes, Chart, lastTime, TIME_SERIES } from "../charts/chart.js";
import type { ChartLook } from "../charts/chart-look.js";
import type { ChartColours } from "../charts/colours.js";
import type { ChartOptions } from "../charts/specification.js";
import { formatDuration } from "../shared/format.js";
import type { Throughput } from "./throughput.js";

const TAKEN = "Taken";
const GOOD = "Good";
/** The labels of its series. */
export const THROUGHPUT_SERIES = [TAKEN, GOOD];

const LEAST_BAR_S = 300;

function barWidth(times: ArrayLike<number>): number {
  return Math.max(LEAST_BAR_S, (times[1] ?? 0) - (times[0] ?? 0));
}

/** The axis of times, with room for the last bar. */
export function throughputTimes(times: readonly number[]): [number, number] {
  return [times[0] ?? 0, (times.at(-1) ?? 1) + barWidth(times)];
}

/** The axis of rates for the highest of them. */
export function rateRange(highest: number): [number, number] {
  return [0, Math.max(10, highest * 1.1)];
}

export function throughputOptions(colours: ChartColours): ChartOptions {
  const rate = (value: number | null): string => (value === null ? "–" : `${value.toFixed(0)} /h`);
  return {
    scales: {
      x: {
        time: true,
        // The last bar needs its whole width.
        range: (chart, min, max) => [min, lastTime(chart, min, max) + barWidth(chart.data[0])],
      },
      y: { range: (_chart, _min, max) => rateRange(max) },
    },
    axes: axes(colours, "per hour"),
    cursor: { y: false },
    series: [
      TIME_SERIES,
      {
        label: TAKEN,
        mark: "bars",
        stroke: colours.soft,
        width: 1,
        fill: "transparent",
        value: (_chart, value) => rate(value),
      },
      {
        label: GOOD,
        mark: "bars",
        stroke: colours.accent,
        fill: `${colours.accent}b0`,
        width: 1,
        value: (_chart, value) => rate(value),
      },
    ],
  };
}

export function throughputData({ times, taken, good }: Throughput): uPlot.AlignedData {
  return [[...times], [...taken], [...good]];
}

/** Micrographs per hour: all of them, and those that are good. */
export function ThroughputChart({ throughput, look }: { throughput: Throughput; look: ChartLook }): ReactNode {
  const data = useMemo(() => throughputData(throughput), [throughput]);
  const last = throughput.taken.at(-1) ?? 0;
  return (
    <Chart
      description={`Micrographs per hour in intervals of ${formatDuration(throughput.intervalMs)}; ${last.toFixed(0)} in the last one, ${(throughput.good.at(-1) ?? 0).toFixed(0)} of them good`}
      height={190}
      data={data}
      options={throughputOptions}
      look={look}
    />
  );
}
