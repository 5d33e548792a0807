import { createHash } from "node:crypto";
import { type Contribution, mergeContributions, UPLOAD_KINDS, type UploadKind } from "../mapping/contribution.js";
import type { JournalDatabase, Row } from "./database.js";

/** An entity as it is to be uploaded now. */
export interface QueuedEntity {
  readonly kind: UploadKind;
  readonly uuid: string;
  readonly parents: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  /** Of the body. */
  readonly hash: string;
  /** Tells whether anything was added while it was on its way. */
  readonly change: number;
  readonly attempts: number;
  /** Whether the API has an earlier state of it. */
  readonly known: boolean;
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

/** Entities whose existence is journaled: the next thousand micrographs of a hole need not say again that it exists. */
const REMEMBERED = 200_000;

/**
 * What the files say, by entity, and what of it the API has confirmed. An entity is queued for upload while the sum of
 * what is said of it may differ from what was confirmed.
 */
export class EntityJournal {
  readonly #db: JournalDatabase;
  readonly #statements;
  readonly #asserted = new Set<string>();

  constructor(db: JournalDatabase) {
    this.#db = db;
    const available = (alias: string) =>
      `(${alias}.confirmed_hash is not null or (${alias}.queued = 1 and ${alias}.asserted = 1 and ${alias}.next_attempt <= ?1))`;
    this.#statements = {
      factsOf: db.prepare("select entity, precedence, fields from facts where file = ?"),
      exists: db.prepare("select asserted from entities where uuid = ?"),
      insert: db.prepare(`
        insert into entities (uuid, kind, level, acquisition, parent, second_parent, identity, asserted, queued, since)
        values (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)`),
      assert: db.prepare("update entities set asserted = 1 where uuid = ?"),
      queue: db.prepare(`
        update entities set since = case when queued = 1 then since else ? end, queued = 1, change = change + 1,
          attempts = 0, next_attempt = 0, refusal = null where uuid = ?`),
      addFact: db.prepare(`
        insert into facts (entity, file, precedence, fields) values (?, ?, ?, ?)
        on conflict (entity, file) do update set precedence = excluded.precedence, fields = excluded.fields`),
      removeFact: db.prepare("delete from facts where entity = ? and file = ?"),
      firstPrecedence: db.prepare(
        "select min(precedence) as first from facts where entity = ? and substr(precedence, 1, 2) = ?",
      ),
      dropFact: db.prepare("delete from facts where entity = ? and precedence = ? and file <> ?"),
      removeFactsOf: db.prepare("delete from facts where file = ?"),
      take: db.prepare(`
        select e.uuid, e.kind, e.parent, e.second_parent, e.identity, e.change, e.attempts, e.confirmed_hash, e.since
        from entities e left join entities p on p.uuid = e.parent left join entities s on s.uuid = e.second_parent
        where e.queued = 1 and e.asserted = 1 and e.next_attempt <= ?1
          and (e.parent is null or ${available("p")}) and (e.second_parent is null or ${available("s")})
        order by e.level, e.next_attempt limit ?2`),
      factsFor: db.prepare(`
        select f.entity, f.precedence, f.fields from json_each(?) j join facts f on f.entity = j.value`),
      confirm: db.prepare(`
        update entities set confirmed_hash = ?, attempts = 0, next_attempt = 0, refusal = null,
          queued = case when change = ? then 0 else 1 end where uuid = ?`),
      defer: db.prepare("update entities set attempts = attempts + 1, next_attempt = ? where uuid = ?"),
      unconfirm: db.prepare(`
        update entities set confirmed_hash = null, queued = 1, next_attempt = 0
        where uuid = ? and confirmed_hash is not null`),
      unconfirmAcquisition: db.prepare(`
        update entities set confirmed_hash = null, queued = 1, attempts = 0, next_attempt = 0, refusal = null
        where acquisition = ?`),
      refuse: db.prepare("update entities set refusal = ?, queued = 0 where uuid = ? and change = ?"),
      retryRefused: db.prepare(
        "update entities set refusal = null, queued = 1, attempts = 0, next_attempt = 0 where refusal is not null",
      ),
      confirmed: db.prepare("select 1 from entities where uuid = ? and confirmed_hash is not null"),
      nextDue: db.prepare("select min(next_attempt) as at from entities where queued = 1 and asserted = 1"),
      countQueued: db.prepare("select count(*) as n from entities where queued = 1 and asserted = 1"),
      counts: db.prepare(`
        select kind, count(*) as known, sum(queued) as queued, sum(confirmed_hash is not null) as confirmed,
          sum(refusal is not null) as refused from entities where asserted = 1 group by kind`),
      refused: db.prepare("select kind, uuid, refusal from entities where refusal is not null limit ?"),
      unasserted: db.prepare("select count(*) as n from entities where asserted = 0 and kind = 'micrograph'"),
      blocked: db.prepare(`
        select count(*) as n from entities e join entities p on p.uuid = e.parent
        where e.queued = 1 and e.asserted = 1 and p.confirmed_hash is null and p.refusal is not null`),
    };
  }

  /**
   * Replaces what a file says by `contributions`; entities of which it now says something else are queued. To be
   * called within a transaction.
   *
   * @param acquisition whose entities they are; null where that differs between them
   * @param sinceMs when the file was last written
   */
  replaceFacts(
    file: number,
    contributions: readonly Contribution[],
    acquisition: string | null,
    sinceMs: number,
  ): void {
    const before = new Map<string, Row>();
    for (const row of this.#statements.factsOf.all(file)) before.set(row.entity as string, row);
    for (const each of contributions) {
      const isNew = this.#ensure(each, acquisition, sinceMs);
      const fields = JSON.stringify(each.fields);
      if (fields === "{}") continue;
      const previous = before.get(each.uuid);
      before.delete(each.uuid);
      if (previous?.fields === fields && previous.precedence === each.precedence) continue;
      this.#statements.addFact.run(each.uuid, file, each.precedence, fields);
      if (!isNew) this.#statements.queue.run(sinceMs, each.uuid);
    }
    for (const entity of before.keys()) {
      this.#statements.removeFact.run(entity, file);
      this.#statements.queue.run(sinceMs, entity);
    }
  }

  /** Forgets what a file said; what it alone said stays as it is at the API. */
  forgetFacts(file: number): void {
    this.#statements.removeFactsOf.run(file);
  }

  /** The lowest precedence among what was said of an entity by the same kind of source; null where nothing was. */
  firstPrecedence(entity: string, precedence: string): string | null {
    const source = precedence.slice(0, 2);
    return (this.#statements.firstPrecedence.get(entity, source)?.first as string | null | undefined) ?? null;
  }

  /** Forgets what was said with a certain precedence, by others than `file`. */
  dropFact(entity: string, precedence: string, file: number): void {
    this.#statements.dropFact.run(entity, precedence, file);
  }

  /** @returns whether the entity was not there before */
  #ensure(of: Contribution, acquisition: string | null, sinceMs: number): boolean {
    if (this.#asserted.has(of.uuid)) return false;
    const row = this.#statements.exists.get(of.uuid);
    if (row === undefined) {
      this.#statements.insert.run(
        of.uuid,
        of.kind,
        UPLOAD_KINDS.indexOf(of.kind),
        acquisition,
        of.parents[0] ?? null,
        of.parents[1] ?? null,
        JSON.stringify(of.identity),
        of.asserts ? 1 : 0,
        sinceMs,
      );
    } else if (of.asserts && row.asserted === 0) {
      this.#statements.assert.run(of.uuid);
      this.#statements.queue.run(sinceMs, of.uuid);
    }
    if (of.asserts || row?.asserted === 1) {
      if (this.#asserted.size >= REMEMBERED) this.#asserted.clear();
      this.#asserted.add(of.uuid);
    }
    return row === undefined;
  }

  /** To be called when a transaction with `replaceFacts` was rolled back. */
  afterRollback(): void {
    this.#asserted.clear();
  }

  /**
   * What may be uploaded now, parents first: each has its parents confirmed, or in the same list, or on their way.
   *
   * @param exclude uuids that are on their way already; what depends on them is left out too
   */
  take(nowMs: number, limit: number, exclude: ReadonlySet<string>): QueuedEntity[] {
    const rows = this.#statements.take.all(nowMs, limit + exclude.size);
    const chosen = new Map<string, Row>();
    for (const row of rows) {
      if (chosen.size >= limit) break;
      const uuid = row.uuid as string;
      if (!exclude.has(uuid)) chosen.set(uuid, row);
    }
    const facts = new Map<string, { precedence: string; fields: Record<string, unknown> }[]>();
    for (const row of this.#statements.factsFor.all(JSON.stringify([...chosen.keys()]))) {
      const fact = { precedence: row.precedence as string, fields: JSON.parse(row.fields as string) };
      const list = facts.get(row.entity as string);
      if (list === undefined) facts.set(row.entity as string, [fact]);
      else list.push(fact);
    }
    const taken: QueuedEntity[] = [];
    const uuids = new Set<string>();
    const unchanged: QueuedEntity[] = [];
    for (const [uuid, row] of chosen) {
      const body = mergeContributions(JSON.parse(row.identity as string), facts.get(uuid) ?? []);
      const parents = [row.parent, row.second_parent].filter((parent) => typeof parent === "string");
      const entity: QueuedEntity = {
        kind: row.kind as UploadKind,
        uuid,
        parents,
        body,
        hash: createHash("sha1").update(JSON.stringify(body)).digest("base64url"),
        change: row.change as number,
        attempts: row.attempts as number,
        known: row.confirmed_hash !== null,
        sinceMs: row.since as number,
      };
      if (entity.hash === row.confirmed_hash) {
        unchanged.push(entity);
        continue;
      }
      const ready = parents.every((parent) => uuids.has(parent) || (!chosen.has(parent) && this.isConfirmed(parent)));
      if (!ready) continue;
      taken.push(entity);
      uuids.add(uuid);
    }
    if (unchanged.length > 0) this.confirm(unchanged);
    return taken;
  }

  /** Notes that the API has these as they were sent. */
  confirm(entities: readonly QueuedEntity[]): void {
    this.#db.transaction(() => {
      for (const entity of entities) this.#statements.confirm.run(entity.hash, entity.change, entity.uuid);
    });
  }

  /** Notes that the API did not take these because their parents are not there: both are to be sent again. */
  rejected(entities: readonly QueuedEntity[], againAtMs: (attempts: number) => number): void {
    this.#db.transaction(() => {
      for (const entity of entities) {
        this.#statements.defer.run(againAtMs(entity.attempts + 1), entity.uuid);
        for (const parent of entity.parents) this.#statements.unconfirm.run(parent);
      }
    });
  }

  /** Notes that the API will not take this as it is, and why. */
  refuse(entity: QueuedEntity, reason: string): void {
    this.#statements.refuse.run(reason, entity.uuid, entity.change);
  }

  /** A newer API may take what an older one refused. */
  retryRefused(): void {
    this.#statements.retryRefused.run();
  }

  /** Uploads everything of an acquisition again, which the API says it does not have. */
  uploadAgain(acquisition: string): void {
    this.#statements.unconfirmAcquisition.run(acquisition);
  }

  /** Whether anything that was read tells of it. */
  isKnown(uuid: string): boolean {
    return this.#statements.exists.get(uuid)?.asserted === 1;
  }

  isConfirmed(uuid: string): boolean {
    return this.#statements.confirmed.get(uuid) !== undefined;
  }

  nextDueMs(): number | null {
    return (this.#statements.nextDue.get()?.at as number | null | undefined) ?? null;
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
    return this.#statements.unasserted.get()?.n as number;
  }

  /** Entities that can't be uploaded because the API refuses their parent. */
  blocked(): number {
    return this.#statements.blocked.get()?.n as number;
  }
}
