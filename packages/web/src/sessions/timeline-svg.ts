import { create } from "d3-selection";
import { chartColours } from "../charts/colours.js";
import { formatDateTime, formatShare, zoneOf } from "../shared/format.js";
import type { Timeline, TimelineBar } from "./timeline.js";

const WIDTH = 1_200;
const NAME_WIDTH = 160;
const AXIS_HEIGHT = 48;
const TRACK_HEIGHT = 26;
const LANE_PADDING = 14;
const LETTER_WIDTH = 6.4;

/**
 * The timeline of instruments as a drawing for papers and slides. As on the page, sessions that are on have a heavier edge, and those
 * that rest or were given up a broken one.
 *
 * @returns the text of an SVG file
 */
export function timelineSvg({ from, to, lanes, ticks }: Timeline, title: string): string {
  const colours = chartColours("light");
  const laneHeight = (tracks: number): number => Math.max(1, tracks) * TRACK_HEIGHT + LANE_PADDING;
  const height = AXIS_HEIGHT + lanes.reduce((sum, { tracks }) => sum + laneHeight(tracks), 0);
  const place = (share: number): number => NAME_WIDTH + share * (WIDTH - NAME_WIDTH - 10);
  const svg = create<SVGSVGElement>("svg")
    .attr("xmlns", "http://www.w3.org/2000/svg")
    .attr("viewBox", `0 0 ${WIDTH} ${height}`)
    .attr("width", WIDTH)
    .attr("height", height)
    .attr("style", "font: 11px system-ui, sans-serif");
  svg.append("title").text(title);
  svg.append("rect").attr("class", "ground").attr("width", WIDTH).attr("height", height).attr("fill", "#ffffff");
  for (const { place: share, time } of ticks) {
    const tick = svg.append("g").attr("transform", `translate(${place(share)} 0)`);
    tick
      .append("path")
      .attr("d", `M0 ${AXIS_HEIGHT - 8}V${height}`)
      .attr("stroke", colours.line);
    tick
      .append("text")
      .attr("y", AXIS_HEIGHT - 14)
      .attr("text-anchor", share > 0.95 ? "end" : "middle")
      .attr("fill", colours.soft)
      .text(formatDateTime(new Date(time).toISOString()).split(",")[0] ?? "");
  }
  const when = (time: number): string => formatDateTime(new Date(time).toISOString());
  svg
    .append("text")
    .attr("x", 8)
    .attr("y", 14)
    .attr("fill", colours.soft)
    .text(`${when(from)} to ${when(to)} (${zoneOf(from, to)}); use counts all sessions in this time, shown or not`);
  let top = AXIS_HEIGHT;
  for (const { instrument, bars, tracks, used } of lanes) {
    const lane = svg.append("g").attr("class", "lane").attr("transform", `translate(0 ${top})`);
    lane.append("path").attr("d", `M0 0H${WIDTH}`).attr("stroke", colours.line);
    const name = lane.append("text").attr("x", 8).attr("y", 20).attr("fill", colours.ink);
    name.append("tspan").attr("font-weight", 600).text(instrument);
    name
      .append("tspan")
      .attr("x", 8)
      .attr("dy", 14)
      .attr("fill", colours.soft)
      .text(`in use ${formatShare(used)}`);
    for (const bar of bars) {
      const { x, width, weight, dashes } = shapeOf(bar, place);
      const group = lane.append("g").attr("transform", `translate(${x} ${bar.track * TRACK_HEIGHT + 6})`);
      group.append("title").text(`${bar.row.name}, ${bar.row.status ?? "unknown"}`);
      group
        .append("rect")
        .attr("class", "session")
        .attr("width", width)
        .attr("height", TRACK_HEIGHT - 4)
        .attr("rx", 3)
        .attr("fill", "#dbe4f3")
        .attr("stroke", colours.accent)
        .attr("stroke-width", weight)
        .attr("stroke-dasharray", dashes);
      group
        .append("text")
        .attr("x", 6)
        .attr("y", 15)
        .attr("fill", colours.ink)
        .text(bar.row.name.slice(0, Math.max(0, Math.floor((width - 10) / LETTER_WIDTH))));
    }
    top += laneHeight(tracks);
  }
  return new XMLSerializer().serializeToString(svg.node() as SVGSVGElement);
}

function shapeOf({ row: { status }, start, length }: TimelineBar, place: (share: number) => number) {
  return {
    x: place(start),
    width: Math.max(6, place(start + length) - place(start)),
    weight: status === "started" ? 2 : 1,
    dashes: status === "abandoned" || status === "paused" ? "4 3" : null,
  };
}
