import { type ReactNode, useCallback, useMemo } from "react";
import type uPlot from "uplot";
import type { Decision } from "../api/additions.js";
import { axes, Chart, TIME_SERIES } from "../charts/chart.js";
import type { ChartColours } from "../charts/colours.js";

/** How plans have changed: the good holes they expected, and what an hour was worth. */
export function DecisionChart({ decisions }: { decisions: readonly Decision[] }): ReactNode {
  const oldestFirst = useMemo(() => decisions.toReversed(), [decisions]);
  const data = useMemo(
    (): uPlot.AlignedData => [
      oldestFirst.map(({ created_at }) => Date.parse(created_at) / 1000),
      oldestFirst.map(({ summary }) => summary.expected_good),
      oldestFirst.map(({ summary }) => summary.price_per_minute * 60),
    ],
    [oldestFirst],
  );
  const options = useCallback((colours: ChartColours) => {
    const [time, expected] = axes(colours, "good holes expected");
    const [, price] = axes(colours, "good holes per hour");
    return {
      scales: { x: { time: true }, price: {} },
      axes: [time ?? {}, expected ?? {}, { ...price, scale: "price", side: 1 as const, grid: { show: false } }],
      cursor: { y: false },
      series: [
        TIME_SERIES,
        {
          label: "Good holes expected",
          stroke: colours.accent,
          width: 2,
          points: { show: false },
          value: (_chart: uPlot, value: number | null) => (value === null ? "–" : value.toFixed(0)),
        },
        {
          label: "An hour is worth",
          scale: "price",
          stroke: colours.series[1] ?? colours.ink,
          dash: [6, 4],
          width: 1.5,
          points: { show: false },
          value: (_chart: uPlot, value: number | null) => (value === null ? "–" : `${value.toFixed(1)} good holes`),
        },
      ],
    };
  }, []);
  const [newest] = decisions;
  return (
    <Chart
      description={`${decisions.length} decisions; the newest expects ${newest?.summary.expected_good.toFixed(0) ?? 0} good holes`}
      height={170}
      data={data}
      options={options}
    />
  );
}
