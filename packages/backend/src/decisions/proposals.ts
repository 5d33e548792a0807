import { SmartemError } from "@smartem/common/errors";
import { REORDER_FOILHOLES } from "@smartem/common/instructions";
import { OVER_STATUSES } from "@smartem/common/states";
import type { DecisionMode } from "../config.js";
import type { Queryable, Transaction } from "../database/connection.js";
import { recordEvents } from "../events/outbox.js";
import { type Decided, doneIds } from "./decided.js";
import { holdMode } from "./settings.js";
import { matters, skipSquares, tell, withContent } from "./tell.js";
import type { Telling } from "./told.js";

/** A change of plan that waits for an operator's word. */
export interface PendingProposal {
  /** The decision that proposed it: what an answer has to name. */
  readonly decision_id: number;
  readonly created_at: string;
  readonly tellings: readonly Telling[];
}

/**
 * The proposals that can be answered, of the grid $1: in mode advise, and as long as somebody is there to follow them. A proposal
 * that the next decision withdraws, because that has changed, is none any more already; $2 is the mode where nobody has chosen one, $3 the statuses
 * of acquisitions that are over.
 */
const PENDING = `from proposals p join grids g on g.uuid = p.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid
    left join decision_settings d on d.acquisition_uuid = a.uuid
  where p.grid_uuid = $1 and p.status = 'pending' and coalesce(d.settings ->> 'mode', $2) = 'advise'
    and coalesce(a.status, '') <> all($3)`;

/** What waits for an operator on a grid; null: nothing. */
export async function pendingProposal(
  db: Queryable,
  gridUuid: string,
  defaultMode: DecisionMode,
): Promise<PendingProposal | null> {
  const { rows } = await db.query<PendingProposal>(`select p.decision_id, p.created_at, p.tellings ${PENDING}`, [
    gridUuid,
    defaultMode,
    OVER_STATUSES,
  ]);
  return rows[0] ?? null;
}

/**
 * Takes back what operators were asked about a grid and have not answered.
 *
 * @param rejection whether what they have rejected is forgotten, too: nobody wants it any more, or nobody would be asked
 */
export async function withdrawProposal(tx: Transaction, gridUuid: string, rejection: boolean): Promise<void> {
  await tx.query("delete from proposals where grid_uuid = $1 and (status = 'pending' or $2)", [gridUuid, rejection]);
}

/** Waits until an answer that is under way has been given, so that what it tells is known to what follows. */
export async function awaitAnswer(tx: Transaction, gridUuid: string): Promise<void> {
  await tx.query("select from proposals where grid_uuid = $1 for update", [gridUuid]);
}

/**
 * Puts a change of plan before the operators, in place of an earlier one that they have not answered. One that is the same in all that
 * matters goes on waiting as it was, so that they can answer what they see. What they have rejected is not proposed again as long as
 * it is wanted.
 */
export async function propose(
  tx: Transaction,
  decided: Decided,
  changed: readonly Telling[],
  decisionId: number,
): Promise<"proposed" | "waiting" | "rejected"> {
  const { rows } = await tx.query<{ status: string; tellings: Telling[] }>(
    "select status, tellings from proposals where grid_uuid = $1",
    [decided.facts.gridUuid],
  );
  const [earlier] = rows;
  if (earlier !== undefined) {
    const before = new Map(earlier.tellings.map((telling) => [telling.target, telling.content]));
    const done = doneIds(decided);
    const isSame = !changed.some((telling) => matters(telling, before.get(telling.target), done));
    if (isSame && earlier.status === "rejected") {
      const wanted = new Set(changed.map(({ target }) => target));
      const rejected = earlier.tellings.filter(({ target }) => wanted.has(target));
      if (rejected.length < earlier.tellings.length) {
        await tx.query("update proposals set tellings = $2 where grid_uuid = $1", [
          decided.facts.gridUuid,
          JSON.stringify(rejected),
        ]);
      }
      return "rejected";
    }
    // Of what is proposed, nothing may have become needless either.
    if (isSame && changed.length === earlier.tellings.length) return "waiting";
  }
  await tx.query(
    `insert into proposals (grid_uuid, decision_id, tellings) values ($1, $2, $3)
     on conflict (grid_uuid) do update set decision_id = excluded.decision_id, tellings = excluded.tellings, status = 'pending', created_at = now()`,
    [decided.facts.gridUuid, decisionId, JSON.stringify(changed)],
  );
  return "proposed";
}

/**
 * An operator's word on a proposal, which the decision that proposed it keeps. Approved, the microscope is told, but nothing of what has
 * been imaged or locked out while the proposal waited.
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
  const { rows: grids } = await tx.query<{ acquisition_uuid: string }>(
    "select acquisition_uuid from grids where uuid = $1",
    [gridUuid],
  );
  // What is told in a mode that has just ended, nobody would withdraw.
  if (grids[0] !== undefined) await holdMode(tx, grids[0].acquisition_uuid);
  const { rows } = await tx.query<PendingProposal & { acquisition_uuid: string }>(
    `select p.decision_id, p.created_at, p.tellings, a.uuid as acquisition_uuid ${PENDING} for update of p`,
    [gridUuid, defaultMode, OVER_STATUSES],
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
    const tellings = await stillToBeTold(tx, gridUuid, proposal.tellings);
    if (!(await tell(tx, proposal.acquisition_uuid, gridUuid, tellings, decisionId))) {
      throw new SmartemError("no_session", 409, "No agent is there to be told.", {
        hint: "Start the agent of this microscope and approve again.",
      });
    }
    await tx.query("delete from proposals where grid_uuid = $1", [gridUuid]);
  }
  await tx.query(
    `update decisions set summary = summary || jsonb_build_object('answer', jsonb_build_object('answer', $3::text, 'at', now()))
     where grid_uuid = $1 and id = $2`,
    [gridUuid, decisionId, answer],
  );
  await recordEvents(tx, [
    {
      eventType: "decision.answered",
      gridUuid,
      acquisitionUuid: proposal.acquisition_uuid,
      payload: { grid_uuid: gridUuid, decision_id: decisionId, answer },
    },
  ]);
}

/** Tellings without the holes and squares that have been imaged since; those in their orders that are locked out now are to be skipped. */
async function stillToBeTold(tx: Transaction, gridUuid: string, tellings: readonly Telling[]): Promise<Telling[]> {
  const { rows } = await tx.query<{ id: string; imaged: boolean }>(
    `with locked as (select entity_uuid from operator_choices where grid_uuid = $1 and choice = 'locked'),
       squares as (select uuid, gridsquare_id, uuid in (select entity_uuid from locked) as locked from gridsquares where grid_uuid = $1),
       holes as (
         select h.gridsquare_uuid, h.foilhole_id, h.micrograph_count > 0 as imaged,
           s.locked or h.uuid in (select entity_uuid from locked) as locked
         from foilholes h join squares s on s.uuid = h.gridsquare_uuid)
     select foilhole_id as id, imaged from holes where imaged or locked
     union all
     select s.gridsquare_id, coalesce(i.imaged, false) from squares s
       left join (select gridsquare_uuid, bool_and(imaged) as imaged from holes group by 1) i on i.gridsquare_uuid = s.uuid
     where s.locked or i.imaged`,
    [gridUuid],
  );
  const closed = new Set(rows.map(({ id }) => id));
  const imaged = new Set(rows.flatMap((row) => (row.imaged ? [row.id] : [])));
  const skipped = new Set<string>();
  const deselected = new Set<string>();
  const rest = tellings.flatMap((telling) => {
    const { content } = telling;
    const locked = content.order.filter((id) => closed.has(id) && !imaged.has(id));
    const order = content.order.filter((id) => !closed.has(id));
    const skip = content.skip.filter((id) => !imaged.has(id));
    const own = content.deselected ?? content.skip;
    if (telling.instructionType === REORDER_FOILHOLES) {
      const changed = { order, skip: [...skip, ...locked], deselected: [...own, ...locked] };
      return changed.order.length + changed.skip.length === 0 ? [] : [withContent(telling, changed)];
    }
    // Squares are skipped by an instruction of its own.
    for (const id of [...skip, ...locked]) skipped.add(id);
    for (const id of [...own, ...locked]) deselected.add(id);
    return order.length === 0 ? [] : [withContent(telling, { order, skip: [] })];
  });
  return skipped.size === 0 ? rest : [...rest, skipSquares([...skipped], [...deselected])];
}
