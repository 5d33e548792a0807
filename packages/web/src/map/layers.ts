import type { DecisionSettings, Result } from "../api/additions.js";
import { isFailedFit, judge, METRICS, quantile } from "../quality/metrics.js";
import { groupBy } from "../shared/group-by.js";

/** One way of colouring things on a map: a value for each of them, and where it lies on the scale. */
export interface Layer {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  readonly values: ReadonlyMap<string, number>;
  /** Values at the dark and at the bright end of the scale; the bright end is the better one. */
  readonly domain: readonly [dark: number, bright: number];
  /** What each of a few possible values means, for layers that are no quantity. */
  readonly steps?: readonly string[];
}

/** Where a thing lies on a layer's scale, 0–1; null where the layer says nothing of it. */
export function shareOf(layer: Layer, id: string): number | null {
  const value = layer.values.get(id);
  if (value === undefined) return null;
  const [dark, bright] = layer.domain;
  return dark === bright ? 0.5 : Math.min(1, Math.max(0, (value - dark) / (bright - dark)));
}

/** What was measured in one square, or in one hole. */
export interface Measured {
  readonly results: readonly Result[];
  /** Of those that are judged. */
  readonly goodShare: number | null;
  readonly judged: number;
}

/** Results by what they belong to, and how many of them are good. */
export function measuredBy(
  key: "gridsquare_uuid" | "foilhole_uuid",
  results: readonly Result[],
  limits: DecisionSettings["limits"],
): Map<string, Measured> {
  const groups = groupBy(results, (result) => result[key]);
  return new Map(
    [...groups].map(([uuid, group]) => {
      const verdicts = group.map((result) => judge(result, limits)).filter((verdict) => verdict !== null);
      const good = verdicts.filter((verdict) => verdict).length;
      const goodShare = verdicts.length === 0 ? null : good / verdicts.length;
      return [uuid, { results: group, judged: verdicts.length, goodShare }];
    }),
  );
}

/** A layer per metric that was measured: the median of each thing's values. */
export function measuredLayers(measured: ReadonlyMap<string, Measured>): Layer[] {
  return METRICS.flatMap((metric) => {
    const medians = new Map(
      [...measured].flatMap(([uuid, { results }]) => {
        const values = results
          .flatMap((result) => metric.of(result) ?? [])
          .filter((value) => !isFailedFit(metric.name, value))
          .sort((a, b) => a - b);
        const median = quantile(values, 0.5);
        return median === null ? [] : [[uuid, median] as const];
      }),
    );
    if (medians.size === 0) return [];
    return {
      id: `measured:${metric.name}`,
      label: `Measured: ${metric.label}`,
      unit: metric.unit,
      digits: metric.digits,
      values: medians,
      domain: spread([...medians.values()], metric.better),
    };
  });
}

/** From the worse to the better end of what most values are. */
export function spread(values: readonly number[], better: "lower" | "higher"): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const low = quantile(sorted, 0.02) ?? 0;
  const high = quantile(sorted, 0.98) ?? 1;
  return better === "lower" ? [high, low] : [low, high];
}

/** From so many of it on, a square is called good or bad. */
const CLEAR_SHARE = 2 / 3;

/** What the measurements say of a square as a whole. */
export function verdictOf(measured: Measured | undefined): "good" | "bad" | "mixed" | null {
  if (measured?.goodShare == null) return null;
  if (measured.goodShare >= CLEAR_SHARE) return "good";
  return measured.goodShare <= 1 - CLEAR_SHARE ? "bad" : "mixed";
}
