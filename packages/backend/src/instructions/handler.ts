import { parseTime } from "@smartem/common/time";
import type { Handler, Setback } from "../inbox/message.js";
import { createInstruction } from "./store.js";

/** `agent.instruction.created` from outside: asks for an instruction to be created for that session. */
export const requestedInstruction: Handler = async (tx, messages) => {
  const setbacks = new Map<number, Setback>();
  for (const { id, body } of messages) {
    const { rows } = await tx.query<{ agent_id: string; status: string }>(
      "select agent_id, status from agent_sessions where session_id = $1",
      [body.session_id],
    );
    const [session] = rows;
    if (session === undefined) {
      setbacks.set(id, {
        kind: "park",
        waitingFor: String(body.session_id),
        reason: `session ${String(body.session_id)} is not known yet`,
      });
      continue;
    }
    if (session.agent_id !== body.agent_id) {
      setbacks.set(id, { kind: "dead", reason: `session ${String(body.session_id)} belongs to another agent` });
      continue;
    }
    if (session.status === "completed") {
      setbacks.set(id, { kind: "dead", reason: `session ${String(body.session_id)} is completed` });
      continue;
    }
    const priority = body.priority === "high" || body.priority === "low" ? body.priority : "normal";
    await createInstruction(tx, {
      instructionId: String(body.instruction_id),
      sessionId: String(body.session_id),
      type: String(body.instruction_type),
      payload: body.payload as Record<string, unknown>,
      priority,
      sequenceNumber: typeof body.sequence_number === "number" ? body.sequence_number : null,
      expiresAt: typeof body.expires_at === "string" ? (parseTime(body.expires_at)?.toISOString() ?? null) : null,
      metadata: (body.instruction_metadata as Record<string, unknown> | null | undefined) ?? null,
    });
  }
  return setbacks;
};
