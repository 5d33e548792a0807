import { useMemo, useState } from "react";
import { useAddress } from "../shared/address.js";

/** A part of the horizontal axis, in its own unit; of times, in seconds since 1970. */
export interface Zoom {
  readonly min: number;
  readonly max: number;
}

/** What of a chart is looked at, and how that changes. */
export interface ChartLook {
  /** null: all is shown. */
  readonly zoom: Zoom | null;
  /** The labels of the series that are switched off. */
  readonly hidden: readonly string[];
  setZoom(zoom: Zoom | null): void;
  setHidden(labels: readonly string[]): void;
}

/** That of a chart which nobody else keeps: it is gone when the chart is. */
export function useOwnLook(): ChartLook {
  const [zoom, setZoom] = useState<Zoom | null>(null);
  const [hidden, setHidden] = useState<readonly string[]>([]);
  return { zoom, hidden, setZoom, setHidden };
}

/** That of all charts over time of a page, which its address keeps as `time` and `hidden`. */
export interface AddressLook extends ChartLook {
  /** Whether parts of the address name nothing, as `UnknownParts` takes it. */
  readonly unknown: Readonly<Record<"time" | "hidden", boolean>>;
}

/** @param labels of the series that there are on the page */
export function useAddressLook(labels: readonly string[]): AddressLook {
  const address = useAddress();
  const [time, hidden] = [address.get("time"), address.get("hidden")];
  const zoom = useMemo(() => parseTimes(time), [time]);
  const off = useMemo(() => parseLabels(hidden), [hidden]);
  return {
    zoom,
    hidden: off,
    setZoom: (next) => address.put("time", next === null ? null : formatTimes(next)),
    setHidden: (next) => address.put("hidden", next.length === 0 ? null : formatLabels(next)),
    unknown: { time: zoom === null, hidden: !off.every((label) => labels.includes(label)) },
  };
}

const BETWEEN_LABELS = "|";

/** As the address has them, with what stands between them escaped in them: models have any name. */
export function formatLabels(labels: readonly string[]): string {
  return labels.map((label) => label.replaceAll("%", "%25").replaceAll("|", "%7C")).join(BETWEEN_LABELS);
}

export function parseLabels(text: string | null): readonly string[] {
  return (text ?? "")
    .split(BETWEEN_LABELS)
    .filter((label) => label !== "")
    .map((label) => label.replaceAll("%7C", "|").replaceAll("%25", "%"));
}

/** `2026-03-02T08:10:00Z_2026-03-02T08:30:00Z`, as the address has it: whole seconds, with all of the part between them. */
export function formatTimes({ min, max }: Zoom): string {
  return [Math.floor(min), Math.ceil(max)]
    .map((seconds) => new Date(seconds * 1000).toISOString().replace(/\.000Z$/, "Z"))
    .join("_");
}

/** null: the text names no times, or none of which the first comes before the second. */
export function parseTimes(text: string | null): Zoom | null {
  const parts = (text ?? "").split("_");
  const [min = Number.NaN, max = Number.NaN] = parts.map((part) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(part) ? Date.parse(part) / 1000 : Number.NaN,
  );
  return parts.length === 2 && min < max ? { min, max } : null;
}
