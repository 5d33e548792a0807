import { createHash } from "node:crypto";
import type { EntityName } from "@smartem/common/entity-names";
import type { TSchema } from "@smartem/common/schema";
import type { Pool, Queryable } from "../database/connection.js";
import { notFound } from "../http/errors.js";
import { type EntityTable, sqlType, TABLES } from "./columns.js";
import { COUNT_OF_ALL, COUNTS } from "./counts.js";

/** How many rows a long list takes from the database at a time. */
const PAGE_ROWS = 5_000;

/**
 * An expression that gives the uuid of a grid's latest atlas: the one that was acquired last, whichever came last.
 *
 * @param gridUuid an expression
 */
export function latestAtlas(gridUuid: string): string {
  return `(select uuid from atlases where grid_uuid = ${gridUuid} order by acquisition_date desc nulls last, seq desc limit 1)`;
}

export interface ListQuery {
  readonly limit?: number;
  readonly offset?: number;
  /** Column → value: only rows that have it. */
  readonly filters?: Readonly<Record<string, unknown>>;
  /** Further SQL conditions on `t`; parameters are named `$1` … by the order of `conditionValues`. */
  readonly condition?: string;
  readonly conditionValues?: readonly unknown[];
  /** Whether what lies below each entity is counted too. */
  readonly counts?: boolean;
}

/**
 * The list's total, and its rows as JSON text with commas between them, page by page, so that a list of any size passes through
 * small memory.
 */
export interface EntityList {
  readonly total: number;
  readonly pages: AsyncIterable<string>;
  /** Whether there is no more than one page, which has been read. */
  readonly onePage: boolean;
}

interface Page {
  readonly rows: number;
  readonly last_seq: number;
  readonly json: string;
}

/**
 * Lists entities in order of creation. PostgreSQL writes the JSON, so that a row costs no work here.
 */
export async function listEntities(pool: Pool, entity: EntityName, query: ListQuery = {}): Promise<EntityList> {
  const table = TABLES[entity];
  const values: unknown[] = [...(query.conditionValues ?? [])];
  const conditions = query.condition === undefined ? [] : [query.condition];
  for (const [name, value] of Object.entries(query.filters ?? {})) {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (column === undefined && name !== "uuid") continue;
    values.push(value);
    const wanted = `$${values.length}::${column?.type ?? "text"}`;
    const stored = column?.defaultSql == null ? `t.${name}` : `coalesce(t.${name}, ${column.defaultSql})`;
    conditions.push(`${stored} = ${name === table.description.parent?.field ? canonical(wanted) : wanted}`);
  }
  const where = conditions.length === 0 ? "true" : conditions.join(" and ");
  const selected = selectionOf(table, query.counts ?? false);
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const offset = query.offset ?? 0;

  const readPage = async (afterSeq: number, skip: number, wanted: number): Promise<Page> => {
    const n = values.length;
    // One row for all: hundreds of rows would cost this process more than their JSON costs the database.
    const { rows } = await pool.query<Page>(
      prepared(
        `select count(*) as rows, coalesce(max(t.seq), 0) as last_seq, coalesce(string_agg(row_to_json(e)::text, ',' order by t.seq), '') as json
       from (select * from ${table.name} t where (${where}) and t.seq > $${n + 1} order by t.seq offset $${n + 2} limit $${n + 3}) t
         ${selected.join} cross join lateral (select ${selected.columns}) e`,
        [...values, afterSeq, skip, wanted],
      ),
    );
    return rows[0] ?? { rows: 0, last_seq: 0, json: "" };
  };
  const first = await readPage(0, offset, Math.min(limit, PAGE_ROWS));
  const complete = first.rows < Math.min(limit, PAGE_ROWS) && (first.rows > 0 || offset === 0);
  const total = complete ? offset + first.rows : await countRows(pool, table, where, values);

  async function* pages(): AsyncGenerator<string> {
    let page = first;
    let left = limit;
    while (page.rows > 0) {
      yield page.json;
      left -= page.rows;
      if (page.rows < PAGE_ROWS || left <= 0) return;
      page = await readPage(page.last_seq, 0, Math.min(left, PAGE_ROWS));
    }
  }
  return { total, pages: pages(), onePage: first.rows < PAGE_ROWS || limit <= PAGE_ROWS };
}

/** The uuid under which an entity is kept, of that or an alias of it; both are SQL. */
function canonical(uuid: string): string {
  return `coalesce((select a.uuid from entity_aliases a where a.alias = ${uuid}), ${uuid})`;
}

/** A statement that each connection plans once: planning a list takes as long as reading a short one. */
function prepared(text: string, values: unknown[]): { name: string; text: string; values: unknown[] } {
  return { name: createHash("sha1").update(text).digest("base64url"), text, values };
}

function selectionOf(table: EntityTable, withCounts: boolean): { join: string; columns: string } {
  const counts = withCounts ? COUNTS[table.entity] : undefined;
  return counts === undefined
    ? { join: "", columns: table.answerColumns }
    : { join: counts.join, columns: `${table.answerColumns}, ${counts.columns}` };
}

async function countRows(pool: Pool, table: EntityTable, where: string, values: readonly unknown[]): Promise<number> {
  const counted = where === "true" ? COUNT_OF_ALL[table.entity] : undefined;
  const { rows } = await pool.query<{ n: number }>(
    counted ?? `select count(*) as n from ${table.name} t where ${where}`,
    [...values],
  );
  return rows[0]?.n ?? 0;
}

/** One entity, by its uuid or an alias of it, as the JSON text of the wire contract; null where there is none. */
export async function readEntity(
  db: Queryable,
  entity: EntityName,
  uuid: string,
  options: { counts?: boolean } = {},
): Promise<string | null> {
  const table = TABLES[entity];
  const { join, columns } = selectionOf(table, options.counts ?? false);
  const { rows } = await db.query<{ json: string }>(
    `select row_to_json(e)::text as json from ${table.name} t ${join} cross join lateral (select ${columns}) e
     where t.uuid = ${canonical("$1")}`,
    [uuid],
  );
  return rows[0]?.json ?? null;
}

/** The entities with these uuids, as JSON texts in the same order; unknown ones are left out. */
export async function readEntities(db: Queryable, entity: EntityName, uuids: readonly string[]): Promise<string[]> {
  const table = TABLES[entity];
  const { rows } = await db.query<{ json: string }>(
    `select row_to_json(e)::text as json
     from unnest($1::text[]) with ordinality as x(uuid, n) join ${table.name} t on t.uuid = x.uuid
       cross join lateral (select ${table.answerColumns}) e order by x.n`,
    [uuids],
  );
  return rows.map((row) => row.json);
}

/** The uuid under which an entity is kept, given that or an alias of it; null where there is none. */
export async function findEntity(db: Queryable, entity: EntityName, uuid: string): Promise<string | null> {
  const { rows } = await db.query<{ uuid: string }>(
    `select t.uuid from ${TABLES[entity].name} t
     where t.uuid = ${canonical("$1")}`,
    [uuid],
  );
  return rows[0]?.uuid ?? null;
}

/** The uuid under which it is kept; 404 where it does not exist. */
export async function requireEntity(db: Queryable, entity: EntityName, uuid: string): Promise<string> {
  const found = await findEntity(db, entity, uuid);
  if (found === null) throw notFound(TABLES[entity].description.schemaName, uuid);
  return found;
}

/** Whether a query parameter is one that a list can be filtered by, and its SQL type. */
export function filterTypeOf(entity: EntityName, name: string): string | null {
  const schema: TSchema | undefined = TABLES[entity].description.fields[name];
  return schema === undefined ? null : sqlType(schema);
}
