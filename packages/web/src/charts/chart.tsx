import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import { ExportMenu } from "../shared/export-menu.js";
import classes from "./chart.module.css";
import { chartExports } from "./chart-exports.js";
import { hide, makeLegendButtons, pressLegend, switchedOff } from "./chart-legend.js";
import { type ChartLook, useOwnLook, type Zoom } from "./chart-look.js";
import { type ChartColours, chartColours } from "./colours.js";
import { drawSigns } from "./signs.js";
import type { ChartOptions, ChartOptionsOf, ChartSeries, Ruler } from "./specification.js";
import { LEAST_SPAN_S, shownOf, useKeys } from "./use-keys.js";

export interface ChartProps {
  /** What the chart shows, in words, for those who can't see it. */
  readonly description: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  /** How it is drawn; has to be the same object as long as nothing but the data changes. */
  readonly options: ChartOptionsOf;
  readonly rulers?: readonly Ruler[];
  /** What of it is looked at, where the page keeps that. */
  readonly look?: ChartLook;
  /** Given the chart once it is there, null when it goes. */
  readonly onChart?: (chart: uPlot | null) => void;
}

const NO_RULERS: readonly Ruler[] = [];

/** A chart that follows its data, the width of its place and the colour scheme, and can be kept as a file. */
export function Chart({
  description,
  height,
  data,
  options,
  rulers = NO_RULERS,
  look: kept,
  onChart,
}: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const own = useOwnLook();
  const look = kept ?? own;
  const { zoom, hidden } = look;
  const latest = useRef({ data, rulers, look });
  latest.current = { data, rulers, look };
  const scheme = useComputedColorScheme("light");
  const { onKeyDown, said } = useKeys(chart, look);
  // Without a cursor there is nothing to read from it, and no part of it to zoom to.
  const isRead = useMemo(() => options(chartColours(scheme)).cursor?.show !== false, [options, scheme]);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const colours = chartColours(scheme);
    const plot = new uPlot(
      {
        ...uplotOptions(options(colours), {
          draw: (drawn) => drawRulers(drawn, latest.current.rulers, colours.ink),
          setSelect: (drawn) => latest.current.look.setZoom(selected(drawn)),
          setSeries: (drawn, _series, { show }) => {
            if (show === undefined) return;
            pressLegend(drawn, legend.current);
            latest.current.look.setHidden(switchedOff(drawn, latest.current.look.hidden));
          },
          mountLegend: (table) => legend.current?.replaceChildren(table),
        }),
        width: Math.max(80, element.clientWidth),
        height,
      },
      latest.current.data,
      element,
    );
    plot.over.addEventListener("dblclick", () => latest.current.look.setZoom(null));
    makeLegendButtons(plot, legend.current);
    hide(plot, latest.current.look.hidden, legend.current);
    zoomTo(plot, latest.current.look.zoom);
    chart.current = plot;
    onChart?.(plot);
    const observer = new ResizeObserver(() => {
      const width = Math.max(80, element.clientWidth);
      if (width !== plot.width) plot.setSize({ width, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
      onChart?.(null);
    };
  }, [options, height, scheme, onChart]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the part that is shown, and not the object that says which.
  useEffect(() => {
    const plot = chart.current;
    if (plot === null) return;
    plot.setData(data);
    zoomTo(plot, zoom);
  }, [data, zoom?.min, zoom?.max]);

  useEffect(() => {
    if (chart.current !== null) hide(chart.current, hidden, legend.current);
  }, [hidden]);

  return (
    <div className={classes.frame}>
      <div
        ref={place}
        {...(isRead
          ? {
              role: "application",
              tabIndex: 0,
              "aria-roledescription": "chart",
              "aria-description":
                "Arrow keys read its values, page up and page down in longer steps. Plus and minus zoom, Home shows all, arrow keys with Shift move what is shown.",
              onKeyDown,
            }
          : { role: "img" })}
        {...{ "aria-label": description }}
        className={classes.chart}
        style={{ minHeight: height }}
      />
      <div ref={legend} className={classes.legend} />
      {isRead && <VisuallyHidden role="status">{said}</VisuallyHidden>}
      <ExportMenu
        label="Save this chart"
        size="sm"
        className={classes.save}
        items={chartExports(() =>
          chart.current === null ? null : { plot: chart.current, description, options, data, rulers },
        )}
      />
    </div>
  );
}

function selected(chart: uPlot): Zoom {
  const { left, width } = chart.select;
  return { min: chart.posToVal(left, "x"), max: chart.posToVal(left + width, "x") };
}

/** Shows a part of a chart that shows all, before anything else is drawn; nothing changes where no data lies in it. */
function zoomTo(chart: uPlot, zoom: Zoom | null): void {
  if (zoom !== null && shownOf(chart, zoom) === zoom) chart.setScale("x", { ...zoom });
}

function uplotOptions(
  { series, hooks, scales, bands = [], legend, ...others }: ChartOptions,
  own: {
    readonly draw: (chart: uPlot) => void;
    readonly setSelect: (chart: uPlot) => void;
    readonly setSeries: NonNullable<uPlot.Hooks.Defs["setSeries"]>;
    readonly mountLegend: (table: HTMLElement) => void;
  },
): Omit<uPlot.Options, "width" | "height"> {
  return {
    ...others,
    scales: { ...scales, x: { ...(scales?.x?.time === false ? {} : { range: timeRange }), ...scales?.x } },
    bands,
    // Beside what is described as a whole: its entries are buttons.
    legend: { ...legend, mount: (_chart, table) => own.mountLegend(table) },
    series: series.map(uplotSeries),
    hooks: {
      ...hooks,
      draw: [...(hooks?.draw ?? []), own.draw],
      setSelect: [...(hooks?.setSelect ?? []), own.setSelect],
      setSeries: [...(hooks?.setSeries ?? []), own.setSeries],
    },
  };
}

function timeRange(chart: uPlot, from: number | null, to: number | null): uPlot.Range.MinMax {
  if (from === null || to === null) return [null, null];
  const last = lastTime(chart, from, to);
  const missing = Math.max(0, LEAST_SPAN_S - (last - from)) / 2;
  return [from - missing, last + missing];
}

/** The end of a chart's times; uPlot adds a thousand days to a time that is alone. */
export function lastTime({ data: [times] }: uPlot, from: number, to: number): number {
  return times.length === 1 && times[0] === from ? from : to;
}

function uplotSeries(series: ChartSeries): uPlot.Series {
  const { mark = "line", beyond: _beyond, ...own } = series;
  if (mark === "line") {
    if (own.points?.show !== false || own.stroke === "transparent") return own;
    // A value that is alone makes no line.
    return { ...own, points: { ...own.points, show: ({ data: [times] }) => times.length === 1 } };
  }
  if (mark === "bars") {
    const paths = uPlot.paths.bars?.({ size: [0.9, 60], align: 1 });
    return { ...own, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
  }
  return {
    ...own,
    paths: () => null,
    points: { show: (chart, index) => drawSigns(chart, index, series, mark) },
  };
}

function drawRulers(chart: uPlot, rulers: readonly Ruler[], ink: string): void {
  const { ctx, bbox } = chart;
  for (const { axis, at, dashed, movable = false } of rulers) {
    if (movable) continue;
    const place = chart.valToPos(at, axis, true);
    ctx.save();
    ctx.strokeStyle = ink;
    ctx.setLineDash(dashed ? [6, 4] : []);
    ctx.lineWidth = dashed ? 1 : 2;
    ctx.beginPath();
    if (axis === "x") {
      ctx.moveTo(place, bbox.top);
      ctx.lineTo(place, bbox.top + bbox.height);
    } else {
      ctx.moveTo(bbox.left, place);
      ctx.lineTo(bbox.left + bbox.width, place);
    }
    ctx.stroke();
    ctx.restore();
  }
}

/** Times of day from 0 to 24 h, with the day where it changes. */
const TIME_VALUES: (string | number | null)[][] = [
  [86_400 * 365, "{YYYY}", null, null, null, null, null, null, 1],
  [86_400 * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86_400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
];

/** The first series of a chart over time. */
export const TIME_SERIES: ChartSeries = { label: "Time", value: "{D} {MMM} {YYYY}, {HH}:{mm}" };

/** Axes in the page's own manner; without a name, the horizontal one is time. */
export function axes(colours: ChartColours, yLabel: string, xLabel?: string): uPlot.Axis[] {
  const common: uPlot.Axis = {
    stroke: colours.soft,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1, size: 4 },
    font: "11px system-ui, sans-serif",
    labelFont: "11px system-ui, sans-serif",
  };
  return [
    {
      ...common,
      ...(xLabel === undefined
        ? { size: 38, values: TIME_VALUES as unknown as uPlot.Axis.Values }
        : { label: xLabel, labelSize: 16, size: 28 }),
    },
    { ...common, label: yLabel, labelSize: 16, size: 52 },
  ];
}
