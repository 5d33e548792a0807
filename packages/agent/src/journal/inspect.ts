import { existsSync } from "node:fs";
import { sep } from "node:path";
import { messageOf, SmartemError } from "@smartem/common/errors";
import Database from "libsql";
import { journalsIn, type Row } from "./database.js";
import { SCHEMA_VERSION } from "./schema.js";

/** How many of something there are. */
export interface Tally {
  readonly what: string;
  readonly state: string;
  readonly count: number;
}

export interface InspectedSession {
  readonly folder: string;
  readonly name: string | null;
  readonly epu_session_id: string;
  readonly acquisition_uuid: string;
  readonly atlas: string | null;
  readonly files: number;
}

/** Something that is not done, and why. */
export interface Waiting {
  readonly what: "file" | "entity" | "call" | "instruction";
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly attempts: number;
  /** ISO 8601; null: not before something else happens. */
  readonly next_attempt: string | null;
}

/** Something that is there more than once. */
export interface Duplicate {
  readonly what: "session" | "content" | "micrograph";
  /** The session's name, the content's hash, or the image's id. */
  readonly name: string;
  readonly places: readonly string[];
}

/** A journal that is only looked at; an agent may be at work on it. */
export interface InspectedJournal {
  tallies(): Tally[];
  sessions(): InspectedSession[];
  waiting(limit: number): Waiting[];
  duplicates(limit: number): Duplicate[];
  close(): void;
}

/** Between the places of a duplicate: no path has it in it. */
const BETWEEN = "\u001f";

/** @throws SmartemError `journal_missing`, `journal_unusable` */
export function inspectJournal(stateFolder: string): InspectedJournal {
  const path = existsSync(stateFolder) ? journalsIn(stateFolder).at(-1) : undefined;
  if (path === undefined) {
    throw new SmartemError("journal_missing", 404, `There is no journal in ${stateFolder}.`, {
      hint: "Name the agent's watched folder, or its state folder with --state-dir.",
    });
  }
  try {
    const db = new Database(path, { readonly: true });
    const { user_version: version } = db.prepare("pragma user_version").get() as { user_version: number };
    if (version !== SCHEMA_VERSION) throw new Error(`it is of version ${version}, and not of ${SCHEMA_VERSION}`);
    return inspect(
      (sql, ...parameters) => db.prepare(sql).all(...parameters) as Row[],
      () => db.close(),
    );
  } catch (thrown) {
    throw new SmartemError("journal_unusable", 500, `The journal ${path} can't be read: ${messageOf(thrown)}`, {
      hint: "An agent that is started on it moves it aside and reads the watched folder again.",
    });
  }
}

function inspect(all: (sql: string, ...parameters: number[]) => Row[], close: () => void): InspectedJournal {
  return {
    close,
    tallies: () =>
      all(`
        select 'files: ' || kind as what, state || case when code is null then '' else ' (' || code || ')' end as state,
          count(*) as count from files group by 1, 2
        union all
        select 'entities: ' || kind, case when refusal is not null then 'refused' when asserted = 0 then 'not proven'
          when queued = 1 then 'queued' else 'confirmed' end, count(*) from entities group by 1, 2
        union all select 'calls', state, count(*) from outbox group by 2
        union all select 'instructions', state, count(*) from instructions group by 2
        union all
        select 'verifications', case followed when 1 then 'followed so far' else 'open' end, count(*) from verifications
          group by 2
        order by 1, 2`) as unknown as Tally[],
    sessions: () =>
      all(`
        select s.folder, s.name, s.epu_session_id, s.acquisition_uuid, s.atlas_file as atlas,
          (select count(*) from files f join folders o on o.id = f.session where o.path = s.folder) as files
        from sessions s order by s.folder`) as unknown as InspectedSession[],
    waiting: (limit) => all(WAITING, limit).map(waitingOf),
    duplicates: (limit) =>
      all(DUPLICATES, limit).map((row) => ({
        what: row.what as Duplicate["what"],
        name: row.name as string,
        places: (row.places as string).split(BETWEEN).sort(),
      })),
  };
}

const WAITING = `
  select * from (
    select 'file' as what, o.path || '${sep}' || f.name as name, f.state,
      coalesce(f.reason, f.code, 'to be read') as reason, f.attempts, f.next_attempt
    from files f join folders o on o.id = f.folder where f.state in ('pending', 'waiting', 'refused')
    union all
    select 'entity', e.kind || ' ' || e.uuid, case when e.refusal is null then 'queued' else 'refused' end,
      coalesce(e.refusal, 'its parent ' || p.kind || ' ' || p.uuid || ' is refused: ' || p.refusal,
        case when p.id is not null and p.confirmed_hash is null then 'waits for its parent ' || p.kind || ' ' || p.uuid end,
        'to be uploaded'), e.attempts, e.next_attempt
    from entities e left join entities p on p.id = e.parent
    where (e.queued = 1 and e.asserted = 1) or e.refusal is not null
    union all
    select 'call', method || ' ' || path, state, coalesce(reason, 'to be made'), attempts, next_attempt
    from outbox where state <> 'delivered'
    union all
    select 'instruction', instruction_id || ' (' || (message ->> 'instruction_type') || ')', state,
      'to be carried out', attempts, next_attempt from instructions where state <> 'done')
  order by what, state, name limit ?`;

/**
 * Copies of a session (one acquisition in several folders), of a file (the same content under several names), of an image
 * (one unique id in several manifests).
 */
const DUPLICATES = `
  select * from (
    select 'session' as what, coalesce(max(name), acquisition_uuid) as name,
      group_concat(folder, '${BETWEEN}') as places from sessions group by acquisition_uuid having count(*) > 1
    union all
    select 'content', f.hash, group_concat(o.path || '${sep}' || f.name, '${BETWEEN}')
    from files f join folders o on o.id = f.folder where f.hash is not null group by f.hash having count(*) > 1
    union all
    select 'micrograph', t.fields ->> 'micrograph_id', group_concat(o.path || '${sep}' || f.name, '${BETWEEN}')
    from facts t join entities e on e.id = t.entity join files f on f.id = t.file join folders o on o.id = f.folder
    where e.kind = 'micrograph' and t.fields ->> 'micrograph_id' is not null
    group by 2 having count(distinct e.id) > 1)
  limit ?`;

function waitingOf(row: Row): Waiting {
  const at = row.next_attempt as number;
  const state = row.state as string;
  const isTimed =
    state === "pending" || state === "queued" || state === "open" || state === "held" || state === "received";
  return {
    what: row.what as Waiting["what"],
    name: row.name as string,
    state,
    reason: row.reason as string,
    attempts: row.attempts as number,
    next_attempt: isTimed && at > 0 ? new Date(at).toISOString() : null,
  };
}
