import { SmartemError } from "@smartem/common/errors";
import type { Pool } from "../database/connection.js";
import { migrationStatus } from "../database/migrate.js";

export interface TableTotal {
  readonly table: string;
  readonly rows: number;
  /** On disk, with indexes. */
  readonly bytes: number;
}

/** Every table with its exact number of rows, in order of name. */
export async function tableTotals(pool: Pool): Promise<TableTotal[]> {
  const { rows: tables } = await pool.query<{ name: string; bytes: number }>(
    `select c.relname as name, pg_total_relation_size(c.oid) as bytes from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`,
  );
  if (tables.length === 0) return [];
  const { rows } = await pool.query<{ name: string; n: number }>(
    tables.map(({ name }) => `select '${name}' as name, count(*) as n from "${name}"`).join(" union all "),
  );
  const counts = new Map(rows.map(({ name, n }) => [name, n]));
  return tables.map(({ name, bytes }) => ({ table: name, rows: counts.get(name) ?? 0, bytes }));
}

export interface DatabaseStatus {
  readonly server_version: string;
  readonly database: string;
  readonly size_bytes: number;
  readonly connections: number;
  readonly migrations_done: readonly string[];
  readonly migrations_pending: readonly string[];
  /** The last of a later version: this one does not work with what that left. */
  readonly newer_schema: string | null;
}

export async function databaseStatus(pool: Pool): Promise<DatabaseStatus> {
  const { rows } = await pool.query<Omit<DatabaseStatus, "migrations_done" | "migrations_pending" | "newer_schema">>(
    `select current_setting('server_version') as server_version, current_database() as database,
       pg_database_size(current_database()) as size_bytes,
       (select count(*) from pg_stat_activity where datname = current_database()) as connections`,
  );
  const [status] = rows;
  if (status === undefined) throw new SmartemError("no_status", 500, "The database did not answer.");
  const { done, pending, unknown } = await migrationStatus(pool);
  return { ...status, migrations_done: done, migrations_pending: pending, newer_schema: unknown };
}

export interface Duplicate {
  readonly entity: string;
  /** What they have in common. */
  readonly same: string;
  readonly uuids: readonly string[];
}

/**
 * Entities that look like the same thing although nothing forbids them: the natural keys that the schema can't enforce, because
 * clients choose names and times.
 */
export async function findDuplicates(pool: Pool): Promise<Duplicate[]> {
  const { rows } = await pool.query<Duplicate>(
    `select 'acquisition' as entity, concat_ws(' ', name, epu_session_id, start_time) as same, array_agg(uuid order by seq) as uuids
       from acquisitions where start_time is not null group by name, epu_session_id, start_time, instrument_id having count(*) > 1
     union all
     select 'grid', concat_ws(' ', acquisition_uuid, name, data_dir), array_agg(uuid order by seq)
       from grids group by acquisition_uuid, name, data_dir having count(*) > 1
     union all
     select 'atlas_tile', concat_ws(' ', atlas_uuid, base_filename), array_agg(uuid order by seq)
       from atlas_tiles where base_filename is not null group by atlas_uuid, base_filename having count(*) > 1
     union all
     select 'micrograph', micrograph_id, array_agg(uuid order by seq)
       from micrographs where micrograph_id is not null group by micrograph_id having count(*) > 1`,
  );
  return rows;
}
