import type { Pool } from "@smartem/backend/database/connection";
import type { Written } from "@smartem/simulator/epu-writer/written";

/** One kind of entity: what the simulator wrote against what the database holds, by natural id. */
export interface Comparison {
  readonly entity: string;
  readonly written: number;
  readonly stored: number;
  /** Written but not stored, and the other way round; a few of each. */
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

const SHOWN = 5;

/** Compares the database with what the simulator wrote, entity by entity. */
export async function compareWithDatabase(pool: Pool, written: Written): Promise<Comparison[]> {
  const ids = async (sql: string): Promise<string[]> =>
    (await pool.query<{ id: string }>(sql)).rows.map((row) => row.id);
  return [
    compare("acquisitions", [...written.acquisitions], await ids("select epu_session_id as id from acquisitions")),
    compare(
      "grids",
      [...written.acquisitions],
      await ids("select a.epu_session_id as id from grids g join acquisitions a on a.uuid = g.acquisition_uuid"),
    ),
    compare("atlases", [...written.atlases], await ids("select atlas_id as id from atlases")),
    compare("atlas tiles", [...written.atlasTiles], await ids("select tile_id as id from atlas_tiles")),
    compare("grid squares", [...written.gridSquares], await ids("select gridsquare_id as id from gridsquares")),
    compare(
      "tile positions",
      [...written.tilePositions],
      await ids(
        `select t.tile_id || '/' || s.gridsquare_id as id from tile_positions p join atlas_tiles t on t.uuid = p.atlastile_uuid
           join gridsquares s on s.uuid = p.gridsquare_uuid`,
      ),
    ),
    compare(
      "foil holes",
      [...written.foilHoles],
      await ids(
        "select s.gridsquare_id || '/' || h.foilhole_id as id from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid",
      ),
    ),
    compare("micrographs", [...written.micrographs.keys()], await ids("select micrograph_id as id from micrographs")),
  ];
}

/** As multisets: an entity that is stored twice is an extra one. */
function compare(entity: string, written: readonly string[], stored: readonly string[]): Comparison {
  const left = new Map<string, number>();
  for (const id of written) left.set(id, (left.get(id) ?? 0) + 1);
  const extra: string[] = [];
  for (const id of stored) {
    const count = left.get(id) ?? 0;
    if (count === 0) extra.push(id);
    else left.set(id, count - 1);
  }
  const missing = [...left].filter(([, count]) => count > 0).map(([id]) => id);
  return {
    entity,
    written: written.length,
    stored: stored.length,
    missing: missing.slice(0, SHOWN),
    extra: extra.slice(0, SHOWN),
  };
}

export function isEqual({ written, stored, missing, extra }: Comparison): boolean {
  return written === stored && missing.length === 0 && extra.length === 0;
}
