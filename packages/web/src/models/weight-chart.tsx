import { type ReactNode, useCallback, useMemo } from "react";
import uPlot from "uplot";
import { axes, Chart, TIME_SERIES } from "../charts/chart.js";
import type { ChartLook } from "../charts/chart-look.js";
import type { ChartColours } from "../charts/colours.js";
import type { ChartSeries } from "../charts/specification.js";
import type { WeightSeries } from "./weight-series.js";

/** How much each model counted, over time, with one standard deviation either way. */
export function WeightChart({ series, look }: { series: readonly WeightSeries[]; look: ChartLook }): ReactNode {
  const data = useMemo((): uPlot.AlignedData => {
    if (series.length === 0) return [[]];
    return uPlot.join(
      series.map(
        ({ times, weights, sds }): uPlot.AlignedData => [
          [...times],
          [...weights],
          weights.map((weight, index) => Math.min(1, weight + (sds[index] ?? 0))),
          weights.map((weight, index) => Math.max(0, weight - (sds[index] ?? 0))),
        ],
      ),
    ) as uPlot.AlignedData;
  }, [series]);
  const labels = series.map(({ label }) => label).join("\n");
  const options = useCallback(
    (colours: ChartColours) => {
      const names = labels === "" ? [] : labels.split("\n");
      return {
        scales: { x: { time: true }, y: { range: (): [number, number] => [0, 1] } },
        axes: axes(colours, "weight"),
        cursor: { y: false },
        series: [
          TIME_SERIES,
          ...names.flatMap((label, index): ChartSeries[] => {
            const colour = colours.series[index % colours.series.length] ?? colours.ink;
            const edge: ChartSeries = { stroke: "transparent", points: { show: false }, spanGaps: true };
            return [
              {
                label,
                stroke: colour,
                width: 2,
                dash: index % 2 === 0 ? [] : [8, 4],
                spanGaps: true,
                points: { show: false },
                value: (_chart, value) => (value === null ? "–" : value.toFixed(2)),
              },
              { ...edge, label: `${label} + sd`, class: "edge" },
              { ...edge, label: `${label} − sd`, class: "edge" },
            ];
          }),
        ],
        bands: names.map((_label, index) => ({
          series: [2 + index * 3, 3 + index * 3] as [number, number],
          fill: `${colours.series[index % colours.series.length] ?? colours.ink}30`,
        })),
      };
    },
    [labels],
  );
  const last = series.map(({ label, weights }) => `${label} ${(weights.at(-1) ?? 0).toFixed(2)}`).join(", ");
  return (
    <Chart
      description={`Weights of models over time; now ${last}`}
      height={220}
      data={data}
      options={options}
      look={look}
    />
  );
}
