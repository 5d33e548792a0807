import type { DecisionSettings } from "../api/additions.js";
import { METRICS, type MetricName } from "./metrics.js";

/** Limits that are looked at without being saved; null: none. */
export type TriedLimits = Partial<DecisionSettings["limits"]>;

/** `ctfmaxresolution:4.2_numparticles:none`, as the address has it; null where none is tried. */
export function formatTried(tried: TriedLimits): string | null {
  const parts = Object.entries(tried).map(([name, limit]) => `${name}:${limit ?? "none"}`);
  return parts.length === 0 ? null : parts.join("_");
}

/** What {@link formatTried} wrote; parts that are no limits are left out. */
export function parseTried(text: string | null): TriedLimits {
  return Object.fromEntries((text ?? "").split("_").flatMap((part) => limitOf(part) ?? []));
}

/** Whether each part of what an address has to be tried is a limit. */
export function allTried(text: string | null): boolean {
  return (text ?? "").split("_").every((part) => limitOf(part) !== null);
}

/** What one part sets, as an entry; null where it is no limit. */
function limitOf(part: string): readonly [[MetricName, number | null]] | null {
  const [name, value = ""] = part.split(":");
  const metric = METRICS.find((one) => one.name === name);
  const limit = value === "none" ? null : Number(value);
  const valid = metric !== undefined && value !== "" && (limit === null || Number.isFinite(limit));
  return valid ? [[metric.name, limit]] : null;
}
