import type { Estimate } from "@smartem/decision/bench/compare";
import { aligned, markdownTable } from "@smartem/decision/bench/report";
import { DECISIONS_ON, type LoopOptions, type LoopRow, RESULT_DELAY_HOLES, SCENARIOS } from "./compare.js";

export interface LoopReport {
  readonly options: LoopOptions;
  readonly rows: readonly LoopRow[];
  readonly seconds: number;
}

interface Table {
  readonly title: string;
  readonly cells: readonly (readonly string[])[];
}

export function render(report: LoopReport): string {
  return [
    introduction(report),
    "",
    ...tables(report).flatMap(({ title, cells }) => [title, ...aligned(cells), ""]),
    `Measured in ${report.seconds.toFixed(0)} s.`,
    "",
  ].join("\n");
}

export function markdown(report: LoopReport): string {
  return [
    introduction(report),
    "",
    ...tables(report).flatMap(({ title, cells }) => [`**${title}**`, "", ...markdownTable(cells), ""]),
  ].join("\n");
}

function introduction({ options }: LoopReport): string {
  const { seeds, firstSeed, grid } = options;
  return (
    `${seeds} simulated sessions (seeds ${firstSeed}–${firstSeed + seeds - 1}), each on a grid of ${grid.squares} squares of ${grid.holesPerSquare} holes; ` +
    `results known ${RESULT_DELAY_HOLES} holes late, 3 % of them never. Good micrographs per hour of acquisition ± standard error; ` +
    "gain = decisions on minus this policy, session by session."
  );
}

function tables({ rows }: LoopReport): Table[] {
  return SCENARIOS.flatMap(({ name, about }) => {
    const durations = [...new Set(rows.map(({ durationMin }) => durationMin))];
    return durations.map((minutes): Table => {
      const own = rows.filter(({ scenario, durationMin }) => scenario === name && durationMin === minutes);
      return {
        title: `${name} (${about}), ${minutes} min`,
        cells: [
          [
            "policy",
            "good per hour",
            "% of optimum",
            "gain per hour",
            "sessions with more / as many / fewer",
            "groups",
          ],
          ...own.map(({ policy, goodPerHour, share, gainPerHour, moreEqualFewer, groups }) => [
            policy,
            plusMinus(goodPerHour, 1),
            plusMinus({ mean: 100 * share.mean, standardError: 100 * share.standardError }, 1),
            policy === DECISIONS_ON ? "" : plusMinus(gainPerHour, 2, true),
            policy === DECISIONS_ON ? "" : moreEqualFewer.join(" / "),
            plusMinus(groups, 2),
          ]),
        ],
      };
    });
  });
}

function plusMinus({ mean, standardError }: Estimate, digits: number, signed = false): string {
  const sign = mean < 0 ? "−" : signed ? "+" : "";
  return `${sign}${Math.abs(mean).toFixed(digits)} ± ${standardError.toFixed(digits)}`;
}
