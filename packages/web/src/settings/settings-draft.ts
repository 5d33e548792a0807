import type { DecisionSettings, DecisionSettingsUpdate } from "../api/additions.js";

/** One number among the settings, by the path to it. */
export interface Field {
  /** `limits.ctfmaxresolution`, `costs_min.hole`, `exploration`. */
  readonly key: string;
  readonly group: "limits" | "costs_min" | "plan";
  readonly label: string;
  readonly help: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Whether it may be empty. */
  readonly optional: boolean;
}

function field(
  key: string,
  label: string,
  unit: string,
  range: readonly [min: number, max: number, step: number],
  help = "",
): Field {
  const [group] = key.split(".");
  const [min, max, step] = range;
  return {
    key,
    group: group === "limits" || group === "costs_min" ? group : "plan",
    label,
    help,
    unit,
    min,
    max,
    step,
    optional: group === "limits",
  };
}

export const FIELDS: readonly Field[] = [
  field("limits.ctfmaxresolution", "CTF max resolution at most", "Å", [0.1, 100, 0.1]),
  field("limits.motioncorrection", "Total motion at most", "Å", [0.1, 1_000, 1]),
  field("limits.numparticles", "Particles at least", "", [0, 100_000, 10]),
  field("costs_min.hole", "Next hole", "min", [0.01, 100_000, 0.1]),
  field("costs_min.cluster", "First of a cluster", "min", [0.01, 100_000, 0.1]),
  field("costs_min.square", "First of a square", "min", [0.01, 100_000, 0.5]),
  field("costs_min.grid", "First of a grid", "min", [0.01, 100_000, 0.5]),
  field("session_duration_min", "Session lasts", "min", [1, 100_000, 60], "Where no planned end is known"),
  field("max_skip_share_of_square", "Most of a square to skip at first", "", [0, 1, 0.05], "Share of its holes, 0–1"),
  field("max_skip_share_of_grid", "Most of a grid to skip at first", "", [0, 1, 0.05], "Share of its holes, 0–1"),
  field("min_results", "Results before more may be skipped", "", [0, 100_000, 1]),
  field("exploration", "Exploration", "", [0, 0.3, 0.05], "Standard deviations added to what is uncertain"),
  field("hysteresis", "Reluctance to move", "", [0, 1, 0.1], "Share of a cluster entry that a move has to gain"),
  field("diversity", "Diversity", "", [0, 1, 0.1], "0: only the number of good micrographs counts"),
];

/** Changed numbers by field key; null: emptied. */
export type Draft = Readonly<Record<string, number | null>>;

/** The settings' numbers by field key. */
export function draftOf(settings: DecisionSettings): Draft {
  return Object.fromEntries(
    FIELDS.map(({ key }) => {
      const [group = "", name] = key.split(".");
      const value = (settings as Record<string, unknown>)[group];
      return [key, name === undefined ? (value as number) : ((value as Record<string, number | null>)[name] ?? null)];
    }),
  );
}

/** What has to be sent to make the settings those of a draft. */
export function changesOf(draft: Draft): DecisionSettingsUpdate {
  const changes: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(draft)) {
    const [group = "", name] = key.split(".");
    changes[group] = name === undefined ? value : { ...(changes[group] as object | undefined), [name]: value };
  }
  return changes as DecisionSettingsUpdate;
}
