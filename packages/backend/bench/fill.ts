import type { Queryable } from "@smartem/backend/database/connection";

export interface Size {
  readonly grids: number;
  readonly squaresPerGrid: number;
  readonly holesPerSquare: number;
  readonly micrographs: number;
  /** Before each uuid. */
  readonly prefix?: string;
}

/** Fills the tables with a collection of that size, as it would be there after days of work; a statement per table. */
export async function fill(db: Queryable, size: Size): Promise<void> {
  const { grids, squaresPerGrid, holesPerSquare, micrographs, prefix = "" } = size;
  await db.query(
    `insert into acquisitions (uuid, name, status, instrument_id) select '${prefix}a' || g, 'session ' || g, 'started', 'krios' from generate_series(1, ${grids}) g`,
  );
  await db.query(
    `insert into grids (uuid, acquisition_uuid, name) select '${prefix}g' || g, '${prefix}a' || g, 'grid ' || g from generate_series(1, ${grids}) g`,
  );
  await db.query(
    `insert into gridsquares (uuid, grid_uuid, gridsquare_id, status, state, stage_position_x, stage_position_y, center_x, center_y, size_width, size_height, image_path)
     select '${prefix}g' || g || 's' || s, '${prefix}g' || g, (100000 + s)::text, 'all foil holes registered', 'open', s * 1e-6, s * 2e-6, s, s, 120, 120,
       '/data/session/Images-Disc1/GridSquare_' || s || '/square.jpg'
     from generate_series(1, ${grids}) g, generate_series(1, ${squaresPerGrid}) s`,
  );
  await db.query(
    `insert into foilholes (uuid, gridsquare_uuid, foilhole_id, gridsquare_id, status, center_x, center_y, quality, x_stage_position, y_stage_position, diameter, pixel_intensity_mean)
     select '${prefix}g' || g || 's' || s || 'h' || h, '${prefix}g' || g || 's' || s, (s * 1000 + h)::text, (100000 + s)::text, 'none',
       h * 1.5, h * 2.5, 0.5, h * 1e-6, h * 2e-6, 1200, 100 + h % 50
     from generate_series(1, ${grids}) g, generate_series(1, ${squaresPerGrid}) s, generate_series(1, ${holesPerSquare}) h`,
  );
  await db.query(
    `insert into micrographs (uuid, foilhole_uuid, foilhole_id, micrograph_id, manifest_file, acquisition_datetime, status, total_motion, ctf_max_resolution_estimate)
     select '${prefix}m' || n, h.uuid, h.foilhole_id, '${prefix}unique-' || n, 'FoilHole_' || h.foilhole_id || '_Data_' || n || '.xml',
       timestamptz '2026-01-01 00:00Z' + n * interval '10 seconds', 'ctf completed', 5 + n % 20, 3 + n % 5
     from (select uuid, foilhole_id, row_number() over (order by seq) as n from foilholes where uuid like '${prefix}g%' order by seq limit ${micrographs}) h`,
  );
}

/** Predictions of squares and holes, what had been said of those with results, and a plan, for one grid. */
export async function fillPlan(db: Queryable, grid: string, model: string): Promise<void> {
  await db.query("insert into prediction_models (name) values ($1) on conflict do nothing", [model]);
  await db.query(
    `insert into quality_predictions (prediction_model_name, value, gridsquare_uuid) select $2, random(), uuid from gridsquares where grid_uuid = $1`,
    [grid, model],
  );
  await db.query(
    `insert into quality_predictions (prediction_model_name, value, foilhole_uuid)
     select $2, random(), h.uuid from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where s.grid_uuid = $1`,
    [grid, model],
  );
  await db.query(
    `insert into predictions_before_results (foilhole_uuid, result_order, models, metrics, values)
     select distinct on (foilhole_uuid) foilhole_uuid, 1, array[$2], array[''], array[random()] from micrographs where grid_uuid = $1`,
    [grid, model],
  );
  const { rows } = await db.query<{ id: number }>(
    "insert into decisions (grid_uuid, mode, summary) values ($1, 'observe', '{}') returning id",
    [grid],
  );
  await db.query(
    `insert into square_plans (gridsquare_uuid, grid_uuid, decision_id, rank, skipped, value, rate_per_minute, reason, foilhole_uuids, probabilities,
       deviations, acquisition_indices, hole_skips, hole_reasons)
     select s.uuid, s.grid_uuid, $2, row_number() over (order by s.seq), false, 100, 1, 'planned', h.uuids, array_fill(0.5::float8, array[h.n]),
       array_fill(0.1::float8, array[h.n]), array_fill(1, array[h.n]), array_fill(false, array[h.n]), array_fill('worth it'::text, array[h.n])
     from gridsquares s cross join lateral (select array_agg(uuid order by seq) as uuids, count(*)::int as n from foilholes where gridsquare_uuid = s.uuid) h
     where s.grid_uuid = $1`,
    [grid, rows[0]?.id],
  );
}

/** What a long session and a year of agents leave behind: decisions of one grid, and closed connections of ten microscopes. */
export async function fillHistory(db: Queryable, grid: string): Promise<void> {
  await db.query(
    `insert into decisions (grid_uuid, mode, summary, created_at)
     select $1, 'observe', jsonb_build_object('outcome', 'observing', 'told', '[]'::jsonb, 'price_per_minute', 0.1, 'results', n,
         'warnings', jsonb_build_array(repeat('as long as a summary is, with its models ', 30))),
       now() - (50001 - n) * interval '10 seconds'
     from generate_series(1, 50000) n`,
    [grid],
  );
  await db.query(
    `insert into agent_sessions (session_id, agent_id, acquisition_uuid, status)
     select 'session-' || n, 'agent-' || n, 'a' || n, 'active' from generate_series(1, 10) n`,
  );
  await db.query(
    `insert into agent_connections (connection_id, agent_id, session_id, connected_at, last_heartbeat_at, closed_at, close_reason)
     select 'c' || n, 'agent-' || (1 + n % 10), 'session-' || (1 + n % 10), at, at, at, 'disconnected'
     from generate_series(1, 200000) n cross join lateral (select now() - n * interval '3 minutes' as at) t`,
  );
}
