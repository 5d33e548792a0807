import type { DecisionSettings } from "../api/additions.js";
import { METRICS } from "./metrics.js";

/** Limits that are looked at without being saved; null: none. */
export type TriedLimits = Partial<DecisionSettings["limits"]>;

/** `ctfmaxresolution:4.2_numparticles:none`, as the address has it; null where none is tried. */
export function formatTried(tried: TriedLimits): string | null {
  const parts = Object.entries(tried).map(([name, limit]) => `${name}:${limit ?? "none"}`);
  return parts.length === 0 ? null : parts.join("_");
}

/** What {@link formatTried} wrote; parts that are no limits are left out. */
export function parseTried(text: string | null): TriedLimits {
  const tried: { -readonly [K in keyof TriedLimits]: TriedLimits[K] } = {};
  for (const part of (text ?? "").split("_")) {
    const [name, value = ""] = part.split(":");
    const metric = METRICS.find((one) => one.name === name);
    const limit = value === "none" ? null : Number(value);
    if (metric !== undefined && value !== "" && (limit === null || Number.isFinite(limit))) tried[metric.name] = limit;
  }
  return tried;
}
