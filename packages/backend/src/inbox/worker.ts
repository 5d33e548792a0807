import { messageOf } from "@smartem/common/errors";
import type { IncomingEventType } from "@smartem/common/events";
import { type Logger, withLogFields } from "@smartem/common/logging";
import { isDataError, isServersTrouble, type Pool, type Transaction, transaction } from "../database/connection.js";
import type { Notifications } from "../database/notifications.js";
import { requestedInstruction } from "../instructions/handler.js";
import { type Loop, startLoop } from "../loop.js";
import type { Metrics } from "../observability/metrics.js";
import { traced } from "../observability/tracing.js";
import * as predictions from "../predictions/handlers.js";
import * as processing from "../processing/handlers.js";
import type { Handler, InboxMessage, Setback } from "./message.js";
import { INBOX_CHANNEL } from "./parking.js";

/**
 * What handles each kind of message. Kinds of one lane speak of the same things: they are applied in the order in which they came.
 * Lanes do not touch one another, so each is taken as a whole.
 */
const LANES: readonly Readonly<Partial<Record<IncomingEventType, Handler>>>[] = [
  {
    "foilhole.group_create": predictions.groupCreate,
    "foilhole.group_model_prediction": predictions.groupPrediction,
    "foilhole.model_prediction": predictions.foilholePredictions,
    "foilhole.model_multi_prediction": predictions.foilholePredictions,
  },
  { "gridsquare.model_prediction": predictions.gridsquarePrediction },
  { "grid.model_parameter_update": predictions.modelParameterUpdate },
  { "atlas.model_prediction": predictions.atlasPrediction },
  { "motion_correction.completed": processing.motionCorrectionCompleted },
  { "ctf.completed": processing.ctfCompleted },
  { "particle_picking.completed": processing.particlePickingCompleted },
  { "particle_selection.completed": processing.particleSelectionCompleted },
  { "refresh.predictions": predictions.refreshPredictions },
  { "agent.instruction.created": requestedInstruction },
];

const HANDLED: ReadonlySet<string> = new Set(LANES.flatMap((lane) => Object.keys(lane)));

export interface InboxWorkerOptions {
  readonly pool: Pool;
  readonly notifications: Notifications;
  readonly logger: Logger;
  /** How long a message may wait for what it speaks of before it is a dead letter. */
  readonly parkedMaxAgeS?: number;
  /** How often a message that fails is tried before it is a dead letter. */
  readonly maxAttempts?: number;
  readonly metrics?: Metrics;
}

const BATCH = 1_000;
/** Notifications wake the worker; this finds what was set back to a later time. */
const IDLE_MS = 1_000;
const DAY_S = 86_400;
const ORIGINS_PER_LINE = 50;
/** Keeps workers apart: one at a time applies the messages of one grid, so that they are applied in order. */
const GRID_LOCK = 0x5e01;

/** Applies the inbox's messages. Any number of workers may run; each takes the grids that no other is at. */
export function startInboxWorker(options: InboxWorkerOptions): Loop {
  const loop = startLoop("inbox", { idleMs: IDLE_MS, logger: options.logger }, () => applySome(options));
  const unsubscribe = options.notifications.subscribe(INBOX_CHANNEL, () => loop.wake());
  return {
    wake: loop.wake,
    async stop() {
      unsubscribe();
      await loop.stop();
    },
  };
}

/** Applies one batch of one grid. */
export async function applySome(options: InboxWorkerOptions): Promise<"more" | "idle"> {
  const { pool } = options;
  await wakeParked(pool, options.parkedMaxAgeS ?? DAY_S);
  const { rows: grids } = await pool.query<{ grid_uuid: string }>(
    `select grid_uuid from inbox where status = 'ready' and available_at <= now() group by grid_uuid order by min(id) limit 50`,
  );
  for (const { grid_uuid } of grids) {
    try {
      const applied = await applyBatch(options, grid_uuid, BATCH, false);
      if (applied > 0) return "more";
    } catch (error) {
      if (isServersTrouble(error)) throw error;
      // Something in the batch can't be applied: each message by itself, so that only the culprit is held back.
      options.logger.warn(
        { grid_uuid, reason: messageOf(error) },
        "a batch of messages failed; applying them one by one",
      );
      await applyBatch(options, grid_uuid, BATCH, true);
      return "more";
    }
  }
  return "idle";
}

async function applyBatch(
  options: InboxWorkerOptions,
  gridUuid: string,
  limit: number,
  singly: boolean,
): Promise<number> {
  return transaction(options.pool, async (tx) => {
    const { rows: locks } = await tx.query<{ locked: boolean }>(
      "select pg_try_advisory_xact_lock($1, hashtext($2)) as locked",
      [GRID_LOCK, gridUuid],
    );
    if (locks[0]?.locked !== true) return 0;
    const { rows: messages } = await tx.query<InboxMessage>(
      `select id, event_type, body, received_at, attempts, correlation_id from inbox
       where grid_uuid = $1 and status = 'ready' and available_at <= now() order by id limit $2`,
      [gridUuid, limit],
    );
    if (messages.length === 0) return 0;
    const about = {
      ...{ grid_uuid: gridUuid, first_message: messages[0]?.id, last_message: messages.at(-1)?.id },
      correlation_ids: origins(messages),
    };
    const setbacks = await withLogFields(about, () =>
      traced("inbox batch", { "smartem.grid_uuid": gridUuid, "smartem.messages": messages.length }, () =>
        singly ? applySingly(tx, messages, options) : apply(tx, messages, options),
      ),
    );
    await setBack(tx, setbacks);
    for (const { id, event_type, correlation_id } of messages) {
      const setback = setbacks.get(id);
      if (setback?.kind === "dead")
        options.logger.warn({ id, event_type, correlation_id, reason: setback.reason }, "a message is a dead letter");
      else if (setback !== undefined)
        options.logger.debug({ id, event_type, correlation_id, ...setback }, "a message was set back");
    }
    const done = messages.filter((message) => !setbacks.has(message.id)).map((message) => message.id);
    await tx.query("delete from inbox where id = any($1)", [done]);
    options.logger.debug({ ...about, messages: messages.length, set_back: setbacks.size }, "messages were applied");
    for (const { id, received_at } of messages) {
      if (!setbacks.has(id)) options.metrics?.waited((Date.now() - Date.parse(received_at)) / 1_000);
    }
    return messages.length;
  });
}

/** Requests and messages of the broker, as a line of the log has room for. */
function origins(messages: readonly InboxMessage[]): string[] {
  const ids = new Set(messages.flatMap(({ correlation_id }) => (correlation_id === null ? [] : [correlation_id])));
  return [...ids].slice(0, ORIGINS_PER_LINE);
}

async function apply(
  tx: Transaction,
  messages: readonly InboxMessage[],
  { metrics }: InboxWorkerOptions,
): Promise<Map<number, SetBackTo>> {
  const all = new Map<number, SetBackTo>();
  for (const { id, event_type } of messages) {
    // Left by another version of this program: nothing is dropped silently.
    if (!HANDLED.has(event_type)) all.set(id, { kind: "dead", reason: `nothing here handles ${event_type}` });
  }
  for (const lane of LANES) {
    for (const { handler, run } of runsOf(messages, lane)) {
      const startedAt = performance.now();
      for (const [id, setback] of await handler(tx, run)) all.set(id, setback);
      const secondsEach = (performance.now() - startedAt) / 1_000 / run.length;
      const counts = new Map<string, number>();
      for (const { event_type } of run) counts.set(event_type, (counts.get(event_type) ?? 0) + 1);
      for (const [type, count] of counts) metrics?.handled(type, count, secondsEach * count);
    }
  }
  return all;
}

interface Run {
  readonly handler: Handler;
  readonly run: InboxMessage[];
}

/** The messages of a lane in their order, those together that follow one another and have the same handler. */
function runsOf(messages: readonly InboxMessage[], lane: (typeof LANES)[number]): Run[] {
  const runs: Run[] = [];
  for (const message of messages) {
    const handler = lane[message.event_type];
    if (handler === undefined) continue;
    const last = runs.at(-1);
    if (last?.handler === handler) last.run.push(message);
    else runs.push({ handler, run: [message] });
  }
  return runs;
}

type SetBackTo = Setback | { readonly kind: "retry"; readonly attempts: number; readonly reason: string };

async function applySingly(
  tx: Transaction,
  messages: readonly InboxMessage[],
  options: InboxWorkerOptions,
): Promise<Map<number, SetBackTo>> {
  const all = new Map<number, SetBackTo>();
  for (const message of messages) {
    await tx.query("savepoint message");
    try {
      for (const [id, setback] of await apply(tx, [message], options)) all.set(id, setback);
      await tx.query("release savepoint message");
    } catch (error) {
      if (isServersTrouble(error)) throw error;
      await tx.query("rollback to savepoint message");
      const attempts = message.attempts + 1;
      const reason = messageOf(error);
      options.logger.warn(
        { id: message.id, event_type: message.event_type, correlation_id: message.correlation_id, attempts, reason },
        "a message could not be applied",
      );
      all.set(
        message.id,
        isDataError(error) || attempts >= (options.maxAttempts ?? 5)
          ? { kind: "dead", reason }
          : { kind: "retry", attempts, reason },
      );
    }
  }
  return all;
}

async function setBack(tx: Transaction, setbacks: ReadonlyMap<number, SetBackTo>): Promise<void> {
  if (setbacks.size === 0) return;
  await tx.query(
    `update inbox i set
       status = case r.kind when 'park' then 'parked' when 'dead' then 'dead' else 'ready' end,
       attempts = case r.kind when 'park' then i.attempts else coalesce(r.attempts, i.attempts) end,
       waiting_for = r.waiting_for, reason = r.reason,
       -- Parked ones are also looked at again by themselves: what they wait for may have come while they were being parked.
       available_at = now() + case r.kind
         when 'park' then least(interval '5 minutes', greatest(interval '1 second', (now() - i.received_at) / 2))
         else least(interval '5 minutes', interval '1 second' * power(2, coalesce(r.attempts, 0))) end
     from jsonb_to_recordset($1::jsonb) as r(id bigint, kind text, attempts int, waiting_for text, reason text) where i.id = r.id`,
    [
      JSON.stringify(
        [...setbacks].map(([id, setback]) => ({
          id,
          kind: setback.kind,
          attempts: setback.kind === "retry" ? setback.attempts : null,
          waiting_for: setback.kind === "park" ? setback.waitingFor : null,
          reason: setback.reason,
        })),
      ),
    ],
  );
}

async function wakeParked(pool: Pool, maxAgeS: number): Promise<void> {
  await pool.query(
    `update inbox set
       status = case when received_at < now() - make_interval(secs => $1) then 'dead' else 'ready' end,
       reason = case when received_at < now() - make_interval(secs => $1)
         then coalesce(reason, '') || ', and did not come in time' else reason end
     where status = 'parked' and available_at <= now()`,
    [maxAgeS],
  );
}
