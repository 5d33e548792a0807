import { create } from "d3-selection";
import { chartColours } from "../charts/colours.js";
import { scaleColour } from "./colour-scale.js";
import type { StepCount } from "./step-bars.js";

const WIDTH = 560;
const NAME_WIDTH = 220;
const COUNT_WIDTH = 60;
const ROW_HEIGHT = 24;

/**
 * How often each of a few values occurs, as a drawing for papers and slides.
 *
 * @returns the text of an SVG file
 */
export function stepBarsSvg(counts: readonly StepCount[], title: string): string {
  const colours = chartColours("light");
  const height = ROW_HEIGHT * counts.length + 12;
  const most = Math.max(1, ...counts.map(({ count }) => count));
  const svg = create<SVGSVGElement>("svg")
    .attr("xmlns", "http://www.w3.org/2000/svg")
    .attr("viewBox", `0 0 ${WIDTH} ${height}`)
    .attr("width", WIDTH)
    .attr("height", height)
    .attr("style", "font: 11px system-ui, sans-serif");
  svg.append("title").text(title);
  svg.append("rect").attr("width", WIDTH).attr("height", height).attr("fill", "#ffffff");
  for (const [index, { step, count }] of counts.entries()) {
    const row = svg
      .append("g")
      .attr("class", "step")
      .attr("transform", `translate(0 ${6 + index * ROW_HEIGHT})`);
    const length = ((WIDTH - NAME_WIDTH - COUNT_WIDTH) * count) / most;
    row
      .append("text")
      .attr("x", NAME_WIDTH - 10)
      .attr("y", 15)
      .attr("text-anchor", "end")
      .attr("fill", colours.ink)
      .text(step);
    row
      .append("rect")
      .attr("x", NAME_WIDTH)
      .attr("y", 3)
      .attr("width", length)
      .attr("height", ROW_HEIGHT - 8)
      .attr("fill", scaleColour(index / Math.max(1, counts.length - 1)))
      .attr("stroke", colours.soft);
    row
      .append("text")
      .attr("x", NAME_WIDTH + length + 8)
      .attr("y", 15)
      .attr("fill", colours.ink)
      .text(String(count));
  }
  return new XMLSerializer().serializeToString(svg.node() as SVGSVGElement);
}
