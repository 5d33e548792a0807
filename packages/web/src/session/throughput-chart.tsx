import { type ReactNode, useMemo } from "react";
import type uPlot from "uplot";
import { axes, Chart, TIME_SERIES } from "../charts/chart.js";
import type { ChartColours } from "../charts/colours.js";
import type { ChartOptions } from "../charts/specification.js";
import { formatDuration } from "../shared/format.js";
import type { Throughput } from "./throughput.js";

function options(colours: ChartColours): ChartOptions {
  const rate = (value: number | null): string => (value === null ? "–" : `${value.toFixed(0)} /h`);
  return {
    scales: {
      x: {
        time: true,
        // The last bar needs its whole width.
        range: (chart, min, max) => {
          const times = chart.data[0];
          return [min, max + Math.max(300, (times[1] ?? 0) - (times[0] ?? 0))];
        },
      },
      y: { range: (_chart, _min, max) => [0, Math.max(10, max * 1.1)] },
    },
    axes: axes(colours, "per hour"),
    cursor: { y: false },
    series: [
      TIME_SERIES,
      {
        label: "Taken",
        mark: "bars",
        stroke: colours.soft,
        width: 1,
        fill: "transparent",
        value: (_chart, value) => rate(value),
      },
      {
        label: "Good",
        mark: "bars",
        stroke: colours.accent,
        fill: `${colours.accent}b0`,
        width: 1,
        value: (_chart, value) => rate(value),
      },
    ],
  };
}

/** Micrographs per hour: all of them, and those that are good. */
export function ThroughputChart({ throughput }: { throughput: Throughput }): ReactNode {
  const data = useMemo(
    (): uPlot.AlignedData => [[...throughput.times], [...throughput.taken], [...throughput.good]],
    [throughput],
  );
  const last = throughput.taken.at(-1) ?? 0;
  return (
    <Chart
      description={`Micrographs per hour in intervals of ${formatDuration(throughput.intervalMs)}; ${last.toFixed(0)} in the last one, ${(throughput.good.at(-1) ?? 0).toFixed(0)} of them good`}
      height={190}
      data={data}
      options={options}
    />
  );
}
