import type { components } from "./schema.js";

/*
 * Precise types of answers that the OpenAPI document describes as `unknown`, and names for those that it describes.
 */

type Schemas = components["schemas"];

export type Acquisition = Schemas["AcquisitionResponse"];
export type GridCount = Schemas["AcquisitionGridCountResponse"];
export type Grid = Schemas["GridResponse"];
export type Atlas = Schemas["AtlasResponse"];
export type GridSquare = Schemas["GridSquareResponse"];
export type FoilHole = Schemas["FoilHoleResponse"];
export type Micrograph = Schemas["MicrographResponse"];
export type PredictionModel = Schemas["QualityPredictionModelResponse"];
export type DecisionSettings = Schemas["AcquisitionDecisionSettings"];
export type DecisionSettingsUpdate = Schemas["AcquisitionDecisionSettingsUpdate"];
export type DecisionMode = DecisionSettings["mode"];
export type AcquisitionStatus = NonNullable<Acquisition["status"]>;

/** Also the event `acquisition.progress`. */
export type AcquisitionProgress = Schemas["AcquisitionProgressResponse"];
export type Throughput = Schemas["AcquisitionThroughput"];
/** What was measured on one micrograph. */
export interface Result {
  readonly foilhole_uuid: string;
  readonly gridsquare_uuid: string;
  readonly gridsquare_id: string;
  /** Milliseconds since 1970 */
  readonly taken_at_ms: number | null;
  readonly total_motion: number | null;
  readonly ctf_max_resolution_estimate: number | null;
  /** Those selected; where none were selected from them, those picked. */
  readonly particles: number | null;
  /** As the decisions judge it; null: not known yet. */
  readonly good: boolean | null;
}
export type FullResult = Schemas["MicrographResult"];
export type ResultColumns = Schemas["MicrographResultColumns"];
export type Instruction = Schemas["InstructionOverview"];
export type InstructionStatus = Instruction["status"];
export type AckStatus = NonNullable<Instruction["ack_status"]>;
export type Verification = NonNullable<Instruction["verification"]>;
export type AgentSession = Schemas["AgentSessionOverview"];
/** Also the event `agent.log`. */
export type AgentLog = Schemas["AgentLogLine"];

/** GET /grids/{grid_uuid}/plan */
export interface GridPlan {
  readonly grid_uuid: string;
  readonly decision: DecisionHead;
  readonly squares: readonly PlannedSquare[];
}

export interface DecisionHead {
  readonly id: number;
  readonly created_at: string;
  readonly mode: DecisionMode;
  readonly summary: DecisionSummary;
}

/** What was done about a decision. */
export type DecisionOutcome =
  | "told"
  | "proposed"
  | "rejected"
  | "unchanged"
  | "too_soon"
  | "no_session"
  | "observing"
  | "over";

/** What a decision came to. */
export interface DecisionSummary {
  /** Good micrographs that a minute is worth elsewhere: what a hole has to beat. */
  readonly price_per_minute: number;
  readonly planned_holes: number;
  readonly planned_minutes: number;
  readonly expected_good: number;
  readonly time_left_min: number | null;
  readonly costs_min: Readonly<Record<"hole" | "cluster" | "square" | "grid", number>>;
  /** Holes whose results were known. */
  readonly results: number;
  readonly good_share: number | null;
  readonly models: readonly {
    readonly name: string;
    readonly metric: string | null;
    readonly weight: number;
    readonly weight_sd: number;
  }[];
  readonly warnings: readonly string[];
  /** What the microscope was told about: "squares", "skip", or a grid square's uuid. */
  readonly told: readonly string[];
  readonly outcome: DecisionOutcome;
  readonly caused_by_micrograph: string | null;
}

export interface PlannedSquare {
  readonly gridsquare_uuid: string;
  readonly gridsquare_id: string;
  /** 1-based; null where the plan does not go there. */
  readonly rank: number | null;
  readonly skipped: boolean;
  /** Good micrographs that the plan expects of it. */
  readonly value: number;
  /** Good micrographs per minute of microscope time. */
  readonly rate_per_minute: number | null;
  readonly reason: string;
  readonly foilhole_count: number;
  /** Mean over its holes of the probability that a micrograph is good, and of how sure that is; null without holes. */
  readonly probability: number | null;
  readonly sd: number | null;
}

/** GET /gridsquares/{gridsquare_uuid}/plan */
export interface PlannedHole {
  readonly foilhole_uuid: string;
  readonly foilhole_id: string;
  /** Probability that a micrograph of it is good, 0–1. */
  readonly probability: number;
  /** Standard deviation of that probability. */
  readonly sd: number;
  /** 1-based place in the grid's order of holes; 0: not in it. */
  readonly suggested_acquisition_index: number;
  readonly skipped: boolean;
  readonly reason: string;
}

/** GET /grids/{grid_uuid}/decisions: newest first. */
export interface Decision extends DecisionHead {
  readonly replayable: boolean;
  readonly instructions: readonly DecisionInstruction[];
}

export interface DecisionInstruction {
  readonly instruction_id: string;
  readonly instruction_type: string;
  readonly status: InstructionStatus;
  readonly ack_status: AckStatus | null;
  readonly verification: Verification | null;
}

/** GET /grid/{grid_uuid}/model_weights: per model, oldest first. */
export interface ModelWeight {
  readonly id: number;
  readonly timestamp: string;
  readonly grid_uuid: string;
  readonly prediction_model_name: string;
  readonly metric_name: string | null;
  readonly micrograph_uuid: string | null;
  readonly micrograph_quality: boolean | null;
  readonly quality_score: number | null;
  readonly prediction_value: number | null;
  readonly weight: number;
  readonly weight_sd: number | null;
}
export type ModelWeights = Readonly<Record<string, readonly ModelWeight[]>>;

/** GET /gridsquares/{gridsquare_uuid}/quality_predictions and the like: per model, oldest first. */
export interface QualityPrediction {
  readonly id?: number | null;
  readonly timestamp: string;
  readonly prediction_model_name: string;
  readonly metric_name?: string | null;
  readonly value: number;
  readonly gridsquare_uuid?: string | null;
  readonly foilhole_uuid?: string | null;
}

/** GET /admin/queue */
export interface QueueStatus {
  /** Messages that wait to be applied, that wait for what they speak of, and that could not be applied. */
  readonly ready: number;
  readonly parked: number;
  readonly dead: number;
  readonly oldest_ready_age_s: number | null;
}

/** GET /admin/queue/dead-letters */
export interface DeadLetter {
  readonly id: number;
  readonly received_at: string;
  readonly event_type: string;
  readonly attempts: number;
  readonly reason: string | null;
  readonly body: unknown;
}

/** GET /acquisitions/{acquisition_uuid}/notes */
export interface Note {
  readonly note_id: number;
  readonly author: string | null;
  readonly text: string;
  readonly created_at: string;
}

/** GET /health */
export interface Health {
  readonly status: "ok" | "degraded";
  readonly timestamp: string;
  readonly version: string;
  readonly services: Readonly<Record<string, { readonly status: string; readonly details: string }>>;
}

/** GET /status */
export interface ServerStatus {
  readonly service: string;
  readonly version: string;
  readonly uptime_s: number;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly features: Readonly<Record<string, unknown>>;
}

/** GET /prediction_model/{name}/grid/{grid_uuid}/latent_representation: places in a model's latent space. */
export interface LatentPoint {
  readonly gridsquare_uuid?: string;
  readonly foilhole_uuid?: string;
  readonly index: number | null;
  readonly x: number | null;
  readonly y: number | null;
}

/** PUT /gridsquares/{uuid}/choice and /foilholes/{uuid}/choice: what a person has decided; decisions never overrule it. */
export type OperatorChoice = "locked" | "selected";

/** GET /grids/{grid_uuid}/choices */
export interface ChosenEntity {
  readonly entity_uuid: string;
  readonly choice: OperatorChoice;
  readonly chosen_at: string;
}

/** GET /grids/{grid_uuid}/proposal: the change of plan that waits for an operator; null where none does. */
export interface Proposal {
  readonly decision_id: number;
  readonly created_at: string;
  readonly instructions: readonly {
    readonly instruction_type: string;
    readonly payload: Readonly<Record<string, unknown>>;
  }[];
}

/** GET /grids/{grid_uuid}/decisions/{decision_id}/replay */
export interface Replay {
  readonly decision_id: number;
  /** Whether computing it again gives the same, to the bit. */
  readonly identical: boolean;
  readonly versions: {
    readonly stored: Readonly<Record<string, string>>;
    readonly now: Readonly<Record<string, string>>;
  };
  readonly explanation: string;
  readonly squares: readonly { readonly gridsquare_uuid: string; readonly explanation: string }[];
  readonly holes: readonly { readonly foilhole_uuid: string; readonly explanation: string }[];
}

/** A number that is known only so well; 90 % of what it might be lies between `low` and `high`. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** GET /grids/{grid_uuid}/decisions/report: good micrographs collected, planned and possible in the same time. */
export interface Effect {
  readonly minutes: number;
  readonly imaged_holes: number;
  readonly holes_with_results: number;
  readonly candidate_holes: number;
  readonly draws: number;
  readonly collected: Interval;
  readonly planned: Interval;
  readonly optimum: Interval;
  readonly planned_minus_collected: Interval;
  readonly collected_share_of_optimum: Interval;
  readonly planned_share_of_optimum: Interval;
  readonly explanation: readonly string[];
}
