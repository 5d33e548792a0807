import { type ReactNode, useCallback, useMemo } from "react";
import type uPlot from "uplot";
import { axes, Chart } from "../charts/chart.js";
import type { ChartColours } from "../charts/colours.js";
import { histogram } from "../charts/histogram.js";
import type { Layer } from "./layers.js";
import { StepBars } from "./step-bars.js";

const BINS = 24;

interface DistributionProps {
  readonly layer: Layer;
  readonly selected: string | null;
}

/** How often the values of a layer occur, and where the chosen one lies among them. */
export function Distribution({ layer, selected }: DistributionProps): ReactNode {
  return layer.steps === undefined ? (
    <ValueHistogram layer={layer} selected={selected} />
  ) : (
    <StepBars layer={layer} steps={layer.steps} selected={selected} />
  );
}

function ValueHistogram({ layer, selected }: DistributionProps): ReactNode {
  const [low, high] = useMemo((): [number, number] => {
    const values = [...layer.values.values(), ...layer.domain];
    return [Math.min(...values), Math.max(...values)];
  }, [layer]);
  const data = useMemo((): uPlot.AlignedData => {
    const { edges, counts } = histogram([...layer.values.values()], [low, high], BINS);
    return [edges.slice(0, -1), [...counts]];
  }, [layer, low, high]);
  const chosen = selected === null ? undefined : layer.values.get(selected);
  const options = useCallback(
    (colours: ChartColours) => {
      return {
        scales: {
          x: { time: false, range: (): [number, number] => [low, high + (high - low) * 0.02] },
          y: { range: (_chart: uPlot, _min: number, max: number): [number, number] => [0, Math.max(1, max * 1.08)] },
        },
        axes: axes(colours, "count", layer.label),
        cursor: { show: false },
        legend: { show: false },
        series: [
          {},
          {
            label: "Count",
            mark: "bars" as const,
            stroke: colours.accent,
            fill: `${colours.accent}80`,
            width: 1,
          },
        ],
      };
    },
    [layer.label, low, high],
  );
  return (
    <Chart
      description={`Distribution of ${layer.label} over ${layer.values.size}`}
      height={190}
      data={data}
      options={options}
      rulers={chosen === undefined ? [] : [{ axis: "x", at: chosen, dashed: false }]}
    />
  );
}
