import { Count, nullable, oneOf, type Static, type TObject, Type } from "./schema.js";

/*
 * Messages of the queue (wire contract: events). What external systems send is validated here, once, for HTTP and
 * AMQP alike.
 */

const Id = Type.String({ minLength: 1, maxLength: 64 });
const Finite = Type.Number();
const Motion = Type.Number({ minimum: 0 });
const ModelName = Type.String({ minLength: 1, maxLength: 255 });
const Probability = Type.Number({ minimum: 0, maximum: 1 });
const Metric = Type.Optional(nullable(Type.String({ maxLength: 64 })));
const Ids = Type.Array(Id, { minItems: 1, maxItems: 100_000 });

/** What external systems send, by event_type: the fields beside `event_type`. */
export const INCOMING_EVENTS = {
  "motion_correction.completed": Type.Object({ micrograph_uuid: Id, total_motion: Motion, average_motion: Motion }),
  // Failed fits arrive as negative numbers or sentinels such as 100000 Å: they are results, and judged as bad ones.
  "ctf.completed": Type.Object({ micrograph_uuid: Id, ctf_max_resolution_estimate: Finite }),
  "particle_picking.completed": Type.Object({ micrograph_uuid: Id, number_of_particles_picked: Count }),
  "particle_selection.completed": Type.Object({
    micrograph_uuid: Id,
    number_of_particles_selected: Count,
    number_of_particles_rejected: Count,
    selection_distribution: Type.Optional(nullable(Type.Record(Type.String(), Type.Unknown()))),
  }),
  "gridsquare.model_prediction": Type.Object({
    gridsquare_uuid: Id,
    prediction_model_name: ModelName,
    prediction_value: Probability,
    metric: Metric,
  }),
  "foilhole.model_prediction": Type.Object({
    foilhole_uuid: Id,
    prediction_model_name: ModelName,
    prediction_value: Probability,
    metric: Metric,
  }),
  "foilhole.model_multi_prediction": Type.Object({
    foilhole_uuids: Ids,
    prediction_model_name: ModelName,
    prediction_value: Probability,
    metric: Metric,
  }),
  "foilhole.group_create": Type.Object({
    grid_uuid: Id,
    foilhole_uuids: Ids,
    group_uuid: Id,
    name: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
  }),
  "foilhole.group_model_prediction": Type.Object({
    group_uuid: Id,
    prediction_model_name: ModelName,
    prediction_value: Probability,
    metric: Metric,
  }),
  "grid.model_parameter_update": Type.Object({
    grid_uuid: Id,
    prediction_model_name: ModelName,
    key: Type.String({ minLength: 1, maxLength: 255 }),
    value: Finite,
    group: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
    metric: Metric,
  }),
  "refresh.predictions": Type.Object({
    grid_uuid: Id,
    group: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
  }),
  // The original's publisher leaves the name of the model empty where nobody gives it one.
  "atlas.model_prediction": Type.Object({
    uuid: Id,
    prediction_value: Probability,
    model_name: Type.String({ maxLength: 255 }),
  }),
  "agent.instruction.created": Type.Object({
    instruction_id: Id,
    session_id: Id,
    agent_id: Id,
    instruction_type: Type.String({ minLength: 1, maxLength: 255 }),
    payload: Type.Record(Type.String(), Type.Unknown()),
    sequence_number: Type.Optional(nullable(Type.Integer({ minimum: 0 }))),
    priority: Type.Optional(nullable(oneOf(["high", "normal", "low"]))),
    expires_at: Type.Optional(nullable(Type.String({ format: "date-time" }))),
    instruction_metadata: Type.Optional(nullable(Type.Record(Type.String(), Type.Unknown()))),
  }),
} as const satisfies Record<string, TObject>;

export type IncomingEventType = keyof typeof INCOMING_EVENTS;
export const INCOMING_EVENT_TYPES = Object.keys(INCOMING_EVENTS) as readonly IncomingEventType[];

/** An event from outside, its fields beside its type. */
export type IncomingEvent = {
  [T in IncomingEventType]: { event_type: T } & Static<(typeof INCOMING_EVENTS)[T]>;
}[IncomingEventType];

export type IncomingEventOf<T extends IncomingEventType> = Static<(typeof INCOMING_EVENTS)[T]>;
