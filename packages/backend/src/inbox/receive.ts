import { messageOf } from "@smartem/common/errors";
import { requestUnderWay } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { isDataError, isServersTrouble, type Pool, type Transaction, transaction } from "../database/connection.js";
import { contentId, type IncomingMessage, type Normalised, normalise } from "./normalise.js";
import { INBOX_CHANNEL } from "./parking.js";

/** A message as a transport hands it over. */
export interface Delivery {
  readonly message: unknown;
  /** The id that the transport carries beside the message. */
  readonly messageId?: string | null;
  /** The transport says that it may have delivered this before. */
  readonly redelivered?: boolean;
  /** It is the copy of this dead letter: somebody has moved it back. */
  readonly deadLetterId?: number | null;
}

export interface Rejected {
  readonly index: number;
  readonly code: "malformed" | "unknown_type" | "unstorable";
  readonly message: string;
}

/** How often is tried to store what is refused for a reason that need not be the messages'. */
const ATTEMPTS = 5;
const BACKOFF_MS = 100;
/** Within so long a transport delivers again what it does not know to have been taken in, workers that were away included. */
const REDELIVERY_HOURS = 24;

/**
 * Takes messages into the inbox, in one transaction: once it has returned, they are durable. A message that was taken in
 * before (same id; or, where it has none, delivered again with the same content) is passed over. A malformed one becomes
 * a dead letter at once, with the reason; so does one that can't be stored, so that it does not keep the others waiting.
 *
 * @throws while the database can't store anything
 */
export async function receive(pool: Pool, deliveries: readonly Delivery[]): Promise<Received> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(pool, (tx) => receiveWithin(tx, deliveries));
    } catch (error) {
      if (isServersTrouble(error)) throw error;
      if (isDataError(error) || attempt >= ATTEMPTS) return transaction(pool, (tx) => receiveEach(tx, deliveries));
      await delay(BACKOFF_MS * 2 ** (attempt - 1));
    }
  }
}

/** The same as {@link receiveWithin}, but for messages that are refused: these become dead letters. */
export async function receiveEach(tx: Transaction, deliveries: readonly Delivery[]): Promise<Received> {
  const rejected: Rejected[] = [];
  for (const [index, delivery] of deliveries.entries()) {
    await tx.query("savepoint message");
    try {
      const { rejected: own } = await receiveWithin(tx, [delivery]);
      rejected.push(...own.map((mistake) => ({ ...mistake, index })));
    } catch (error) {
      if (isServersTrouble(error)) throw error;
      await tx.query("rollback to savepoint message");
      const message = `it could not be stored: ${messageOf(error)}`;
      await setAside(tx, delivery, message);
      rejected.push({ index, code: "unstorable", message });
    }
    await tx.query("release savepoint message");
  }
  return { accepted: deliveries.length - rejected.length, rejected };
}

async function setAside(tx: Transaction, { message }: Delivery, reason: string): Promise<void> {
  const type = (message as { event_type?: unknown } | null)?.event_type;
  const letter = {
    event_type: typeof type === "string" ? (storable(type) as string) : "",
    reason: storable(reason) as string,
  };
  await tx.query("savepoint letter");
  try {
    await insertDead(tx, [{ ...letter, body: storable(message ?? null) }]);
  } catch (error) {
    if (isServersTrouble(error)) throw error;
    await tx.query("rollback to savepoint letter");
    // Nested too deeply to be written down by anybody: what is known of it is kept.
    await insertDead(tx, [{ ...letter, reason: `${letter.reason}; nor could its body`, body: null }]);
  }
  await tx.query("release savepoint letter");
}

async function insertDead(
  tx: Transaction,
  letters: readonly { readonly event_type: string; readonly body: unknown; readonly reason: string }[],
): Promise<void> {
  await tx.query(
    `insert into inbox (event_type, body, status, reason)
     select event_type, coalesce(body, 'null'), 'dead', reason from jsonb_to_recordset($1::jsonb) as r(event_type text, body jsonb, reason text)`,
    [JSON.stringify(letters)],
  );
}

function readable({ message, messageId = null }: Delivery): Normalised {
  const result = normalise(message, messageId);
  if (!result.ok || !UNSTORABLE.test(JSON.stringify([result.messages]))) return result;
  return {
    ok: false,
    eventType: result.messages[0]?.eventType ?? "",
    reason: "a text holds a character that cannot be stored (U+0000 or a lone surrogate)",
    code: "malformed",
  };
}

/** In JSON as JavaScript writes it: U+0000, and a surrogate without its other half. An escaped backslash before it is no escape. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;
const UNSTORABLE_PARTS = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** The value with a replacement character in place of what the database can't hold. */
function storable(value: unknown): unknown {
  const json = JSON.stringify(value) ?? "null";
  return UNSTORABLE.test(json) ? JSON.parse(json.replaceAll(UNSTORABLE_PARTS, "$1\\ufffd")) : value;
}

export interface Received {
  readonly accepted: number;
  readonly rejected: readonly Rejected[];
}

/** The same as {@link receive}, as a part of a transaction. */
export async function receiveWithin(tx: Transaction, deliveries: readonly Delivery[]): Promise<Received> {
  const rejected: Rejected[] = [];
  const dead: { event_type: string; body: unknown; reason: string }[] = [];
  const messages: (IncomingMessage & { onceId: string | null; dedupeOnly: boolean; correlationId: string | null })[] =
    [];
  for (const [index, delivery] of deliveries.entries()) {
    const result = readable(delivery);
    if (!result.ok) {
      rejected.push({ index, code: result.code, message: result.reason });
      dead.push({
        event_type: storable(result.eventType) as string,
        body: storable(delivery.message ?? null),
        reason: storable(result.reason) as string,
      });
      continue;
    }
    for (const [part, message] of result.messages.entries()) {
      // Without an id, only a transport's word that this is a second delivery makes two equal messages one.
      const onceId = message.messageId ?? `${contentId(delivery.message)}#${part}`;
      const dedupeOnly = message.messageId !== null || delivery.redelivered === true;
      messages.push({ ...message, onceId, dedupeOnly, correlationId: delivery.messageId ?? requestUnderWay() });
    }
  }
  if (messages.length > 0) {
    await tx.query(
      `with input as (
         select * from jsonb_to_recordset($1::jsonb) as r(
           n int, once_id text, has_id boolean, dedupe boolean, event_type text, body jsonb, natural_ids jsonb, entity_uuid text, grid_uuid text,
           correlation_id text)),
       named as (
         insert into received_messages (message_id) select distinct once_id from input where has_id order by 1
         on conflict do nothing returning message_id),
       -- The same may be said again later, and that be delivered twice too: of what was said long ago it is no second delivery.
       unnamed as (
         insert into received_messages as r (message_id) select distinct once_id from input where not has_id order by 1
         on conflict (message_id) do update set received_at = now()
           where r.received_at < now() - make_interval(hours => ${REDELIVERY_HOURS}) returning message_id),
       fresh as (select message_id from named union all select message_id from unnamed),
       -- A group may be made by a message that is still waiting, and what is said of it must not overtake that.
       groups as materialized (
         select body ->> 'group_uuid' as uuid, min(grid_uuid) as grid_uuid
         from (select body, grid_uuid from input where event_type = 'foilhole.group_create'
               union all select body, grid_uuid from inbox where $2::boolean and event_type = 'foilhole.group_create' and status <> 'dead') c
         group by 1)
       insert into inbox (message_id, event_type, body, correlation_id, grid_uuid)
       select i.once_id, i.event_type,
         case when i.natural_ids is null then i.body else i.body || jsonb_build_object('natural', i.natural_ids) end,
         i.correlation_id,
         coalesce(i.grid_uuid, s.grid_uuid, hs.grid_uuid, m.grid_uuid, gg.grid_uuid, gc.grid_uuid, '')
       from (select *, row_number() over (partition by once_id order by n) as copy from input) i
       left join gridsquares s on s.uuid = i.entity_uuid
       left join foilholes h on h.uuid = i.entity_uuid left join gridsquares hs on hs.uuid = h.gridsquare_uuid
       left join micrographs m on m.uuid = i.entity_uuid
       left join foilhole_groups gg on gg.uuid = i.entity_uuid left join groups gc on gc.uuid = i.entity_uuid
       where not i.dedupe or (i.copy = 1 and i.once_id in (select message_id from fresh))
       order by i.n`,
      [
        JSON.stringify(
          messages.map((message, n) => ({
            n,
            once_id: message.onceId,
            has_id: message.messageId !== null,
            dedupe: message.dedupeOnly,
            correlation_id: message.correlationId,
            event_type: message.eventType,
            body: message.body,
            natural_ids: message.natural,
            entity_uuid:
              message.body.micrograph_uuid ??
              message.body.foilhole_uuid ??
              message.body.gridsquare_uuid ??
              message.body.group_uuid ??
              (message.body.foilhole_uuids as string[] | undefined)?.[0] ??
              null,
            grid_uuid: message.body.grid_uuid ?? message.natural?.grid_uuid ?? null,
          })),
        ),
        messages.some(({ eventType }) => eventType === "foilhole.group_model_prediction"),
      ],
    );
  }
  if (dead.length > 0) await insertDead(tx, dead);
  await tx.query(`notify ${INBOX_CHANNEL}`);
  return { accepted: deliveries.length - rejected.length, rejected };
}
