import { axisBottom, axisLeft, axisRight } from "d3-axis";
import { type ScaleLinear, type ScaleTime, scaleLinear, scaleTime } from "d3-scale";
import { create, type Selection } from "d3-selection";
import { area, line, symbol, symbolCircle, symbolTimes } from "d3-shape";
import uPlot from "uplot";
import { zoneOf } from "../shared/format.js";
import type { ChartColours } from "./colours.js";
import { axisWords, type ChartBand, type ChartOptions, type ChartSeries, type Ruler } from "./specification.js";

/** A chart as it is seen: what it is made of, and which part of it is looked at. */
export interface ChartView {
  readonly title: string;
  readonly options: ChartOptions;
  readonly data: uPlot.AlignedData;
  readonly rulers: readonly Ruler[];
  readonly colours: ChartColours;
  /** The ends of each scale, by its name. */
  readonly domains: Readonly<Record<string, readonly [number, number]>>;
  /** Places of the series that are hidden. */
  readonly hidden: ReadonlySet<number>;
  readonly width: number;
  readonly height: number;
}

const FONT = "11px system-ui, sans-serif";
const MARGIN = { top: 26, right: 18, bottom: 44, left: 58 };
const SIGN_AREA = 18;
/** So far the lower edge of bars and the signs on the ends reach beyond the axes. */
const BEYOND_PX = 4;
const DAY_S = 86_400;

type Group = Selection<SVGGElement, undefined, null, undefined>;
/** From a value to its place; time is in seconds, as in the chart's data. */
type Place = (value: number) => number;

/** A value with its place on the horizontal axis. */
interface Datum {
  readonly x: number;
  readonly y: number;
}

/**
 * Draws a chart with as many marks as it has data, for papers and slides.
 *
 * @returns the text of an SVG file
 */
export function chartSvg(view: ChartView): string {
  const { options, colours, width, height, domains } = view;
  const right = options.axes.length > 2 ? MARGIN.left : MARGIN.right;
  const inner = { width: width - MARGIN.left - right, height: height - MARGIN.top - MARGIN.bottom };
  const svg = create<SVGSVGElement>("svg")
    .attr("xmlns", "http://www.w3.org/2000/svg")
    .attr("viewBox", `0 0 ${width} ${height}`)
    .attr("width", width)
    .attr("height", height)
    .attr("style", `font: ${FONT}`)
    .attr("color", colours.soft);
  svg.append("title").text(view.title);
  svg.append("rect").attr("width", width).attr("height", height).attr("fill", "#ffffff");
  const plot = svg.append("g").attr("transform", `translate(${MARGIN.left} ${MARGIN.top})`);

  const isTime = options.scales?.x?.time ?? true;
  const [from, to] = domains.x ?? [0, 1];
  const x = isTime ? scaleTime([from * 1000, to * 1000], [0, inner.width]) : scaleLinear([from, to], [0, inner.width]);
  const placeX: Place = isTime ? (value) => x(value * 1000) : (value) => x(value);
  const yScale = (name: string): ScaleLinear<number, number> =>
    scaleLinear([...(domains[name] ?? [0, 1])], [inner.height, 0]);

  drawAxes(plot, options, x, yScale, inner, { isTime, from, to }, colours);
  // Cut off by its edges, with which no name is needed that another drawing on the same page could have as well.
  const [insideWidth, insideHeight] = [inner.width + 2 * BEYOND_PX, inner.height + 2 * BEYOND_PX];
  const inside = plot
    .append("svg")
    .attr("x", -BEYOND_PX)
    .attr("y", -BEYOND_PX)
    .attr("width", insideWidth)
    .attr("height", insideHeight)
    .attr("viewBox", `${-BEYOND_PX} ${-BEYOND_PX} ${insideWidth} ${insideHeight}`)
    .attr("overflow", "hidden")
    .append("g");
  for (const band of options.bands ?? []) {
    if (!view.hidden.has(band.series[0])) drawBand(inside, view, band, placeX, yScale("y"));
  }
  for (const [index, series] of options.series.entries()) {
    if (index === 0 || view.hidden.has(index) || series.stroke === "transparent") continue;
    const group = inside.append("g").attr("data-series", nameOf(series));
    drawSeries(group, view, index, series, placeX, yScale(series.scale ?? "y"));
  }
  for (const { axis, at, dashed } of view.rulers) {
    const place = axis === "x" ? placeX(at) : yScale("y")(at);
    const path = axis === "x" ? `M${place} 0V${inner.height}` : `M0 ${place}H${inner.width}`;
    const drawn = inside.append("path").attr("class", "ruler").attr("d", path).attr("stroke", colours.ink);
    drawn.attr("stroke-width", dashed ? 1 : 2).attr("stroke-dasharray", dashed ? "6 4" : null);
  }
  drawLegend(svg.append("g").attr("transform", `translate(${MARGIN.left} 14)`), view);
  return new XMLSerializer().serializeToString(svg.node() as SVGSVGElement);
}

function nameOf({ label }: ChartSeries): string {
  return typeof label === "string" ? label : "";
}

function drawAxes(
  plot: Group,
  { axes: [xAxis, ...yAxes] }: ChartOptions,
  x: ScaleTime<number, number> | ScaleLinear<number, number>,
  yScale: (name: string) => ScaleLinear<number, number>,
  inner: { readonly width: number; readonly height: number },
  { isTime, from, to }: { readonly isTime: boolean; readonly from: number; readonly to: number },
  colours: ChartColours,
): void {
  const ticks = Math.max(2, Math.floor(inner.width / 90));
  const bottom = axisBottom<Date | number>(x).ticks(ticks).tickSizeOuter(0);
  const clock = uPlot.fmtDate(to - from > 3 * DAY_S ? "{D} {MMM}" : to - from > 600 ? "{HH}:{mm}" : "{HH}:{mm}:{ss}");
  if (isTime) bottom.tickFormat((value) => clock(new Date(value)));
  plot.append("g").attr("class", "axis").attr("transform", `translate(0 ${inner.height})`).call(bottom);
  const label = isTime
    ? `Time (${zoneOf(from * 1000, to * 1000)}), from ${uPlot.fmtDate("{D} {MMM} {YYYY}")(new Date(from * 1000))}`
    : axisWords(xAxis);
  const words = plot
    .append("text")
    .attr("x", inner.width / 2)
    .attr("y", inner.height + 34);
  words.attr("text-anchor", "middle").attr("fill", colours.ink).text(label);
  for (const [index, axis] of yAxes.entries()) {
    const scale = yScale(axis.scale ?? "y");
    const rows = Math.max(2, Math.floor(inner.height / 30));
    const group = plot.append("g").attr("class", "axis");
    if (index === 0) group.call(axisLeft(scale).ticks(rows).tickSizeOuter(0));
    else group.attr("transform", `translate(${inner.width} 0)`).call(axisRight(scale).ticks(rows).tickSizeOuter(0));
    if (index === 0) {
      const lines = plot.append("g").attr("class", "grid").attr("stroke", colours.line);
      for (const tick of scale.ticks(rows)) lines.append("path").attr("d", `M0 ${scale(tick)}H${inner.width}`);
    }
    plot
      .append("text")
      .attr("transform", `translate(${index === 0 ? -42 : inner.width + 46} ${inner.height / 2}) rotate(-90)`)
      .attr("text-anchor", "middle")
      .attr("fill", colours.ink)
      .text(axisWords(axis));
  }
}

/** A series' values that are known; those outside of what is looked at as well. */
function known({ data }: ChartView, index: number): Datum[] {
  const values = data[index] ?? [];
  return Array.from(data[0], (x, at) => ({ x, y: values[at] })).filter((datum): datum is Datum => datum.y != null);
}

function drawSeries(
  group: Group,
  view: ChartView,
  index: number,
  series: ChartSeries,
  placeX: Place,
  y: ScaleLinear<number, number>,
): void {
  const { stroke = "none", fill = "none", width = 1, dash = [], mark = "line" } = series;
  const data = known(view, index);
  if (mark === "bars") {
    const xs = view.data[0];
    const step = (xs[1] ?? view.domains.x?.[1] ?? 1) - (xs[0] ?? 0);
    const [floor = 0] = y.range();
    group.attr("fill", fill).attr("stroke", stroke);
    group
      .selectAll("rect")
      .data(data)
      .join("rect")
      .attr("x", (datum) => rounded(placeX(datum.x)))
      .attr("width", (datum) => rounded((placeX(datum.x + step) - placeX(datum.x)) * 0.9))
      .attr("y", (datum) => rounded(y(datum.y)))
      .attr("height", (datum) => rounded(floor - y(datum.y)));
    return;
  }
  if (mark !== "line") {
    const [from, to] = view.domains.x ?? [0, 1];
    drawSigns(
      group.attr(mark === "dots" ? "fill" : "stroke", stroke).attr("opacity", mark === "dots" ? 0.75 : 1),
      data.filter((datum) => datum.x >= from && datum.x <= to),
      mark,
      placeX,
      (value) => (series.beyond === true ? 8 : Math.max(0, y(value))),
    );
    return;
  }
  const path = line<Datum>(
    (datum) => rounded(placeX(datum.x)),
    (datum) => rounded(y(datum.y)),
  );
  const drawn = group.append("path").attr("d", path(data)).attr("fill", "none").attr("stroke", stroke);
  drawn.attr("stroke-width", width).attr("stroke-dasharray", dash.length === 0 ? null : dash.join(" "));
  if (series.points?.show === true || data.length === 1) drawSigns(group.attr("fill", stroke), data, "dots", placeX, y);
}

function drawSigns(group: Group, data: readonly Datum[], mark: "dots" | "crosses", placeX: Place, placeY: Place): void {
  const shape = symbol(mark === "dots" ? symbolCircle : symbolTimes, SIGN_AREA)() ?? "";
  group
    .selectAll("path.sign")
    .data(data)
    .join("path")
    .attr("class", "sign")
    .attr("d", shape)
    .attr("transform", (datum) => `translate(${rounded(placeX(datum.x))} ${rounded(placeY(datum.y))})`);
}

function drawBand(
  group: Group,
  view: ChartView,
  { series: [upper, lower], fill }: ChartBand,
  placeX: Place,
  y: Place,
): void {
  const floors = new Map(known(view, lower).map((datum) => [datum.x, datum.y]));
  const shape = area<Datum>()
    .x((datum) => rounded(placeX(datum.x)))
    .y0((datum) => rounded(y(floors.get(datum.x) ?? datum.y)))
    .y1((datum) => rounded(y(datum.y)));
  group
    .append("path")
    .attr("class", "band")
    .attr("d", shape(known(view, upper)))
    .attr("fill", fill);
}

function drawLegend(group: Group, { options, colours, hidden }: ChartView): void {
  if (options.legend?.show === false) return;
  let right = 0;
  for (const [index, series] of options.series.entries()) {
    if (index === 0 || hidden.has(index) || series.stroke === "transparent") continue;
    const { stroke = colours.ink, mark = "line", dash = [] } = series;
    const entry = group.append("g").attr("transform", `translate(${right} 0)`);
    if (mark === "line") {
      const sample = entry.append("path").attr("d", "M0 -4H14").attr("stroke", stroke).attr("stroke-width", 2);
      sample.attr("stroke-dasharray", dash.length === 0 ? null : dash.join(" "));
    } else if (mark === "bars") {
      const sample = entry.append("rect").attr("y", -9).attr("width", 12).attr("height", 10);
      sample.attr("fill", series.fill ?? "none").attr("stroke", stroke);
    } else {
      const sample = entry.append("path").attr("transform", "translate(6 -4)");
      sample.attr("d", symbol(mark === "dots" ? symbolCircle : symbolTimes, SIGN_AREA * 2)());
      sample.attr(mark === "dots" ? "fill" : "stroke", stroke);
    }
    const name = nameOf(series);
    entry.append("text").attr("x", 18).attr("fill", colours.ink).text(name);
    right += 34 + name.length * 6.2;
  }
}

/** Hundredths of a pixel are more than any eye sees, and keep files small. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
