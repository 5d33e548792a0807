import type { Queryable } from "../database/connection.js";
import type { MicrographMetrics } from "../decisions/quality.js";
import type { PagedSelect } from "../http/paging.js";
import { IN_ORDER } from "../quality/metrics.js";

/** A micrograph with where it lies and what is known of its quality. */
export interface GridMicrograph {
  readonly micrograph_uuid: string;
  readonly foilhole_uuid: string;
  readonly gridsquare_uuid: string;
  readonly acquisition_datetime: string | null;
  readonly status: string;
  readonly total_motion: number | null;
  readonly average_motion: number | null;
  readonly ctf_max_resolution_estimate: number | null;
  readonly number_of_particles_picked: number | null;
  readonly number_of_particles_selected: number | null;
  readonly defocus: number | null;
}

/** EPU's. */
export interface NaturalIds {
  readonly foilhole_id: string;
  readonly gridsquare_id: string;
}

/** The micrographs of a grid, in the order in which they were taken; {@link withNaturalIds} makes results of them. */
export function gridMicrographs(gridUuid: string): PagedSelect {
  return {
    select: `select m.uuid as micrograph_uuid, m.foilhole_uuid, m.gridsquare_uuid, m.acquisition_datetime,
       coalesce(m.status, 'none') as status, m.total_motion, m.average_motion, m.ctf_max_resolution_estimate,
       m.number_of_particles_picked, m.number_of_particles_selected, m.defocus`,
    from: "from micrographs m where m.grid_uuid = $1",
    orderBy: IN_ORDER,
    values: [gridUuid],
  };
}

/** Adds EPU's ids of their holes and squares: of one page, where a join would look them up for all pages before it. */
export async function withNaturalIds<M extends GridMicrograph>(
  db: Queryable,
  micrographs: readonly M[],
): Promise<(M & NaturalIds)[]> {
  const { rows } = await db.query<NaturalIds & { uuid: string }>(
    `select h.uuid, h.foilhole_id, s.gridsquare_id
     from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where h.uuid = any($1)`,
    [[...new Set(micrographs.map(({ foilhole_uuid }) => foilhole_uuid))]],
  );
  const holes = new Map(rows.map((row) => [row.uuid, row]));
  return micrographs.flatMap((micrograph) => {
    const hole = holes.get(micrograph.foilhole_uuid);
    if (hole === undefined) return [];
    const { foilhole_id, gridsquare_id } = hole;
    return [{ ...micrograph, foilhole_id, gridsquare_id }];
  });
}

/** What a result is judged by. */
export function metricsOf(row: GridMicrograph): MicrographMetrics {
  return {
    total_motion: row.total_motion,
    ctf_max_resolution: row.ctf_max_resolution_estimate,
    particles: row.number_of_particles_selected ?? row.number_of_particles_picked,
  };
}

export interface AgentSessionQuery {
  readonly acquisition_uuid?: string;
}

/** Agents' sessions, newest first, with whether and since when each is connected. */
export function agentSessions({ acquisition_uuid }: AgentSessionQuery): PagedSelect {
  return {
    select: `select s.session_id, s.agent_id, s.acquisition_uuid, s.name, s.status, s.created_at, s.last_activity_at, s.ended_at,
    s.experimental_parameters ->> 'agent_version' as software_version,
    (select count(*)::int from agent_connections c where c.session_id = s.session_id and c.closed_at is null) as connection_count,
    (select max(c.last_heartbeat_at) from agent_connections c where c.session_id = s.session_id) as last_heartbeat_at`,
    from: "from agent_sessions s where ($1::text is null or s.acquisition_uuid = $1)",
    orderBy: "s.seq desc",
    values: [acquisition_uuid ?? null],
  };
}

/** What EPU saw in the holes of each square of a grid before they were imaged: the darker, the thicker the ice. */
export async function squareIntensities(
  db: Queryable,
  gridUuid: string,
): Promise<{ gridsquare_uuid: string; foilhole_count: number; pixel_intensity_mean: number }[]> {
  const { rows } = await db.query<{ gridsquare_uuid: string; foilhole_count: number; pixel_intensity_mean: number }>(
    `select s.uuid as gridsquare_uuid, sum(c.intensities)::int as foilhole_count,
       sum(c.intensity_sum) / sum(c.intensities) as pixel_intensity_mean
     from gridsquares s join square_counts c on c.gridsquare_uuid = s.uuid
     where s.grid_uuid = $1 group by s.uuid, s.seq having sum(c.intensities) > 0 order by s.seq`,
    [gridUuid],
  );
  return rows;
}

/** Levels of log lines, the least severe first, each with the names under which agents write it. */
const LOG_LEVELS = { DEBUG: ["TRACE", "DEBUG"], INFO: ["INFO"], WARNING: ["WARN", "WARNING"], ERROR: [] } as const;

export type LogLevel = keyof typeof LOG_LEVELS;

export interface LogQuery {
  readonly session_id?: string;
  readonly agent_id?: string;
  /** Lines that are at least as severe; levels that nobody knows are. */
  readonly level?: LogLevel;
  /** What the agent, the logger or the message have in them, in whatever case. */
  readonly contains?: string;
  /** Only lines that came after this one. */
  readonly after_id?: number;
}

/** What agents have logged, newest first. */
export function agentLogs({ session_id, agent_id, level = "DEBUG", contains, after_id }: LogQuery): PagedSelect {
  const levels = Object.entries(LOG_LEVELS);
  const tooMild = levels.slice(0, Object.keys(LOG_LEVELS).indexOf(level)).flatMap(([, names]) => names);
  return {
    select: "select id, agent_id, session_id, timestamp, level, logger_name, message",
    // The levels are part of the text: only so is it known that the index of what is severe has all that is asked for.
    from: `from agent_logs where ($1::text is null or session_id = $1) and ($2::bigint is null or id > $2)
      and ($3::text is null or agent_id = $3)
      and ($4::text is null or position(lower($4) in lower(agent_id || ' ' || logger_name || ' ' || message)) > 0)
      ${tooMild.length === 0 ? "" : `and upper(level) not in (${tooMild.map((name) => `'${name}'`).join(", ")})`}`,
    orderBy: "id desc",
    values: [session_id ?? null, after_id ?? null, agent_id ?? null, contains ?? null],
  };
}

export interface InstructionQuery {
  readonly acquisition_uuid?: string;
  readonly session_id?: string;
  readonly status?: string;
}

/** Instructions, newest first, each with the last word of the agent about it. */
export function newestInstructions({ acquisition_uuid, session_id, status }: InstructionQuery): PagedSelect {
  return {
    select: `select i.instruction_id, i.agent_id, i.session_id, s.acquisition_uuid, i.instruction_type, i.payload, i.priority,
      i.status, i.ack_status, i.created_at, i.sent_at, i.acknowledged_at, i.expires_at, i.retry_count, i.decision_id,
      i.verification, (select coalesce(a.error_message, a.result) from instruction_acknowledgements a
        where a.instruction_id = i.instruction_id order by a.id desc limit 1) as ack_message`,
    from: `from instructions i join agent_sessions s using (session_id)
      where ($1::text is null or s.acquisition_uuid = $1) and ($2::text is null or i.session_id = $2)
        and ($3::text is null or i.status = $3)`,
    orderBy: "i.seq desc",
    values: [acquisition_uuid ?? null, session_id ?? null, status ?? null],
  };
}
