import type { Estimate, Row } from "./compare.js";
import { OURS_LEARNING, OURS_STATIC, POLICY_CASES } from "./policies.js";
import type { ScaleResult } from "./scale.js";
import type { SquareSamples } from "./square-samples.js";
import type { Validation } from "./validate.js";

export interface Report {
  readonly measured: MeasuredReport | null;
  readonly synthetic: readonly SyntheticReport[];
  readonly validation: Validation | null;
  readonly squares: readonly SquareSamples[];
  readonly scale: ScaleResult | null;
  readonly seconds: number;
}

export interface MeasuredReport {
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
}

export interface SyntheticReport {
  readonly kind: string;
  readonly about: string;
  readonly grids: number;
  readonly rows: readonly Row[];
}

/** Parts that were measured apart, as one report. */
export function together(reports: readonly Report[]): Report {
  return reports.reduce((all, next) => ({
    measured:
      all.measured === null || next.measured === null
        ? (next.measured ?? all.measured)
        : { ...next.measured, rows: [...all.measured.rows, ...next.measured.rows] },
    synthetic: [...all.synthetic, ...next.synthetic],
    validation: next.validation ?? all.validation,
    squares: next.squares.length > 0 ? next.squares : all.squares,
    scale: next.scale ?? all.scale,
    seconds: all.seconds + next.seconds,
  }));
}

/** What the learning policy must reach on data that nothing was tuned on, % of the optimum, mean over the durations. */
export const TARGETS: readonly { readonly costs: string; readonly predictor: string; readonly percent: number }[] = [
  { costs: "1/2/6/8", predictor: "as given", percent: 90 },
  { costs: "1/2/6/8", predictor: "AUC 0.76", percent: 78 },
  { costs: "1/2/6/8", predictor: "AUC 0.61", percent: 66 },
  { costs: "1/2/6/8", predictor: "square-biased", percent: 78 },
  { costs: "1/6/25/25", predictor: "as given", percent: 87 },
];

export function render({ measured, synthetic, validation, squares, scale, seconds }: Report): string {
  const lines: string[] = [];
  if (measured !== null) {
    lines.push(
      measured.file,
      `${measured.holes} holes in ${measured.clusters} clusters, ${measured.squares} squares, ${measured.grids} grids; ${percent(measured.goodShare)} % good (CTF <= ${measured.limitA} Å); predictor's AUC ${measured.predictorAuc.toFixed(2)}`,
      `Share of the clairvoyant optimum in % ± standard error over ${measured.starts} random start holes; results known ${measured.delayHoles} holes late.`,
      "",
      ...tables(measured.rows).flatMap(({ title, header, body }) => [title, ...aligned([header, ...body]), ""]),
      "Learning minus static, in points ± standard error of the paired differences",
      ...aligned(learningGains(measured.rows)),
      "",
      "Targets (mean over the durations)",
      ...aligned(targetRows(measured.rows)),
      "",
    );
  }
  if (synthetic.length > 0)
    lines.push("Synthetic grids, % of the optimum, mean over the durations", ...aligned(syntheticTable(synthetic)), "");
  if (validation !== null) {
    for (const { title, cells } of validationTables(validation)) lines.push(title, ...aligned(cells), "");
  }
  if (squares.length > 0) lines.push(SQUARES_TITLE, ...aligned(squaresTable(squares)), "");
  if (scale !== null) {
    const { holes, models, results, medianMs, slowestMs, memoryMb } = scale;
    lines.push(
      `Replanning ${holes} holes with ${models} models and ${results} results: median ${medianMs.toFixed(0)} ms of one core, slowest ${slowestMs.toFixed(0)} ms; ${memoryMb.toFixed(0)} MB resident for the whole process.`,
    );
  }
  lines.push(`Measured in ${seconds.toFixed(0)} s.`, "");
  return lines.join("\n");
}

/** A row per kind of grid and predictor. */
export function syntheticTable(reports: readonly SyntheticReport[]): string[][] {
  const header = ["grids, predictor", ...POLICY_NAMES, "learning minus static"];
  const body = reports.flatMap(({ kind, rows }) =>
    unique(rows.map(({ predictor }) => predictor)).map((predictor) => {
      const of = (policy: string): Row[] => rows.filter((row) => row.predictor === predictor && row.policy === policy);
      const statics = of(OURS_STATIC).map(({ againstLearning }) => againstLearning);
      return [
        `${kind}, ${predictor}`,
        ...POLICY_NAMES.map((policy) => percent(meanOf(of(policy).map(({ share }) => share.mean)))),
        `${signed(-meanOf(statics.map(({ mean }) => mean)))} ± ${percent(meanOf(statics.map(({ standardError }) => standardError)))}`,
      ];
    }),
  );
  return [header, ...body];
}

export function validationTables({ choices, folds, heldOut }: Validation): { title: string; cells: string[][] }[] {
  const share = ({ mean, standardError }: Estimate): string => `${percent(mean)} ± ${percent(standardError)}`;
  return [
    {
      title: "Log loss per hole of predictions made before the result (nats), all squares, mean over predictors",
      cells: [["priors", "log loss"], ...choices.map(({ name, logLoss }) => [name, logLoss.toFixed(4)])],
    },
    {
      title: "Priors chosen on half of the squares, judged on the other half",
      cells: [
        ["squares held out", "chosen on the others", "log loss held out", "as shipped"],
        ...folds.map(({ heldOutSquares, chosen, logLossChosen, logLossShipped }) => [
          heldOutSquares.join(" "),
          chosen,
          logLossChosen.toFixed(4),
          logLossShipped.toFixed(4),
        ]),
      ],
    },
    {
      title: "Learning policy on the squares held out, % of their optimum ± standard error",
      cells: [
        ["predictor, minutes", "priors chosen on the others", "as shipped", "difference"],
        ...heldOut.map(({ predictor, durationMin, chosen, shipped, chosenMinusShipped }) => [
          `${predictor}, ${durationMin}`,
          share(chosen),
          share(shipped),
          `${signed(chosenMinusShipped.mean)} ± ${percent(chosenMinusShipped.standardError)}`,
        ]),
      ],
    },
  ];
}

export const SQUARES_TITLE =
  "Which squares there are: % of the optimum, mean over the durations ± standard error over samples of squares";

export function squaresTable(squares: readonly SquareSamples[]): string[][] {
  const spread = ({ mean, standardError }: Estimate, samples: number): string =>
    samples === 1 ? percent(mean) : `${percent(mean)} ± ${percent(standardError)}`;
  return [
    [
      "squares, predictor",
      "samples",
      "good %",
      "ours, static",
      "ours, learning",
      "told all about squares and clusters",
      "learning minus told",
    ],
    ...squares.map((row) => [
      `${row.name}, ${row.predictor}`,
      String(row.samples),
      ...[row.goodShare, row.ignoringResults, row.learning, row.informed].map((share) => spread(share, row.samples)),
      `${signed(row.learningMinusInformed.mean)}${row.samples === 1 ? "" : ` ± ${percent(row.learningMinusInformed.standardError)}`}`,
    ]),
  ];
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

/** Columns padded to the same width, the first to the left. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}

export function markdownTable([header = [], ...body]: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [row(header), row(header.map((_, column) => (column === 0 ? "---" : "---:"))), ...body.map(row)];
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
