import type { JournalDatabase } from "./database.js";

export interface OutgoingCall {
  /** What must be said once has one key. */
  readonly key: string;
  readonly method: "POST";
  readonly path: string;
  readonly body: unknown;
}

export interface QueuedCall extends OutgoingCall {
  readonly id: number;
  readonly attempts: number;
}

/** Small calls that the API must get: registrations, acknowledgements, verifications. */
export class Outbox {
  readonly #statements;

  constructor(db: JournalDatabase) {
    this.#statements = {
      add: db.prepare(`
        insert into outbox (key, method, path, body, state, created_at) values (?, ?, ?, ?, 'open', ?)
        on conflict (key) do nothing`),
      due: db.prepare("select * from outbox where state = 'open' and next_attempt <= ? order by id limit ?"),
      nextDue: db.prepare("select min(next_attempt) as at from outbox where state = 'open'"),
      defer: db.prepare("update outbox set attempts = attempts + 1, next_attempt = ?, reason = ? where id = ?"),
      finish: db.prepare("update outbox set state = ?, reason = ? where id = ?"),
      remove: db.prepare("delete from outbox where key = ?"),
      open: db.prepare("select count(*) as n from outbox where state = 'open'"),
      prune: db.prepare("delete from outbox where state <> 'open' and created_at < ? and key not like 'registered/%'"),
    };
  }

  add(call: OutgoingCall, nowMs: number): void {
    this.#statements.add.run(
      call.key,
      call.method,
      call.path,
      call.body === undefined ? null : JSON.stringify(call.body),
      nowMs,
    );
  }

  due(nowMs: number, limit: number): QueuedCall[] {
    return this.#statements.due.all(nowMs, limit).map((row) => ({
      id: row.id as number,
      key: row.key as string,
      method: "POST",
      path: row.path as string,
      body: row.body === null ? undefined : JSON.parse(row.body as string),
      attempts: row.attempts as number,
    }));
  }

  nextDueMs(): number | null {
    return (this.#statements.nextDue.get()?.at as number | null | undefined) ?? null;
  }

  defer(id: number, untilMs: number, reason: string): void {
    this.#statements.defer.run(untilMs, reason, id);
  }

  delivered(id: number): void {
    this.#statements.finish.run("delivered", null, id);
  }

  refused(id: number, reason: string): void {
    this.#statements.finish.run("refused", reason, id);
  }

  /** So that it may be said again. */
  forget(key: string): void {
    this.#statements.remove.run(key);
  }

  open(): number {
    return this.#statements.open.get()?.n as number;
  }

  /** Drops what was delivered long ago. */
  prune(beforeMs: number): void {
    this.#statements.prune.run(beforeMs);
  }
}
