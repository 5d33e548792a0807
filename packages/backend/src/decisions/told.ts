import type { Queryable, Transaction } from "../database/connection.js";
import { CAME_TOO_LATE } from "../instructions/store.js";
import { LISTENS } from "../sessions/store.js";

/*
 * What a microscope has been told of a grid, and what it is known to have taken of that. Two questions are answered from it: what of a
 * plan is news to the microscope (`readTold`), and whose word it is that EPU shows a hole or square as deselected: EPU writes back
 * what it was told (`readDeselected`).
 */

/** One thing to tell a microscope. */
export interface Telling {
  /** What it is about: 'squares', 'skip', or a grid square's uuid. */
  readonly target: string;
  readonly instructionType: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly content: Content;
  /** Of what is not to be acquired: what an operator has left out, here or in EPU, by EPU's ids. */
  readonly byHand?: readonly string[];
}

/** By EPU's ids: what is to be acquired in which order, and what is not to be. */
export interface Content {
  readonly order: readonly string[];
  readonly skip: readonly string[];
  /** What of that is deselected here, by the plan or by an operator's lock; the rest was deselected in EPU. Missing where it is all. */
  readonly deselected?: readonly string[];
}

/**
 * That the agent of a session `s` would carry out no order: it only tries, or has no control. Agents say so when they register. One of
 * before has declined what nobody had withdrawn, and has carried out nothing since it registered.
 */
const ONLY_TRIES = `case when s.experimental_parameters ? 'control_mode'
  then s.experimental_parameters ->> 'control_mode' = 'dry-run' or s.experimental_parameters ->> 'control' is not distinct from 'none'
  else exists (select from instructions i where i.session_id = s.session_id and i.decision_id is not null
      and i.created_at >= s.registered_at and i.status = 'acknowledged' and i.ack_status = 'declined')
    and not exists (select from instructions i where i.session_id = s.session_id and i.decision_id is not null
      and i.created_at >= s.registered_at and i.ack_status = 'processed') end`;

/**
 * The agent's session that a microscope is told through, of the active ones of its acquisition. In this order:
 *
 * 1. one whose agent carries out orders, before one that only tries or has no control
 * 2. one that listens, or did until lately, before one that does not
 * 3. one that has carried out some, and whose newest order that has ended has not come to nothing (failed, or never answered; what was
 *    withdrawn says nothing), before others
 * 4. the one that was told last: to choose anew each time would be to withdraw and tell all of it each time. Of one whose newest order
 *    has come to nothing, only what it has carried out counts here
 * 5. the one that was registered last
 *
 * @returns null: there is none
 */
export async function sessionToTell(db: Queryable, acquisitionUuid: string): Promise<string | null> {
  const newest = (condition: string): string =>
    `(select max(i.seq) from instructions i where i.session_id = s.session_id and i.decision_id is not null and ${condition})`;
  const { rows } = await db.query<{ session_id: string }>(
    `select s.session_id
     from agent_sessions s
       cross join lateral (select ${newest("true")} as told, ${newest("i.ack_status = 'processed'")} as carried_out,
         ${newest("i.status in ('failed', 'expired')")} as came_to_nothing) i
       cross join lateral (select coalesce(came_to_nothing > coalesce(carried_out, 0), false) as fails) f
     where s.acquisition_uuid = $1 and s.status = 'active'
     order by ${ONLY_TRIES}, ${LISTENS} desc, carried_out is not null and not fails desc,
       case when fails then carried_out else told end desc nulls last, told desc nulls last,
       s.registered_at desc, s.seq desc limit 1`,
    [acquisitionUuid],
  );
  return rows[0]?.session_id ?? null;
}

/**
 * What the microscope goes by, or is about to, by what it is about. What it never got to know, or knows no longer, has not been said.
 * What was declined stays said to the same agent, which would decline it again; one that has started since may be of another mode.
 * What an agent has not carried out yet only that agent will, and none will what has expired. What failed before its end would fail
 * again: it stays said to the same agent until then, which is later each time (see `tell`).
 *
 * @param sessionId the agent that it would be told through now
 */
export async function readTold(
  db: Queryable,
  gridUuid: string,
  sessionId: string | null,
): Promise<ReadonlyMap<string, Content>> {
  const { rows } = await db.query<{ target: string; content: Content }>(
    `select t.target, t.content
     from told_plans t join instructions i using (instruction_id) join agent_sessions s using (session_id)
     where t.grid_uuid = $1 and i.verification -> 'record_lost' is distinct from 'true' and case
       when i.status in ('expired', 'cancelled') then false
       when i.ack_status = 'processed' then true
       when i.session_id is distinct from $2 then false
       when i.ack_status = 'declined' then s.registered_at <= t.told_at
       when i.status = 'failed' then s.registered_at <= t.told_at and i.expires_at > now() and not ${CAME_TOO_LATE}
       when i.ack_status = 'received' then coalesce(i.expires_at > now(), true)
       else true end`,
    [gridUuid, sessionId],
  );
  return new Map(rows.map(({ target, content }) => [target, content]));
}

/** Remembers what a microscope is told of a grid, each by its instruction. */
export async function recordTold(
  tx: Transaction,
  gridUuid: string,
  told: readonly { readonly telling: Telling; readonly instructionId: string }[],
): Promise<void> {
  await tx.query(
    `insert into told_plans (grid_uuid, target, content, instruction_id, told_at)
     select $1, target, content, instruction_id, now() from jsonb_to_recordset($2::jsonb) as r(target text, content jsonb, instruction_id text)
     on conflict (grid_uuid, target) do update set
       content = excluded.content, instruction_id = excluded.instruction_id, told_at = now()`,
    [
      gridUuid,
      JSON.stringify(
        told.map(({ telling: { target, content }, instructionId }) => ({
          target,
          content,
          instruction_id: instructionId,
        })),
      ),
    ],
  );
  // Of a square the last word counts: to order it is to select it again, to skip it takes it out of the order.
  const last = (target: string, list: "order" | "skip"): string[] =>
    told.flatMap(({ telling }) => (telling.target === target ? telling.content[list] : []));
  const without = (list: string, ids: string): string =>
    `(select coalesce(jsonb_agg(id order by n), '[]') from jsonb_array_elements_text(content -> '${list}') with ordinality as x(id, n)
      where id <> all(${ids}))`;
  await tx.query(
    `update told_plans set content =
       content || jsonb_build_object('order', ${without("order", "$3::text[]")}, 'skip', ${without("skip", "$2::text[]")})
     where grid_uuid = $1 and target in ('squares', 'skip')`,
    [gridUuid, last("squares", "order"), last("skip", "skip")],
  );
  await recordDeselected(tx, gridUuid, told);
}

/**
 * That an instruction `i` has not reached the microscope and will not. An agent of an earlier version says so of declined ones alone,
 * as long as they are wanted.
 */
export const NEVER_TAKEN = `(i.given is false or i.ack_status is not distinct from 'declined' and i.status = 'acknowledged'
  or i.sent_at is null and i.status in ('cancelled', 'expired'))`;

/** What an instruction says of one hole or square. */
interface Word {
  /** Null: it is a square that is spoken of. */
  readonly gridsquare_uuid: string | null;
  readonly id: string;
  readonly is_left_out: boolean;
  /** Left out, but not because it was deselected in EPU. */
  readonly is_own: boolean;
  readonly instruction_id: string;
}

function wordsOf({ content, target }: Telling, instruction_id: string): Word[] {
  const { order, skip, deselected = skip } = content;
  const own = new Set(deselected);
  const gridsquare_uuid = target === "squares" || target === "skip" ? null : target;
  const word = { gridsquare_uuid, instruction_id, is_left_out: false, is_own: false };
  return [
    ...order.map((id) => ({ ...word, id })),
    ...skip.map((id) => ({ ...word, id, is_left_out: true, is_own: own.has(id) })),
  ];
}

/**
 * A deselection is ours from when the microscope is told of it until EPU shows the hole or square selected again, because it was told
 * that, too: the database uses it up (`settle_deselection`). Which of the instructions that said so the microscope has taken is
 * perhaps known only later, in any order: all are kept that may have been, until one is known to.
 */
async function recordDeselected(
  tx: Transaction,
  gridUuid: string,
  told: readonly { readonly telling: Telling; readonly instructionId: string }[],
): Promise<void> {
  const words = JSON.stringify(told.flatMap(({ telling, instructionId }) => wordsOf(telling, instructionId)));
  const named = `named as (
    select coalesce(h.uuid, s.uuid) as entity_uuid, coalesce(h.selected, s.selected) is false as is_out, r.*
    from jsonb_to_recordset($2::jsonb) as r(gridsquare_uuid text, id text, is_left_out boolean, is_own boolean, instruction_id text)
      left join foilholes h on h.gridsquare_uuid = r.gridsquare_uuid and h.foilhole_id = r.id
      left join gridsquares s on r.gridsquare_uuid is null and s.grid_uuid = $1 and s.gridsquare_id = r.id
    where h.uuid is not null or s.uuid is not null)`;
  await tx.query(
    `with ${named},
       locked as materialized (
         select d.entity_uuid from deselections d join named using (entity_uuid) order by d.entity_uuid for update of d)
     update deselections d set
       told_by = case when d.told_by is not null and n.is_own and not n.is_out and not exists (
           select from instructions i where i.instruction_id = any(d.told_by) and i.ack_status = 'processed')
         then array(
           select x.id from unnest(d.told_by) with ordinality as x(id, n) left join instructions i on i.instruction_id = x.id
           where ${NEVER_TAKEN} is not true order by x.n) || n.instruction_id
         else d.told_by end,
       released_by = case
         when n.is_left_out then null
         when exists (select from instructions i where i.instruction_id = d.released_by and i.ack_status = 'processed') then d.released_by
         else n.instruction_id end
     from named n join locked using (entity_uuid) where d.entity_uuid = n.entity_uuid`,
    [gridUuid, words],
  );
  // What EPU shows as deselected before it is told to is deselected by somebody else.
  await tx.query(
    `with ${named}
     insert into deselections (entity_uuid, grid_uuid, told_by)
     select entity_uuid, $1, array[instruction_id] from named where is_own and not is_out order by entity_uuid
     on conflict (entity_uuid) do nothing`,
    [gridUuid, words],
  );
}

/** Squares and holes of a grid, by uuid, that EPU deselects, or may yet, because the microscope was told to leave them out. */
export async function readDeselected(db: Queryable, gridUuid: string): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ entity_uuid: string }>(
    `select entity_uuid from deselections
     where grid_uuid = $1 and (told_by <@ array(
       select i.instruction_id from instructions i
       where i.instruction_id in (select unnest(told_by) from deselections where grid_uuid = $1) and ${NEVER_TAKEN})) is not true`,
    [gridUuid],
  );
  return new Set(rows.map(({ entity_uuid }) => entity_uuid));
}
