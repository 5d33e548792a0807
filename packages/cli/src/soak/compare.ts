import { join } from "node:path";
import type { Pool } from "@smartem/backend/database/connection";
import type { Fact, Facts } from "@smartem/simulator/epu-writer/facts";
import type { Written } from "@smartem/simulator/epu-writer/written";
import type { GridTruth } from "@smartem/simulator/grid-truth";
import type { Acquired } from "@smartem/simulator/microscope";

/** A session as it was simulated. */
export interface SoakedSession {
  /** Of the visit: what the paths of its facts are relative to. */
  readonly dir: string;
  readonly agentId: string;
  readonly truth: GridTruth;
  readonly written: Written;
  /** In the order of imaging. */
  readonly acquired: readonly Acquired[];
}

/** Something that the database says otherwise than the simulator, or not at all, or once more. */
export interface Difference {
  readonly entity: string;
  readonly id: string;
  readonly field: string | null;
  readonly expected: unknown;
  readonly stored: unknown;
}

export interface FactComparison {
  readonly entities: number;
  readonly fields: number;
  readonly differences: readonly Difference[];
}

type Kind = keyof Written["facts"];

/** Every row with the EPU session that it is of and its natural id in it. */
const ROWS: Readonly<Record<Kind, string>> = {
  acquisition: "select t.epu_session_id as session, t.epu_session_id as id, to_jsonb(t) as row from acquisitions t",
  grid: `select a.epu_session_id as session, a.epu_session_id as id, to_jsonb(t) as row
    from grids t join acquisitions a on a.uuid = t.acquisition_uuid`,
  atlas: `select a.epu_session_id as session, t.atlas_id as id, to_jsonb(t) as row
    from atlases t join grids g on g.uuid = t.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
  atlasTile: `select a.epu_session_id as session, t.tile_id as id, to_jsonb(t) as row
    from atlas_tiles t join atlases l on l.uuid = t.atlas_uuid join grids g on g.uuid = l.grid_uuid
      join acquisitions a on a.uuid = g.acquisition_uuid`,
  gridSquare: `select a.epu_session_id as session, t.gridsquare_id as id, to_jsonb(t) as row
    from gridsquares t join grids g on g.uuid = t.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
  tilePosition: `select a.epu_session_id as session, l.tile_id || '/' || s.gridsquare_id as id, to_jsonb(t) as row
    from tile_positions t join atlas_tiles l on l.uuid = t.atlastile_uuid join gridsquares s on s.uuid = t.gridsquare_uuid
      join grids g on g.uuid = s.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
  foilHole: `select a.epu_session_id as session, s.gridsquare_id || '/' || t.foilhole_id as id, to_jsonb(t) as row
    from foilholes t join gridsquares s on s.uuid = t.gridsquare_uuid
      join grids g on g.uuid = s.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
  micrograph: `select a.epu_session_id as session, t.micrograph_id as id, to_jsonb(t) as row
    from micrographs t join foilholes h on h.uuid = t.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
      join grids g on g.uuid = s.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
};

interface StoredRow {
  readonly session: string;
  readonly id: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Compares every field of every entity of the database with what the simulator made the files say. */
export async function compareFacts(pool: Pool, sessions: readonly SoakedSession[]): Promise<FactComparison> {
  const differences: Difference[] = [];
  let entities = 0;
  let fields = 0;
  for (const kind of Object.keys(ROWS) as Kind[]) {
    const expected = new Map<string, { facts: Facts; dir: string }>();
    for (const session of sessions) {
      const results = kind === "micrograph" ? resultFacts(session.truth) : null;
      for (const [id, facts] of session.written.facts[kind]) {
        const all = results === null ? facts : { ...facts, ...results.get(id) };
        expected.set(`${session.truth.sessionId} ${id}`, { facts: all, dir: session.dir });
      }
    }
    const { rows } = await pool.query<StoredRow>(ROWS[kind]);
    for (const { session, id, row } of rows) {
      const key = `${session} ${id}`;
      const wanted = expected.get(key);
      if (wanted === undefined) {
        differences.push({ entity: kind, id: key, field: null, expected: "nothing, or one only", stored: row });
        continue;
      }
      expected.delete(key);
      entities++;
      for (const [field, fact] of Object.entries(wanted.facts)) {
        fields++;
        const value = typeof fact === "object" && "path" in fact ? join(wanted.dir, fact.path) : fact;
        if (!isSame(value, row[field])) {
          differences.push({ entity: kind, id: key, field, expected: value, stored: row[field] });
        }
      }
    }
    for (const key of expected.keys()) {
      differences.push({ entity: kind, id: key, field: null, expected: "one", stored: "nothing" });
    }
  }
  return { entities, fields, differences };
}

/** What processing found, by micrograph. */
function resultFacts(truth: GridTruth): Map<string, Facts> {
  const micrographs = truth.squares.flatMap((square) => square.holes.flatMap((hole) => hole.micrographs));
  return new Map(
    micrographs.map((micrograph) => [
      micrograph.uniqueId,
      {
        total_motion: micrograph.totalMotionA,
        average_motion: micrograph.averageMotionA,
        ctf_max_resolution_estimate: micrograph.ctfMaxResolutionA,
        number_of_particles_picked: micrograph.particlesPicked,
        number_of_particles_selected: micrograph.particlesSelected,
        number_of_particles_rejected: micrograph.particlesPicked - micrograph.particlesSelected,
      },
    ]),
  );
}

function isSame(expected: Fact, stored: unknown): boolean {
  if (typeof expected !== "object") return expected === stored;
  if (!("timeMs" in expected)) return false;
  return typeof stored === "string" && Math.floor(Date.parse(stored)) === expected.timeMs;
}
