import { type ReactNode, useCallback, useMemo } from "react";
import uPlot from "uplot";
import { axes, Chart } from "../charts/chart.js";
import type { ChartLook } from "../charts/chart-look.js";
import type { ChartColours } from "../charts/colours.js";
import type { ChartSeries } from "../charts/specification.js";
import type { Calibration } from "./calibration.js";

export interface NamedCalibration {
  readonly name: string;
  readonly calibration: Calibration;
}

/** The label of the line on which predictions come true. */
export const PERFECT = "Perfect";

/** What was predicted against what came true: on the diagonal, predictions can be taken at their word. */
export function CalibrationChart({
  models,
  look,
}: {
  models: readonly NamedCalibration[];
  look: ChartLook;
}): ReactNode {
  const data = useMemo((): uPlot.AlignedData => {
    const diagonal: uPlot.AlignedData = [
      [0, 1],
      [0, 1],
    ];
    return uPlot.join([
      diagonal,
      ...models.map(
        ({ calibration }): uPlot.AlignedData => [
          calibration.bins.map(({ meanPredicted }) => meanPredicted),
          calibration.bins.map(({ observed }) => observed),
          calibration.bins.map(({ interval }) => interval?.[0]),
          calibration.bins.map(({ interval }) => interval?.[1]),
        ],
      ),
    ]) as uPlot.AlignedData;
  }, [models]);
  const labels = models.map(({ name }) => name).join("\n");
  const options = useCallback(
    (colours: ChartColours) => {
      const names = labels === "" ? [] : labels.split("\n");
      return {
        scales: {
          x: { time: false, range: (): [number, number] => [0, 1] },
          y: { range: (): [number, number] => [0, 1] },
        },
        axes: axes(colours, "came out good", "predicted"),
        cursor: { show: false },
        legend: { live: false, show: true },
        series: [
          { label: "Predicted" },
          { label: PERFECT, stroke: colours.soft, dash: [4, 4], width: 1, spanGaps: true, points: { show: false } },
          ...names.flatMap((label, index): ChartSeries[] => {
            const colour = colours.series[index % colours.series.length] ?? colours.ink;
            const edge: ChartSeries = {
              stroke: "transparent",
              points: { show: false },
              spanGaps: true,
              class: "edge",
            };
            return [
              {
                label,
                stroke: colour,
                width: 2,
                dash: index % 2 === 0 ? [] : [8, 4],
                spanGaps: true,
                points: { show: true, size: 6, fill: colour },
              },
              { ...edge, label: `${label} low` },
              { ...edge, label: `${label} high` },
            ];
          }),
        ],
        bands: names.map((_label, index) => ({
          series: [4 + index * 3, 3 + index * 3] as [number, number],
          fill: `${colours.series[index % colours.series.length] ?? colours.ink}26`,
        })),
      };
    },
    [labels],
  );
  return (
    <Chart
      description={`Predictions against outcomes: ${models.map(({ name, calibration }) => `${name} over ${calibration.count} micrographs, Brier score ${calibration.brier.toFixed(2)}`).join("; ")}`}
      height={260}
      data={data}
      options={options}
      look={look}
    />
  );
}
