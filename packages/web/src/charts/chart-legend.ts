import type uPlot from "uplot";

/** The class of series that are the edges of a band: they belong to the series before them, and have no entry of their own. */
const EDGE = "edge";

/** Lets the keyboard press what a mouse can click: the entries of a chart's legend, which switch series on and off. */
export function makeLegendButtons(chart: uPlot, place: HTMLElement | null): void {
  const table = place?.querySelector("table");
  if (table == null) return;
  // A row of entries, and no table to anybody: the library lays it out as one.
  for (const part of [table, ...table.querySelectorAll("tbody, tr, td")]) part.setAttribute("role", "presentation");
  table.setAttribute("role", "group");
  table.setAttribute("aria-label", "Legend");
  for (const [at, button] of buttonsOf(chart, table)) {
    button.setAttribute("role", "button");
    // Without the colon that stands before the value.
    button.setAttribute("aria-label", String(chart.series[at]?.label ?? ""));
    button.tabIndex = 0;
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    });
  }
  pressLegend(chart, place);
}

/** Says of each entry whether its series is on. */
export function pressLegend(chart: uPlot, place: HTMLElement | null): void {
  const table = place?.querySelector("table");
  if (table == null) return;
  for (const [at, button] of buttonsOf(chart, table))
    button.setAttribute("aria-pressed", String(chart.series[at]?.show !== false));
}

/** By the places of their series. */
function buttonsOf(chart: uPlot, table: Element): Map<number, HTMLElement> {
  const rows = [...table.querySelectorAll(".u-series")];
  // A legend without values has no entry for the horizontal axis.
  const first = chart.series.length - rows.length;
  return new Map(
    rows.flatMap((row, index) => {
      const button = row.querySelector("th");
      const at = first + index;
      return at === 0 || row.classList.contains(EDGE) || button === null ? [] : [[at, button]];
    }),
  );
}

/** The series with entries in the legend: their labels, by their places. */
function namedSeries({ series }: uPlot): [at: number, label: string][] {
  return series.flatMap((one, at) =>
    at === 0 || one.class === EDGE || typeof one.label !== "string" ? [] : [[at, one.label]],
  );
}

/** Switches those series of a chart off, with their bands, and the others on. */
export function hide(chart: uPlot, labels: readonly string[], place: HTMLElement | null): void {
  let show = true;
  const named = new Map(namedSeries(chart));
  for (const [at, { class: kind, show: shown }] of chart.series.entries()) {
    if (at === 0) continue;
    if (kind !== EDGE) show = !labels.includes(named.get(at) ?? "");
    if (shown !== show) chart.setSeries(at, { show }, false);
  }
  pressLegend(chart, place);
}

/** The labels of what is switched off in a chart, beside those that were before and are none of its own. */
export function switchedOff(chart: uPlot, before: readonly string[]): string[] {
  const named = namedSeries(chart);
  const own = new Set(named.map(([, label]) => label));
  return [
    ...before.filter((label) => !own.has(label)),
    ...named.filter(([at]) => chart.series[at]?.show === false).map(([, label]) => label),
  ];
}
