import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type uPlot from "uplot";
import { Chart } from "../charts/chart.js";
import type { ChartColours } from "../charts/colours.js";
import classes from "./limit-histogram.module.css";
import { histogramData, histogramOptions } from "./metric-histogram.js";
import type { Metric } from "./metrics.js";

interface LimitHistogramProps {
  readonly metric: Metric;
  readonly values: Float64Array;
  readonly domain: readonly [number, number];
  readonly limit: number | null;
  readonly onLimit: (limit: number) => void;
}

/** How often a metric's values occur, with its limit as a line that can be dragged, or moved with the arrow keys. */
export function LimitHistogram({ metric, values, domain, limit, onLimit }: LimitHistogramProps): ReactNode {
  const [chart, setChart] = useState<uPlot | null>(null);
  const [x, setX] = useState<number | null>(null);
  const [low, high] = domain;
  const highest = values.at(-1);
  const data = useMemo(() => histogramData(values, [low, high]), [values, low, high]);
  const options = useCallback(
    (colours: ChartColours) => ({
      ...histogramOptions(metric, [low, high], colours, highest),
      hooks: { draw: [(drawn: uPlot) => setX(placeOf(drawn, limitNow.current))] },
    }),
    [low, high, metric, highest],
  );
  const limitNow = useRef(limit);
  limitNow.current = limit;
  useEffect(() => setX(chart === null ? null : placeOf(chart, limit)), [chart, limit]);

  const rulers = limit === null ? [] : [{ axis: "x" as const, at: limit, dashed: true, movable: true }];
  const step = (high - low) / 100;
  const set = (value: number): void => onLimit(Number(Math.min(high, Math.max(low, value)).toFixed(metric.digits)));
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (chart === null || event.buttons !== 1) return;
    set(chart.posToVal(event.clientX - chart.rect.left, "x"));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageDown: -10,
      PageUp: 10,
    };
    const move = moves[event.key];
    if (move === undefined || limit === null) return;
    event.preventDefault();
    set(limit + move * Math.max(step, 10 ** -metric.digits));
  };
  return (
    <div className={classes.place}>
      <Chart
        description={`Distribution of ${metric.label} over ${values.length} micrographs`}
        height={170}
        data={data}
        options={options}
        rulers={rulers}
        onChart={setChart}
      />
      {x !== null && limit !== null && (
        <div
          role="slider"
          tabIndex={0}
          aria-label={`Limit of ${metric.label}`}
          aria-valuenow={limit}
          aria-valuemin={low}
          aria-valuemax={high}
          aria-valuetext={`${metric.better === "lower" ? "at most" : "at least"} ${limit} ${metric.unit}`}
          className={classes.handle}
          style={{ left: x }}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={drag}
          onKeyDown={onKeyDown}
        />
      )}
    </div>
  );
}

/** Where the limit's line stands, in CSS pixels from the chart's left edge; null where there is none. */
function placeOf(chart: uPlot, limit: number | null): number | null {
  return limit === null ? null : chart.over.offsetLeft + chart.valToPos(limit, "x");
}
