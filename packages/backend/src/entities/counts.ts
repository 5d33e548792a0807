import type { EntityName } from "@smartem/common/entity-names";

/** Everything below `t`, one row a hole: whether it has been imaged, and how often. */
function holesBelow(from: string, squares: string, grids = "null::text"): string {
  return `left join lateral (
    select count(distinct ${grids})::int as grid_count, count(distinct s.uuid)::int as gridsquare_count, count(h.uuid)::int as foilhole_count,
      coalesce(sum(i.n), 0)::int as micrograph_count,
      (count(h.uuid) filter (where i.n > 0))::float8 / nullif(count(h.uuid), 0) as completion
    from ${from} left join foilholes h on h.gridsquare_uuid = s.uuid
      left join lateral (select count(*) as n from micrographs m where m.foilhole_uuid = h.uuid) i on h.uuid is not null
    where ${squares}) k on true`;
}

/** For each kind of entity `t` what is counted below it: a join, and the columns that it gives (see `ENTITY_COUNTS`). */
export const COUNTS: Partial<Record<EntityName, { readonly join: string; readonly columns: string }>> = {
  acquisition: {
    join: holesBelow(
      "grids g left join gridsquares s on s.grid_uuid = g.uuid",
      "g.acquisition_uuid = t.uuid",
      "g.uuid",
    ),
    columns: "k.grid_count, k.gridsquare_count, k.foilhole_count, k.micrograph_count, k.completion",
  },
  grid: {
    join: holesBelow("gridsquares s", "s.grid_uuid = t.uuid"),
    columns: "k.gridsquare_count, k.foilhole_count, k.micrograph_count, k.completion",
  },
  gridsquare: {
    join: holesBelow("gridsquares s", "s.uuid = t.uuid"),
    columns: "k.foilhole_count, k.micrograph_count, k.completion",
  },
  foilhole: {
    join: "left join lateral (select count(*)::int as micrograph_count from micrographs m where m.foilhole_uuid = t.uuid) k on true",
    columns: "k.micrograph_count",
  },
};
