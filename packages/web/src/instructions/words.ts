import type { AckStatus, Instruction, InstructionStatus, Verification } from "../api/additions.js";
import type { Cell } from "../shared/export.js";

/** What an instruction asks the microscope for, in words. */
export function instructionTitle(type: string): string {
  switch (type) {
    case "microscope.control.reorder_gridsquares":
      return "Order of squares";
    case "microscope.control.skip_gridsquares":
      return "Squares to skip";
    case "microscope.control.reorder_foilholes":
      return "Order of holes";
    default:
      return type.replace(/^microscope\.control\./, "").replaceAll("_", " ");
  }
}

/** What it is about: how many of what, and where. */
export function instructionDetail(payload: Readonly<Record<string, unknown>>): string {
  const count = (name: string): number => (Array.isArray(payload[name]) ? (payload[name] as unknown[]).length : 0);
  const parts: string[] = [];
  if (typeof payload.gridsquare_id === "string") parts.push(`square ${payload.gridsquare_id}`);
  const squares = count("gridsquare_ids");
  if (squares > 0) parts.push(`${squares} ${squares === 1 ? "square" : "squares"}`);
  const holes = count("foilhole_ids");
  if (holes > 0) parts.push(`${holes} ${holes === 1 ? "hole" : "holes"}`);
  const skipped = count("skip_foilhole_ids");
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(", ");
}

export type Tone = "quiet" | "live" | "warn" | "alarm";

export interface Outcome {
  readonly word: string;
  readonly mark: string;
  readonly tone: Tone;
}

/** How far an instruction has come: the last thing that is known of it. */
export function instructionOutcome(instruction: {
  readonly status: InstructionStatus;
  readonly ack_status: AckStatus | null;
  readonly verification: Verification | null;
}): Outcome {
  switch (instruction.verification?.outcome) {
    case "followed":
      return { word: "followed", mark: "✓", tone: "live" };
    case "superseded":
      return { word: "superseded", mark: "↷", tone: "quiet" };
    case "not_followed":
      return { word: "not followed", mark: "✕", tone: "alarm" };
  }
  if (instruction.status === "acknowledged") {
    switch (instruction.ack_status) {
      case "processed":
        return { word: "accepted", mark: "●", tone: "live" };
      case "declined":
        return { word: "declined", mark: "⊘", tone: "warn" };
      case "failed":
        return { word: "failed", mark: "✕", tone: "alarm" };
      default:
        return { word: "received", mark: "◐", tone: "quiet" };
    }
  }
  switch (instruction.status) {
    case "pending":
      return { word: "waiting", mark: "○", tone: "quiet" };
    case "sent":
      return { word: "sent", mark: "◔", tone: "quiet" };
    case "expired":
      return { word: "expired", mark: "!", tone: "warn" };
    case "cancelled":
      return { word: "withdrawn", mark: "–", tone: "quiet" };
    default:
      return { word: "failed", mark: "✕", tone: "alarm" };
  }
}

/** Whether nothing more will be known of an instruction. */
export function isSettled({
  status,
  ack_status,
  verification,
}: {
  readonly status: InstructionStatus;
  readonly ack_status: AckStatus | null;
  readonly verification: Verification | null;
}): boolean {
  return (
    verification !== null ||
    ["expired", "failed", "cancelled"].includes(status) ||
    (status === "acknowledged" && (ack_status === "declined" || ack_status === "failed"))
  );
}

/** An instruction as a line of a table that is saved. */
export function instructionCells(instruction: Instruction): Record<string, Cell> {
  return {
    created_at: instruction.created_at,
    agent_id: instruction.agent_id,
    acquisition_uuid: instruction.acquisition_uuid,
    instruction_id: instruction.instruction_id,
    instruction_type: instruction.instruction_type,
    detail: instructionDetail(instruction.payload),
    priority: instruction.priority,
    status: instruction.status,
    outcome: instructionOutcome(instruction).word,
    answer: instruction.ack_message,
    sent_at: instruction.sent_at,
    acknowledged_at: instruction.acknowledged_at,
    decision_id: instruction.decision_id,
  };
}
