import type { EntityName } from "@smartem/common/entity-names";
import type { Queryable } from "../database/connection.js";

/** The columns of what lies below squares, of which one or more stand in `c`; see the migration that made the table. */
const SUMS = `coalesce(sum(c.foilholes), 0)::int as foilhole_count, coalesce(sum(c.micrographs), 0)::int as micrograph_count,
      coalesce(sum(c.imaged), 0)::int as imaged_foilhole_count,
      sum(c.imaged)::float8 / nullif(sum(c.foilholes), 0) as completion`;

/** Counts what lies below the acquisition `t`, as `k`. */
export const COUNTS_OF_ACQUISITION = `left join lateral (
      select count(distinct g.uuid)::int as grid_count, count(distinct s.uuid)::int as gridsquare_count, ${SUMS}
      from grids g left join gridsquares s on s.grid_uuid = g.uuid left join square_counts c on c.gridsquare_uuid = s.uuid
      where g.acquisition_uuid = t.uuid) k on true`;

/** For each kind of entity `t` what is counted below it: a join, and the columns that it gives (see `ENTITY_COUNTS`). */
export const COUNTS: Partial<Record<EntityName, { readonly join: string; readonly columns: string }>> = {
  acquisition: {
    join: COUNTS_OF_ACQUISITION,
    columns: "k.grid_count, k.gridsquare_count, k.foilhole_count, k.micrograph_count, k.completion",
  },
  grid: {
    join: `left join lateral (
      select count(distinct s.uuid)::int as gridsquare_count, ${SUMS}
      from gridsquares s left join square_counts c on c.gridsquare_uuid = s.uuid where s.grid_uuid = t.uuid) k on true`,
    columns: "k.gridsquare_count, k.foilhole_count, k.micrograph_count, k.completion",
  },
  gridsquare: {
    join: `left join lateral (select ${SUMS} from square_counts c where c.gridsquare_uuid = t.uuid) k on true`,
    columns: "k.foilhole_count, k.micrograph_count, k.completion",
  },
  foilhole: {
    join: "",
    columns: "t.micrograph_count",
  },
};

/** How many there are, where that is known without going through all of them. */
export const COUNT_OF_ALL: Partial<Record<EntityName, string>> = {
  foilhole: "select coalesce(sum(foilholes + removed), 0)::int as n from square_counts",
  micrograph: "select coalesce(sum(micrographs), 0)::int as n from square_counts",
};

/** More rows of a square than this are replaced by their sum. */
const ROWS_PER_SQUARE = 10;
const SQUARES_AT_A_TIME = 500;

/** Sums up what has been counted of squares that change often, and forgets squares that are gone. */
export async function sumUpCounts(db: Queryable): Promise<"more" | "idle"> {
  const { rowCount } = await db.query(
    `with many as (
       select c.gridsquare_uuid from square_counts c group by 1
       having count(*) > $1 or not exists (select from gridsquares s where s.uuid = c.gridsquare_uuid) limit $2),
     gone as (delete from square_counts c using many where c.gridsquare_uuid = many.gridsquare_uuid returning c.*),
     kept as (
       insert into square_counts
       select gridsquare_uuid, sum(foilholes), sum(imaged), sum(micrographs), sum(removed), sum(intensities), sum(intensity_sum) from gone
       where exists (select from gridsquares s where s.uuid = gone.gridsquare_uuid) group by 1)
     select from many`,
    [ROWS_PER_SQUARE, SQUARES_AT_A_TIME],
  );
  return rowCount === SQUARES_AT_A_TIME ? "more" : "idle";
}
