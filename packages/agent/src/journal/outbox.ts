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

/** A call that the API does not take, and why. */
export interface RefusedCall {
  readonly call: string;
  /** `held`: it will be tried again; `refused`: it won't. */
  readonly state: "held" | "refused";
  readonly reason: string;
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
      due: db.prepare("select * from outbox where state in ('open', 'held') and next_attempt <= ? order by id limit ?"),
      nextDue: db.prepare("select min(next_attempt) as at from outbox where state in ('open', 'held')"),
      defer: db.prepare("update outbox set attempts = attempts + 1, next_attempt = ?, reason = ? where id = ?"),
      hold: db.prepare(`
        update outbox set state = 'held', attempts = attempts + 1, next_attempt = ?, reason = ? where id = ?`),
      retryHeld: db.prepare("update outbox set next_attempt = 0 where state in ('open', 'held') and state = 'held'"),
      refusedCalls: db.prepare(`
        select method || ' ' || path as call, state, reason, attempts from outbox
        where state in ('held', 'refused') order by id desc limit ?`),
      finish: db.prepare("update outbox set state = ?, reason = ? where id = ?"),
      remove: db.prepare("delete from outbox where key = ?"),
      // In terms of the index: calls that were delivered stay.
      open: db.prepare("select count(*) as n from outbox where state in ('open', 'held') and state = 'open'"),
      prune: db.prepare(
        "delete from outbox where state in ('delivered', 'refused') and created_at < ? and key not like 'registered/%'",
      ),
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

  /** Notes that it is not permitted: until it is tried again it holds up nobody. */
  hold(id: number, untilMs: number, reason: string): void {
    this.#statements.hold.run(untilMs, reason, id);
  }

  /** Something has changed after which what was not permitted may be. */
  retryHeld(): void {
    this.#statements.retryHeld.run();
  }

  /** What the API does not take, the newest first. */
  refusedCalls(limit: number): RefusedCall[] {
    return this.#statements.refusedCalls.all(limit) as unknown as RefusedCall[];
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
