import type { Result } from "../api/additions.js";
import { countGood, isFailedFit, METRICS, quantile } from "../quality/metrics.js";
import { formatNumber } from "../shared/format.js";
import { groupBy } from "../shared/group-by.js";

/** What a layer is called: in addresses, and for people. */
export interface LayerName {
  readonly id: string;
  readonly label: string;
}

export const BELIEF: LayerName = { id: "probability", label: "Belief: probability of good" };

/** One way of colouring things on a map: a value for each of them, and where it lies on the scale. */
export interface Layer extends LayerName {
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

/** What a layer says of a thing. */
export function wordsOf({ values, steps, digits, unit }: Layer, id: string): string {
  const value = values.get(id);
  return (value === undefined ? undefined : steps?.[value]) ?? formatNumber(value, digits, unit);
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
): Map<string, Measured> {
  const groups = groupBy(results, (result) => result[key]);
  return new Map(
    [...groups].map(([uuid, group]) => {
      const { judged, share } = countGood(group);
      return [uuid, { results: group, judged, goodShare: share }];
    }),
  );
}

/** What each thing is believed to be worth, and how sure that is; the surer, the brighter. None where nothing is believed. */
export function beliefLayers(probabilities: ReadonlyMap<string, number>, sds: ReadonlyMap<string, number>): Layer[] {
  if (sds.size === 0) return [];
  return [
    shareLayer(BELIEF, probabilities),
    { ...shareLayer({ id: "sd", label: "Belief: uncertainty (± sd)" }, sds), domain: [largest(sds), 0] },
  ];
}

/** A layer per model, with its newest predictions. */
export function predictionLayers(predictions: ReadonlyMap<string, ReadonlyMap<string, number>>): Layer[] {
  return [...predictions].map(([model, values]) =>
    shareLayer({ id: `prediction:${model}`, label: `Prediction: ${model}` }, values),
  );
}

/** The share of good among what was judged. */
export function goodLayer(measured: ReadonlyMap<string, Measured>): Layer {
  const shares = new Map(
    [...measured].flatMap(([uuid, { goodShare }]) => (goodShare === null ? [] : [[uuid, goodShare]])),
  );
  return shareLayer({ id: "good", label: "Measured: share of good" }, shares);
}

/** {@link goodLayer}; none where nothing is judged. */
export function goodLayers(measured: ReadonlyMap<string, Measured>): Layer[] {
  const layer = goodLayer(measured);
  return layer.values.size === 0 ? [] : [layer];
}

/** A layer of the mean intensities that EPU saw; none where it saw none. */
export function intensityLayers(name: LayerName, intensities: ReadonlyMap<string, number>): Layer[] {
  if (intensities.size === 0) return [];
  return [{ ...name, unit: "", digits: 0, values: intensities, domain: spread([...intensities.values()], "higher") }];
}

function shareLayer(name: LayerName, values: ReadonlyMap<string, number>): Layer {
  return { ...name, unit: "", digits: 2, values, domain: [0, 1] };
}

/** The largest of the values, and more than nothing, for a scale that begins there. */
export function largest(values: ReadonlyMap<string, number>): number {
  return Math.max(1e-9, ...values.values());
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

/** From so many of it on, a square, or a hole of several micrographs, is called good or bad. */
const CLEAR_SHARE = 2 / 3;

/** What the measurements say of a square, or a hole, as a whole. */
export function verdictOf(measured: Measured | undefined): "good" | "bad" | "mixed" | null {
  if (measured?.goodShare == null) return null;
  if (measured.goodShare >= CLEAR_SHARE) return "good";
  return measured.goodShare <= 1 - CLEAR_SHARE ? "bad" : "mixed";
}
