import { ENTITIES, type EntityDescription } from "@smartem/common/entities";
import type { EntityName } from "@smartem/common/entity-names";
import type { TSchema } from "@smartem/common/schema";

/** The SQL type of a field of the wire contract. */
export function sqlType(schema: TSchema): string {
  const { type, format } = schema as { type?: string; format?: string };
  if (type === "integer") return "integer";
  if (type === "number") return "double precision";
  if (type === "boolean") return "boolean";
  return format === "date-time" ? "timestamptz" : "text";
}

export interface Column {
  readonly name: string;
  readonly type: string;
  /** What answers say where nothing is known, as an SQL literal. */
  readonly defaultSql: string | null;
}

export interface EntityTable {
  readonly entity: EntityName;
  readonly name: string;
  readonly description: EntityDescription;
  /** Every column of the wire contract but `uuid`. */
  readonly columns: readonly Column[];
  /** Declares the columns of a JSON record set: `uuid text, name text, …`. */
  readonly recordDefinition: string;
  /** Selects the entity `t` as the wire contract answers it. */
  readonly answerColumns: string;
}

function literal(value: string | boolean): string {
  return typeof value === "boolean" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** The columns of the row `row`, as answers have them. */
function answered(row: string, columns: readonly Column[]): string {
  const values = columns.map(({ name, defaultSql }) =>
    defaultSql === null ? `${row}.${name}` : `coalesce(${row}.${name}, ${defaultSql}) as ${name}`,
  );
  return [`${row}.uuid`, ...values].join(", ");
}

function columnsOf({ fields, defaults }: EntityDescription): Column[] {
  return Object.entries(fields).map(([name, schema]) => {
    const value = defaults[name];
    return { name, type: sqlType(schema), defaultSql: value === undefined ? null : literal(value) };
  });
}

/** An atlas is answered with its tiles. */
const TILES_OF_ATLAS = `(select coalesce(json_agg(row_to_json(e) order by tile.seq), '[]') from atlas_tiles tile
  cross join lateral (select ${answered("tile", columnsOf(ENTITIES.atlas_tile))}) e where tile.atlas_uuid = t.uuid) as tiles`;

function tableOf(entity: EntityName): EntityTable {
  const description: EntityDescription = ENTITIES[entity];
  const columns = columnsOf(description);
  const own = answered("t", columns);
  return {
    entity,
    name: description.table,
    description,
    columns,
    recordDefinition: ["uuid text", ...columns.map((column) => `${column.name} ${column.type}`)].join(", "),
    answerColumns: entity === "atlas" ? `${own}, ${TILES_OF_ATLAS}` : own,
  };
}

export const TABLES: Readonly<Record<EntityName, EntityTable>> = {
  acquisition: tableOf("acquisition"),
  grid: tableOf("grid"),
  atlas: tableOf("atlas"),
  atlas_tile: tableOf("atlas_tile"),
  gridsquare: tableOf("gridsquare"),
  foilhole: tableOf("foilhole"),
  micrograph: tableOf("micrograph"),
};
