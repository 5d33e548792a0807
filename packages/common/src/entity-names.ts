// Apart from the schemas, which take a while to load and which not everybody needs who speaks of entities.

export type EntityName = "acquisition" | "grid" | "atlas" | "atlas_tile" | "gridsquare" | "foilhole" | "micrograph";

/** Parents before children: the order in which a mixed set of entities has to be stored. */
export const ENTITY_NAMES: readonly EntityName[] = [
  "acquisition",
  "grid",
  "atlas",
  "atlas_tile",
  "gridsquare",
  "foilhole",
  "micrograph",
];

/** The key of an ingest request that holds the entities of a kind. */
export const INGEST_KEYS = {
  acquisition: "acquisitions",
  grid: "grids",
  atlas: "atlases",
  atlas_tile: "atlas_tiles",
  gridsquare: "gridsquares",
  foilhole: "foilholes",
  micrograph: "micrographs",
} as const satisfies Record<EntityName, string>;

/** Where the API has the entities of a kind. */
export function entityPath(kind: EntityName): string {
  return `/${INGEST_KEYS[kind].replace("_", "-")}`;
}
