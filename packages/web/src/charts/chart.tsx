import "uplot/dist/uPlot.min.css";
import { ActionIcon, Tooltip, useComputedColorScheme } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";
import { Icon } from "../app/icons.js";
import { save } from "../shared/export.js";
import classes from "./chart.module.css";

/** Colours of the page's scheme for what is drawn on a canvas. */
export interface ChartColours {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
  readonly series: readonly string[];
}

/* Told apart with any colour vision (Okabe and Ito), darker on light ground. */
const SERIES_ON_LIGHT = ["#0060a0", "#b45000", "#00755a", "#8a3b78", "#7a5c00", "#3d7fb8", "#5a5a5a", "#a83232"];
const SERIES_ON_DARK = ["#56b4e9", "#e69f00", "#2bc49a", "#e398c6", "#f0e442", "#8cc8f5", "#c0c0c0", "#ff8a6b"];

export function chartColours(scheme: "light" | "dark"): ChartColours {
  return scheme === "light"
    ? {
        ink: "#1b2430",
        soft: "#515c6b",
        line: "#e3e8ef",
        accent: "#33528a",
        good: "#00755a",
        bad: "#b45000",
        warn: "#8a5a00",
        series: SERIES_ON_LIGHT,
      }
    : {
        ink: "#dde3ec",
        soft: "#9aa5b5",
        line: "#273040",
        accent: "#8fb0ea",
        good: "#2bc49a",
        bad: "#e69f00",
        warn: "#e0aa3e",
        series: SERIES_ON_DARK,
      };
}

export interface ChartProps {
  /** What the chart shows, in words, for those who can't see it. */
  readonly description: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  /** How it is drawn; has to be the same object as long as nothing but the data changes. */
  readonly options: (colours: ChartColours) => Omit<uPlot.Options, "width" | "height">;
  /** Given the chart once it is there, null when it goes. */
  readonly onChart?: (chart: uPlot | null) => void;
}

/** A chart that follows its data, the width of its place and the colour scheme. */
export function Chart({ description, height, data, options, onChart }: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(data);
  latest.current = data;
  const scheme = useComputedColorScheme("light");

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const plot = new uPlot(
      { ...options(chartColours(scheme)), width: Math.max(80, element.clientWidth), height },
      latest.current,
      element,
    );
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

  useEffect(() => {
    chart.current?.setData(data);
  }, [data]);

  const savePicture = (): void => {
    chart.current?.ctx.canvas.toBlob((blob) => {
      if (blob !== null) save(`${description.slice(0, 60)}.png`, blob);
    });
  };
  return (
    <div className={classes.frame}>
      <div ref={place} role="img" aria-label={description} className={classes.chart} style={{ minHeight: height }} />
      <Tooltip label="Save as PNG">
        <ActionIcon
          variant="subtle"
          size="sm"
          aria-label="Save this chart as PNG"
          className={`${classes.save} no-print`}
          onClick={savePicture}
        >
          <Icon name="download" size={13} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
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
export const TIME_SERIES: uPlot.Series = { label: "Time", value: "{D} {MMM} {YYYY}, {HH}:{mm}" };

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
    { ...common, label: yLabel, labelSize: 16, size: 44 },
  ];
}
