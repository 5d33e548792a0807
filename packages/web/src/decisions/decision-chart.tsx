import { type ReactNode, useCallback, useMemo } from "react";
import type uPlot from "uplot";
import type { Decision } from "../api/additions.js";
import { axes, Chart, TIME_SERIES } from "../charts/chart.js";
import type { ChartLook } from "../charts/chart-look.js";
import type { ChartColours } from "../charts/colours.js";

const EXPECTED = "Good holes expected";
const PRICE = "An hour is worth";
/** The labels of its series. */
export const DECISION_SERIES = [EXPECTED, PRICE];

/** How plans have changed: the good holes they expected, and what an hour was worth. */
export function DecisionChart({ decisions, look }: { decisions: readonly Decision[]; look: ChartLook }): ReactNode {
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
          label: EXPECTED,
          stroke: colours.accent,
          width: 2,
          points: { show: false },
          value: (_chart: uPlot, value: number | null) => (value === null ? "–" : value.toFixed(0)),
        },
        {
          label: PRICE,
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
      look={look}
    />
  );
}
