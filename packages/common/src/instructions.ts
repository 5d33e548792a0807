/** Instruction types of the wire contract that the backend's decisions use. */
export const REORDER_GRIDSQUARES = "microscope.control.reorder_gridsquares";
export const SKIP_GRIDSQUARES = "microscope.control.skip_gridsquares";
export const REORDER_FOILHOLES = "microscope.control.reorder_foilholes";

export type InstructionPriority = "high" | "normal" | "low";

/** Ids are EPU's own, as everywhere in payloads. */
export interface ReorderGridSquaresPayload {
  readonly gridsquare_ids: readonly string[];
  readonly priority: InstructionPriority;
  readonly reason: string;
}

export interface SkipGridSquaresPayload {
  readonly gridsquare_ids: readonly string[];
  readonly reason: string;
}

export interface ReorderFoilHolesPayload {
  readonly gridsquare_id: string;
  readonly foilhole_ids: readonly string[];
  readonly priority: InstructionPriority;
  readonly reason: string;
}

/** One instruction as the agent's stream delivers it. */
export interface InstructionMessage {
  readonly type: "instruction";
  readonly instruction_id: string;
  readonly agent_id: string;
  readonly session_id: string;
  readonly instruction_type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly sequence_number: number | null;
  readonly priority: InstructionPriority;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

export type AckStatus = "received" | "processed" | "failed" | "declined";

export interface InstructionAcknowledgement {
  status: AckStatus;
  result?: string | null;
  error_message?: string | null;
  processing_time_ms?: number | null;
  processed_at?: string | null;
  /**
   * Beyond the contract. False: nothing of the order has reached the microscope, nor will. Missing: some of it may have,
   * or the agent does not say.
   */
  given?: boolean | null;
}
