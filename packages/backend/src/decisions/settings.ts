import { nullable, oneOf, type Static, Type } from "@smartem/common/schema";
import type { DecisionMode } from "../config.js";
import type { Queryable, Transaction } from "../database/connection.js";

const Minutes = Type.Number({ exclusiveMinimum: 0, maximum: 100_000 });
const Share = Type.Number({ minimum: 0, maximum: 1 });

/** What a good micrograph is. A metric without a limit is judged against the grid's own results. */
export const QualityLimits = Type.Object(
  {
    /** Largest total motion in Å. */
    motioncorrection: nullable(Type.Number({ exclusiveMinimum: 0 })),
    /** Largest CTF max resolution in Å. */
    ctfmaxresolution: nullable(Type.Number({ exclusiveMinimum: 0 })),
    /** Fewest particles. */
    numparticles: nullable(Type.Number({ minimum: 0 })),
  },
  { title: "QualityLimits" },
);
export type QualityLimits = Static<typeof QualityLimits>;

/** Limits where neither the acquisition nor its instrument has any. */
export const DEFAULT_LIMITS: QualityLimits = { motioncorrection: null, ctfmaxresolution: 6, numparticles: null };

/** How decisions are made for one acquisition. */
export const AcquisitionDecisionSettings = Type.Object(
  {
    /** observe: compute and show; advise: an operator approves each change; automatic: the microscope is told. */
    mode: oneOf(["observe", "advise", "automatic"]),
    /** What a good micrograph is: what was chosen for the acquisition, else for its instrument. */
    limits: Type.Object(QualityLimits.properties),
    /** Minutes that holes and moves take, until enough of them have been seen to know better. */
    costs_min: Type.Object({ hole: Minutes, cluster: Minutes, square: Minutes, grid: Minutes }),
    /** How long the session lasts where no planned end is known. */
    session_duration_min: Minutes,
    max_skip_share_of_square: Share,
    max_skip_share_of_grid: Share,
    /** Results before which the shares above bind. */
    min_results: Type.Integer({ minimum: 0 }),
    exploration: Type.Number({ minimum: 0, maximum: 0.3 }),
    hysteresis: Share,
    diversity: Share,
  },
  { title: "AcquisitionDecisionSettings" },
);
export type AcquisitionDecisionSettings = Static<typeof AcquisitionDecisionSettings>;

/** How long a session is taken to last where nobody has told. */
export const ASSUMED_SESSION_MIN = 24 * 60;

export function defaultSettings(mode: DecisionMode): AcquisitionDecisionSettings {
  return {
    mode,
    limits: DEFAULT_LIMITS,
    costs_min: { hole: 1, cluster: 2, square: 6, grid: 8 },
    session_duration_min: ASSUMED_SESSION_MIN,
    max_skip_share_of_square: 0.5,
    max_skip_share_of_grid: 0.7,
    min_results: 10,
    exploration: 0.1,
    hysteresis: 1,
    diversity: 0,
  };
}

/** Some of the settings, and some of the limits and costs: what is not in it is left to what lies beneath. */
export type SettingsChanges = Partial<Omit<AcquisitionDecisionSettings, "limits" | "costs_min">> & {
  readonly limits?: Partial<QualityLimits>;
  readonly costs_min?: Partial<AcquisitionDecisionSettings["costs_min"]>;
};

/** The settings of one acquisition: what was chosen for it, else the limits of its instrument, else defaults. */
export async function readSettings(
  db: Queryable,
  acquisitionUuid: string,
  defaultMode: DecisionMode,
): Promise<AcquisitionDecisionSettings> {
  const settings = await readSettingsWhere(db, "a.uuid = $1", [acquisitionUuid], defaultMode);
  return settings.get(acquisitionUuid) ?? defaultSettings(defaultMode);
}

/** {@link readSettings} of every acquisition, by its uuid. */
export async function readAllSettings(
  db: Queryable,
  defaultMode: DecisionMode,
): Promise<ReadonlyMap<string, AcquisitionDecisionSettings>> {
  return readSettingsWhere(db, "true", [], defaultMode);
}

async function readSettingsWhere(
  db: Queryable,
  condition: string,
  values: unknown[],
  defaultMode: DecisionMode,
): Promise<Map<string, AcquisitionDecisionSettings>> {
  const { rows } = await db.query<{
    uuid: string;
    chosen: SettingsChanges | null;
    limits: Partial<QualityLimits> | null;
  }>(
    `select a.uuid, d.settings as chosen, i.limits from acquisitions a
       left join decision_settings d on d.acquisition_uuid = a.uuid
       left join instrument_quality_limits i on i.instrument_id = a.instrument_id where ${condition}`,
    values,
  );
  const base = defaultSettings(defaultMode);
  return new Map(
    rows.map(({ uuid, chosen, limits }) => [uuid, merged(merged(base, { limits: limits ?? {} }), chosen ?? {})]),
  );
}

/** Keeps changes of an acquisition's mode and operators' answers, which hold in one mode alone, apart: one at a time. */
const MODE_LOCK = 0x5e07;

/**
 * Holds the mode of an acquisition until the transaction ends. To be taken before anything else is locked, so that nobody who waits for
 * it has what its holder needs; decisions go by the mode that they have read, and do without.
 */
export async function holdMode(tx: Transaction, acquisitionUuid: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock($1, hashtext($2))", [MODE_LOCK, acquisitionUuid]);
}

/** Adds to what was chosen for an acquisition; what has not been chosen follows its instrument and the defaults. */
export async function chooseSettings(db: Queryable, acquisitionUuid: string, changes: SettingsChanges): Promise<void> {
  await db.query(
    `insert into decision_settings as d (acquisition_uuid, settings) values ($1, $2)
     on conflict (acquisition_uuid) do update set updated_at = now(), settings = d.settings || excluded.settings
       || jsonb_build_object('limits', coalesce(d.settings -> 'limits', '{}') || coalesce(excluded.settings -> 'limits', '{}'),
            'costs_min', coalesce(d.settings -> 'costs_min', '{}') || coalesce(excluded.settings -> 'costs_min', '{}'))`,
    [acquisitionUuid, JSON.stringify(changes)],
  );
}

/** Forgets what was chosen for an acquisition. */
export async function forgetSettings(db: Queryable, acquisitionUuid: string): Promise<void> {
  await db.query("delete from decision_settings where acquisition_uuid = $1", [acquisitionUuid]);
}

/** The limits of an instrument: what was chosen for it, defaults for the rest. */
export async function readInstrumentLimits(db: Queryable, instrumentId: string): Promise<QualityLimits> {
  const { rows } = await db.query<{ limits: Partial<QualityLimits> }>(
    "select limits from instrument_quality_limits where instrument_id = $1",
    [instrumentId],
  );
  return { ...DEFAULT_LIMITS, ...rows[0]?.limits };
}

export async function chooseInstrumentLimits(
  db: Queryable,
  instrumentId: string,
  changes: Partial<QualityLimits>,
): Promise<void> {
  await db.query(
    `insert into instrument_quality_limits as i (instrument_id, limits) values ($1, $2)
     on conflict (instrument_id) do update set updated_at = now(), limits = i.limits || excluded.limits`,
    [instrumentId, JSON.stringify(changes)],
  );
}

/** The acquisitions of an instrument that have not been given a limit of their own for each of these metrics. */
export async function acquisitionsThatFollow(
  db: Queryable,
  instrumentId: string,
  metrics: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ uuid: string }>(
    `select a.uuid from acquisitions a left join decision_settings d on d.acquisition_uuid = a.uuid
     where a.instrument_id = $1 and not coalesce(d.settings -> 'limits', '{}') ?& $2::text[] order by a.uuid`,
    [instrumentId, metrics],
  );
  return rows.map(({ uuid }) => uuid);
}

/** Settings with some of them changed; limits and costs one by one. */
export function merged(base: AcquisitionDecisionSettings, changes: SettingsChanges): AcquisitionDecisionSettings {
  return {
    ...base,
    ...changes,
    limits: { ...base.limits, ...changes.limits },
    costs_min: { ...base.costs_min, ...changes.costs_min },
  };
}
