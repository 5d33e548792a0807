import { randomUUID } from "node:crypto";
import { SmartemError } from "@smartem/common/errors";
import type { InstructionAcknowledgement, InstructionMessage, InstructionPriority } from "@smartem/common/instructions";
import { type Pool, type Queryable, type Transaction, transaction } from "../database/connection.js";
import { requestDecisions } from "../decisions/requests.js";
import { recordEvents } from "../events/outbox.js";

/** The channel on which processes learn that a session has something to deliver; the payload is the session's id. */
export const INSTRUCTIONS_CHANNEL = "smartem_instructions";

export interface NewInstruction {
  readonly instructionId?: string;
  readonly sessionId: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly priority?: InstructionPriority;
  readonly sequenceNumber?: number | null;
  readonly expiresAt?: string | null;
  /** Instead of a time: how long it is good for, by the database's clock, whatever that of this machine says. */
  readonly expiresInMinutes?: number;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  readonly decisionId?: number | null;
}

interface InstructionRow {
  readonly instruction_id: string;
  readonly session_id: string;
  readonly agent_id: string;
  readonly acquisition_uuid: string | null;
  readonly instruction_type: string;
  readonly payload: Record<string, unknown>;
  readonly sequence_number: number | null;
  readonly priority: InstructionPriority;
  readonly status: string;
  readonly created_at: string;
  readonly sent_at: string | null;
  readonly acknowledged_at: string | null;
  readonly ack_status: string | null;
  readonly expires_at: string | null;
  readonly retry_count: number;
  readonly instruction_metadata: Record<string, unknown> | null;
}

const COLUMNS = `i.instruction_id, i.session_id, i.agent_id, s.acquisition_uuid, i.instruction_type, i.payload, i.sequence_number,
  i.priority, i.status, i.created_at, i.sent_at, i.acknowledged_at, i.ack_status, i.expires_at, i.retry_count, i.instruction_metadata`;

/** That the agent has an instruction `i` and has not said yet what became of it: it asks before it carries it out later than it came. */
const RECEIVED = "(i.status = 'acknowledged' and i.ack_status = 'received')";

/** That an instruction `i` has neither been carried out nor come to an end: as the index `open_instructions` has it. */
export const IS_OPEN = `(i.status in ('pending', 'sent') or ${RECEIVED})`;

/**
 * That an instruction `i` has failed since it came too late: within a minute of its end, by whosever clock, or at the end of a try of
 * which the agent, cut off, did not know that another one follows. Where that is not why none of it was given, it is told once too often.
 */
export const CAME_TOO_LATE = `(i.status = 'failed'
  and (i.expires_at <= i.acknowledged_at + interval '1 minute' or i.given is false and i.retry_count > 0))`;

/** What happened to instructions, for the audit trail and for everybody who listens. */
async function recordLifecycle(
  tx: Queryable,
  rows: readonly InstructionRow[],
  eventType: string | null,
  details: unknown = null,
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into instruction_history (instruction_id, status, details)
     select instruction_id, status, $2::jsonb from unnest($1::text[]) as x(id) join instructions on instruction_id = x.id`,
    [rows.map((row) => row.instruction_id), details === null ? null : JSON.stringify(details)],
  );
  await recordEvents(
    tx,
    rows.flatMap((row) => {
      const scope = { acquisitionUuid: row.acquisition_uuid };
      const lifecycle = {
        eventType: "instruction.lifecycle",
        payload: {
          instruction_id: row.instruction_id,
          agent_id: row.agent_id,
          session_id: row.session_id,
          instruction_type: row.instruction_type,
          status: row.status,
          created_at: row.created_at,
          sent_at: row.sent_at,
          acknowledged_at: row.acknowledged_at,
          ack_status: row.ack_status,
        },
        ...scope,
      };
      return eventType === null
        ? [lifecycle]
        : [lifecycle, { eventType, payload: contractPayload(eventType, row), ...scope }];
    }),
  );
}

function contractPayload(eventType: string, row: InstructionRow): Record<string, unknown> {
  const ids = { instruction_id: row.instruction_id, session_id: row.session_id, agent_id: row.agent_id };
  if (eventType === "agent.instruction.created") {
    return {
      ...ids,
      instruction_type: row.instruction_type,
      payload: row.payload,
      sequence_number: row.sequence_number,
      priority: row.priority,
      expires_at: row.expires_at,
      instruction_metadata: row.instruction_metadata,
    };
  }
  if (eventType === "agent.instruction.expired")
    return { ...ids, expires_at: row.expires_at, retry_count: row.retry_count };
  // The agent's word, as long as that is where it stands: what it had received may have been withdrawn since.
  const isAnswered = row.status === "acknowledged" || row.status === "failed";
  const status = isAnswered ? (row.ack_status ?? row.status) : row.status;
  return { ...ids, status, acknowledged_at: row.acknowledged_at };
}

/** Creates an instruction for a session; one with a known id is left as it is. @returns its id */
export async function createInstruction(tx: Transaction, instruction: NewInstruction): Promise<string> {
  const id = instruction.instructionId ?? randomUUID();
  const { rows } = await tx.query<InstructionRow>(
    `with added as (
       insert into instructions (instruction_id, session_id, agent_id, instruction_type, payload, sequence_number, priority,
         expires_at, instruction_metadata, decision_id)
       select $1, s.session_id, s.agent_id, $3, $4,
         coalesce($5, (select coalesce(max(sequence_number), 0) + 1 from instructions where session_id = $2)), $6,
         coalesce($7::timestamptz, now() + make_interval(secs => $10)), $8, $9
       from agent_sessions s where s.session_id = $2
       on conflict (instruction_id) do nothing returning *)
     select ${COLUMNS} from added i join agent_sessions s using (session_id)`,
    [
      id,
      instruction.sessionId,
      instruction.type,
      JSON.stringify(instruction.payload),
      instruction.sequenceNumber ?? null,
      instruction.priority ?? "normal",
      instruction.expiresAt ?? null,
      instruction.metadata == null ? null : JSON.stringify(instruction.metadata),
      instruction.decisionId ?? null,
      instruction.expiresInMinutes === undefined ? null : instruction.expiresInMinutes * 60,
    ],
  );
  await recordLifecycle(tx, rows, "agent.instruction.created");
  await tx.query("select pg_notify($1, $2)", [INSTRUCTIONS_CHANNEL, instruction.sessionId]);
  return id;
}

function messageOf(row: InstructionRow): InstructionMessage {
  return {
    type: "instruction",
    instruction_id: row.instruction_id,
    agent_id: row.agent_id,
    session_id: row.session_id,
    instruction_type: row.instruction_type,
    payload: row.payload,
    sequence_number: row.sequence_number,
    priority: row.priority,
    created_at: row.created_at,
    expires_at: row.expires_at,
    metadata: row.instruction_metadata,
  };
}

/**
 * Takes what a session has to deliver over one of its connections and marks it as sent: high before normal before low, then by
 * sequence number, then by age. Nothing where the connection is closed, the session completed, or the agent listens at a younger one:
 * a network that was cut leaves connections that look open.
 *
 * @param which `unacknowledged`: also what was sent before but never acknowledged, since the agent has just connected;
 *   `unanswered`: also what was acknowledged as received alone, which stays so: the agent may have lost it
 */
export async function takeInstructions(
  pool: Pool,
  connectionId: string,
  which: "new" | "unacknowledged" | "unanswered",
): Promise<InstructionMessage[]> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<InstructionRow>(
      // Locked, so that nothing is sent to a connection that is being closed.
      `with open as (
         select session_id from agent_connections c where connection_id = $1 and closed_at is null and not exists (
           select from agent_connections y
           where y.session_id = c.session_id and y.closed_at is null and y.connected_at > c.connected_at) for share),
       taken as (
         update instructions i set status = case i.status when 'acknowledged' then i.status else 'sent' end, sent_at = now()
         from open join agent_sessions o using (session_id)
         where o.status <> 'completed' and i.session_id = open.session_id
           and (i.status = any($2) or $3 and ${RECEIVED})
           and (i.expires_at is null or i.expires_at > now()) returning i.*)
       select ${COLUMNS} from taken i join agent_sessions s using (session_id)
       order by array_position(array['high', 'normal', 'low'], i.priority), i.sequence_number nulls last, i.seq`,
      [connectionId, which === "new" ? ["pending"] : ["pending", "sent"], which === "unanswered"],
    );
    await recordLifecycle(tx, rows, "agent.instruction.updated");
    return rows.map(messageOf);
  });
}

/** Has what a session was sent and has not acknowledged sent once more: it may have gone where nobody listens. */
export async function sendAgain(tx: Transaction, sessionId: string): Promise<void> {
  const { rows } = await tx.query<InstructionRow>(
    `with changed as (update instructions set status = 'pending' where session_id = $1 and status = 'sent' returning *)
     select ${COLUMNS} from changed i join agent_sessions s using (session_id) order by i.seq`,
    [sessionId],
  );
  await recordLifecycle(tx, rows, "agent.instruction.updated", { reason: "the agent has left the connection" });
}

/** The sessions for which something waits to be sent. */
export async function sessionsWithPending(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ session_id: string }>(
    "select distinct session_id from instructions where status = 'pending' and (expires_at is null or expires_at > now())",
  );
  return rows.map((row) => row.session_id);
}

export interface Acknowledged {
  readonly acknowledgedAt: string;
}

/**
 * Records an agent's answer. Repeating it is accepted and changes nothing; `received` may be followed by one of the final answers.
 * What was withdrawn or has expired, but had been sent, is answered too: that it was carried out all the same makes it so, any other
 * answer is noted and changes its status no more.
 *
 * @throws SmartemError `not_found` 404, `foreign_session` 403, `wrong_state` 400
 */
export async function acknowledge(
  pool: Pool,
  agentId: string,
  sessionId: string,
  instructionId: string,
  ack: InstructionAcknowledgement,
): Promise<Acknowledged> {
  return transaction(pool, async (tx) => {
    await requireSession(tx, agentId, sessionId);
    const { rows: found } = await tx.query<InstructionRow & { ack_status: string | null }>(
      `select ${COLUMNS} from instructions i join agent_sessions s using (session_id) where i.instruction_id = $1 and i.session_id = $2 for update of i`,
      [instructionId, sessionId],
    );
    const [instruction] = found;
    if (instruction === undefined) throw new SmartemError("not_found", 404, `Instruction ${instructionId} not found`);
    const isAnswered = instruction.status === "acknowledged" || instruction.status === "failed";
    if (isAnswered && (instruction.ack_status !== "received" || ack.status === "received")) {
      if (ack.status !== instruction.ack_status && ack.status !== "received") {
        throw new SmartemError(
          "wrong_state",
          400,
          `Instruction ${instructionId} was already acknowledged as ${instruction.ack_status}`,
        );
      }
      return { acknowledgedAt: instruction.acknowledged_at ?? instruction.created_at };
    }
    const isOver = instruction.status === "cancelled" || instruction.status === "expired";
    if (isOver && instruction.sent_at === null && instruction.ack_status === null) {
      throw new SmartemError("wrong_state", 400, `Instruction ${instructionId} is ${instruction.status}`);
    }
    const isNoted = isOver && ack.status !== "processed";
    if (
      isNoted &&
      instruction.ack_status !== null &&
      (instruction.ack_status !== "received" || ack.status === "received")
    ) {
      return { acknowledgedAt: instruction.acknowledged_at ?? instruction.created_at };
    }
    const { rows } = await tx.query<InstructionRow & { came_too_late: boolean | null }>(
      `with changed as (
         update instructions set status = $3, ack_status = $2, acknowledged_at = now(), given = $4
         where instruction_id = $1 returning *)
       select ${COLUMNS}, ${CAME_TOO_LATE} as came_too_late
       from changed i join agent_sessions s using (session_id)`,
      [
        instructionId,
        ack.status,
        isNoted ? instruction.status : ack.status === "failed" ? "failed" : "acknowledged",
        // What was carried out has reached the microscope, whatever else is said.
        ack.status === "processed" ? null : (ack.given ?? null),
      ],
    );
    await tx.query(
      `insert into instruction_acknowledgements (instruction_id, status, result, error_message, processing_time_ms, processed_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [
        instructionId,
        ack.status,
        ack.result ?? null,
        ack.error_message ?? null,
        ack.processing_time_ms ?? null,
        ack.processed_at ?? null,
      ],
    );
    await tx.query("update agent_sessions set last_activity_at = now() where session_id = $1", [sessionId]);
    await recordLifecycle(tx, rows, "agent.instruction.updated", ack);
    const [changed] = rows;
    // Only what came too late: what the microscope's control refuses, it would refuse again and again.
    if (changed?.came_too_late === true) await decideAgain(tx, [instructionId]);
    return { acknowledgedAt: changed?.acknowledged_at ?? instruction.created_at };
  });
}

/** Withdraws instructions that are in one of these states; others are left as they are. */
export async function cancelInstructions(
  tx: Transaction,
  instructionIds: readonly string[],
  states: readonly ("pending" | "sent" | "received")[],
): Promise<void> {
  const { rows } = await tx.query<InstructionRow>(
    `with changed as (
       update instructions i set status = 'cancelled'
       where instruction_id = any($1) and (status = any($2) or 'received' = any($2) and ${RECEIVED}) returning *)
     select ${COLUMNS} from changed i join agent_sessions s using (session_id) order by i.seq`,
    [instructionIds, states],
  );
  await recordLifecycle(tx, rows, "agent.instruction.updated");
}

/**
 * Withdraws what completed sessions have not answered: nobody will. The grids whose plans it told are decided on again.
 *
 * @param sessionId only this one's
 */
export async function cancelOfCompletedSessions(tx: Transaction, sessionId: string | null = null): Promise<void> {
  const { rows } = await tx.query<InstructionRow>(
    `with changed as (
       update instructions i set status = 'cancelled' from agent_sessions o
       where o.session_id = i.session_id and o.status = 'completed'
         and (i.session_id = $1 and ${RECEIVED} or i.status in ('pending', 'sent') and ($1::text is null or i.session_id = $1))
       returning i.*)
     select ${COLUMNS} from changed i join agent_sessions s using (session_id) order by i.seq`,
    [sessionId],
  );
  if (rows.length === 0) return;
  await recordLifecycle(tx, rows, "agent.instruction.updated", { reason: "the session was closed" });
  await decideAgain(
    tx,
    rows.map((row) => row.instruction_id),
  );
}

/** Has the grids decided on whose plans these told last: the microscope does not go by them, or no longer. */
async function decideAgain(tx: Transaction, instructionIds: readonly string[]): Promise<void> {
  if (instructionIds.length === 0) return;
  const { rows: told } = await tx.query<{ grid_uuid: string }>(
    "select distinct grid_uuid from told_plans where instruction_id = any($1)",
    [instructionIds],
  );
  await requestDecisions(
    tx,
    told.map((row) => row.grid_uuid),
  );
}

/** Records what the microscope made of an instruction, as the agent read it from the microscope's own record. */
export async function verify(
  pool: Pool,
  agentId: string,
  sessionId: string,
  instructionId: string,
  verification: Readonly<Record<string, unknown>>,
): Promise<void> {
  await transaction(pool, async (tx) => {
    await requireSession(tx, agentId, sessionId);
    const { rows } = await tx.query<InstructionRow>(
      `with changed as (update instructions set verification = $3 where instruction_id = $1 and session_id = $2 returning *)
       select ${COLUMNS} from changed i join agent_sessions s using (session_id)`,
      [instructionId, sessionId, JSON.stringify(verification)],
    );
    if (rows.length === 0) throw new SmartemError("not_found", 404, `Instruction ${instructionId} not found`);
    await recordLifecycle(tx, rows, null, { verification });
    if (verification.record_lost === true) await decideAgain(tx, [instructionId]);
  });
}

/** @throws SmartemError `not_found` 404 where there is no such session, `foreign_session` 403 where it is another agent's */
export async function requireSession(
  db: Queryable,
  agentId: string,
  sessionId: string,
): Promise<{ status: string; acquisition_uuid: string | null }> {
  const { rows } = await db.query<{ agent_id: string; status: string; acquisition_uuid: string | null }>(
    "select agent_id, status, acquisition_uuid from agent_sessions where session_id = $1",
    [sessionId],
  );
  const [session] = rows;
  if (session === undefined) throw new SmartemError("not_found", 404, `Session ${sessionId} not found`);
  if (session.agent_id !== agentId)
    throw new SmartemError("foreign_session", 403, `Session ${sessionId} belongs to another agent`);
  return session;
}

/** That a plan told in an instruction `i` is no longer the last word on what it is about: who gets it late would follow what is outdated. */
const OUTDATED = `i.decision_id is not null and not exists (select from told_plans t where t.instruction_id = i.instruction_id)`;

/**
 * Sends again what expired without an acknowledgement, and gives it up after its last retry, when its session is completed, or when a
 * later plan has taken its place.
 */
export async function sweep(pool: Pool): Promise<void> {
  await transaction(pool, async (tx) => {
    // What was created while its session was being closed.
    await cancelOfCompletedSessions(tx);
    const { rows: retried } = await tx.query<InstructionRow>(
      `with again as (
         update instructions i set status = 'pending', retry_count = retry_count + 1,
           -- Each try lasts as long as the first one.
           expires_at = now() + greatest(interval '1 second', (expires_at - created_at) / (retry_count + 1))
         where status = 'sent' and expires_at <= now() and retry_count < max_retries and not (${OUTDATED}) returning *)
       select ${COLUMNS} from again i join agent_sessions s using (session_id) order by i.seq`,
    );
    await recordLifecycle(tx, retried, "agent.instruction.updated", { reason: "not acknowledged in time" });
    await tx.query("select pg_notify($1, session_id) from (select distinct unnest($2::text[]) as session_id) x", [
      INSTRUCTIONS_CHANNEL,
      retried.map((row) => row.session_id),
    ]);
    const { rows: expired } = await tx.query<InstructionRow>(
      `with gone as (
         update instructions i set status = 'expired'
         where status in ('pending', 'sent') and expires_at <= now()
           and (status = 'pending' or retry_count >= max_retries or ${OUTDATED}) returning *)
       select ${COLUMNS} from gone i join agent_sessions s using (session_id)`,
    );
    await recordLifecycle(tx, expired, "agent.instruction.expired");
    await decideAgain(
      tx,
      expired.map((row) => row.instruction_id),
    );
  });
}
