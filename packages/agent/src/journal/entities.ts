import { hash } from "node:crypto";
import {
  BEFORE_PATH,
  type Contribution,
  mergeContributions,
  precedenceOf,
  UPLOAD_KINDS,
  type UploadKind,
} from "../mapping/contribution.js";
import type { JournalDatabase, Row } from "./database.js";

/** What one file says. */
export interface FileFacts {
  readonly id: number;
  readonly contributions: readonly Contribution[];
  /** When the file was last written; ms since 1970. */
  readonly sinceMs: number;
  /** It has said nothing before. */
  readonly isNew: boolean;
}

/** An entity as it is to be uploaded now. */
export interface QueuedEntity {
  /** The journal's. */
  readonly id: number;
  readonly kind: UploadKind;
  readonly uuid: string;
  /** Whose it is. */
  readonly acquisition: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it is sent. */
  readonly json: string;
  /** Of `json`. */
  readonly hash: string;
  /** Tells whether anything was added while it was on its way. */
  readonly change: number;
  readonly attempts: number;
  /** Whether the API has an earlier state of it. */
  readonly known: boolean;
  /** Whether the API failed at it, and not at others. */
  readonly isSuspect: boolean;
  /** When the file was last written that made it queue; ms since 1970. */
  readonly sinceMs: number;
}

export interface EntityCounts {
  readonly kind: UploadKind;
  readonly known: number;
  readonly queued: number;
  readonly confirmed: number;
  readonly refused: number;
}

export interface RefusedEntity {
  readonly kind: UploadKind;
  readonly uuid: string;
  readonly reason: string;
}

/** How many squares of a grid are selected, and how many of those EPU has completed. */
interface SquaresOfGrid {
  readonly selected: number;
  readonly completed: number;
}

/** What was ever known of an acquisition's micrographs. */
export interface Imaged {
  readonly micrographs: number;
  /** When the newest was taken; ISO 8601 (UTC), null where no file says it. */
  readonly last: string | null;
}

/** An entity that is in the journal. */
interface Journaled {
  readonly id: number;
  readonly acquisition: string;
  asserted: boolean;
}

/** How contributions of metadata begin, and those of pictures. */
const METADATA = precedenceOf("metadata", "", "").slice(0, 2);
const PICTURE = precedenceOf("picture", "", "").slice(0, 2);

/** SQL: a precedence without the path. */
const withoutPath = (precedence: string): string =>
  `substr(${precedence}, 1, instr(${precedence}, char(${BEFORE_PATH.charCodeAt(0)})))`;

/** SQL: what copies of a file have in common, and pictures of one thing, which tell where it is to be seen. */
const ofCopies = (precedence: string): string =>
  `case when substr(${precedence}, 1, 2) = '${PICTURE}' then '${PICTURE}' else ${withoutPath(precedence)} end`;

/**
 * SQL: when the file was written that says a fact. Pictures are taken in by their names, and not always looked at.
 * What no file says, but a folder, comes before what files say.
 */
const writtenOf = (fact: string): string => `case when substr(${fact}.precedence, 1, 2) = '${PICTURE}' then 0
  else coalesce((select mtime from files where id = ${fact}.file), 0) end`;

/** SQL: what is said but for where things are. */
const withoutPlaces = (fields: string): string =>
  `json_remove(${fields}, ${["data_dir", "image_path", "atlas_dir", "storage_path", "atlas_path", "storage_folder"].map((name) => `'$.${name}'`).join()})`;

/** What an atlas alone may tell of. */
const OF_ATLASES: readonly UploadKind[] = ["atlas", "atlas_tile", "gridsquare", "tile_position"];

/** How many entities' ids are remembered: the next thousand micrographs of a hole need not ask for it again. */
const REMEMBERED = 20_000;

/**
 * What the files say, by entity, and what of it the API has confirmed. An entity is queued for upload while the sum of
 * what is said of it may differ from what was confirmed.
 */
export class EntityJournal {
  readonly #db: JournalDatabase;
  readonly #statements;
  readonly #journaled = new Map<string, Journaled>();
  /** By grid, as long as nothing else is said of any square: a session that never ends is asked about over and over. */
  readonly #squares = new Map<string, SquaresOfGrid>();
  #lastId: number;

  constructor(db: JournalDatabase) {
    this.#db = db;
    const available = (alias: string) =>
      `(${alias}.confirmed_hash is not null or (${alias}.queued = 1 and ${alias}.asserted = 1 and ${alias}.refusal is null and ${alias}.next_attempt <= ?1))`;
    // Where copies say the same, it does not matter which of them counts.
    const queueOnesOf = (entities: string) =>
      db.prepare(`
        update entities set since = case when queued = 1 then since else 0 end, queued = 1, change = change + 1,
          attempts = 0, next_attempt = 0, refusal = null
        where id in (${entities})`);
    this.#statements = {
      factsOf: db.prepare(`
        select f.file, f.entity, f.precedence, f.fields from json_each(?) j join facts f on f.file = j.value`),
      known: db.prepare("select asserted from entities where uuid = ?"),
      existing: db.prepare(`
        select e.id, e.uuid, e.acquisition, e.asserted from json_each(?) j join entities e on e.uuid = j.value`),
      lastId: db.prepare("select coalesce(max(id), 0) as id from entities"),
      insert: db.prepare(`
        insert into entities (id, uuid, kind, level, acquisition, parent, second_parent, identity, asserted, queued, since)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
          value ->> 8, 1, value ->> 9 from json_each(?)`),
      assert: db.prepare("update entities set asserted = 1 where id in (select value ->> 0 from json_each(?))"),
      // What other things are in is there all the same, if by its path alone.
      unassert: db.prepare(`
        update entities as e set asserted = 0
        where e.id in (select value ->> 0 from json_each(?)) and e.asserted = 1 and e.confirmed_hash is null
          and e.kind in (${OF_ATLASES.map((kind) => `'${kind}'`).join()})
          and not exists (select 1 from facts where entity = e.id)
          and not exists (select 1 from kept_facts where entity = e.id)
          and not exists (select 1 from entities where parent = e.id and asserted = 1)`),
      queue: db.prepare(`
        update entities set since = case when queued = 1 then since else j.at end, queued = 1, change = change + 1,
          attempts = 0, next_attempt = 0, refusal = null
        from (select value ->> 0 as entity, min(value ->> 1) as at from json_each(?) group by 1) j where id = j.entity`),
      addFacts: db.prepare(`
        insert into facts (entity, file, precedence, fields)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?) where true
        on conflict (entity, file) do update set precedence = excluded.precedence, fields = excluded.fields`),
      removeFact: db.prepare("delete from facts where entity = ? and file = ?"),
      firstPrecedence: db.prepare(`
        select min(f.precedence) as first from entities e join facts f on f.entity = e.id
        where e.uuid = ? and substr(f.precedence, 1, 2) = ?`),
      dropFact: db.prepare(`
        delete from facts
        where entity = (select id from entities where uuid = ?) and precedence = ? and file <> ?`),
      queueCopied: queueOnesOf(`
        select f.entity from facts f join facts o on o.entity = f.entity and o.file <> f.file and o.fields <> f.fields
        where f.file = ? and ${ofCopies("o.precedence")} = ${ofCopies("f.precedence")}`),
      queueKept: queueOnesOf(`
        select f.entity from facts f join kept_facts k on k.entity = f.entity and k.precedence = ${withoutPath("f.precedence")}
        where f.file = ?`),
      // What was written by a clock that is ahead must not outlive what is written from now on.
      leave: db.prepare(`
        insert into leaving select f.entity, f.precedence, f.fields, min(${writtenOf("f")}, ?2)
        from json_each(?1) j join facts f on f.file = j.value`),
      removeFactsOf: db.prepare("delete from facts where file in (select value from json_each(?))"),
      // Of what several said with the same precedence the last word counts, so that there are never more than a few.
      keepLeaving: db.prepare(`
        with judged as materialized (
          select leaving.*, e.asserted = 1 and (e.queued = 1 or e.refusal is not null) as is_unsent, (
            select max(${writtenOf("o")}) < leaving.written
              and max(${withoutPlaces("o.fields")} <> ${withoutPlaces("leaving.fields")}) = 1
            from facts o
            where o.entity = leaving.entity and ${withoutPath("o.precedence")} = ${withoutPath("leaving.precedence")}
          ) as outlives
          from leaving join entities e on e.id = leaving.entity
        )
        insert into kept_facts (entity, precedence, fields, written)
        select entity, ${withoutPath("precedence")}, iif(outlives, ${withoutPlaces("fields")}, fields), iif(outlives, written, 0)
        from judged where outlives or is_unsent order by written
        on conflict (entity, precedence) do update set written = max(written, excluded.written),
          fields = iif(excluded.written < written, json_patch(excluded.fields, fields), json_patch(fields, excluded.fields))`),
      queueLeft: queueOnesOf(`
        select leaving.entity from leaving join facts o on o.entity = leaving.entity and o.fields <> leaving.fields
        where ${ofCopies("o.precedence")} = ${ofCopies("leaving.precedence")}`),
      endLeaving: db.prepare("delete from leaving"),
      // There is seldom anything: then the list is not even read.
      dropKept: db.prepare(`
        delete from kept_facts
        where entity in (select value ->> 0 from json_each(?) where exists (select 1 from kept_facts))
          and (select queued from entities where id = entity) = 0 and coalesce((
            select max(${writtenOf("f")}) >= kept_facts.written from facts f
            where f.entity = kept_facts.entity and ${withoutPath("f.precedence")} = kept_facts.precedence), 1) = 1`),
      take: db.prepare(`
        select e.id, e.uuid, e.kind, e.acquisition, e.parent, e.second_parent, e.identity, e.change, e.attempts,
          e.confirmed_hash, e.refusal, e.since, p.confirmed_hash is not null as parent_known, s.confirmed_hash is not null as second_parent_known
        from entities e left join entities p on p.id = e.parent left join entities s on s.id = e.second_parent
        where e.queued = 1 and e.asserted = 1 and e.next_attempt <= ?1 and e.id not in (select value from json_each(?3))
          and e.acquisition not in (select value from json_each(?4))
          and (e.parent is null or ${available("p")}) and (e.second_parent is null or ${available("s")})
        order by e.level, e.next_attempt limit ?2`),
      factsFor: db.prepare(`
        select f.entity, f.fields, ${withoutPath("f.precedence")} as precedence, ${writtenOf("f")} as written,
          1 as is_there, f.precedence as path
        from json_each(?1) j join facts f on f.entity = j.value
        union all
        select k.entity, k.fields, k.precedence, k.written, 0, ''
        from json_each(?1) j join kept_facts k on k.entity = j.value
        order by 3, 4, 5, 6`),
      confirm: db.prepare(`
        update entities set confirmed_hash = j.hash, attempts = 0, next_attempt = 0, refusal = null,
          queued = case when change = j.sent then 0 else 1 end
        from (select value ->> 0 as entity, value ->> 1 as hash, value ->> 2 as sent from json_each(?)) j
        where id = j.entity`),
      defer: db.prepare("update entities set attempts = attempts + 1, next_attempt = ? where id = ?"),
      unconfirm: db.prepare(`
        update entities set confirmed_hash = null, queued = 1, next_attempt = 0
        where confirmed_hash is not null
          and id in (select parent from entities where id = ?1 union select second_parent from entities where id = ?1)`),
      unconfirmAcquisition: db.prepare(`
        update entities set confirmed_hash = null, queued = 1, attempts = 0, next_attempt = 0, refusal = null
        where acquisition = ?`),
      suspect: db.prepare("update entities set refusal = ? where id = ? and change = ?"),
      refuse: db.prepare("update entities set refusal = ?, queued = 0 where id = ? and change = ?"),
      retryRefused: db.prepare(
        "update entities set refusal = null, queued = 1, attempts = 0, next_attempt = 0 where refusal is not null",
      ),
      confirmed: db.prepare("select 1 from entities where uuid = ? and confirmed_hash is not null"),
      nextDue: db.prepare("select min(next_attempt) as at from entities where queued = 1 and asserted = 1"),
      anyQueued: db.prepare("select 1 from entities where queued = 1 and asserted = 1 limit 1"),
      anyUnsentOf: db.prepare(`
        select 1 from entities e
        where e.queued = 1 and e.asserted = 1 and e.refusal is null and e.acquisition = ?1 and (
          with recursive line(id) as (
            values (e.id)
            union select p.id from line join entities c on c.id = line.id join entities p on p.id in (c.parent, c.second_parent)
          )
          select max(a.refusal is not null and a.confirmed_hash is null) = 0
          from line join entities a on a.id = line.id
        ) limit 1`),
      countQueued: db.prepare("select coalesce(sum(queued), 0) as n from entity_counts"),
      counts: db.prepare("select * from entity_counts where known > 0 order by kind"),
      refused: db.prepare("select kind, uuid, refusal from entities where refusal is not null limit ?"),
      squares: db.prepare(`
        with squares as (
          select e.id from entities g join entities e on e.parent = g.id and e.kind = 'gridsquare' where g.uuid = ?
        ), said as (
          select s.id, f.fields, ${writtenOf("f")} as written, 1 as is_there, f.precedence as path
          from squares s join facts f on f.entity = s.id where substr(f.precedence, 1, 2) = '${METADATA}'
        )
        select id, fields ->> 'selected' as selected, fields ->> 'state' as state
        from (
          select * from said
          union all
          select k.entity, k.fields, k.written, 0, '' from squares s join kept_facts k on k.entity = s.id
          where substr(k.precedence, 1, 2) = '${METADATA}' and k.entity in (select id from said)
        )
        order by id, written, is_there, path`),
      otherMetadata: db.prepare(`
        select f.file from entities e join facts f on f.entity = e.id
        where e.uuid = ? and substr(f.precedence, 1, 2) = ? and f.file <> ?`),
      imaged: db.prepare("select micrographs, last from imaged where acquisition = ?"),
      addImaged: db.prepare(`
        insert into imaged values (?, ?, ?) on conflict (acquisition) do update set
          micrographs = micrographs + excluded.micrographs, last = max(coalesce(last, excluded.last), coalesce(excluded.last, last))`),
      takenAt: db.prepare(`
        select 1 from entities g join entities s on s.parent = g.id join entities h on h.parent = s.id
          join entities m on m.parent = h.id and m.kind = 'micrograph' join facts f on f.entity = m.id
        where g.uuid = ? and f.fields ->> 'acquisition_datetime' = ? limit 1`),
      unproven: db.prepare("select coalesce(sum(unproven), 0) as n from entity_counts where kind = 'micrograph'"),
      blocked: db.prepare(`
        select count(*) as n from entities p join entities e on e.parent = p.id
        where p.refusal is not null and p.confirmed_hash is null and e.queued = 1 and e.asserted = 1`),
    };
    this.#lastId = this.#statements.lastId.get()?.id as number;
  }

  /**
   * Replaces what files say; entities of which they now say something else are queued. Parents are spoken of before
   * their children. To be called within a transaction.
   */
  replaceFacts(files: readonly FileFacts[]): void {
    const before = this.#factsOf(files.filter((file) => !file.isNew).map((file) => file.id));
    const created = this.#ensure(files);
    const facts: unknown[] = [];
    const queued: unknown[] = [];
    const unsaid: unknown[] = [];
    const lastImages = new Map<string, string>();
    for (const file of files) {
      const previous = before.get(file.id);
      for (const each of file.contributions) {
        const fields = JSON.stringify(each.fields);
        if (fields === "{}") continue;
        const { id, acquisition } = this.#idOf(each.uuid);
        const was = previous?.get(id);
        previous?.delete(id);
        if (was?.fields === fields && was.precedence === each.precedence) continue;
        facts.push([id, file.id, each.precedence, fields]);
        if (each.kind === "gridsquare") this.#squares.clear();
        const takenAt = each.kind === "micrograph" ? each.fields.acquisition_datetime : undefined;
        if (typeof takenAt === "string" && takenAt > (lastImages.get(acquisition) ?? ""))
          lastImages.set(acquisition, takenAt);
        if (!created.has(id)) queued.push([id, file.sinceMs]);
      }
      for (const entity of previous?.keys() ?? []) {
        this.#statements.removeFact.run(entity, file.id);
        this.#squares.clear();
        queued.push([entity, file.sinceMs]);
        unsaid.push([entity]);
      }
    }
    if (facts.length > 0) this.#statements.addFacts.run(JSON.stringify(facts));
    if (queued.length > 0) this.#statements.queue.run(JSON.stringify(queued));
    if (unsaid.length > 0) this.#unassert(JSON.stringify(unsaid));
    for (const [acquisition, last] of lastImages) this.#statements.addImaged.run(acquisition, 0, last);
    for (const file of files) if (!file.isNew) this.reconsider(file.id);
  }

  /** What no file speaks of any more and the API has not got yet, of an atlas that is another's, it need not get. */
  #unassert(list: string): void {
    let changed = 0;
    // Children before their parents.
    for (let more = -1; more !== 0; changed += more) more = this.#statements.unassert.run(list).changes;
    if (changed > 0) this.#journaled.clear();
  }

  /**
   * Queues the entities of which copies of a file, there or gone, say something else than it does: that it was written again
   * may change which of them counts. To be called within a transaction.
   */
  reconsider(file: number): void {
    const copied = this.#statements.queueCopied.run(file).changes;
    if (copied + this.#statements.queueKept.run(file).changes > 0) this.#squares.clear();
  }

  /** By file, then by entity. */
  #factsOf(files: readonly number[]): Map<number, Map<number, Row>> {
    const facts = new Map<number, Map<number, Row>>();
    if (files.length === 0) return facts;
    for (const row of this.#statements.factsOf.all(JSON.stringify(files))) {
      const ofFile = facts.get(row.file as number) ?? new Map<number, Row>();
      facts.set(row.file as number, ofFile.set(row.entity as number, row));
    }
    return facts;
  }

  #idOf(uuid: string): Journaled {
    const journaled = this.#journaled.get(uuid);
    if (journaled === undefined) throw new Error(`Entity ${uuid} is spoken of before it is journaled.`);
    return journaled;
  }

  /** Makes the entities that are spoken of for the first time. @returns their ids */
  #ensure(files: readonly FileFacts[]): ReadonlySet<number> {
    if (this.#journaled.size > REMEMBERED) this.#journaled.clear();
    this.#remember(files);
    const inserted: unknown[] = [];
    const created = new Set<number>();
    const newlyAsserted: [id: number, sinceMs: number][] = [];
    const micrographs = new Map<string, number>();
    const asserts = new Map<string, boolean>();
    for (const file of files) {
      for (const of of file.contributions) asserts.set(of.uuid, of.asserts || asserts.get(of.uuid) === true);
    }
    for (const file of files) {
      for (const of of file.contributions) {
        const isAsserted = asserts.get(of.uuid) === true;
        const known = this.#journaled.get(of.uuid);
        const isNewMicrograph = of.kind === "micrograph" && isAsserted && known?.asserted !== true;
        if (known === undefined) {
          const id = ++this.#lastId;
          const [parent, second] = of.parents.map((uuid) => this.#idOf(uuid));
          // Of one file that speaks of several acquisitions, such as an atlas, too.
          const acquisition = parent?.acquisition ?? of.uuid;
          this.#journaled.set(of.uuid, { id, acquisition, asserted: isAsserted });
          created.add(id);
          const level = UPLOAD_KINDS.indexOf(of.kind);
          const identity = JSON.stringify(of.identity);
          inserted.push([
            id,
            of.uuid,
            of.kind,
            level,
            acquisition,
            parent?.id ?? null,
            second?.id ?? null,
            identity,
            isAsserted ? 1 : 0,
            file.sinceMs,
          ]);
        } else if (isAsserted && !known.asserted) {
          known.asserted = true;
          newlyAsserted.push([known.id, file.sinceMs]);
        }
        if (isNewMicrograph) {
          const { acquisition } = this.#idOf(of.uuid);
          micrographs.set(acquisition, (micrographs.get(acquisition) ?? 0) + 1);
        }
      }
    }
    if (inserted.length > 0) this.#statements.insert.run(JSON.stringify(inserted));
    for (const [acquisition, more] of micrographs) this.#statements.addImaged.run(acquisition, more, null);
    if (newlyAsserted.length > 0) {
      const list = JSON.stringify(newlyAsserted);
      this.#statements.assert.run(list);
      this.#statements.queue.run(list);
    }
    return created;
  }

  /** Finds the ids of the entities that are spoken of, and of their parents. */
  #remember(files: readonly FileFacts[]): void {
    const unknown = new Set<string>();
    for (const { contributions } of files) {
      for (const { uuid, parents } of contributions) {
        for (const each of [uuid, ...parents]) if (!this.#journaled.has(each)) unknown.add(each);
      }
    }
    if (unknown.size === 0) return;
    for (const row of this.#statements.existing.all(JSON.stringify([...unknown]))) {
      this.#journaled.set(row.uuid as string, {
        id: row.id as number,
        acquisition: row.acquisition as string,
        asserted: row.asserted === 1,
      });
    }
  }

  /**
   * Forgets what files said that are gone: what a copy says takes its place, what they alone said stays as it is at the API.
   * Of entities that are still to be uploaded it is kept until they are. Where the copy was written before, it tells where
   * things are now, but not what has become of them: that is kept until a file tells that was not. To be called within a
   * transaction.
   */
  forgetFacts(files: readonly number[]): void {
    const list = JSON.stringify(files);
    this.#statements.leave.run(list, Date.now() * 1_000);
    this.#statements.removeFactsOf.run(list);
    this.#statements.keepLeaving.run();
    this.#statements.queueLeft.run();
    this.#statements.endLeaving.run();
    this.#squares.clear();
  }

  /** The lowest precedence among what was said of an entity by the same kind of source; null where nothing was. */
  firstPrecedence(entity: string, precedence: string): string | null {
    const source = precedence.slice(0, 2);
    return (this.#statements.firstPrecedence.get(entity, source)?.first as string | null | undefined) ?? null;
  }

  /** Forgets what was said with a certain precedence, by others than `file`. */
  dropFact(entity: string, precedence: string, file: number): void {
    this.#statements.dropFact.run(entity, precedence, file);
    this.#squares.clear();
  }

  /** To be called when a transaction with `replaceFacts` was rolled back. */
  afterRollback(): void {
    this.#journaled.clear();
    this.#squares.clear();
    this.#lastId = this.#statements.lastId.get()?.id as number;
  }

  /** Forgets which ids it knows; they are asked for again when they are needed. To be called outside of transactions. */
  shrink(): void {
    this.#journaled.clear();
  }

  /**
   * What may be uploaded now, parents first: each has its parents confirmed, or in the same list, or on their way.
   *
   * @param exclude ids of those that are on their way already; what depends on them is left out too
   * @param held acquisitions of which nothing is wanted now
   */
  take(nowMs: number, limit: number, exclude: ReadonlySet<number>, held: ReadonlySet<string>): QueuedEntity[] {
    const rows = this.#statements.take.all(nowMs, limit, JSON.stringify([...exclude]), JSON.stringify([...held]));
    const chosen = new Map(rows.map((row) => [row.id as number, row]));
    const facts = new Map<number, Record<string, unknown>[]>();
    for (const row of this.#statements.factsFor.all(JSON.stringify([...chosen.keys()]))) {
      const fields = JSON.parse(row.fields as string);
      const list = facts.get(row.entity as number);
      if (list === undefined) facts.set(row.entity as number, [fields]);
      else list.push(fields);
    }
    const taken: QueuedEntity[] = [];
    const ids = new Set<unknown>();
    const unchanged: QueuedEntity[] = [];
    const isReady = (parent: unknown, isKnown: unknown) =>
      parent === null || ids.has(parent) || (isKnown === 1 && !chosen.has(parent as number));
    for (const [id, row] of chosen) {
      const body = mergeContributions(JSON.parse(row.identity as string), facts.get(id) ?? []);
      const json = JSON.stringify(body);
      const entity: QueuedEntity = {
        id,
        kind: row.kind as UploadKind,
        uuid: row.uuid as string,
        acquisition: row.acquisition as string,
        body,
        json,
        hash: hash("sha1", json, "base64url"),
        change: row.change as number,
        attempts: row.attempts as number,
        known: row.confirmed_hash !== null,
        isSuspect: row.refusal !== null,
        sinceMs: row.since as number,
      };
      if (entity.hash === row.confirmed_hash) {
        unchanged.push(entity);
        continue;
      }
      if (!isReady(row.parent, row.parent_known) || !isReady(row.second_parent, row.second_parent_known)) continue;
      taken.push(entity);
      ids.add(id);
    }
    if (unchanged.length > 0) this.confirm(unchanged);
    return taken;
  }

  /** Notes that the API has these as they were sent. */
  confirm(entities: readonly QueuedEntity[]): void {
    this.#db.transaction(() => {
      const list = JSON.stringify(entities.map(({ id, hash, change }) => [id, hash, change]));
      this.#statements.confirm.run(list);
      this.#statements.dropKept.run(list);
    });
  }

  /** Notes that the API did not take these because their parents are not there: both are to be sent again. */
  rejected(entities: readonly QueuedEntity[], againAtMs: (attempts: number) => number): void {
    this.#db.transaction(() => {
      for (const entity of entities) {
        this.#statements.defer.run(againAtMs(entity.attempts + 1), entity.id);
        this.#statements.unconfirm.run(entity.id);
      }
    });
  }

  /** Notes that the API will not take this as it is, and why. */
  refuse(entity: QueuedEntity, reason: string): void {
    this.#statements.refuse.run(reason, entity.id, entity.change);
  }

  /** Notes that the API fails at this, and not at others: it stays queued, but nothing waits for it that does not depend on it. */
  suspect(entity: QueuedEntity, reason: string, againAtMs: number): void {
    this.#db.transaction(() => {
      this.#statements.suspect.run(reason, entity.id, entity.change);
      this.#statements.defer.run(againAtMs, entity.id);
    });
  }

  /** A newer API may take what an older one refused. */
  retryRefused(): void {
    this.#statements.retryRefused.run();
  }

  /** How many squares of a grid are selected for acquisition, as their metadata says, and how many of those EPU has completed. */
  squaresOf(gridUuid: string): SquaresOfGrid {
    const known = this.#squares.get(gridUuid);
    if (known !== undefined) return known;
    const rows = this.#statements.squares.all(gridUuid);
    // Of copies the one that was written last counts, as everywhere.
    const states = new Map(rows.map((row) => [row.id as number, row]));
    const selected = [...states.values()].filter((row) => row.selected === 1);
    const completed = selected.filter((row) => row.state === "Completed").length;
    const squares = { selected: selected.length, completed };
    this.#squares.set(gridUuid, squares);
    return squares;
  }

  /** The files with metadata of a square, but for one. */
  otherMetadataOf(squareUuid: string, file: number): number[] {
    return this.#statements.otherMetadata.all(squareUuid, METADATA, file).map((row) => row.file as number);
  }

  /** What was ever known of an acquisition's micrographs, also of those whose files are gone. */
  imagedOf(acquisition: string): Imaged {
    const row = this.#statements.imaged.get(acquisition);
    return { micrographs: (row?.micrographs as number | undefined) ?? 0, last: (row?.last as string | null) ?? null };
  }

  /** Whether a micrograph of a grid was taken at that time (ISO 8601, UTC). */
  isTakenAt(gridUuid: string, time: string): boolean {
    return this.#statements.takenAt.get(gridUuid, time) !== undefined;
  }

  /** Uploads everything of an acquisition again, which the API says it does not have. */
  uploadAgain(acquisition: string): void {
    this.#statements.unconfirmAcquisition.run(acquisition);
  }

  /** Whether anything that was read tells of it. */
  isKnown(uuid: string): boolean {
    return this.#statements.known.get(uuid)?.asserted === 1;
  }

  isConfirmed(uuid: string): boolean {
    return this.#statements.confirmed.get(uuid) !== undefined;
  }

  nextDueMs(): number | null {
    return (this.#statements.nextDue.get()?.at as number | null | undefined) ?? null;
  }

  hasQueued(): boolean {
    return this.#statements.anyQueued.get() !== undefined;
  }

  /** Whether something of an acquisition is still to be uploaded; what can't be, below what the API refuses, does not count. */
  hasUnsent(acquisition: string): boolean {
    return this.#statements.anyUnsentOf.get(acquisition) !== undefined;
  }

  queued(): number {
    return this.#statements.countQueued.get()?.n as number;
  }

  counts(): EntityCounts[] {
    return this.#statements.counts.all().map((row) => ({
      kind: row.kind as UploadKind,
      known: row.known as number,
      queued: row.queued as number,
      confirmed: row.confirmed as number,
      refused: row.refused as number,
    }));
  }

  refused(limit: number): RefusedEntity[] {
    return this.#statements.refused.all(limit).map((row) => ({
      kind: row.kind as UploadKind,
      uuid: row.uuid as string,
      reason: row.refusal as string,
    }));
  }

  /** Pictures of micrographs whose manifest has not come. */
  picturesWithoutManifest(): number {
    return this.#statements.unproven.get()?.n as number;
  }

  /** Entities that can't be uploaded because the API refuses their parent. */
  blocked(): number {
    return this.#statements.blocked.get()?.n as number;
  }
}
