import type {
  Acquisition,
  ChosenEntity,
  DecisionSettings,
  Grid,
  GridPlan,
  GridSquare,
  Instruction,
  Note,
  Result,
} from "../api/additions.js";
import { gridScene } from "../grid/grid-scene.js";
import { squareLayers } from "../grid/square-layers.js";
import { instructionDetail, instructionOutcome, instructionTitle } from "../instructions/words.js";
import { extentOf } from "../map/extent.js";
import { measuredBy } from "../map/layers.js";
import { sceneSvg } from "../map/scene-svg.js";
import { metricMedians } from "../quality/metric-series.js";
import { countGood, METRICS, summarise } from "../quality/metrics.js";
import { durationOf, endOf } from "../sessions/session-row.js";
import {
  formatCount,
  formatDateTime,
  formatDuration,
  formatNumber,
  formatShare,
  parseTime,
  UNKNOWN,
  zoneOf,
} from "../shared/format.js";
import { courseOf } from "./course.js";
import { histogramDrawing, medianDrawing, throughputDrawing } from "./report-charts.js";
import { hasEnded, throughput } from "./throughput.js";

export interface ReportedGrid {
  readonly grid: Grid;
  readonly squares: readonly GridSquare[];
  readonly plan: GridPlan | null;
  readonly results: readonly Result[];
  readonly choices: ReadonlyMap<string, ChosenEntity["choice"]>;
}

/** All that a session's report tells. */
export interface SessionReport {
  readonly acquisition: Acquisition;
  readonly settings: DecisionSettings;
  readonly grids: readonly ReportedGrid[];
  readonly notes: readonly Note[];
  readonly instructions: readonly Instruction[];
  /** When the report was made, in milliseconds since 1970. */
  readonly madeAt: number;
}

const STYLE = `
body { font: 14px/1.45 system-ui, sans-serif; color: #1b2430; max-width: 960px; margin: 24px auto; padding: 0 16px }
h1 { font-size: 22px; margin: 0 } h2 { font-size: 16px; margin: 28px 0 8px } p { margin: 4px 0; white-space: pre-wrap }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } th { text-align: left; color: #515c6b; font-weight: 600 }
td, th { padding: 3px 14px 3px 0; border-bottom: 1px solid #d8dee7; vertical-align: top } .n { text-align: right }
body > svg { width: 100%; max-height: 560px; margin-top: 8px; border: 1px solid #d8dee7 } .soft { color: #515c6b }
@media print { h2, svg { break-inside: avoid } }`;

function text(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A table; the columns after the first are numbers where `numeric` says so. */
function table(head: readonly string[], rows: readonly (readonly string[])[], numeric = false): string {
  const cell = (tag: "td" | "th", value: string, column: number): string =>
    `<${tag}${numeric && column > 0 ? ' class="n"' : ""}>${text(value)}</${tag}>`;
  const line = (tag: "td" | "th", cells: readonly string[]): string =>
    `<tr>${cells.map((value, column) => cell(tag, value, column)).join("")}</tr>`;
  return [
    "<table>",
    head.length === 0 ? "" : `<thead>${line("th", head)}</thead>`,
    `<tbody>${rows.map((cells) => line("td", cells)).join("\n")}</tbody>`,
    "</table>",
  ].join("");
}

function facts({ acquisition, settings, grids, madeAt }: SessionReport): string {
  const course = courseOf(
    acquisition,
    grids.map(({ results }) => results),
  );
  const goesOn = course.endedAt === null && endOf(course, madeAt) === madeAt;
  return table(
    [],
    [
      ["Status", acquisition.status ?? UNKNOWN],
      [
        "Instrument",
        [acquisition.instrument_model, acquisition.instrument_id].filter((part) => part !== null).join(" · ") ||
          UNKNOWN,
      ],
      ["Start", formatDateTime(acquisition.start_time)],
      ["End", formatDateTime(acquisition.end_time)],
      ["Planned end", formatDateTime(acquisition.planned_end_time)],
      ["Duration", `${formatDuration(durationOf(course, madeAt))}${goesOn ? " so far" : ""}`],
      ["Folder", acquisition.storage_path ?? UNKNOWN],
      ["Decisions", settings.mode],
      [
        "A good micrograph",
        METRICS.flatMap(({ name, label, unit, better }) => {
          const limit = settings.limits[name];
          return limit === null
            ? []
            : [`${label} at ${better === "lower" ? "most" : "least"} ${limit}${unit === "" ? "" : ` ${unit}`}`];
        }).join(", ") || "judged against the grid's own results",
      ],
    ],
  );
}

function quality({ grids, settings }: SessionReport): string {
  const results = grids.flatMap((grid) => grid.results);
  const { good, judged, share } = countGood(results);
  const rows = METRICS.map((metric) => {
    const { count, failed, median, quartiles, passShare } = summarise(results, metric, settings.limits[metric.name]);
    return [
      metric.label,
      formatCount(count),
      formatNumber(median, metric.digits, metric.unit),
      quartiles === null ? UNKNOWN : quartiles.map((value) => value.toFixed(metric.digits)).join("–"),
      formatShare(passShare),
      formatCount(failed),
    ];
  });
  return [
    `<p>${formatCount(results.length)} micrographs, ${formatCount(judged)} judged, ${formatCount(good)} good`,
    share === null ? ".</p>" : ` (${formatShare(share)}).</p>`,
    table(["Metric", "Measured", "Median", "Quartiles", "Within limit", "Failed"], rows, true),
    ...METRICS.map((metric) => histogramDrawing(metric, results, settings.limits[metric.name])),
    "<h3>Over time</h3>",
    ...METRICS.map((metric) => medianDrawing(metric, metricMedians(results, metric), settings.limits[metric.name])),
  ].join("");
}

function rates({ acquisition, grids }: SessionReport): string {
  const rate = throughput(
    grids.flatMap(({ results }) =>
      results.flatMap((result) =>
        result.taken_at_ms === null ? [] : [{ takenAt: result.taken_at_ms, good: result.good }],
      ),
    ),
    hasEnded(acquisition),
  );
  const { times, taken, good, intervalMs } = rate;
  if (times.length === 0) return "<p>No micrograph has a time.</p>";
  const rows = table(
    [`From (each ${formatDuration(intervalMs)})`, "Taken per hour", "Good per hour"],
    times.map((time, index) => [
      formatDateTime(new Date(time * 1000).toISOString()),
      formatNumber(taken[index], 0),
      formatNumber(good[index], 0),
    ]),
    true,
  );
  return `${throughputDrawing(rate)}\n${rows}`;
}

function gridPart({ grid, squares, plan, results, choices }: ReportedGrid): string {
  const measured = measuredBy("gridsquare_uuid", results);
  const layers = squareLayers(squares, plan, measured);
  const layer = layers.find(({ id }) => id === "good") ?? layers[0];
  const extent = extentOf(squares);
  const title = `${grid.name}: squares coloured by ${layer?.label ?? "nothing"}`;
  const drawing =
    layer === undefined || extent === null
      ? "<p>No square has a place on the atlas.</p>"
      : `<p class="soft">${text(title)}; brighter is better; numbers are places in the plan.</p>${sceneSvg(
          gridScene(squares, plan, layer, measured, choices, true),
          extent,
          title,
          null,
          layer,
        )}`;
  const rows = squares.flatMap((square) => {
    const own = measured.get(square.uuid);
    return own === undefined
      ? []
      : [[square.gridsquare_id, formatCount(own.results.length), formatCount(own.judged), formatShare(own.goodShare)]];
  });
  return [
    `<h2>${text(grid.name)}</h2>`,
    drawing,
    rows.length === 0 ? "" : table(["Square", "Micrographs", "Judged", "Good"], rows, true),
  ].join("\n");
}

function told(instructions: readonly Instruction[]): string {
  if (instructions.length === 0) return "<p>Nothing.</p>";
  return table(
    ["When", "What", "Outcome", "Answer"],
    instructions.map((instruction) => [
      formatDateTime(instruction.created_at),
      [instructionTitle(instruction.instruction_type), instructionDetail(instruction.payload)]
        .filter((part) => part !== "")
        .join(" · "),
      instructionOutcome(instruction).word,
      instruction.ack_message ?? "",
    ]),
  );
}

/** The zone of all times that the report tells. */
function zoneOfReport({ acquisition, grids, notes, instructions, madeAt }: SessionReport): string {
  const times = [
    madeAt,
    ...[acquisition.start_time, acquisition.end_time, acquisition.planned_end_time].map(parseTime),
    ...[...instructions, ...notes].map(({ created_at }) => parseTime(created_at)),
    ...grids.flatMap(({ results }) => results.map(({ taken_at_ms }) => taken_at_ms)),
  ];
  const from = times.reduce<number>((first, time) => Math.min(first, time ?? first), madeAt);
  const to = times.reduce<number>((last, time) => Math.max(last, time ?? last), madeAt);
  return zoneOf(from, to);
}

/** The report of a session as one HTML file that needs nothing else, neither a server nor scripts. */
export function sessionReport(report: SessionReport): string {
  const { acquisition, grids, notes, instructions, madeAt } = report;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${text(acquisition.name)}: session report</title><style>${STYLE}</style></head><body>`,
    `<h1>${text(acquisition.name)}</h1>`,
    `<p class="soft">Session report of ${formatDateTime(new Date(madeAt).toISOString())}, SmartEM Decisions. Times are in ${zoneOfReport(report)}.</p>`,
    `<h2>Session</h2>${facts(report)}`,
    `<h2>Quality</h2>${quality(report)}`,
    `<h2>Throughput</h2>${rates(report)}`,
    ...grids.map((grid) => gridPart(grid)),
    `<h2>Told to the microscope</h2>${told(instructions)}`,
    notes.length === 0
      ? ""
      : `<h2>Notes</h2>${notes.map((note) => `<p><span class="soft">${formatDateTime(note.created_at)}${note.author === null ? "" : ` · ${text(note.author)}`}</span>\n${text(note.text)}</p>`).join("\n")}`,
    "</body></html>",
  ].join("\n");
}
