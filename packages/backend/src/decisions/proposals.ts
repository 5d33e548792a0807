import { SmartemError } from "@smartem/common/errors";
import type { DecisionMode } from "../config.js";
import type { Queryable, Transaction } from "../database/connection.js";
import { recordEvents } from "../events/outbox.js";
import type { GridFacts } from "./load.js";
import { acquiredIds, matters, type Telling, tell } from "./tell.js";

/** A change of plan that waits for an operator's word. */
export interface PendingProposal {
  /** The decision that proposed it: what an answer has to name. */
  readonly decision_id: number;
  readonly created_at: string;
  readonly tellings: readonly Telling[];
}

/**
 * The proposals that can be answered, of the grid $1: in mode advise, and as long as somebody is there to follow them. A proposal
 * that the next decision withdraws, because that has changed, is none any more already; $2 is the mode where nobody has chosen one.
 */
const PENDING = `from proposals p join grids g on g.uuid = p.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid
    left join decision_settings d on d.acquisition_uuid = a.uuid
  where p.grid_uuid = $1 and p.status = 'pending' and coalesce(d.settings ->> 'mode', $2) = 'advise'
    and (a.status is null or a.status not in ('completed', 'abandoned'))`;

/** What waits for an operator on a grid; null: nothing. */
export async function pendingProposal(
  db: Queryable,
  gridUuid: string,
  defaultMode: DecisionMode,
): Promise<PendingProposal | null> {
  const { rows } = await db.query<PendingProposal>(`select p.decision_id, p.created_at, p.tellings ${PENDING}`, [
    gridUuid,
    defaultMode,
  ]);
  return rows[0] ?? null;
}

/** Takes back what operators were asked about a grid and have not answered. What they have rejected is remembered. */
export async function withdrawProposal(tx: Transaction, gridUuid: string): Promise<void> {
  await tx.query("delete from proposals where grid_uuid = $1 and status = 'pending'", [gridUuid]);
}

/** Waits until an answer that is under way has been given, so that what it tells is known to what follows. */
export async function awaitAnswer(tx: Transaction, gridUuid: string): Promise<void> {
  await tx.query("select from proposals where grid_uuid = $1 for update", [gridUuid]);
}

/**
 * Puts a change of plan before the operators, in place of an earlier one that they have not answered. What they have rejected is not
 * proposed again.
 */
export async function propose(
  tx: Transaction,
  facts: GridFacts,
  changed: readonly Telling[],
  decisionId: number,
): Promise<"proposed" | "rejected"> {
  const { rows } = await tx.query<{ status: string; tellings: Telling[] }>(
    "select status, tellings from proposals where grid_uuid = $1",
    [facts.gridUuid],
  );
  const [earlier] = rows;
  if (earlier?.status === "rejected") {
    const rejected = new Map(earlier.tellings.map((telling) => [telling.target, telling.content]));
    const done = acquiredIds(facts);
    if (!changed.some((telling) => matters(telling, rejected.get(telling.target), done))) return "rejected";
  }
  await tx.query(
    `insert into proposals (grid_uuid, decision_id, tellings) values ($1, $2, $3)
     on conflict (grid_uuid) do update set decision_id = excluded.decision_id, tellings = excluded.tellings, status = 'pending', created_at = now()`,
    [facts.gridUuid, decisionId, JSON.stringify(changed)],
  );
  return "proposed";
}

/**
 * An operator's word on a proposal, which the decision that proposed it keeps. Approved, the microscope is told.
 *
 * @param decisionId of the proposal that is answered
 * @throws SmartemError 409 where that one does not wait any more, or no agent is there to be told
 */
export async function answerProposal(
  tx: Transaction,
  gridUuid: string,
  decisionId: number,
  answer: "approve" | "reject",
  defaultMode: DecisionMode,
): Promise<void> {
  const { rows } = await tx.query<PendingProposal & { acquisition_uuid: string }>(
    `select p.decision_id, p.created_at, p.tellings, a.uuid as acquisition_uuid ${PENDING} for update of p`,
    [gridUuid, defaultMode],
  );
  const [proposal] = rows;
  if (proposal === undefined || proposal.decision_id !== decisionId) {
    // Answering what one no longer sees would be answering something else.
    throw new SmartemError(
      "proposal_replaced",
      409,
      `Proposal ${decisionId} of grid ${gridUuid} is not pending (any more).`,
      { hint: "Look at the current one." },
    );
  }
  if (answer === "reject") await tx.query("update proposals set status = 'rejected' where grid_uuid = $1", [gridUuid]);
  else {
    if (!(await tell(tx, proposal.acquisition_uuid, gridUuid, proposal.tellings, decisionId))) {
      throw new SmartemError("no_session", 409, "No agent is there to be told.", {
        hint: "Start the agent of this microscope and approve again.",
      });
    }
    await tx.query("delete from proposals where grid_uuid = $1", [gridUuid]);
  }
  await recordEvents(tx, [
    {
      eventType: "decision.answered",
      gridUuid,
      acquisitionUuid: proposal.acquisition_uuid,
      payload: { grid_uuid: gridUuid, decision_id: decisionId, answer },
    },
  ]);
}
