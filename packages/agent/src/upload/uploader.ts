import type { IngestResponse } from "@smartem/common/entities";
import { INGEST_KEYS } from "@smartem/common/entity-names";
import type { Logger } from "@smartem/common/logging";
import { ok, type Result } from "@smartem/common/result";
import { delay } from "@smartem/common/time";
import { type ApiClient, type ApiFailure, CONTENT_REFUSALS, isUnknown } from "../api/api-client.js";
import { type Backoff, backoffMs } from "../backoff.js";
import type { QueuedEntity } from "../journal/entities.js";
import type { Journal } from "../journal/journal.js";
import { persevering } from "../persevering.js";
import { steadyNow } from "../steady-clock.js";
import { registerAgain } from "./registrations.js";

export interface UploaderOptions {
  readonly api: ApiClient;
  readonly journal: Journal;
  readonly log: Logger;
  /** While the API does not answer. */
  readonly backoff: Backoff;
  readonly nowMs?: () => number;
  /** Whether all that is in the folder, as far as it can be read, is in the journal. */
  readonly hasReadAll: () => boolean;
  /** Called with what the API has newly confirmed. */
  readonly onConfirmed?: (entities: readonly QueuedEntity[]) => void;
}

export interface UploadStatus {
  readonly reachable: boolean;
  /** Why the last attempt failed; null after one that did not. */
  readonly lastError: string | null;
  readonly failures: number;
  readonly nextAttemptAtMs: number | null;
  readonly batchSize: number;
  readonly onTheirWay: number;
}

const MIN_BATCH = 50;
const MAX_BATCH = 2_000;
/** Requests on their way at a time: one is being prepared and sent while another is being stored. */
const LANES = 2;
/** A request is to take about this long: long enough to be worth it, short enough for others to get in between. */
const FAST_MS = 700;
const SLOW_MS = 2_500;
const REQUEST_TIMEOUT_MS = 60_000;
const LOOK_MS = 1_000;
const MOST_IDLE_MS = 10_000;

/** What the API fails at so often in a row is looked for among the entities: it may be one that it can't cope with. */
const FAILURES_BEFORE_SEARCH = 3;

type Sent =
  | { readonly is: "stored" }
  /** Not now: everything of it stays queued. */
  | { readonly is: "failed"; readonly failure: ApiFailure };

/** For what the API fails at: where it answers for others meanwhile, it is what fails by itself that it can't cope with. */
interface Search {
  /** How often the API took something, or said why not. */
  answers: number;
  readonly culprits: { readonly entity: QueuedEntity; readonly failure: ApiFailure }[];
}

/** Sends what is queued in the journal to the API, parents first, until the API has confirmed it. */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #now: () => number;
  readonly #onTheirWay = new Set<number>();
  /**
   * Acquisitions that the API has from an earlier agent, whose journal is not there: they are read to the end first. What some of
   * their files say, without the others, could take back what the API knows already.
   */
  readonly #held = new Set<string>();
  #wake = new AbortController();
  #batchSize = 500;
  #failures = 0;
  #lastError: string | null = null;
  #nextAttemptAtMs: number | null = null;

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#now = options.nowMs ?? steadyNow;
  }

  /** There may be something new to send. */
  wake(): void {
    this.#wake.abort();
  }

  get idle(): boolean {
    return this.#onTheirWay.size === 0 && !this.#options.journal.entities.hasQueued();
  }

  status(): UploadStatus {
    return {
      reachable: this.#failures === 0,
      lastError: this.#lastError,
      failures: this.#failures,
      nextAttemptAtMs: this.#nextAttemptAtMs,
      batchSize: this.#batchSize,
      onTheirWay: this.#onTheirWay.size,
    };
  }

  /** Works until `signal` is aborted; what is on its way then is awaited. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.wake(), { once: true });
    await Promise.all(
      Array.from({ length: LANES }, (_, lane) =>
        persevering(`upload lane ${lane + 1}`, this.#options.log, signal, (until) => this.#lane(until)),
      ),
    );
  }

  async #lane(signal: AbortSignal): Promise<void> {
    const { journal, backoff, log } = this.#options;
    while (!signal.aborted) {
      const waitMs = (this.#nextAttemptAtMs ?? 0) - this.#now();
      if (waitMs > 0) {
        await delay(waitMs, signal);
        continue;
      }
      const wake = this.#wake;
      if (this.#held.size > 0 && this.#options.hasReadAll()) this.#held.clear();
      // With the API not answering, one probe at a time is enough.
      const batch =
        this.#failures > 0 && this.#onTheirWay.size > 0
          ? []
          : journal.entities.take(
              this.#now(),
              this.#failures > 0 ? MIN_BATCH : this.#batchSize,
              this.#onTheirWay,
              this.#held,
            );
      if (batch.length === 0) {
        await delay(this.#idleMs(), wake.signal);
        if (this.#wake === wake && wake.signal.aborted) this.#wake = new AbortController();
        continue;
      }
      for (const entity of batch) this.#onTheirWay.add(entity.id);
      try {
        const prepared = await this.#prepared(batch);
        const sent = prepared.ok
          ? await this.#sendAll(prepared.value)
          : ({ is: "failed", failure: prepared.error } as const);
        if (sent.is === "stored") this.#succeeded();
        else {
          this.#failures++;
          this.#lastError = sent.failure.message;
          const pauseMs = Math.max(backoffMs(this.#failures, backoff), sent.failure.retryAfterMs ?? 0);
          this.#nextAttemptAtMs = this.#now() + pauseMs;
          const facts = { failure: sent.failure, failures: this.#failures, nextAttemptInMs: Math.round(pauseMs) };
          if (this.#failures === 1 || this.#failures % 10 === 0) log.warn(facts, "upload failed; it will be repeated");
        }
      } finally {
        for (const entity of batch) this.#onTheirWay.delete(entity.id);
      }
      this.wake();
    }
  }

  /** How long there is nothing to do, unless something wakes the lanes. */
  #idleMs(): number {
    // Nothing tells when the folder has been read to the end.
    if (this.#held.size > 0) return LOOK_MS;
    const due = this.#options.journal.entities.nextDueMs();
    const untilDueMs = due === null ? MOST_IDLE_MS : due - this.#now();
    // What is due and can't be sent waits for its parents, and whoever sends these wakes the lanes.
    return untilDueMs > 0 ? Math.min(untilDueMs, MOST_IDLE_MS) : LOOK_MS;
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#options.log.info({ failures: this.#failures }, "the API takes uploads again");
    this.#failures = 0;
    this.#lastError = null;
    this.#nextAttemptAtMs = null;
  }

  /**
   * What of a batch is to be sent now. Of acquisitions that this journal has not sent before, the API is asked first.
   *
   * The status of an acquisition is said once: what operators make of it later is theirs. A journal that was rebuilt
   * does not know whether it was said.
   */
  async #prepared(batch: readonly QueuedEntity[]): Promise<Result<readonly QueuedEntity[], ApiFailure>> {
    const { api, journal, hasReadAll, log } = this.#options;
    const prepared: QueuedEntity[] = [];
    for (const entity of batch) {
      if (entity.kind !== "acquisition") {
        prepared.push(entity);
        continue;
      }
      const { status: _said, ...rest } = entity.body;
      const unsaid = { ...entity, body: rest, json: JSON.stringify(rest) };
      if (entity.known) {
        prepared.push(unsaid);
        continue;
      }
      const found = await api.call({ method: "GET", path: `/acquisitions/${entity.uuid}` });
      if (!found.ok && !isUnknown(found.error)) return found;
      if (found.ok && !hasReadAll()) {
        log.info({ acquisition: entity.uuid }, "the API has this acquisition already: it is read to the end first");
        this.#held.add(entity.uuid);
      }
      if (!found.ok) journal.transaction(() => registerAgain(journal, entity.uuid));
      const status = found.ok ? (found.value as { status?: unknown } | null)?.status : null;
      prepared.push(status === null || status === undefined || status === "planned" ? entity : unsaid);
    }
    return ok(prepared.filter(({ acquisition }) => !this.#held.has(acquisition)));
  }

  /** Sends a batch, and what the API failed at before by itself, so that it does not hold up the rest. */
  async #sendAll(batch: readonly QueuedEntity[]): Promise<Sent> {
    const apart = await this.#sendApart(batch.filter(({ isSuspect }) => isSuspect));
    if (apart.is === "failed") return apart;
    const search: Search = { answers: 0, culprits: [] };
    const sent = await this.#send(
      batch.filter(({ isSuspect }) => !isSuspect),
      search,
    );
    const [first] = search.culprits;
    if (sent.is === "failed" || first === undefined) return sent;
    if (search.answers === 0) return { is: "failed", failure: first.failure };
    // It may have failed at everything until a moment ago.
    return this.#sendApart(search.culprits.map(({ entity }) => entity));
  }

  /** Sends entities each by itself; those at which the API fails are suspect, unless it is not they at which it does. */
  async #sendApart(entities: readonly QueuedEntity[]): Promise<Sent> {
    for (const entity of entities) {
      const search: Search = { answers: 0, culprits: [] };
      const sent = await this.#send([entity], search);
      const failure = sent.is === "failed" ? sent.failure : search.culprits[0]?.failure;
      if (failure === undefined) continue;
      if (!mayBeOfOneEntity(failure)) return { is: "failed", failure };
      this.#suspect(entity, failure);
    }
    return { is: "stored" };
  }

  async #send(batch: readonly QueuedEntity[], search: Search): Promise<Sent> {
    const [first] = batch;
    if (first === undefined) return { is: "stored" };
    const { api, journal, log } = this.#options;
    const startedAtMs = this.#now();
    const answer = await api.call({
      method: "POST",
      path: "/ingest",
      json: requestOf(batch),
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    if (answer.ok) {
      search.answers++;
      this.#settle(batch, answer.value as IngestResponse);
      this.#adapt(batch.length, this.#now() - startedAtMs);
      return { is: "stored" };
    }
    const failure = answer.error;
    // What stands between here and the API may take less than the API does.
    if (failure.status === 413 && batch.length > 1) return this.#sendInHalves(batch, search);
    if (failure.kind === "refused" && CONTENT_REFUSALS.has(failure.status)) {
      if (batch.length > 1) return this.#sendInHalves(batch, search);
      log.error({ kind: first.kind, uuid: first.uuid, reason: failure.message }, "the API refuses an entity");
      journal.entities.refuse(first, failure.message);
      return { is: "stored" };
    }
    if (this.#failures >= FAILURES_BEFORE_SEARCH && mayBeOfOneEntity(failure)) {
      if (batch.length > 1) return this.#sendInHalves(batch, search);
      search.culprits.push({ entity: first, failure });
      return { is: "stored" };
    }
    // Too much at once may be all that is wrong.
    if (failure.status === null) this.#batchSize = Math.max(MIN_BATCH, Math.floor(this.#batchSize / 2));
    return { is: "failed", failure };
  }

  /** Finds what the API refuses, or fails at, by halving: all the rest gets through. Parents are in the first half. */
  async #sendInHalves(batch: readonly QueuedEntity[], search: Search): Promise<Sent> {
    const middle = Math.ceil(batch.length / 2);
    const first = await this.#send(batch.slice(0, middle), search);
    return first.is === "failed" ? first : this.#send(batch.slice(middle), search);
  }

  #suspect(entity: QueuedEntity, failure: ApiFailure): void {
    const { journal, log, backoff } = this.#options;
    const { kind, uuid, attempts } = entity;
    if (attempts % 10 === 0)
      log.error(
        { kind, uuid, reason: failure.message },
        "the API fails at an entity, not at others; it is tried again",
      );
    const reason = `${failure.message} (HTTP ${failure.status}; it is tried again)`;
    journal.entities.suspect(entity, reason, this.#now() + backoffMs(attempts + 1, backoff));
  }

  #settle(batch: readonly QueuedEntity[], answer: IngestResponse): void {
    const { journal, log, backoff, onConfirmed } = this.#options;
    const inBatch = new Set(batch.map((entity) => entity.uuid));
    const rejected = new Set<string>();
    for (const item of answer.rejected) {
      // A uuid that was not sent is another name of one that was: without knowing which, none of its kind counts.
      if (inBatch.has(item.uuid)) rejected.add(item.uuid);
      else for (const entity of batch) if (entity.kind === item.entity) rejected.add(entity.uuid);
    }
    const stored = batch.filter((entity) => !rejected.has(entity.uuid));
    journal.transaction(() => {
      journal.entities.confirm(stored);
      journal.witnesses.add(stored);
      journal.entities.rejected(
        batch.filter((entity) => rejected.has(entity.uuid)),
        (attempts) => this.#now() + backoffMs(attempts, backoff),
      );
    });
    if (rejected.size > 0) {
      log.warn({ count: rejected.size, example: answer.rejected[0] }, "the API lacks parents; they are sent again");
    }
    onConfirmed?.(stored);
  }

  #adapt(sent: number, tookMs: number): void {
    if (tookMs > SLOW_MS) this.#batchSize = Math.max(MIN_BATCH, Math.floor(this.#batchSize / 2));
    else if (tookMs < FAST_MS && sent >= this.#batchSize) this.#batchSize = Math.min(MAX_BATCH, this.#batchSize * 2);
  }
}

/** Whether the API itself has failed at what was sent, or would not have it as things are, and may take anything else. */
function mayBeOfOneEntity({ kind, status }: ApiFailure): boolean {
  return kind === "refused" || status === 500;
}

/** An `IngestRequest`, put together from what the journal has as JSON already. */
function requestOf(batch: readonly QueuedEntity[]): string {
  const sets = new Map<string, string[]>();
  for (const { kind, json } of batch) {
    const key = kind === "tile_position" ? "tile_positions" : INGEST_KEYS[kind];
    const set = sets.get(key);
    if (set === undefined) sets.set(key, [json]);
    else set.push(json);
  }
  return `{${[...sets].map(([key, set]) => `"${key}":[${set.join(",")}]`).join(",")}}`;
}
