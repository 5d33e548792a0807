import { SmartemError } from "@smartem/common/errors";
import type { Estimate } from "@smartem/decision/bench/compare";
import { aligned, markdownTable } from "@smartem/decision/bench/report";
import { DECISIONS_ON, type LoopOptions, type LoopRow, RESULT_DELAY_HOLES, SCENARIOS } from "./compare.js";

export interface LoopReport {
  readonly options: LoopOptions;
  readonly rows: readonly LoopRow[];
  readonly seconds: number;
}

/**
 * Sessions that were played apart, as one report: means and standard errors as if they had been played together.
 *
 * @throws SmartemError `reports_differ` where the same was not measured on all
 */
export function together(reports: readonly LoopReport[]): LoopReport {
  return reports.reduce((all, next) => {
    const n = all.options.seeds;
    const m = next.options.seeds;
    const comparable = ({ durationsMin, grid }: LoopOptions): string => JSON.stringify([durationsMin, grid]);
    if (
      comparable(all.options) !== comparable(next.options) ||
      all.options.firstSeed + n !== next.options.firstSeed ||
      all.rows.length !== next.rows.length
    ) {
      throw new SmartemError("reports_differ", 422, "These reports are not about the same grids and durations.", {
        hint: "Each has to go on with the seed after the last of the one before, everything else equal.",
      });
    }
    const pool = (a: Estimate, b: Estimate): Estimate => pooled(a, n, b, m);
    return {
      options: { ...all.options, seeds: n + m },
      rows: all.rows.map((row, i) => {
        const other = next.rows[i];
        if (other === undefined) return row;
        const [more, equal, fewer] = other.moreEqualFewer;
        return {
          ...row,
          goodPerHour: pool(row.goodPerHour, other.goodPerHour),
          share: pool(row.share, other.share),
          gainPerHour: pool(row.gainPerHour, other.gainPerHour),
          moreEqualFewer: [row.moreEqualFewer[0] + more, row.moreEqualFewer[1] + equal, row.moreEqualFewer[2] + fewer],
          groups: pool(row.groups, other.groups),
        };
      }),
      seconds: all.seconds + next.seconds,
    };
  });
}

/** Mean and standard error of two samples put together. */
function pooled(a: Estimate, n: number, b: Estimate, m: number): Estimate {
  const mean = (n * a.mean + m * b.mean) / (n + m);
  const squares = (own: Estimate, count: number): number =>
    own.standardError ** 2 * count * (count - 1) + count * (own.mean - mean) ** 2;
  const variance = (squares(a, n) + squares(b, m)) / Math.max(1, n + m - 1);
  return { mean, standardError: Math.sqrt(variance / (n + m)) };
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
