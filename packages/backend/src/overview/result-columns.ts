import { nullable, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import type { Pool, Queryable } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { goodOnGrid } from "./good-on-grid.js";

const Reals = Type.Array(nullable(Type.Number()));
const Places = Type.Array(Type.Integer({ minimum: 0 }));

const ResultColumns = Type.Object(
  {
    gridsquares: Type.Array(Type.Object({ uuid: Type.String(), gridsquare_id: Type.String() }), {
      description: "The squares that have a micrograph",
    }),
    foilholes: Type.Array(Type.String(), { description: "Uuids of the holes that have a micrograph" }),
    gridsquare: { ...Places, description: "Per micrograph: the place of its square in `gridsquares`" },
    foilhole: { ...Places, description: "Per micrograph: the place of its hole in `foilholes`" },
    taken_at_ms: { ...Reals, description: "Milliseconds since 1970" },
    total_motion: Reals,
    ctf_max_resolution_estimate: Reals,
    particles: { ...Reals, description: "Those selected; where none were selected from them, those picked" },
    good: Type.Array(nullable(Type.Boolean()), { description: "As the decisions judge it; null: not known yet" }),
  },
  { title: "MicrographResultColumns" },
);

interface ColumnRow {
  readonly uuid: string;
  readonly foilhole_uuid: string;
  readonly gridsquare_uuid: string;
  readonly gridsquare_id: string;
  readonly taken_at_ms: number | null;
  readonly total_motion: number | null;
  readonly ctf_max_resolution: number | null;
  readonly particles: number | null;
}

async function readRows(db: Queryable, gridUuid: string): Promise<ColumnRow[]> {
  const { rows } = await db.query<ColumnRow>(
    `select m.uuid, m.foilhole_uuid, h.gridsquare_uuid, s.gridsquare_id,
       (extract(epoch from m.acquisition_datetime) * 1000)::float8 as taken_at_ms, m.total_motion,
       m.ctf_max_resolution_estimate as ctf_max_resolution,
       coalesce(m.number_of_particles_selected, m.number_of_particles_picked) as particles
     from gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid join micrographs m on m.foilhole_uuid = h.uuid
     where s.grid_uuid = $1 order by m.acquisition_datetime nulls first, m.seq`,
    [gridUuid],
  );
  return rows;
}

/** Numbers things in the order in which they are first met. */
function placesOf<T>(items: readonly T[], keyOf: (item: T) => string): { firsts: T[]; places: number[] } {
  const known = new Map<string, number>();
  const firsts: T[] = [];
  const places = items.map((item) => {
    const key = keyOf(item);
    const place = known.get(key);
    if (place !== undefined) return place;
    known.set(key, firsts.length);
    return firsts.push(item) - 1;
  });
  return { firsts, places };
}

/** The results of a grid as columns: a fraction of what they are as rows, for those who look at all of them at once. */
export function resultColumnRoutes(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode): void {
  register(app, ResultColumns);
  const path = "/grids/{grid_uuid}/results/columns";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("get_grid_result_columns", path, "get"),
        summary: "What was measured on a grid, column by column, in the order in which the micrographs were taken",
        tags: ["Overview"],
        response: { 200: ref(ResultColumns) },
      },
    },
    async (request) => {
      const { grid_uuid = "" } = request.params as { grid_uuid?: string };
      const grid = await requireEntity(pool, "grid", grid_uuid);
      const rows = await readRows(pool, grid);
      const squares = placesOf(rows, ({ gridsquare_uuid }) => gridsquare_uuid);
      const holes = placesOf(rows, ({ foilhole_uuid }) => foilhole_uuid);
      return {
        gridsquares: squares.firsts.map(({ gridsquare_uuid, gridsquare_id }) => ({
          uuid: gridsquare_uuid,
          gridsquare_id,
        })),
        foilholes: holes.firsts.map(({ foilhole_uuid }) => foilhole_uuid),
        gridsquare: squares.places,
        foilhole: holes.places,
        taken_at_ms: rows.map(({ taken_at_ms }) => taken_at_ms),
        total_motion: rows.map(({ total_motion }) => total_motion),
        ctf_max_resolution_estimate: rows.map(({ ctf_max_resolution }) => ctf_max_resolution),
        particles: rows.map(({ particles }) => particles),
        good: await goodOnGrid(pool, grid, rows, defaultMode),
      };
    },
  );
}
