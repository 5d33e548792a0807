import { REMOVED } from "@smartem/common/entities";
import { REORDER_FOILHOLES, REORDER_GRIDSQUARES, SKIP_GRIDSQUARES } from "@smartem/common/instructions";
import { HoleState, SquareState } from "@smartem/decision/types";
import type { Transaction } from "../database/connection.js";
import { cancelInstructions, createInstruction } from "../instructions/store.js";
import { type Decided, doneIds, seenSquares } from "./decided.js";
import type { HoleFacts } from "./load.js";

/** Squares for which the microscope is told the order of holes: the ones it comes to before it could be told again. */
const SQUARES_AHEAD = 3;
/** How many places of an order have to stay the same for a change not to matter. */
const HOLES_THAT_MATTER = 6;
const SQUARES_THAT_MATTER = 3;
/** Share of a square's holes that have to be deselected or selected again for that alone to matter. */
const SKIPS_THAT_MATTER = 0.1;
/** A plan that nobody fetched in this time is stale. */
const EXPIRES_AFTER_MINUTES = 10;

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
interface Content {
  readonly order: readonly string[];
  readonly skip: readonly string[];
  /**
   * What of that is deselected here, by the plan or by an operator's lock; the rest was deselected in EPU. Once told, also what was
   * told before. Missing where it is all, and in what was told before there was this.
   */
  readonly deselected?: readonly string[];
}

/** What a plan means for the microscope. */
export function tellingsOf(decided: Decided): Telling[] {
  const { facts, output } = decided;
  const { squares, holes } = output;
  const planned = [...output.squareOrder].filter(
    (square) => (squares.plannedHoles[square] ?? 0) > 0 && squares.skip[square] !== 1,
  );
  const squareId = (square: number): string => facts.squares[square]?.gridsquare_id ?? "";
  const out = leftOut(decided);
  const isLocked = (uuid: string | undefined): boolean => facts.choices.get(uuid ?? "") === "locked";
  const reason = `${output.plannedHoles} holes planned, ${output.expectedGood.toFixed(1)} good holes expected, price ${output.pricePerMin.toFixed(3)} per minute`;
  const tellings: Telling[] = [];
  if (planned.length > 0) {
    const ids = planned.map(squareId);
    tellings.push({
      target: "squares",
      instructionType: REORDER_GRIDSQUARES,
      payload: { gridsquare_ids: ids, priority: "normal", reason },
      content: { order: ids, skip: [] },
    });
  }
  // Squares that are wanted again are named in the order above; an empty list would say nothing.
  const skipped = facts.squares.flatMap((_, square) =>
    squares.skip[square] === 1 || out.squares.has(square) ? [square] : [],
  );
  if (skipped.length > 0) {
    const inEpu = (square: number): boolean =>
      squares.skip[square] !== 1 && facts.squares[square]?.selected === false && !isLocked(facts.squares[square]?.uuid);
    tellings.push(skipSquares(skipped.map(squareId), skipped.filter((square) => !inEpu(square)).map(squareId)));
  }
  const holesOf = new Map<number, { order: string[]; skip: string[] }>(
    planned.slice(0, SQUARES_AHEAD).map((square) => [square, { order: [], skip: [] }]),
  );
  // Also those that no time is planned for: what was deselected before is selected again by being named.
  for (const hole of output.order) {
    const fact = facts.holes[hole];
    const lists = fact === undefined ? undefined : holesOf.get(fact.square);
    if (fact === undefined || lists === undefined) continue;
    (holes.skip[hole] === 1 ? lists.skip : lists.order).push(fact.foilhole_id);
  }
  for (const [square, { order, skip }] of holesOf) {
    const byOperator = out.holes.get(square) ?? [];
    const locked = byOperator.flatMap(({ uuid, foilhole_id }) => (isLocked(uuid) ? [foilhole_id] : []));
    const byHand = byOperator.map(({ foilhole_id }) => foilhole_id);
    const content = { order, skip: [...skip, ...byHand], deselected: [...skip, ...locked] };
    tellings.push({
      target: facts.squares[square]?.uuid ?? "",
      instructionType: REORDER_FOILHOLES,
      payload: {
        gridsquare_id: squareId(square),
        foilhole_ids: content.order,
        skip_foilhole_ids: content.skip,
        priority: "normal",
        reason,
      },
      content,
      byHand,
    });
  }
  return tellings;
}

/** @param deselected those of them that are not EPU's own deselection */
export function skipSquares(gridsquareIds: readonly string[], deselected: readonly string[]): Telling {
  return {
    target: "skip",
    instructionType: SKIP_GRIDSQUARES,
    payload: {
      gridsquare_ids: gridsquareIds,
      reason: "their holes are not worth the time that is left, or locked out by an operator",
    },
    content: { order: [], skip: gridsquareIds, deselected },
  };
}

/**
 * What operators have locked out, here or in EPU, and the microscope would acquire if it were told nothing of it: squares, among them
 * those of which nothing else is left, and holes by their square.
 */
function leftOut({ facts, input, output }: Decided): {
  squares: ReadonlySet<number>;
  holes: ReadonlyMap<number, readonly HoleFacts[]>;
} {
  const { state } = input.holes;
  const holes = new Map<number, HoleFacts[]>();
  for (const [index, hole] of facts.holes.entries()) {
    // EPU does not know them any more.
    if (hole.state === REMOVED) continue;
    // Those near a grid bar EPU leaves out by itself.
    const isLocked = state[index] === HoleState.lockedOut && facts.choices.get(hole.uuid) === "locked";
    if (!isLocked && state[index] !== HoleState.skippedByOperator) continue;
    const others = holes.get(hole.square);
    if (others === undefined) holes.set(hole.square, [hole]);
    else others.push(hole);
  }
  const squares = new Set(holes.keys());
  for (const hole of output.order) squares.delete(facts.holes[hole]?.square ?? -1);
  const seen = seenSquares(facts);
  const unimaged = new Set(
    facts.holes.flatMap(({ square }, hole) => (state[hole] === HoleState.imaged ? [] : [square])),
  );
  for (const [square, { uuid, selected }] of facts.squares.entries()) {
    if (input.squares.state[square] !== SquareState.lockedOut) continue;
    const isLocked = facts.choices.get(uuid) === "locked";
    // Of one that is not yet seen at its own magnification, holes may still come.
    if (unimaged.has(square) ? isLocked || selected === false : isLocked && !seen.has(square)) squares.add(square);
  }
  return { squares, holes };
}

/** The same order to tell, of other squares or holes. */
export function withContent(telling: Telling, content: Content): Telling {
  const named =
    telling.instructionType === REORDER_FOILHOLES
      ? { foilhole_ids: content.order, skip_foilhole_ids: content.skip }
      : { gridsquare_ids: content.order };
  return { ...telling, content, payload: { ...telling.payload, ...named } };
}

/** Whether the microscope would do something else, soon, if it were told. */
export function matters(telling: Telling, told: Content | undefined, done: ReadonlySet<string>): boolean {
  if (told === undefined) return telling.content.order.length > 0 || telling.content.skip.length > 0;
  const length = telling.target === "squares" ? SQUARES_THAT_MATTER : HOLES_THAT_MATTER;
  // What was done since is no change of mind.
  const before = told.order.filter((id) => !done.has(id)).slice(0, length);
  const now = telling.content.order.slice(0, length);
  if (before.length !== now.length || before.some((id, index) => id !== now[index])) return true;
  const skippedBefore = new Set(told.skip);
  // An operator's word counts at once, also about a hole that would come late.
  if (telling.byHand?.some((id) => !skippedBefore.has(id))) return true;
  const skippedNow = new Set(telling.content.skip);
  const turned =
    telling.content.skip.filter((id) => !skippedBefore.has(id)).length +
    told.skip.filter((id) => !done.has(id) && !skippedNow.has(id)).length;
  // A few at the price's edge go to and fro with every result; what comes next was compared above.
  return (
    turned >
    (telling.target === "skip" ? 0 : SKIPS_THAT_MATTER * (telling.content.order.length + telling.content.skip.length))
  );
}

export type TellOutcome =
  | "told"
  | "unchanged"
  | "no_session"
  | "too_soon"
  | "proposed"
  | "waiting"
  | "rejected"
  | "observing"
  | "over";

/** Keeps decisions on several grids of one acquisition apart: one at a time tells its microscope. */
const TELLING_LOCK = 0x5e06;

/**
 * Whether a microscope is not to be told of a grid yet: it was told of one in the last `intervalMs`, or the grid that it works on is
 * waiting for that, too. What is told until the transaction ends, others see.
 *
 * @param workingOn the grid that it works on, where that is another one
 */
export async function isTooSoon(
  tx: Transaction,
  acquisitionUuid: string,
  workingOn: string | null,
  intervalMs: number,
): Promise<boolean> {
  if (intervalMs === 0) return false;
  await tx.query("select pg_advisory_xact_lock($1, hashtext($2))", [TELLING_LOCK, acquisitionUuid]);
  const { rows } = await tx.query<{ too_soon: boolean }>(
    `select exists (
       select from told_plans t join grids g on g.uuid = t.grid_uuid
       where g.acquisition_uuid = $1 and t.told_at > now() - make_interval(secs => $3))
       or exists (select from decision_requests where grid_uuid = $2) as too_soon`,
    [acquisitionUuid, workingOn, intervalMs / 1000],
  );
  return rows[0]?.too_soon === true;
}

const UNSAID: ReadonlySet<string> = new Set(["expired", "failed", "cancelled"]);

/** The tellings that say something new to the microscope. */
export async function changesOf(
  tx: Transaction,
  decided: Decided,
  tellings: readonly Telling[],
): Promise<readonly Telling[]> {
  const { rows: told } = await tx.query<{
    target: string;
    content: Content;
    status: string;
    back: boolean;
    lost: boolean;
  }>(
    `select t.target, t.content, case when i.status = 'acknowledged' then i.ack_status else i.status end as status,
       s.registered_at > t.told_at as back, i.verification -> 'record_lost' is not distinct from 'true' as lost
     from told_plans t join instructions i using (instruction_id) join agent_sessions s using (session_id) where t.grid_uuid = $1`,
    [decided.facts.gridUuid],
  );
  const current = new Map<string, Content>();
  for (const row of told) {
    // What the microscope never got to know, or knows no longer, has not been said. What was declined stays said to the same agent, which would decline it
    // again; one that has started since may be of another mode.
    const unsaid = UNSAID.has(row.status) || row.lost || (row.status === "declined" && row.back);
    if (!unsaid) current.set(row.target, row.content);
  }
  const done = doneIds(decided);
  return tellings.filter((telling) => matters(telling, current.get(telling.target), done));
}

/**
 * Tells the microscope of this acquisition, and no other, in one go. Instructions about the same that were not delivered yet, or
 * that wait at the agent, are withdrawn.
 *
 * @returns false where no agent is there to be told
 */
export async function tell(
  tx: Transaction,
  acquisitionUuid: string,
  gridUuid: string,
  tellings: readonly Telling[],
  decisionId: number,
): Promise<boolean> {
  const { rows: sessions } = await tx.query<{ session_id: string }>(
    `select session_id from agent_sessions where acquisition_uuid = $1 and status = 'active' order by last_activity_at desc limit 1`,
    [acquisitionUuid],
  );
  const [session] = sessions;
  if (session === undefined) return false;
  const { rows: outdated } = await tx.query<{ instruction_id: string }>(
    "select instruction_id from told_plans where grid_uuid = $1 and target = any($2)",
    [gridUuid, tellings.map((telling) => telling.target)],
  );
  await cancelInstructions(
    tx,
    outdated.map((row) => row.instruction_id),
    ["pending", "received"],
  );
  for (const telling of tellings) {
    const instructionId = await createInstruction(tx, {
      sessionId: session.session_id,
      type: telling.instructionType,
      payload: telling.payload,
      expiresInMinutes: EXPIRES_AFTER_MINUTES,
      decisionId,
      metadata: { decision_id: decisionId, grid_uuid: gridUuid },
    });
    await tx.query(
      `insert into told_plans as t (grid_uuid, target, content, instruction_id) values ($1, $2, $3, $4)
       on conflict (grid_uuid, target) do update set instruction_id = excluded.instruction_id, told_at = now(),
         content = excluded.content || jsonb_build_object('deselected', (
           select coalesce(jsonb_agg(distinct id), '[]') from (
             select jsonb_array_elements(coalesce(t.content -> 'deselected', t.content -> 'skip')) as id
             union all select jsonb_array_elements(coalesce(excluded.content -> 'deselected', excluded.content -> 'skip'))) d))`,
      [gridUuid, telling.target, JSON.stringify(telling.content), instructionId],
    );
  }
  return true;
}

/** Withdraws what the microscope of an acquisition was told of plans and has not answered: nobody wants it followed any more. */
export async function withdrawTold(tx: Transaction, acquisitionUuid: string): Promise<void> {
  const { rows } = await tx.query<{ instruction_id: string }>(
    "select t.instruction_id from told_plans t join grids g on g.uuid = t.grid_uuid where g.acquisition_uuid = $1",
    [acquisitionUuid],
  );
  await cancelInstructions(
    tx,
    rows.map((row) => row.instruction_id),
    ["pending", "sent", "received"],
  );
}
