import type { components } from "./schema.js";

/*
 * Names for the answers that the OpenAPI document describes.
 */

type Schemas = components["schemas"];

/** Who asks, and all that they may do. */
export type Caller = Schemas["AuthCaller"];
export type Permission = Caller["permissions"][number];

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

export type GridPlan = Schemas["GridPlan"];
export type PlannedSquare = Schemas["PlannedSquare"];
export type PlannedHole = Schemas["PlannedHole"];
export type Decision = Schemas["Decision"];
export type DecisionOutcome = Schemas["DecisionOutcome"];
/** Per model, oldest first. */
export type ModelWeights = Readonly<Record<string, readonly ModelWeight[]>>;
export type ModelWeight = Schemas["QualityPredictionModelWeight"];
export type QualityPrediction = Schemas["QualityPrediction"];
export type DeadLetter = Schemas["DeadLetter"];
export type QueueStatus = Schemas["QueueStatus"];
export type Health = Schemas["Health"];
/** A place in a model's latent space. */
export type LatentPoint = Schemas["LatentRepresentationResponse"];
/** What a person has decided; decisions never overrule it. */
export type OperatorChoice = ChosenEntity["choice"];
export type ChosenEntity = Schemas["ChosenEntity"];
export type Note = Schemas["NoteResponse"];
export type Interval = Schemas["Interval"];
export type Effect = Schemas["CounterfactualReport"];
