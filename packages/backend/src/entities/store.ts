import type { EntityInput, IngestResponse, TilePosition } from "@smartem/common/entities";
import type { EntityName } from "@smartem/common/entity-names";
import { isOver } from "@smartem/common/states";
import type { Transaction } from "../database/connection.js";
import { withdrawTold } from "../decisions/tell.js";
import { type EntityChange, recordChanges, recordDeletion } from "../events/outbox.js";
import { releaseParked } from "../inbox/parking.js";
import { closeSessionsOf } from "../sessions/store.js";
import { type EntityTable, TABLES } from "./columns.js";
import {
  advanceOnAcquisitions,
  advanceOnGrids,
  advanceOnMicrographs,
  advanceOnSquares,
  goBackOnMicrographs,
  hasEnded,
  holesToBeImaged,
  reopenDecisions,
} from "./statuses.js";

export type Rejection = IngestResponse["rejected"][number];

export interface StoreResult {
  /** The uuid under which each given one is kept. */
  readonly canonical: ReadonlyMap<string, string>;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: number;
  readonly rejected: readonly Rejection[];
}

type Values = Record<string, unknown> & { uuid: string };

/** The entities that these uuids stand for, where a uuid is an alias of another. */
export async function resolveAliases(tx: Transaction, uuids: readonly string[]): Promise<Map<string, string>> {
  if (uuids.length === 0) return new Map();
  const { rows } = await tx.query<{ alias: string; uuid: string }>(
    "select alias, uuid from entity_aliases where alias = any($1)",
    [uuids],
  );
  return new Map(rows.map((row) => [row.alias, row.uuid]));
}

/** What tells the entity from its siblings; null where it does not say enough to be told. Mirrors the unique indexes. */
function naturalKeyOf(table: EntityTable, values: Values): string | null {
  switch (table.entity) {
    case "acquisition":
    case "grid":
      return null;
    case "atlas":
      return JSON.stringify([values.grid_uuid, values.atlas_id ?? ""]);
    case "atlas_tile":
      return values.tile_id == null ? null : JSON.stringify([values.atlas_uuid, values.tile_id]);
    case "gridsquare":
      return JSON.stringify([values.grid_uuid, values.gridsquare_id]);
    case "foilhole":
      return JSON.stringify([values.gridsquare_uuid, values.foilhole_id]);
    case "micrograph": {
      const fileName = fileNameOf(values);
      return fileName === null ? null : JSON.stringify([values.foilhole_uuid, fileName]);
    }
  }
}

function fileNameOf(values: Values): string | null {
  const manifest = typeof values.manifest_file === "string" ? values.manifest_file.replace(/^.*[\\/]/s, "") : "";
  if (manifest !== "") return manifest;
  return typeof values.micrograph_id === "string" ? values.micrograph_id : null;
}

const SAME_FILE =
  "t.file_name = coalesce(nullif(regexp_replace(r.manifest_file, '^.*[\\\\/]', ''), ''), r.micrograph_id)";

interface NaturalKey {
  /** The columns that it is made of. */
  readonly columns: readonly string[];
  /** Finds the rows `t` that have the natural key of `r`, a record set of these columns. */
  readonly match: string;
}

/**
 * Of what has one. Micrographs are told apart by their manifests' names, which stay when a folder is copied; where one of two has
 * none, by EPU's id.
 */
const NATURAL_KEYS: Partial<Record<EntityName, NaturalKey>> = {
  atlas: {
    columns: ["grid_uuid", "atlas_id"],
    match: "t.grid_uuid = r.grid_uuid and coalesce(t.atlas_id, '') = coalesce(r.atlas_id, '')",
  },
  atlas_tile: {
    columns: ["atlas_uuid", "tile_id"],
    match: "t.atlas_uuid = r.atlas_uuid and t.tile_id = r.tile_id",
  },
  gridsquare: {
    columns: ["grid_uuid", "gridsquare_id"],
    match: "t.grid_uuid = r.grid_uuid and t.gridsquare_id = r.gridsquare_id",
  },
  foilhole: {
    columns: ["gridsquare_uuid", "foilhole_id"],
    match: "t.gridsquare_uuid = r.gridsquare_uuid and t.foilhole_id = r.foilhole_id",
  },
  micrograph: {
    columns: ["foilhole_uuid", "manifest_file", "micrograph_id"],
    match: `t.foilhole_uuid = r.foilhole_uuid and (${SAME_FILE} or (t.micrograph_id = r.micrograph_id
      and num_nonnulls(nullif(t.manifest_file, ''), nullif(r.manifest_file, '')) < 2))`,
  },
};

function upsertSql(table: EntityTable, flagsAreMeant: boolean): string {
  const names = table.columns.map((column) => column.name);
  // A field that a request leaves out, or gives its default only, keeps what an earlier request said.
  const kept = (column: (typeof table.columns)[number]): string => {
    const isMeant = column.defaultSql === null || (flagsAreMeant && column.type === "boolean");
    const given = isMeant ? `excluded.${column.name}` : `nullif(excluded.${column.name}, ${column.defaultSql})`;
    const value = `coalesce(${given}, t.${column.name}, excluded.${column.name})`;
    if (column.name !== "status") return value;
    // Who sends an entity again, as it was known earlier, does not take back what has happened since.
    const rank = (status: string): string =>
      `('${JSON.stringify(STATUS_RANKS[table.entity])}'::jsonb ->> ${status})::int`;
    return `case when ${rank("excluded.status")} < ${rank("t.status")} then t.status else ${value} end`;
  };
  return `
    insert into ${table.name} as t (uuid, ${names.join(", ")})
    select uuid, ${names.join(", ")} from json_to_recordset($1::json) as r(${table.recordDefinition})
    on conflict (uuid) do update set ${table.columns.map((column) => `${column.name} = ${kept(column)}`).join(", ")}
    where (${names.map((name) => `t.${name}`).join(", ")})
      is distinct from (${table.columns.map(kept).join(", ")})
    returning uuid, (xmax = 0) as created`;
}

/** How far along each status is: one is never followed by one of a lower rank. */
const STATUS_RANKS = Object.fromEntries(
  Object.values(TABLES).map(({ entity, description }) => {
    const statuses = (description.fields.status as { enum?: readonly string[] } | undefined)?.enum ?? [];
    return [
      entity,
      entity === "acquisition"
        ? { planned: 0, started: 1, paused: 1, completed: 2, abandoned: 2 }
        : Object.fromEntries(statuses.map((status, rank) => [status, rank])),
    ];
  }),
) as Record<EntityName, Readonly<Record<string, number>>>;

const upserts = (flagsAreMeant: boolean) =>
  Object.fromEntries(Object.values(TABLES).map((table) => [table.entity, upsertSql(table, flagsAreMeant)]));
const UPSERT = { given: upserts(false), meant: upserts(true) };

/** The status that says that nothing has happened yet: it takes nothing back. */
const NO_STATUS = "none";

/**
 * Stores a set of entities of one kind and the events that tell of it. New ones are created, known ones (by uuid, alias or
 * natural key) get the fields that are given and not null; an entity that says nothing new changes nothing.
 *
 * Entities whose parent is unknown are not stored but returned as rejected. A fixed number of statements, whatever
 * the size of the set.
 *
 * @param options.flagsAreMeant who sends them leaves out what it does not know: a flag's default is said, too
 */
export async function storeEntities<N extends EntityName>(
  tx: Transaction,
  entity: N,
  inputs: readonly EntityInput<N>[],
  options: { flagsAreMeant?: boolean } = {},
): Promise<StoreResult> {
  const table = TABLES[entity];
  const parentField = table.description.parent?.field;
  const given = inputs as readonly Values[];
  const aliases = await resolveAliases(tx, [
    ...given.map((values) => values.uuid),
    ...(parentField === undefined ? [] : given.map((values) => String(values[parentField]))),
  ]);
  const resolved = given.map((values): Values => {
    const copy: Values = { ...values, uuid: aliases.get(values.uuid) ?? values.uuid };
    if (parentField !== undefined) copy[parentField] = aliases.get(String(values[parentField])) ?? values[parentField];
    return copy;
  });

  const { present, rejected } = await splitByParent(tx, table, resolved);
  const { rows, sameAs } = await mergeByNaturalKey(tx, table, present);
  // One order for all writers: two of them then wait for each other instead of locking each other out.
  const sorted = [...rows.values()].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));

  const paused = entity === "acquisition" ? await newlyPaused(tx, sorted) : [];
  const toBeImaged = entity === "micrograph" ? await holesToBeImaged(tx, sorted.map(holeOf)) : new Set<string>();
  const left = entity === "micrograph" ? await holesLeft(tx, sorted) : [];
  const { rows: changes } =
    sorted.length === 0
      ? { rows: [] as EntityChange[] }
      : await tx.query<EntityChange>(UPSERT[options.flagsAreMeant === true ? "meant" : "given"][entity] ?? "", [
          JSON.stringify(sorted),
        ]);
  await storeAliases(tx, entity, sameAs);
  if (entity === "gridsquare") await recordSquares(tx, rows, changes);
  else await recordChanges(tx, entity, changes);
  const created = changes.filter((change) => change.created).map((change) => change.uuid);
  if (entity === "micrograph") {
    // Also those that were another hole's.
    const isChanged = new Set(changes.map(({ uuid }) => uuid));
    const holes = new Set(sorted.filter(({ uuid }) => isChanged.has(uuid)).map(holeOf));
    await advanceOnMicrographs(
      tx,
      created,
      [...holes].filter((hole) => toBeImaged.has(hole)),
    );
    await goBackOnMicrographs(tx, left);
  }
  if (entity === "gridsquare") await advanceOnSquares(tx, created);
  const changed = changes.map((change) => change.uuid);
  if (entity === "grid") await advanceOnGrids(tx, changed);
  if (entity === "acquisition") {
    const told = sorted.filter((values) => values.status != null).map((values) => values.uuid);
    await advanceOnAcquisitions(tx, changed, { paused, told });
  }
  await releaseParked(tx, entity, [...created, ...sameAs.keys()]);

  const canonical = new Map<string, string>();
  for (const values of given) {
    const first = aliases.get(values.uuid) ?? values.uuid;
    canonical.set(values.uuid, sameAs.get(first) ?? first);
  }
  return {
    canonical,
    created,
    updated: changes.filter((change) => !change.created).map((change) => change.uuid),
    unchanged: sorted.length - changes.length,
    rejected,
  };
}

/** Those of these acquisitions of which a pause is told that was not known before. */
async function newlyPaused(tx: Transaction, acquisitions: readonly Values[]): Promise<string[]> {
  const paused = acquisitions.filter((values) => values.paused_time != null);
  if (paused.length === 0) return [];
  const { rows } = await tx.query<{ uuid: string }>(
    `select x.uuid from jsonb_to_recordset($1::jsonb) as x(uuid text, paused_time timestamptz)
     where not exists (select from acquisitions a where a.uuid = x.uuid and a.paused_time is not distinct from x.paused_time)`,
    [JSON.stringify(paused)],
  );
  return rows.map((row) => row.uuid);
}

/** Records squares, each as one that is seen at the atlas's magnification or at its own, as who sent it says. */
async function recordSquares(
  tx: Transaction,
  given: ReadonlyMap<string, Values>,
  changes: readonly EntityChange[],
): Promise<void> {
  const isLowmag = (uuid: string): boolean => given.get(uuid)?.lowmag === true;
  await tx.query("update gridsquares set lowmag = true where uuid = any($1)", [
    changes.filter(({ uuid, created }) => created && isLowmag(uuid)).map(({ uuid }) => uuid),
  ]);
  // Once seen at its own, a square stays so, however often the atlas is read again.
  await tx.query("update gridsquares set lowmag = false where uuid = any($1) and lowmag", [
    [...given.keys()].filter((uuid) => !isLowmag(uuid)),
  ]);
  await recordChanges(
    tx,
    "gridsquare",
    changes.map((change) => ({ ...change, lowmag: isLowmag(change.uuid) })),
  );
}

async function splitByParent(
  tx: Transaction,
  table: EntityTable,
  items: readonly Values[],
): Promise<{ present: readonly Values[]; rejected: Rejection[] }> {
  const { parent } = table.description;
  if (parent === null) return { present: items, rejected: [] };
  const wanted = [...new Set(items.map((values) => String(values[parent.field])))];
  const { rows } = await tx.query<{ uuid: string }>(
    // Locked, so that the parent is not deleted before its children are in.
    `select uuid from ${TABLES[parent.entity].name} where uuid = any($1) for key share`,
    [wanted],
  );
  const known = new Set(rows.map((row) => row.uuid));
  const present: Values[] = [];
  const rejected: Rejection[] = [];
  for (const values of items) {
    const parentUuid = String(values[parent.field]);
    if (known.has(parentUuid)) present.push(values);
    else
      rejected.push({
        entity: table.entity,
        uuid: values.uuid,
        code: "parent_missing",
        message: `${TABLES[parent.entity].description.schemaName} ${parentUuid} not found`,
      });
  }
  return { present, rejected };
}

function withManifest(item: Values, manifests: ReadonlyMap<string, unknown>): Values {
  if (item.manifest_file) return item;
  return { ...item, manifest_file: manifests.get(JSON.stringify([item.foilhole_uuid, item.micrograph_id])) };
}

/** Of micrographs that have a manifest, by hole and EPU's id. */
function manifestsById(micrographs: readonly Values[]): Map<string, unknown> {
  const named = micrographs.filter(({ manifest_file, micrograph_id }) => manifest_file && micrograph_id != null);
  return new Map(
    named.map(({ foilhole_uuid, micrograph_id, manifest_file }) => [
      JSON.stringify([foilhole_uuid, micrograph_id]),
      manifest_file,
    ]),
  );
}

function mergeInto(target: Values, source: Values): void {
  const lowmag = target.lowmag === true;
  for (const [name, value] of Object.entries(source)) {
    if (name === "uuid" || value === null || value === undefined) continue;
    if (name === "status" && value === NO_STATUS && target.status != null) continue;
    target[name] = value;
  }
  // A square that is seen at its own magnification by one of them is.
  target.lowmag = lowmag && source.lowmag === true;
}

/** One row per entity: those that share a uuid or a natural key, among themselves or with a stored row, are merged. */
async function mergeByNaturalKey(
  tx: Transaction,
  table: EntityTable,
  items: readonly Values[],
): Promise<{ rows: Map<string, Values>; sameAs: Map<string, string> }> {
  const sameAs = new Map<string, string>();
  const naturalKey = NATURAL_KEYS[table.entity];
  if (naturalKey !== undefined && items.length > 0) {
    const { columns, match } = naturalKey;
    const { rows } = await tx.query<{ given: string; existing: string }>(
      `select r.uuid as given, t.uuid as existing
       from json_to_recordset($1::json) as r(uuid text, ${columns.map((name) => `${name} text`).join(", ")})
         join ${table.name} t on ${match}
       where t.uuid <> r.uuid and not exists (select from ${table.name} own where own.uuid = r.uuid)
       ${table.entity === "micrograph" ? `order by ${SAME_FILE}` : ""}`,
      [JSON.stringify(items, ["uuid", ...columns])],
    );
    // The last counts: one of the same file, where there is one.
    for (const row of rows) sameAs.set(row.given, row.existing);
  }
  const manifests = table.entity === "micrograph" ? manifestsById(items) : null;
  const merged = new Map<string, Values>();
  const firstOfKey = new Map<string, string>();
  for (const item of items) {
    const key = naturalKeyOf(table, manifests === null ? item : withManifest(item, manifests));
    const first = key === null ? undefined : firstOfKey.get(key);
    const uuid = sameAs.get(item.uuid) ?? first ?? item.uuid;
    if (uuid !== item.uuid) sameAs.set(item.uuid, uuid);
    if (key !== null && first === undefined) firstOfKey.set(key, uuid);
    const row = merged.get(uuid);
    if (row === undefined) merged.set(uuid, { ...item, uuid });
    else mergeInto(row, item);
  }
  return { rows: merged, sameAs };
}

async function storeAliases(tx: Transaction, entity: EntityName, sameAs: ReadonlyMap<string, string>): Promise<void> {
  if (sameAs.size === 0) return;
  await tx.query(
    `insert into entity_aliases (alias, entity, uuid)
     select a, $1, u from unnest($2::text[], $3::text[]) as x(a, u) on conflict (alias) do nothing`,
    [entity, [...sameAs.keys()], [...sameAs.values()]],
  );
}

/** Stores where tiles show squares; a position given again replaces the earlier one. Unknown tiles or squares are rejected. */
export async function storeTilePositions(
  tx: Transaction,
  positions: readonly TilePosition[],
): Promise<{ created: number; updated: number; unchanged: number; rejected: Rejection[] }> {
  if (positions.length === 0) return { created: 0, updated: 0, unchanged: 0, rejected: [] };
  const aliases = await resolveAliases(
    tx,
    positions.flatMap((position) => [position.atlastile_uuid, position.gridsquare_uuid]),
  );
  const byPair = new Map<string, TilePosition>();
  for (const position of positions) {
    const tile = aliases.get(position.atlastile_uuid) ?? position.atlastile_uuid;
    const square = aliases.get(position.gridsquare_uuid) ?? position.gridsquare_uuid;
    byPair.set(`${tile} ${square}`, { ...position, atlastile_uuid: tile, gridsquare_uuid: square });
  }
  const { rows: known } = await tx.query<{ uuid: string }>(
    `select uuid from atlas_tiles where uuid = any($1) union all select uuid from gridsquares where uuid = any($2)`,
    [[...byPair.values()].map((p) => p.atlastile_uuid), [...byPair.values()].map((p) => p.gridsquare_uuid)],
  );
  const knownUuids = new Set(known.map((row) => row.uuid));
  const rejected: Rejection[] = [];
  const accepted: TilePosition[] = [];
  for (const position of byPair.values()) {
    const missing = [position.atlastile_uuid, position.gridsquare_uuid].find((uuid) => !knownUuids.has(uuid));
    if (missing === undefined) accepted.push(position);
    else
      rejected.push({
        entity: "tile_position",
        uuid: `${position.atlastile_uuid}/${position.gridsquare_uuid}`,
        code: "parent_missing",
        message: `${missing === position.atlastile_uuid ? "AtlasTile" : "GridSquare"} ${missing} not found`,
      });
  }
  const { rows } = await tx.query<{ created: boolean }>(
    `insert into tile_positions as t
     select * from json_to_recordset($1::json) as r(atlastile_uuid text, gridsquare_uuid text, center_x int, center_y int,
       size_width int, size_height int) order by 1, 2
     on conflict (atlastile_uuid, gridsquare_uuid) do update
       set center_x = excluded.center_x, center_y = excluded.center_y,
           size_width = excluded.size_width, size_height = excluded.size_height
       where (t.center_x, t.center_y, t.size_width, t.size_height)
         is distinct from (excluded.center_x, excluded.center_y, excluded.size_width, excluded.size_height)
     returning (xmax = 0) as created`,
    [
      JSON.stringify(
        accepted.map(({ atlastile_uuid, gridsquare_uuid, center_x, center_y, size_width, size_height }) => ({
          atlastile_uuid,
          gridsquare_uuid,
          center_x,
          center_y,
          size_width,
          size_height,
        })),
      ),
    ],
  );
  const created = rows.filter((row) => row.created).length;
  return { created, updated: rows.length - created, unchanged: accepted.length - rows.length, rejected };
}

/**
 * Changes the given fields of one entity, `null` included; an alias names it as well as its uuid.
 *
 * @returns its uuid, or null where there is no such entity
 */
export async function updateEntity(
  tx: Transaction,
  entity: EntityName,
  uuid: string,
  given: Readonly<Record<string, unknown>>,
  options: { lowmag?: boolean | null } = {},
): Promise<string | null> {
  const table = TABLES[entity];
  const aliases = await resolveAliases(tx, [uuid]);
  const canonical = aliases.get(uuid) ?? uuid;
  const goesOn =
    entity === "acquisition" &&
    typeof given.status === "string" &&
    !isOver(given.status) &&
    (await hasEnded(tx, canonical));
  // What goes on has not ended.
  const changes = goesOn ? { end_time: null, ...given } : given;
  const { parent, required, defaults } = table.description;
  const isGiven = (name: string): boolean => {
    const value = changes[name];
    const isNeverNull = required.includes(name) || name === parent?.field || name in defaults;
    if (value === undefined || (value === null && isNeverNull)) return false;
    // Clients say it of everything that they know nothing of: it takes nothing back, as little as where they post it.
    return !(value === false && defaults[name] === false);
  };
  const set = table.columns.filter(({ name }) => isGiven(name));
  const values = { ...changes };
  if (parent !== null && typeof values[parent.field] === "string") {
    const parentUuid = String(values[parent.field]);
    values[parent.field] = (await resolveAliases(tx, [parentUuid])).get(parentUuid) ?? parentUuid;
  }
  if (set.length === 0) {
    const { rowCount } = await tx.query(`select from ${table.name} where uuid = $1`, [canonical]);
    return rowCount === 0 ? null : canonical;
  }
  const paused = entity === "acquisition" ? await newlyPaused(tx, [{ ...values, uuid: canonical }]) : [];
  const movedTo = entity === "micrograph" && isGiven("foilhole_uuid") ? [String(values.foilhole_uuid)] : [];
  const toBeImaged = movedTo.length === 0 ? [] : [...(await holesToBeImaged(tx, movedTo))];
  const left = movedTo.length === 0 ? [] : await holesLeft(tx, [{ ...values, uuid: canonical }]);
  const names = set.map((column) => column.name);
  const setTo = (name: string): string =>
    name === "status" ? `coalesce(case when r.status = '${NO_STATUS}' then before.status end, r.status)` : `r.${name}`;
  const { rows } = await tx.query<{ uuid: string; changed: boolean }>(
    `with before as (select * from ${table.name} where uuid = $1 for update)
     update ${table.name} t set ${names.map((name) => `${name} = ${setTo(name)}`).join(", ")}
     from before, jsonb_to_record($2::jsonb) as r(${set.map(({ name, type }) => `${name} ${type}`).join(", ")})
     where t.uuid = before.uuid
     returning t.uuid, (${names.map((name) => `before.${name}`).join(", ")}) is distinct from
       (${names.map((name) => `t.${name}`).join(", ")}) as changed`,
    [canonical, JSON.stringify(values)],
  );
  const [row] = rows;
  if (row === undefined) return null;
  if (entity === "gridsquare" && options.lowmag === false)
    await tx.query("update gridsquares set lowmag = false where uuid = $1 and lowmag", [canonical]);
  if (row.changed)
    await recordChanges(tx, entity, [{ uuid: canonical, created: false, lowmag: options.lowmag === true }]);
  if (row.changed) {
    await advanceOnMicrographs(tx, [], toBeImaged);
    await goBackOnMicrographs(tx, left);
  }
  if (row.changed && entity === "grid") await advanceOnGrids(tx, [canonical]);
  if (goesOn) await reopenDecisions(tx, canonical);
  if (row.changed && entity === "acquisition")
    await advanceOnAcquisitions(tx, [canonical], { paused, told: isGiven("status") ? [canonical] : [] });
  return canonical;
}

const holeOf = ({ foilhole_uuid }: Readonly<Record<string, unknown>>): string => String(foilhole_uuid);

/** The holes whose micrographs these were until now, where they become those of others. */
async function holesLeft(tx: Transaction, micrographs: readonly Values[]): Promise<string[]> {
  const { rows } = await tx.query<{ hole: string }>(
    `select distinct m.foilhole_uuid as hole from unnest($1::text[], $2::text[]) as x(uuid, hole) join micrographs m on m.uuid = x.uuid
     where m.foilhole_uuid <> x.hole`,
    [micrographs.map(({ uuid }) => uuid), micrographs.map(holeOf)],
  );
  return rows.map(({ hole }) => hole);
}

/** Deletes an entity with all that hangs on it. @returns whether there was one */
export async function deleteEntity(tx: Transaction, entity: EntityName, uuid: string): Promise<boolean> {
  const aliases = await resolveAliases(tx, [uuid]);
  const canonical = aliases.get(uuid) ?? uuid;
  const { rowCount } = await tx.query(`select from ${TABLES[entity].name} where uuid = $1 for update`, [canonical]);
  if (rowCount === 0) return false;
  await recordDeletion(tx, entity, canonical);
  // Now that they are locked, no plan of these grids is told any more.
  if (entity === "acquisition" || entity === "grid") await withdrawTold(tx, canonical);
  if (entity === "acquisition") await closeSessionsOf(tx, canonical);
  const { rows } = await tx.query<{ foilhole_uuid: string }>(
    `delete from ${TABLES[entity].name} where uuid = $1 returning *`,
    [canonical],
  );
  if (entity === "micrograph") await goBackOnMicrographs(tx, rows.map(holeOf));
  return true;
}
