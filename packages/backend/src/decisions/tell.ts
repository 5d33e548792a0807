import { isDeepStrictEqual } from "node:util";
import { REORDER_FOILHOLES, REORDER_GRIDSQUARES, SKIP_GRIDSQUARES } from "@smartem/common/instructions";
import { REMOVED } from "@smartem/common/states";
import { HoleState, SquareState } from "@smartem/decision/types";
import type { DecisionMode } from "../config.js";
import type { Transaction } from "../database/connection.js";
import { cancelInstructions, createInstruction, IS_OPEN } from "../instructions/store.js";
import { type Decided, doneIds, seenSquares } from "./decided.js";
import type { HoleFacts } from "./load.js";
import { type Content, readTold, recordTold, sessionToTell, type Telling } from "./told.js";

/** Squares for which the microscope is told the order of holes: the ones it comes to before it could be told again. */
const SQUARES_AHEAD = 3;
/** How many places of an order have to stay the same for a change not to matter. */
const HOLES_THAT_MATTER = 6;
const SQUARES_THAT_MATTER = 3;
/** Share of a square's holes that have to be deselected or selected again for that alone to matter. */
const SKIPS_THAT_MATTER = 0.1;
/** A plan that nobody fetched in this time is stale. */
const EXPIRES_AFTER_MINUTES = 10;
/** One that comes to nothing is told again for twice as long each time, up to this: while Athena is off a whole night nothing changes. */
const EXPIRES_AFTER_MINUTES_AT_MOST = 120;

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

/** The tellings that say something new to the microscope. */
export async function changesOf(
  tx: Transaction,
  decided: Decided,
  tellings: readonly Telling[],
): Promise<readonly Telling[]> {
  const { acquisition, gridUuid } = decided.facts;
  const told = await readTold(tx, gridUuid, await sessionToTell(tx, acquisition.uuid));
  const done = doneIds(decided);
  return tellings.filter((telling) => matters(telling, told.get(telling.target), done));
}

/**
 * Tells the microscope of this acquisition, and no other, in one go. Instructions about the same that were not delivered yet, or
 * that wait at the agent, are withdrawn; of those that another agent has, or may get yet, all of this grid: to it they come in no
 * order with these.
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
  const sessionId = await sessionToTell(tx, acquisitionUuid);
  if (sessionId === null) return false;
  const { rows: outdated } = await tx.query<Outdated>(
    // Each try of the same instruction lasted as long as the first one.
    `select t.target, t.content, t.instruction_id, i.status in ('expired', 'failed') as came_to_nothing,
       (extract(epoch from i.expires_at - i.created_at) / 60 / (i.retry_count + 1))::float8 as minutes
     from told_plans t join instructions i using (instruction_id) where t.grid_uuid = $1 and t.target = any($2)`,
    [gridUuid, tellings.map((telling) => telling.target)],
  );
  await cancelInstructions(
    tx,
    outdated.map((row) => row.instruction_id),
    ["pending", "received"],
  );
  await withdrawOpen(tx, { uuid: gridUuid, otherThan: sessionId });
  const told: { telling: Telling; instructionId: string }[] = [];
  for (const telling of tellings) {
    const instructionId = await createInstruction(tx, {
      sessionId,
      type: telling.instructionType,
      payload: telling.payload,
      expiresInMinutes: expiryOf(
        telling,
        outdated.find(({ target }) => target === telling.target),
      ),
      decisionId,
      metadata: { decision_id: decisionId, grid_uuid: gridUuid },
    });
    told.push({ telling, instructionId });
  }
  await recordTold(tx, gridUuid, told);
  return true;
}

/** What was told last about something. */
interface Outdated {
  readonly target: string;
  readonly content: Content;
  readonly instruction_id: string;
  readonly came_to_nothing: boolean;
  readonly minutes: number;
}

/** How many minutes an instruction is good for; what fails before that is told again only then. */
function expiryOf({ content }: Telling, before: Outdated | undefined): number {
  if (before?.came_to_nothing !== true || !isDeepStrictEqual(before.content, content)) return EXPIRES_AFTER_MINUTES;
  return Math.min(EXPIRES_AFTER_MINUTES_AT_MOST, Math.max(EXPIRES_AFTER_MINUTES, 2 * Math.round(before.minutes)));
}

/**
 * Withdraws what the microscope was told by plans and has not carried out: nobody wants it followed any more.
 *
 * @param uuid of a grid, or of an acquisition: of all its grids
 * @param mode only what was told by decisions in this one
 */
export async function withdrawTold(tx: Transaction, uuid: string, mode: DecisionMode | null = null): Promise<void> {
  await withdrawOpen(tx, { uuid, mode });
}

/**
 * Forgets what microscopes were told, in a database that was put back to an earlier time: they may go by what they were told since.
 * What was open then is withdrawn: it has long been answered, or would come late.
 */
export async function forgetTold(tx: Transaction): Promise<void> {
  await tx.query("delete from told_plans");
  await withdrawOpen(tx, {});
}

/**
 * @param of.uuid of a grid or an acquisition; missing: of all
 * @param of.otherThan not what this session has been told
 */
async function withdrawOpen(
  tx: Transaction,
  of: { readonly uuid?: string; readonly mode?: DecisionMode | null; readonly otherThan?: string },
): Promise<void> {
  // Also what a later plan has taken the place of: once it is sent, only the agent can say that it is not carried out.
  const { rows } = await tx.query<{ instruction_id: string }>(
    `select i.instruction_id from instructions i join decisions d on d.id = i.decision_id join grids g on g.uuid = d.grid_uuid
     where ${IS_OPEN} and ($1::text is null or g.uuid = $1 or g.acquisition_uuid = $1) and ($2::text is null or d.mode = $2)
       and i.session_id is distinct from $3`,
    [of.uuid ?? null, of.mode ?? null, of.otherThan ?? null],
  );
  await cancelInstructions(
    tx,
    rows.map((row) => row.instruction_id),
    ["pending", "sent", "received"],
  );
}
