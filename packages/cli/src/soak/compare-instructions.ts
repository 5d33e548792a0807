import { createAthenaClient } from "@smartem/athena-api/client";
import { decodeAcquisitionOrder, decodeSelection } from "@smartem/athena-api/decisions";
import type { DecisionRecord } from "@smartem/athena-api/schemas";
import type { Pool } from "@smartem/backend/database/connection";
import { REORDER_FOILHOLES, REORDER_GRIDSQUARES, SKIP_GRIDSQUARES } from "@smartem/common/instructions";
import type { Difference, SoakedSession } from "./compare.js";

/** An instruction as the database holds it. */
export interface ToldInstruction {
  readonly id: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly status: string;
  /** What its agent made of it; null while it has not said. */
  readonly outcome: string | null;
  /** What was done, in the agent's words; these name Athena's decisions. */
  readonly result: string | null;
  readonly agent: string;
  /** EPU's id of the session that it is for. */
  readonly session: string;
  /** By the database's clock, in ms since 1970: when it was given, and when its agent answered last. */
  readonly createdAtMs: number;
  readonly answeredAtMs: number | null;
  /** What the microscope made of it, as its agent saw it; null while it has not said. */
  readonly verification: { readonly outcome: string; readonly details: string } | null;
}

export interface InstructionComparison {
  readonly instructions: number;
  /** Of them, those that were carried out. */
  readonly carriedOut: number;
  readonly differences: readonly Difference[];
}

export async function toldInstructions(pool: Pool): Promise<readonly ToldInstruction[]> {
  const { rows } = await pool.query<ToldInstruction>(
    `select i.instruction_id as id, i.instruction_type as type, i.payload, i.status, i.ack_status as outcome,
       s.agent_id as agent, a.epu_session_id as session, i.verification,
       (extract(epoch from i.created_at) * 1000)::float8 as "createdAtMs",
       (extract(epoch from i.acknowledged_at) * 1000)::float8 as "answeredAtMs",
       (select max(k.result) from instruction_acknowledgements k
        where k.instruction_id = i.instruction_id and k.status = 'processed') as result
     from instructions i join agent_sessions s using (session_id) join acquisitions a on a.uuid = s.acquisition_uuid
     order by i.seq`,
  );
  return rows;
}

/** Everything that was decided at an Athena by other than EPU itself. @throws Error where it does not answer */
export async function heldDecisions(athenaUrl: string): Promise<readonly DecisionRecord[]> {
  const client = createAthenaClient({ baseUrl: athenaUrl });
  try {
    const sessions = await client.getSessions();
    if (!sessions.ok) throw new Error(sessions.error.message);
    const held: DecisionRecord[] = [];
    for (const { sessionId } of sessions.value) {
      const decisions = await client.getDecisions({ sessionId });
      if (!decisions.ok) throw new Error(decisions.error.message);
      held.push(...decisions.value.filter(({ pluginType }) => pluginType === "custom"));
    }
    return held;
  } finally {
    await client.close();
  }
}

export interface InstructionTruth {
  /** As the database has them in the end. */
  readonly told: readonly ToldInstruction[];
  /** What the database had of them before it was put back to an earlier state. */
  readonly forgotten: readonly ToldInstruction[];
  readonly sessions: readonly SoakedSession[];
  /** Agents that have lost their state folder: what they had carried out and not told yet, they have carried out again. */
  readonly forgetful: ReadonlySet<string>;
  /** By agent, what its Athena holds. */
  readonly held: ReadonlyMap<string, readonly DecisionRecord[]>;
  /** Whether so much was simulated that some must have been carried out. */
  readonly mustBeSome: boolean;
}

/**
 * That every instruction was for the session of the agent that watches its grid, and named squares and holes of this grid
 * alone; that each came to an end, and none failed; and that Athena holds what was carried out, as it was told, and no
 * order besides.
 */
export function compareInstructions({
  told,
  forgotten,
  forgetful,
  sessions,
  held,
  mustBeSome,
}: InstructionTruth): InstructionComparison {
  const differences: Difference[] = [];
  const known = new Map(sessions.map((session) => [String(session.truth.sessionId), session]));
  const decisions = new Map([...held.values()].flat().map((decision) => [decision.id, decision]));
  const agents = new Map([...held].flatMap(([agent, of]) => of.map(({ id }) => [id, agent])));
  const named = new Set<string>();
  /** Orders, with their agents, that were not carried out to the end, or twice, or of which nobody knows any more. */
  const explained = new Set(
    forgotten.map(({ agent, type, payload }) => `${agent} ${orderOf(type, payload).ordered.join()}`),
  );
  let carriedOut = 0;
  for (const { id, type, payload, status, outcome, result, agent, session } of told) {
    const differ = (field: string, expected: unknown, stored: unknown): void => {
      differences.push({ entity: `instruction ${type}`, id, field, expected, stored });
    };
    const of = known.get(session);
    if (of === undefined || of.agentId !== agent) {
      differ("agent", of?.agentId ?? "none", agent);
      continue;
    }
    if (status === "pending" || status === "sent") differ("status", "acknowledged", status);
    // Of what was withdrawn or has expired, agents answer that it was not given.
    if (status === "failed") differ("outcome", "carried out, or declined", "failed");
    const squares = new Map(of.truth.squares.map((square) => [String(square.id), square]));
    for (const square of namesIn(payload.gridsquare_ids)) {
      if (!squares.has(square)) differ("gridsquare_ids", "squares of its grid", square);
    }
    if (payload.gridsquare_id !== undefined) {
      const holes = new Set(squares.get(String(payload.gridsquare_id))?.holes.map((hole) => String(hole.id)));
      for (const hole of [...namesIn(payload.foilhole_ids), ...namesIn(payload.skip_foilhole_ids)]) {
        if (!holes.has(hole)) differ("foilhole_ids", `holes of square ${String(payload.gridsquare_id)}`, hole);
      }
    }
    const { ordered, skipped } = orderOf(type, payload);
    if (ordered.length + skipped.length === 0) continue;
    if (outcome !== "processed" || forgetful.has(agent)) explained.add(`${agent} ${ordered.join()}`);
    if (outcome !== "processed") continue;
    carriedOut++;
    const ids = decisionsNamedIn(result);
    if (ids.length === 0) differ("result", "the decisions that Athena holds", result);
    const found = ids.flatMap((each) => decisions.get(each) ?? []);
    for (const each of ids) {
      named.add(each);
      if (agents.get(each) !== agent) differ("decision", `one at the Athena of ${agent}`, agents.get(each) ?? "none");
    }
    const order = found.flatMap(orderIn);
    // An order leaves out what later ones skip, and says so.
    const expected = result?.includes("left out") === true ? ordered.filter((area) => order.includes(area)) : ordered;
    if (order.join() !== expected.join()) differ("order", expected.join(), order.join());
    const passedOver = new Set(found.flatMap(skippedIn));
    for (const area of skipped) if (!passedOver.has(area)) differ("skipped", area, [...passedOver].join());
  }
  for (const [agent, of] of held) {
    for (const decision of of) {
      const order = orderIn(decision).join();
      // What was begun may have been broken off when its instruction expired.
      if (order === "" || named.has(decision.id) || explained.has(`${agent} ${order}`)) continue;
      const { id } = decision;
      differences.push({ entity: "decision", id, field: null, expected: "nothing, or one only", stored: order });
    }
  }
  if (mustBeSome && carriedOut === 0) {
    differences.push({ entity: "instructions", id: "carried out", field: null, expected: "some", stored: carriedOut });
  }
  return { instructions: told.length, carriedOut, differences };
}

function namesIn(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

/** What an order to the microscope is about; nothing in it for other instructions. */
export function orderOf(type: string, payload: ToldInstruction["payload"]): { ordered: string[]; skipped: string[] } {
  const squares = namesIn(payload.gridsquare_ids);
  if (type === REORDER_GRIDSQUARES) return { ordered: squares, skipped: [] };
  if (type === SKIP_GRIDSQUARES) return { ordered: [], skipped: squares };
  if (type !== REORDER_FOILHOLES) return { ordered: [], skipped: [] };
  return { ordered: namesIn(payload.foilhole_ids), skipped: namesIn(payload.skip_foilhole_ids) };
}

export function decisionsNamedIn(result: string | null): string[] {
  const [, ids = ""] = /^Athena holds the decision \(([^)]*)\)\./.exec(result ?? "") ?? [];
  return ids.split(", ").filter((id) => id !== "");
}

function orderIn(decision: DecisionRecord): string[] {
  const order = decision.decisionType === "acquisitionOrder" ? decodeAcquisitionOrder(decision) : null;
  return order?.ok === true ? order.value.map(String) : [];
}

function skippedIn(decision: DecisionRecord): string[] {
  const selection = decision.decisionType === "acquisitionOrder" ? null : decodeSelection(decision);
  if (selection?.ok !== true) return [];
  return [...selection.value].filter(([, isChosen]) => !isChosen).map(([area]) => String(area));
}
