import { mapOf, nullable, oneOf, Time, Type } from "@smartem/common/schema";
import { AckStatus, InstructionStatus, VerifiedOutcome } from "../instructions/answers.js";
import { AcquisitionDecisionSettings, QualityLimits } from "./settings.js";

/*
 * What is answered about decisions, as the OpenAPI document describes it.
 */

const Real = Type.Number();
const Count = Type.Integer({ minimum: 0 });
const Probability = Type.Number({ minimum: 0, maximum: 1 });

const DecisionSummary = Type.Object(
  {
    price_per_minute: Type.Number({
      description: "Good holes that a minute is worth elsewhere: what a hole has to beat",
    }),
    planned_holes: Count,
    planned_minutes: Real,
    expected_good: Type.Number({
      description: "Planned holes that will be good; each brings as many micrographs as EPU takes exposures there",
    }),
    time_left_min: nullable(Real),
    time_elsewhere_min: Type.Optional(Real),
    costs_min: Type.Object({ hole: Real, cluster: Real, square: Real, grid: Real }),
    results: Type.Integer({ minimum: 0, description: "Holes whose results were known" }),
    good_share: nullable(Real),
    models: Type.Array(
      Type.Object({
        name: Type.String(),
        metric: nullable(Type.String()),
        weight: Real,
        weight_sd: Real,
        coefficient: Type.Optional(Type.Object({ mean: Real, sd: Real })),
      }),
    ),
    warnings: Type.Array(Type.String()),
    told: Type.Array(Type.String(), {
      description:
        'What the microscope was told about, or, where the outcome is proposed, would be: "squares", "skip", or a grid square\'s uuid',
    }),
    outcome: oneOf(
      ["told", "proposed", "waiting", "rejected", "unchanged", "too_soon", "no_session", "observing", "over"],
      "DecisionOutcome",
    ),
    answer: Type.Optional(
      Type.Object(
        { answer: oneOf(["approve", "reject"]), at: Time },
        { description: "What operators said of what it proposed; missing as long as they have not" },
      ),
    ),
    caused_by_micrograph: nullable(Type.String()),
    imaged_until: Type.Optional(
      nullable(
        Type.String({
          format: "date-time",
          description:
            "When the newest micrograph of the grid was taken, by the microscope's clock; null: none was yet; missing in decisions of before it was kept",
        }),
      ),
    ),
    limits: Type.Optional(
      Type.Object(QualityLimits.properties, {
        description: "What a good micrograph was; missing in decisions of before it was kept",
      }),
    ),
    load_ms: Type.Optional(Count),
    decide_ms: Type.Optional(Count),
  },
  { title: "DecisionSummary" },
);

const head = {
  id: Type.Integer(),
  created_at: Time,
  mode: AcquisitionDecisionSettings.properties.mode,
  summary: DecisionSummary,
};

const PlannedSquare = Type.Object(
  {
    gridsquare_uuid: Type.String(),
    gridsquare_id: Type.String(),
    rank: nullable(Type.Integer({ minimum: 1, description: "null: the plan does not go there" })),
    skipped: Type.Boolean(),
    value: Type.Number({ description: "Good holes that the plan expects of it" }),
    rate_per_minute: nullable(Type.Number({ description: "Good holes per minute of microscope time" })),
    reason: Type.String(),
    foilhole_count: Count,
    probability: nullable(
      Type.Number({
        description:
          "Mean over its holes that may still be imaged of the probability that a micrograph is good; null where there are none",
      }),
    ),
    sd: nullable(Type.Number({ description: "How sure that is" })),
  },
  { title: "PlannedSquare" },
);

export const GridPlan = Type.Object(
  {
    grid_uuid: Type.String(),
    decision: Type.Object(head, { title: "DecisionHead" }),
    squares: Type.Array(PlannedSquare),
  },
  { title: "GridPlan" },
);

export const PlannedHole = Type.Object(
  {
    foilhole_uuid: Type.String(),
    foilhole_id: Type.String(),
    probability: Probability,
    sd: Type.Number({ description: "Standard deviation of the probability" }),
    suggested_acquisition_index: Type.Integer({
      minimum: 0,
      description: "Place in the grid's order of holes, from 1; 0: not in it",
    }),
    skipped: Type.Boolean(),
    reason: Type.String(),
  },
  { title: "PlannedHole" },
);

const DecisionInstruction = Type.Object(
  {
    instruction_id: Type.String(),
    instruction_type: Type.String(),
    status: InstructionStatus,
    ack_status: AckStatus,
    verification: VerifiedOutcome,
  },
  { title: "DecisionInstruction" },
);

export const Decision = Type.Object(
  {
    ...head,
    replayable: Type.Boolean(),
    cause: nullable(
      Type.Object(
        {
          micrograph_uuid: Type.String(),
          foilhole_uuid: Type.String(),
          foilhole_id: Type.String(),
          gridsquare_uuid: Type.String(),
          gridsquare_id: Type.String(),
        },
        { description: "The micrograph whose result led to it; null where none did, or it is no longer there" },
      ),
    ),
    instructions: Type.Array(DecisionInstruction),
  },
  { title: "Decision" },
);

export const ChosenEntity = Type.Object(
  {
    entity_uuid: Type.String(),
    choice: oneOf(["locked", "selected"]),
    chosen_at: Time,
  },
  { title: "ChosenEntity" },
);

export const Proposal = Type.Object(
  {
    decision_id: Type.Integer(),
    created_at: Time,
    instructions: Type.Array(
      Type.Object(
        { instruction_type: Type.String(), payload: mapOf(Type.Unknown()) },
        { title: "ProposedInstruction" },
      ),
    ),
  },
  { title: "Proposal" },
);

const Versions = mapOf(Type.String());
export const DecisionReplay = Type.Object(
  {
    decision_id: Type.Integer(),
    created_at: Time,
    mode: Type.String(),
    identical: Type.Boolean({ description: "Whether computing it again gives the same, to the bit" }),
    versions: Type.Object({ stored: Versions, now: Versions }),
    explanation: Type.String(),
    squares: Type.Array(Type.Object({ gridsquare_uuid: Type.String(), explanation: Type.String() })),
    holes: Type.Array(Type.Object({ foilhole_uuid: Type.String(), explanation: Type.String() })),
  },
  { title: "DecisionReplay" },
);

const Interval = Type.Object(
  { mean: Real, low: Real, high: Real },
  { title: "Interval", description: "A number that is known only so well; 90 % of what it might be lies between" },
);
export const CounterfactualReport = Type.Object(
  {
    grid_uuid: Type.String(),
    minutes: Real,
    costs_min: DecisionSummary.properties.costs_min,
    imaged_holes: Count,
    holes_with_results: Count,
    limits: Type.Object(QualityLimits.properties, { description: "What a good micrograph was" }),
    candidate_holes: Count,
    draws: Count,
    collected: Interval,
    planned: Interval,
    in_listed_order: Interval,
    optimum: Interval,
    planned_minus_collected: Interval,
    collected_share_of_optimum: Interval,
    planned_share_of_optimum: Interval,
    explanation: Type.Array(Type.String()),
  },
  { title: "CounterfactualReport" },
);
