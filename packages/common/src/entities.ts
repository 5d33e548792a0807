import { ENTITY_NAMES, type EntityName, INGEST_KEYS } from "./entity-names.js";
import {
  Count,
  Flag,
  Integer,
  NaturalId,
  nullable,
  oneOf,
  Real,
  type Static,
  Text,
  Time,
  type TObject,
  type TSchema,
  Type,
  Uuid,
} from "./schema.js";

/*
 * The entities of the wire contract, each described once. Request and response schemas, database statements and
 * the agent's records all follow from these descriptions.
 *
 * Units are those of the wire contract: stage positions, pixel sizes, defocus in metres; physical_x/y in nanometres;
 * rotation in radians; centres, sizes and *_location in pixels of the image they refer to.
 */

export const AcquisitionStatus = oneOf(["planned", "started", "completed", "paused", "abandoned"], "AcquisitionStatus");
export const GridStatus = oneOf(
  ["none", "scan started", "scan completed", "grid squares decision started", "grid squares decision completed"],
  "GridStatus",
);
export const GridSquareStatus = oneOf(
  ["none", "all foil holes registered", "foil holes decision started", "foil holes decision completed"],
  "GridSquareStatus",
);
export const FoilHoleStatus = oneOf(["none", "micrographs detected"], "FoilHoleStatus");
export const MicrographStatus = oneOf(
  [
    "none",
    "motion correction started",
    "motion correction completed",
    "ctf started",
    "ctf completed",
    "particle picking started",
    "particle picking completed",
    "particle selection started",
    "particle selection completed",
  ],
  "MicrographStatus",
);

export interface EntityDescription {
  /** The schema names of the OpenAPI document start with it. */
  readonly schemaName: string;
  readonly table: string;
  /** The field that names the parent, and what the parent is. */
  readonly parent: { readonly field: string; readonly entity: EntityName } | null;
  /**
   * What tells an entity from its siblings, whatever uuid a client chose: columns that, together, are unique.
   * An empty list: only the uuid does.
   */
  readonly naturalKey: readonly string[];
  /** Every field but `uuid`, with the schema of its values where they are known. */
  readonly fields: Readonly<Record<string, TSchema>>;
  /** Fields that a create request must give. */
  readonly required: readonly string[];
  /** Fields that are never null in answers (nor is the parent's), with what an entity has when nobody gave them. */
  readonly defaults: Readonly<Record<string, string | boolean>>;
  /** Fields that only answers have. */
  readonly readOnly: readonly string[];
  /** Fields that existing answers do not carry: ours, optional. */
  readonly extensions: readonly string[];
}

export const ENTITIES = {
  acquisition: {
    schemaName: "Acquisition",
    table: "acquisitions",
    parent: null,
    naturalKey: [],
    fields: {
      name: Text,
      status: AcquisitionStatus,
      start_time: Time,
      end_time: Time,
      paused_time: Time,
      storage_path: Text,
      atlas_path: Text,
      clustering_mode: Text,
      clustering_radius: Text,
      instrument_model: Text,
      instrument_id: Text,
      computer_name: Text,
      epu_session_id: Text,
      planned_end_time: Time,
    },
    required: [],
    defaults: { name: "Unknown" },
    readOnly: [],
    extensions: ["epu_session_id", "planned_end_time"],
  },
  grid: {
    schemaName: "Grid",
    table: "grids",
    parent: { field: "acquisition_uuid", entity: "acquisition" },
    naturalKey: [],
    fields: {
      acquisition_uuid: Uuid,
      name: Text,
      status: GridStatus,
      data_dir: Text,
      atlas_dir: Text,
      scan_start_time: Time,
      scan_end_time: Time,
    },
    required: ["acquisition_uuid", "name"],
    defaults: {},
    readOnly: [],
    extensions: [],
  },
  atlas: {
    schemaName: "Atlas",
    table: "atlases",
    parent: { field: "grid_uuid", entity: "grid" },
    naturalKey: ["grid_uuid", "atlas_id"],
    fields: {
      grid_uuid: Uuid,
      atlas_id: Text,
      acquisition_date: Time,
      storage_folder: Text,
      description: Text,
      name: Text,
    },
    required: ["grid_uuid", "name"],
    defaults: { atlas_id: "" },
    readOnly: [],
    extensions: [],
  },
  atlas_tile: {
    schemaName: "AtlasTile",
    table: "atlas_tiles",
    parent: { field: "atlas_uuid", entity: "atlas" },
    naturalKey: ["atlas_uuid", "tile_id"],
    fields: {
      atlas_uuid: Uuid,
      tile_id: Text,
      position_x: Integer,
      position_y: Integer,
      size_x: Integer,
      size_y: Integer,
      file_format: Text,
      base_filename: Text,
    },
    required: ["atlas_uuid"],
    defaults: { tile_id: "" },
    readOnly: [],
    extensions: [],
  },
  gridsquare: {
    schemaName: "GridSquare",
    table: "gridsquares",
    parent: { field: "grid_uuid", entity: "grid" },
    naturalKey: ["grid_uuid", "gridsquare_id"],
    fields: {
      grid_uuid: Uuid,
      gridsquare_id: NaturalId,
      status: GridSquareStatus,
      data_dir: Text,
      atlas_node_id: Integer,
      state: Text,
      rotation: Real,
      image_path: Text,
      selected: Flag,
      unusable: Flag,
      stage_position_x: Real,
      stage_position_y: Real,
      stage_position_z: Real,
      center_x: Integer,
      center_y: Integer,
      physical_x: Real,
      physical_y: Real,
      size_width: Integer,
      size_height: Integer,
      acquisition_datetime: Time,
      defocus: Real,
      magnification: Real,
      pixel_size: Real,
      detector_name: Text,
      applied_defocus: Real,
      atlas_quality: Real,
      atlas_category: Integer,
      acquisition_order: Integer,
    },
    required: ["grid_uuid", "gridsquare_id"],
    defaults: {},
    readOnly: [],
    extensions: ["atlas_quality", "atlas_category", "acquisition_order"],
  },
  foilhole: {
    schemaName: "FoilHole",
    table: "foilholes",
    parent: { field: "gridsquare_uuid", entity: "gridsquare" },
    naturalKey: ["gridsquare_uuid", "foilhole_id"],
    fields: {
      gridsquare_uuid: Uuid,
      foilhole_id: NaturalId,
      gridsquare_id: NaturalId,
      status: FoilHoleStatus,
      center_x: Real,
      center_y: Real,
      quality: Real,
      rotation: Real,
      size_width: Real,
      size_height: Real,
      x_location: Integer,
      y_location: Integer,
      x_stage_position: Real,
      y_stage_position: Real,
      diameter: Integer,
      is_near_grid_bar: Flag,
      selected: Flag,
      state: Text,
      acquisition_order: Integer,
      pixel_intensity_mean: Real,
      pixel_intensity_stdev: Real,
    },
    required: ["gridsquare_uuid", "foilhole_id", "gridsquare_id"],
    defaults: { is_near_grid_bar: false },
    readOnly: [],
    extensions: ["selected", "state", "acquisition_order", "pixel_intensity_mean", "pixel_intensity_stdev"],
  },
  micrograph: {
    schemaName: "Micrograph",
    table: "micrographs",
    parent: { field: "foilhole_uuid", entity: "foilhole" },
    naturalKey: ["foilhole_uuid", "file_name"],
    fields: {
      foilhole_uuid: Uuid,
      foilhole_id: NaturalId,
      micrograph_id: Text,
      location_id: Text,
      high_res_path: Text,
      manifest_file: Text,
      acquisition_datetime: Time,
      defocus: Real,
      detector_name: Text,
      energy_filter: Flag,
      phase_plate: Flag,
      image_size_x: Integer,
      image_size_y: Integer,
      binning_x: Integer,
      binning_y: Integer,
      status: MicrographStatus,
      total_motion: Real,
      average_motion: Real,
      ctf_max_resolution_estimate: Real,
      number_of_particles_picked: Count,
      number_of_particles_selected: Count,
      number_of_particles_rejected: Count,
      pick_distribution: Text,
      selection_distribution: Text,
      pixel_size: Real,
      stage_position_x: Real,
      stage_position_y: Real,
      beam_shift_x: Real,
      beam_shift_y: Real,
    },
    required: ["foilhole_id"],
    defaults: { status: "none" },
    readOnly: [],
    extensions: ["pixel_size", "stage_position_x", "stage_position_y", "beam_shift_x", "beam_shift_y"],
  },
} as const satisfies Record<EntityName, EntityDescription>;

type Fields<N extends EntityName> = (typeof ENTITIES)[N]["fields"];
type Required<N extends EntityName> = (typeof ENTITIES)[N]["required"][number];
type Values<N extends EntityName> = { -readonly [F in keyof Fields<N>]: Static<Extract<Fields<N>[F], TSchema>> };

/** What a client says of an entity: its uuid, the required fields, and any of the others (null: not known). */
export type EntityInput<N extends EntityName> = { uuid: string } & {
  [F in keyof Values<N> as F extends Required<N> ? F : never]: Values<N>[F];
} & { [F in keyof Values<N> as F extends Required<N> ? never : F]?: Values<N>[F] | null };

/** What the API answers of an entity: every field, null where unknown. */
export type EntityRecord<N extends EntityName> = { uuid: string } & {
  [F in keyof Values<N>]: Values<N>[F] | null;
};

/**
 * What requests that leave a field out are described to mean. Descriptions alone: a request never takes back what an earlier one gave
 * by leaving it out.
 */
const REQUEST_DEFAULTS: Partial<Record<EntityName, Readonly<Record<string, string | boolean>>>> = {
  gridsquare: { lowmag: false },
  foilhole: { is_near_grid_bar: false },
  micrograph: { status: "none" },
};

/** What can be counted below an entity, on request (`counts=true`), and the share of its holes that have been imaged. */
export const ENTITY_COUNTS: Partial<Record<EntityName, readonly string[]>> = {
  acquisition: ["grid_count", "gridsquare_count", "foilhole_count", "micrograph_count"],
  grid: ["gridsquare_count", "foilhole_count", "micrograph_count"],
  gridsquare: ["foilhole_count", "micrograph_count"],
  foilhole: ["micrograph_count"],
};

function schemasOf(entity: EntityName) {
  const description: EntityDescription = ENTITIES[entity];
  const meant = REQUEST_DEFAULTS[entity] ?? {};
  const optional = (name: string, schema: TSchema): TSchema =>
    Type.Optional(nullable(schema, name in meant ? { default: meant[name] } : {}));
  const { fields, required, defaults, extensions, readOnly } = description;
  const create: Record<string, TSchema> = { uuid: Uuid };
  const update: Record<string, TSchema> = { uuid: Type.Optional(nullable(Uuid)) };
  const response: Record<string, TSchema> = { uuid: Type.String() };
  for (const [name, schema] of Object.entries(fields)) {
    if (!readOnly.includes(name)) {
      create[name] = required.includes(name) ? schema : optional(name, schema);
      update[name] = optional(name, schema);
    }
    const known = required.includes(name) || name === description.parent?.field || name in defaults;
    const shown = known ? schema : nullable(schema);
    response[name] = extensions.includes(name) ? Type.Optional(shown) : shown;
  }
  if (entity === "gridsquare") {
    // Marks a square seen at atlas magnification only: it decides the event's name and is not stored.
    create.lowmag = optional("lowmag", Flag);
    update.lowmag = optional("lowmag", Flag);
  }
  return { create, update, response };
}

/** The request and response schemas of an entity, under the names that the OpenAPI document gives them. */
export function entitySchemas(entity: EntityName): Record<"create" | "update" | "response", TObject> {
  const description: EntityDescription = ENTITIES[entity];
  const { create, update, response } = schemasOf(entity);
  const counts = ENTITY_COUNTS[entity] ?? [];
  for (const name of counts) response[name] = Type.Optional(Type.Integer());
  if (counts.includes("foilhole_count")) response.completion = Type.Optional(nullable(Type.Number()));
  if (entity === "atlas") {
    const tile = entitySchemas("atlas_tile");
    create.tiles = Type.Optional(nullable(Type.Array(tile.create)));
    response.tiles = Type.Optional(Type.Array(tile.response, { default: [] }));
  }
  return {
    create: Type.Object(create, { title: `${description.schemaName}CreateRequest` }),
    update: Type.Object(update, { title: `${description.schemaName}UpdateRequest` }),
    response: Type.Object(response, { title: `${description.schemaName}Response` }),
  };
}

/** Where a tile of the atlas shows a grid square, in pixels of the tile. */
export const TilePosition = Type.Object({
  atlastile_uuid: Uuid,
  gridsquare_uuid: Uuid,
  center_x: Integer,
  center_y: Integer,
  size_width: Integer,
  size_height: Integer,
});
export type TilePosition = Static<typeof TilePosition>;

/** Everything that an agent has to say, in one request: sets of entities, in any order. */
export interface IngestRequest {
  acquisitions?: EntityInput<"acquisition">[];
  grids?: EntityInput<"grid">[];
  atlases?: EntityInput<"atlas">[];
  atlas_tiles?: EntityInput<"atlas_tile">[];
  gridsquares?: EntityInput<"gridsquare">[];
  foilholes?: EntityInput<"foilhole">[];
  micrographs?: EntityInput<"micrograph">[];
  tile_positions?: TilePosition[];
}

export const IngestRequest = Type.Object(
  {
    ...Object.fromEntries(
      ENTITY_NAMES.map((name) => [INGEST_KEYS[name], Type.Optional(Type.Array(entitySchemas(name).create))]),
    ),
    tile_positions: Type.Optional(Type.Array(TilePosition)),
  },
  { title: "IngestRequest" },
);

/** What became of a bulk ingest: whatever is not listed as rejected is stored. */
export const IngestResponse = Type.Object(
  {
    created: Type.Integer(),
    updated: Type.Integer(),
    unchanged: Type.Integer(),
    rejected: Type.Array(
      Type.Object({
        entity: Type.String(),
        uuid: Type.String(),
        code: oneOf(["parent_missing"]),
        message: Type.String(),
      }),
    ),
  },
  { title: "IngestResponse" },
);
export type IngestResponse = Static<typeof IngestResponse>;
