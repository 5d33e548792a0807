import { type KeyboardEvent, type RefObject, useRef, useState } from "react";
import type uPlot from "uplot";
import type { ChartLook, Zoom } from "./chart-look.js";

/** Shorter times, or a single one, are shown with as much around them. */
export const LEAST_SPAN_S = 60;

const ZOOM_FACTOR = 2;
/** So much of what is shown, the arrow keys move it. */
const PAN_SHARE = 0.25;
/** So much of what is shown, the longer steps of reading go. */
const LONG_STEP_SHARE = 0.1;

/** What a chart shows: a part of it, or all where that has no data for it. */
export function shownOf(chart: uPlot, zoom: Zoom | null): Zoom {
  const whole = wholeOf(chart);
  return zoom !== null && zoom.max >= whole.min && zoom.min <= whole.max ? zoom : whole;
}

/** From the first to the last place that a chart has data for. */
function wholeOf({ data: [places] }: uPlot): Zoom {
  return { min: places[0] ?? Number.POSITIVE_INFINITY, max: places.at(-1) ?? Number.NEGATIVE_INFINITY };
}

/**
 * What a mouse does with a chart, for the keyboard: arrow keys move the cursor from value to value, + and − zoom, Home shows all, and
 * arrow keys with Shift move what is shown.
 *
 * @returns the handler of keys, and what is to be read out after the last of them
 */
export function useKeys(
  chart: RefObject<uPlot | null>,
  look: ChartLook,
): { readonly onKeyDown: (event: KeyboardEvent) => void; readonly said: string } {
  const [said, setSaid] = useState("");
  /** The place that is read among the data; null: none has been yet. */
  const read = useRef<number | null>(null);

  const show = (plot: uPlot, zoom: Zoom): void => {
    const whole = wholeOf(plot);
    const span = Math.max(LEAST_SPAN_S, zoom.max - zoom.min);
    if (span >= whole.max - whole.min) {
      showAll();
      return;
    }
    const min = Math.min(Math.max(zoom.min, whole.min), whole.max - span);
    look.setZoom({ min, max: min + span });
    setSaid(`Shown from ${valueAt(plot, 0, min)} to ${valueAt(plot, 0, min + span)}`);
  };
  const showAll = (): void => {
    look.setZoom(null);
    setSaid("All is shown");
  };
  const readOn = (plot: uPlot, step: (shown: number) => number): void => {
    const [places] = plot.data;
    const [first, last] = indicesIn(places, shownOf(plot, look.zoom));
    if (last < first) return;
    const before = read.current;
    const inside = before !== null && before >= first && before <= last;
    const by = step(last - first);
    const at = inside ? Math.min(last, Math.max(first, before + by)) : by > 0 ? first : last;
    read.current = at;
    plot.setCursor({ left: plot.valToPos(places[at] ?? 0, "x"), top: 0 });
    setSaid(wordsAt(plot, at));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { current: plot } = chart;
    if (plot === null || event.ctrlKey || event.altKey || event.metaKey || plot.data[0].length === 0) return;
    const { min, max } = shownOf(plot, look.zoom);
    const pan = (max - min) * PAN_SHARE;
    const zoomBy = (factor: number): void => {
      const at = read.current === null ? undefined : plot.data[0][read.current];
      const middle = at !== undefined && at >= min && at <= max ? at : (min + max) / 2;
      const half = ((max - min) * factor) / 2;
      show(plot, { min: middle - half, max: middle + half });
    };
    const long = (shown: number): number => Math.max(1, Math.round(shown * LONG_STEP_SHARE));
    const does: Readonly<Record<string, () => void>> = event.shiftKey
      ? {
          ArrowLeft: () => show(plot, { min: min - pan, max: max - pan }),
          ArrowRight: () => show(plot, { min: min + pan, max: max + pan }),
          "+": () => zoomBy(1 / ZOOM_FACTOR),
          _: () => zoomBy(ZOOM_FACTOR),
        }
      : {
          ArrowLeft: () => readOn(plot, () => -1),
          ArrowRight: () => readOn(plot, () => 1),
          PageUp: () => readOn(plot, (shown) => -long(shown)),
          PageDown: () => readOn(plot, long),
          "+": () => zoomBy(1 / ZOOM_FACTOR),
          "=": () => zoomBy(1 / ZOOM_FACTOR),
          "-": () => zoomBy(ZOOM_FACTOR),
          Home: showAll,
        };
    const act = does[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return { onKeyDown, said };
}

/** The first and the last of the places that lie in a part of the axis; they are in order. */
function indicesIn(places: ArrayLike<number>, { min, max }: Zoom): [first: number, last: number] {
  let first = 0;
  while (first < places.length && (places[first] ?? 0) < min) first += 1;
  let last = places.length - 1;
  while (last >= 0 && (places[last] ?? 0) > max) last -= 1;
  return [first, last];
}

/** A value in the words of its series. */
function valueAt(plot: uPlot, series: number, value: number): string {
  const words = plot.series[series]?.value;
  // Without a place among the data, times have no words.
  return typeof words === "function" ? String(words(plot, value, series, 0)) : String(value);
}

/** What there is at one place: of each series that is shown and has a value there. */
function wordsAt(plot: uPlot, at: number): string {
  return plot.series
    .flatMap(({ label, show, class: kind }, series) => {
      const value = plot.data[series]?.[at];
      if (value == null || (series > 0 && (show === false || kind === "edge"))) return [];
      return series === 0 ? valueAt(plot, 0, value) : `${label}: ${valueAt(plot, series, value)}`;
    })
    .join(", ");
}
