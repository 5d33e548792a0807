import type { Row } from "./compare.js";
import { OURS_LEARNING, OURS_STATIC, POLICY_CASES } from "./policies.js";
import type { ScaleResult } from "./scale.js";
import type { Validation } from "./validate.js";

export interface Report {
  readonly file: string;
  readonly limitA: number;
  readonly holes: number;
  readonly clusters: number;
  readonly squares: number;
  readonly grids: number;
  readonly goodShare: number;
  readonly predictorAuc: number;
  readonly starts: number;
  readonly delayHoles: number;
  readonly rows: readonly Row[];
  readonly synthetic: { readonly grids: number; readonly rows: readonly Row[] };
  readonly validation: Validation | null;
  readonly scale: ScaleResult | null;
  readonly seconds: number;
}

/** What the learning policy must reach on data that nothing was tuned on, % of the optimum, mean over the durations. */
export const TARGETS: readonly { readonly costs: string; readonly predictor: string; readonly percent: number }[] = [
  { costs: "1/2/6/8", predictor: "as given", percent: 90 },
  { costs: "1/2/6/8", predictor: "AUC 0.76", percent: 78 },
  { costs: "1/2/6/8", predictor: "AUC 0.61", percent: 66 },
  { costs: "1/2/6/8", predictor: "square-biased", percent: 78 },
  { costs: "1/6/25/25", predictor: "as given", percent: 87 },
];

export function render(report: Report): string {
  const lines = [
    `${report.file}`,
    `${report.holes} holes in ${report.clusters} clusters, ${report.squares} squares, ${report.grids} grids; ${percent(report.goodShare)} % good (CTF <= ${report.limitA} Å); predictor's AUC ${report.predictorAuc.toFixed(2)}`,
    `Share of the clairvoyant optimum in % ± standard error over ${report.starts} random start holes; results known ${report.delayHoles} holes late.`,
    "",
    ...tables(report.rows).flatMap(({ title, header, body }) => [title, ...aligned([header, ...body]), ""]),
  ];
  if (report.synthetic.rows.length > 0) {
    lines.push(`The same on ${report.synthetic.grids} synthetic grids.`, "");
    for (const { title, header, body } of tables(report.synthetic.rows))
      lines.push(title, ...aligned([header, ...body]), "");
  }
  lines.push(
    "Learning minus static, in points ± standard error of the paired differences",
    ...aligned(learningGains(report.rows)),
    "",
  );
  lines.push("Targets (mean over the durations)", ...aligned(targetRows(report.rows)), "");
  if (report.validation !== null) lines.push(...report.validation.lines, "");
  if (report.scale !== null) {
    const { holes, models, results, medianMs, slowestMs, memoryMb } = report.scale;
    lines.push(
      `Replanning ${holes} holes with ${models} models and ${results} results: median ${medianMs.toFixed(0)} ms of one core, slowest ${slowestMs.toFixed(0)} ms; ${memoryMb.toFixed(0)} MB resident for the whole process.`,
    );
  }
  lines.push(`Measured in ${report.seconds.toFixed(0)} s.`, "");
  return lines.join("\n");
}

export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly body: readonly (readonly string[])[];
}

/** One table per cost model: policies down, predictors and durations across. */
export function tables(rows: readonly Row[]): Table[] {
  return unique(rows.map(({ costs }) => costs)).flatMap((costs) => {
    const ofCosts = rows.filter((row) => row.costs === costs);
    const durations = unique(ofCosts.map(({ durationMin }) => durationMin));
    return unique(ofCosts.map(({ predictor }) => predictor)).map((predictor): Table => {
      const own = ofCosts.filter((row) => row.predictor === predictor);
      return {
        title: `Costs ${costs} min (hole/cluster/square/grid), predictor: ${predictor}`,
        header: ["policy", ...durations.map((minutes) => `${minutes} min`), "mean", "against learning"],
        body: unique(own.map(({ policy }) => policy)).map((policy) => {
          const ofPolicy = own.filter((row) => row.policy === policy);
          const difference = meanOf(ofPolicy.map(({ againstLearning }) => againstLearning.mean));
          const error = meanOf(ofPolicy.map(({ againstLearning }) => againstLearning.standardError));
          return [
            policy,
            ...ofPolicy.map(({ share }) => `${percent(share.mean)} ± ${percent(share.standardError)}`),
            percent(meanOf(ofPolicy.map(({ share }) => share.mean))),
            policy === OURS_LEARNING ? "" : `${signed(difference)} ± ${percent(error)}`,
          ];
        }),
      };
    });
  });
}

/** What learning gains over the same planner that ignores results. */
export function learningGains(rows: readonly Row[]): string[][] {
  const durations = unique(rows.map(({ durationMin }) => durationMin));
  const statics = rows.filter(({ policy }) => policy === OURS_STATIC);
  const cases = unique(statics.map(({ costs, predictor }) => `${costs}, ${predictor}`));
  return [
    ["costs, predictor", ...durations.map((minutes) => `${minutes} min`)],
    ...cases.map((name) => [
      name,
      ...statics
        .filter(({ costs, predictor }) => `${costs}, ${predictor}` === name)
        .map(({ againstLearning }) => `${signed(-againstLearning.mean)} ± ${percent(againstLearning.standardError)}`),
    ]),
  ];
}

export function targetRows(rows: readonly Row[]): string[][] {
  const found = TARGETS.map((target) => {
    const own = rows.filter(
      ({ costs, predictor, policy }) =>
        costs === target.costs && predictor === target.predictor && policy === OURS_LEARNING,
    );
    const reached = meanOf(own.map(({ share }) => share.mean));
    const verdict = 100 * reached >= target.percent ? "reached" : "MISSED";
    return own.length === 0
      ? null
      : [`${target.costs}, ${target.predictor}`, `>= ${target.percent}`, percent(reached), verdict];
  });
  return [["costs, predictor", "target %", "learning %", ""], ...found.filter((row) => row !== null)];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}

export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function signed(share: number): string {
  return `${share >= 0 ? "+" : "−"}${percent(Math.abs(share))}`;
}

export const POLICY_NAMES = POLICY_CASES.map(({ name }) => name);
