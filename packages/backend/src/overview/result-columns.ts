import { nullable, type Static, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import type { Pool, Queryable } from "../database/connection.js";
import { JSON_TYPE } from "../entities/list-answer.js";
import { requireEntity } from "../entities/read.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { IN_ORDER, METRIC_SQL } from "../quality/metrics.js";
import { goodByLimits, limitsOfGrid } from "./good-on-grid.js";

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

type Square = Static<typeof ResultColumns>["gridsquares"][number];

/** Of each micrograph of a grid, in the order in which they were taken. */
interface Columns {
  readonly foilholes: readonly string[];
  /** By the numbers that {@link squares} has: what hundreds of micrographs have in common is short. */
  readonly gridsquares: readonly number[];
  readonly taken_at_ms: readonly (number | null)[];
  readonly total_motion: readonly (number | null)[];
  readonly ctf_max_resolution: readonly (number | null)[];
  readonly particles: readonly (number | null)[];
  readonly squares: Readonly<Record<number, Square>>;
}

async function readColumns(db: Queryable, gridUuid: string): Promise<Columns> {
  const { rows } = await db.query<
    { [column in Exclude<keyof Columns, "foilholes">]: Columns[column] | null } & { foilholes: string | null }
  >(
    // No uuid has a comma in it.
    `select string_agg(foilhole_uuid, ',') as foilholes, json_agg(gridsquare) as gridsquares, json_agg(taken_at_ms) as taken_at_ms,
       json_agg(total_motion) as total_motion, json_agg(ctf) as ctf_max_resolution, json_agg(particles) as particles,
       (select json_object_agg(seq, json_build_object('uuid', uuid, 'gridsquare_id', gridsquare_id)) from gridsquares where grid_uuid = $1) as squares
     from (select m.foilhole_uuid, s.seq as gridsquare, round(date_part('epoch', m.acquisition_datetime) * 1000) as taken_at_ms,
         m.total_motion, ${METRIC_SQL.ctfmaxresolution} as ctf, ${METRIC_SQL.numparticles} as particles
       from micrographs m join gridsquares s on s.uuid = m.gridsquare_uuid where m.grid_uuid = $1 order by ${IN_ORDER}) x`,
    [gridUuid],
  );
  const { foilholes, gridsquares, taken_at_ms, total_motion, ctf_max_resolution, particles, squares } = rows[0] ?? {};
  return {
    foilholes: foilholes?.split(",") ?? [],
    gridsquares: gridsquares ?? [],
    taken_at_ms: taken_at_ms ?? [],
    total_motion: total_motion ?? [],
    ctf_max_resolution: ctf_max_resolution ?? [],
    particles: particles ?? [],
    squares: squares ?? {},
  };
}

/** Numbers things in the order in which they are first met. */
function placesOf<Item>(items: readonly Item[]): { firsts: Item[]; places: number[] } {
  const known = new Map<Item, number>();
  const firsts: Item[] = [];
  const places = items.map((item) => {
    const place = known.get(item);
    if (place !== undefined) return place;
    known.set(item, firsts.length);
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
    async (request, reply) => {
      const { grid_uuid = "" } = request.params as { grid_uuid?: string };
      const grid = await requireEntity(pool, "grid", grid_uuid);
      const columns = await readColumns(pool, grid);
      const squares = placesOf(columns.gridsquares);
      const holes = placesOf(columns.foilholes);
      const micrographs = columns.total_motion.map((total_motion, place) => ({
        total_motion,
        ctf_max_resolution: columns.ctf_max_resolution[place] ?? null,
        particles: columns.particles[place] ?? null,
      }));
      const answer: Static<typeof ResultColumns> = {
        gridsquares: squares.firsts.flatMap((seq) => columns.squares[seq] ?? []),
        foilholes: holes.firsts,
        gridsquare: squares.places,
        foilhole: holes.places,
        taken_at_ms: [...columns.taken_at_ms],
        total_motion: [...columns.total_motion],
        ctf_max_resolution_estimate: [...columns.ctf_max_resolution],
        particles: [...columns.particles],
        good: goodByLimits(micrographs, await limitsOfGrid(pool, grid, defaultMode)),
      };
      // Numbers by the hundred thousand are not looked at one by one.
      return reply.type(JSON_TYPE).send(JSON.stringify(answer));
    },
  );
}
