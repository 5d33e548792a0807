import {
  learningGains,
  type MeasuredReport,
  markdownTable,
  meanOf,
  POLICY_NAMES,
  type Report,
  SQUARES_TITLE,
  squaresTable,
  syntheticTable,
  tables,
  targetRows,
  unique,
  validationTables,
} from "./report.js";

/** A file under the project's root and what becomes of its content. */
export interface DocsFile {
  readonly path: string;
  readonly content: (existing: string) => string;
}

const PAGE = "docs/decisions.md";
/** The tables between the two marks of docs/decisions.md, and the plot. */
export function writeDocs(report: Report): DocsFile[] {
  const page: DocsFile = { path: PAGE, content: (existing) => replaceBlock(existing, "measured", markdown(report)) };
  const { measured } = report;
  return measured === null ? [page] : [page, { path: "docs/decisions.svg", content: () => plot(measured) }];
}

/** Puts `content` between the marks of that name in a page; at its end where it has no such marks. */
export function replaceBlock(page: string, name: string, content: string): string {
  const begin = `<!-- ${name}: begin -->`;
  const end = `<!-- ${name}: end -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  const block = `${begin}\n\n${content}\n${end}`;
  return from < 0 || to < from ? `${page}\n${block}\n` : page.slice(0, from) + block + page.slice(to + end.length);
}

function markdown({ measured, synthetic, validation, squares, scale }: Report): string {
  const lines: string[] = [];
  if (measured !== null) {
    lines.push(
      `${measured.holes} holes in ${measured.clusters} clusters, ${measured.squares} squares, ${measured.grids} grid images; ${Math.round(100 * measured.goodShare)} % good (CTF ≤ ${measured.limitA} Å); AUC of the predictor ${measured.predictorAuc.toFixed(2)}. Share of the clairvoyant optimum in % ± standard error over ${measured.starts} random start holes; results known ${measured.delayHoles} holes late.`,
      "",
      ...markdownTable(targetRows(measured.rows)),
      "",
    );
    for (const { title, header, body } of tables(measured.rows))
      lines.push(`**${title}**`, "", ...markdownTable([header, ...body]), "");
    lines.push(
      "**Learning minus static, points ± standard error of the paired differences**",
      "",
      ...markdownTable(learningGains(measured.rows)),
      "",
    );
  }
  if (synthetic.length > 0) {
    lines.push("### Synthetic grids", "");
    for (const { kind, about } of synthetic) lines.push(`- ${kind}: ${about}`);
    lines.push(
      "",
      `${synthetic[0].grids} grids of each kind, a start on each; % of the optimum, mean over the durations.`,
      "",
      ...markdownTable(syntheticTable(synthetic)),
      "",
    );
  }
  if (validation !== null) {
    lines.push("### Cross-validation by square", "");
    for (const { title, cells } of validationTables(validation))
      lines.push(`**${title}**`, "", ...markdownTable(cells), "");
  }
  if (squares.length > 0) lines.push(`**${SQUARES_TITLE}**`, "", ...markdownTable(squaresTable(squares)), "");
  if (scale !== null) {
    const { holes, models, results, medianMs, memoryMb } = scale;
    lines.push(
      "### Scale",
      "",
      `Replanning ${holes} holes with ${models} models and ${results} results took ${medianMs.toFixed(0)} ms of one core (median) in a process of ${memoryMb.toFixed(0)} MB.`,
      "",
    );
  }
  return lines.join("\n");
}

const COLOURS = ["#b0b0b0", "#8c8c8c", "#c98f2b", "#b5651d", "#8c6bb1", "#c2527b", "#6baed6", "#08519c"];
const PANEL = { width: 250, height: 170, left: 46, top: 44, gapX: 34, gapY: 62, columns: 3 };

/** One panel per predictor: share of the optimum over the duration, at the first cost model. */
function plot(report: MeasuredReport): string {
  const costs = report.rows[0]?.costs ?? "";
  const rows = report.rows.filter((candidate) => candidate.costs === costs);
  const predictors = unique(rows.map(({ predictor }) => predictor));
  const durations = unique(rows.map(({ durationMin }) => durationMin));
  const lastRow = Math.ceil(predictors.length / PANEL.columns);
  const width = PANEL.left + PANEL.columns * (PANEL.width + PANEL.gapX);
  const height = PANEL.top + lastRow * (PANEL.height + PANEL.gapY) + 52;
  const parts: string[] = [];
  const text = (x: number, y: number, content: string, extra = ""): void => {
    parts.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${extra}>${content}</text>`);
  };
  text(PANEL.left, 18, `Good micrographs, % of the clairvoyant optimum (costs ${costs} min)`, 'font-size="14"');
  predictors.forEach((predictor, i) => {
    const x0 = PANEL.left + (i % PANEL.columns) * (PANEL.width + PANEL.gapX);
    const y0 = PANEL.top + Math.floor(i / PANEL.columns) * (PANEL.height + PANEL.gapY);
    const first = durations[0] ?? 0;
    const last = durations[durations.length - 1] ?? 1;
    const x = (minutes: number): number => x0 + ((minutes - first) / Math.max(1, last - first)) * PANEL.width;
    const y = (share: number): number => y0 + PANEL.height * (1 - share);
    text(x0, y0 - 6, predictor);
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      parts.push(`<path d="M${x0} ${y(share)}h${PANEL.width}" stroke="#e4e4e4"/>`);
      if (i % PANEL.columns === 0) text(x0 - 6, y(share) + 4, String(100 * share), 'text-anchor="end"');
    }
    for (const minutes of durations) text(x(minutes), y0 + PANEL.height + 14, String(minutes), 'text-anchor="middle"');
    POLICY_NAMES.forEach((policy, p) => {
      const own = rows.filter((candidate) => candidate.predictor === predictor && candidate.policy === policy);
      const points = own.map(({ durationMin, share }) => `${x(durationMin).toFixed(1)} ${y(share.mean).toFixed(1)}`);
      const thick = p >= POLICY_NAMES.length - 2 ? 2.5 : 1.2;
      parts.push(`<path d="M${points.join("L")}" fill="none" stroke="${COLOURS[p]}" stroke-width="${thick}"/>`);
      for (const { durationMin, share } of own) {
        const at = x(durationMin).toFixed(1);
        const low = y(share.mean - share.standardError).toFixed(1);
        const high = y(share.mean + share.standardError).toFixed(1);
        parts.push(`<path d="M${at} ${low}V${high}" stroke="${COLOURS[p]}" stroke-width="${thick}"/>`);
      }
    });
  });
  const legendY = PANEL.top + lastRow * (PANEL.height + PANEL.gapY) - 14;
  POLICY_NAMES.forEach((policy, p) => {
    const x = PANEL.left + (p % 4) * 210;
    const y = legendY + Math.floor(p / 4) * 20;
    const mean = meanOf(rows.filter((candidate) => candidate.policy === policy).map(({ share }) => share.mean));
    parts.push(`<path d="M${x} ${y - 4}h20" stroke="${COLOURS[p]}" stroke-width="2.5"/>`);
    text(x + 26, y, `${policy} (mean ${(100 * mean).toFixed(0)})`);
  });
  text(PANEL.left, height - 8, "Minutes of microscope time; bars are standard errors.", 'fill="#555"');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">\n<title>Good micrographs as a share of the clairvoyant optimum, by policy and duration</title>\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.join("\n")}\n</svg>\n`;
}
