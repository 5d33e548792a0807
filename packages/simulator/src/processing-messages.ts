import type { OutgoingMessage } from "./channel.js";
import type { MicrographTruth } from "./grid-truth.js";
import type { LatentPlace, PredictorOptions } from "./predictors.js";

/*
 * What external programs say, in both forms: flat with uuids, and enveloped with EPU's ids and richer results.
 */

export type MessageForm = "flat" | "enveloped";

/** What both forms have in common. */
export interface MessageOrigin {
  readonly messageId: string;
  readonly form: MessageForm;
  /** Simulated time. */
  readonly atMs: number;
}

export interface MicrographReference {
  readonly uuid: string;
  readonly gridUuid: string;
  readonly gridSquareId: string;
  readonly foilHoleId: string;
  readonly micrographId: string;
}

/** What programs find on a micrograph, under the names of the wire contract. */
export interface MicrographResults {
  readonly total_motion: number;
  readonly average_motion: number;
  readonly ctf_max_resolution_estimate: number;
  readonly number_of_particles_picked: number;
  readonly number_of_particles_selected: number;
  readonly number_of_particles_rejected: number;
  readonly selection_distribution: Readonly<Record<string, number>>;
}

export function micrographResults(truth: MicrographTruth): MicrographResults {
  const selected = truth.particlesSelected;
  return {
    total_motion: truth.totalMotionA,
    average_motion: truth.averageMotionA,
    ctf_max_resolution_estimate: truth.ctfMaxResolutionA,
    number_of_particles_picked: truth.particlesPicked,
    number_of_particles_selected: selected,
    number_of_particles_rejected: truth.particlesPicked - selected,
    selection_distribution: { class_1: Math.floor(selected / 2), class_2: Math.ceil(selected / 2) },
  };
}

export function motionMessage(origin: MessageOrigin, of: MicrographReference, truth: MicrographTruth): OutgoingMessage {
  const { total_motion, average_motion } = micrographResults(truth);
  const results = { total_motion, average_motion };
  return message(
    origin,
    "motion_correction.completed",
    "motion-correction",
    { micrograph_uuid: of.uuid, ...results },
    () => ({
      ...naturalIds(of),
      motion_results: { ...results, frames: 40 },
    }),
  );
}

export function ctfMessage(origin: MessageOrigin, of: MicrographReference, truth: MicrographTruth): OutgoingMessage {
  const { ctf_max_resolution_estimate } = micrographResults(truth);
  const flat = { micrograph_uuid: of.uuid, ctf_max_resolution_estimate };
  return message(origin, "ctf.completed", "ctf-estimation", flat, () => ({
    ...naturalIds(of),
    ctf_results: {
      resolution_estimate: ctf_max_resolution_estimate,
      defocus_u: Math.abs(truth.defocusM) * 1e10 + 60,
      defocus_v: Math.abs(truth.defocusM) * 1e10 - 60,
      astigmatism: 120,
    },
  }));
}

export function pickingMessage(
  origin: MessageOrigin,
  of: MicrographReference,
  truth: MicrographTruth,
): OutgoingMessage {
  const { number_of_particles_picked } = micrographResults(truth);
  const results = { number_of_particles_picked };
  return message(
    origin,
    "particle_picking.completed",
    "particle-picking",
    { micrograph_uuid: of.uuid, ...results },
    () => ({
      ...naturalIds(of),
      picking_results: results,
    }),
  );
}

export function selectionMessage(
  origin: MessageOrigin,
  of: MicrographReference,
  truth: MicrographTruth,
): OutgoingMessage {
  const { number_of_particles_selected, number_of_particles_rejected, selection_distribution } =
    micrographResults(truth);
  const results = { number_of_particles_selected, number_of_particles_rejected, selection_distribution };
  return message(
    origin,
    "particle_selection.completed",
    "particle-selection",
    { micrograph_uuid: of.uuid, ...results },
    () => ({
      ...naturalIds(of),
      selection_results: results,
    }),
  );
}

export interface SquareReference {
  readonly uuid: string;
  readonly gridUuid: string;
  readonly gridSquareId: string;
}

export function squarePredictionMessage(
  origin: MessageOrigin,
  of: SquareReference,
  model: Pick<PredictorOptions, "name" | "metric">,
  value: number,
): OutgoingMessage {
  const flat = {
    gridsquare_uuid: of.uuid,
    prediction_model_name: model.name,
    prediction_value: value,
    metric: model.metric,
  };
  return message(origin, "gridsquare.model_prediction", model.name, flat, () => ({
    gridsquare_id: of.gridSquareId,
    grid_uuid: of.gridUuid,
    prediction_results: { quality_score: value },
    model_info: modelInfo(model),
    metric: model.metric,
  }));
}

export interface HolePrediction {
  readonly uuid: string;
  readonly foilHoleId: string;
  readonly value: number;
}

/** One flat message a hole, or one enveloped message for all holes, which are of one square. */
export function holePredictionMessages(
  origin: MessageOrigin,
  of: Omit<SquareReference, "uuid">,
  model: Pick<PredictorOptions, "name" | "metric">,
  holes: readonly HolePrediction[],
): OutgoingMessage[] {
  if (origin.form === "flat") {
    return holes.map((hole) => ({
      event_type: "foilhole.model_prediction",
      message_id: `simulated:hole:${model.name}:${hole.uuid}`,
      foilhole_uuid: hole.uuid,
      prediction_model_name: model.name,
      prediction_value: hole.value,
      metric: model.metric,
    }));
  }
  const payload = {
    gridsquare_id: of.gridSquareId,
    grid_uuid: of.gridUuid,
    foilhole_predictions: holes.map((hole) => ({ foilhole_id: hole.foilHoleId, quality_score: hole.value })),
    model_info: modelInfo(model),
    metric: model.metric,
  };
  return [message(origin, "foilhole.model_prediction", model.name, {}, () => payload)];
}

/** Where a square or hole lies in a latent representation: its group and its coordinates. */
export function latentMessages(
  messageId: string,
  gridUuid: string,
  modelName: string,
  uuid: string,
  place: LatentPlace,
): OutgoingMessage[] {
  const parameter = (key: string, value: number, group: string): OutgoingMessage => ({
    event_type: "grid.model_parameter_update",
    message_id: `${messageId}:${group === "cluster_indices" ? "cluster" : key}`,
    grid_uuid: gridUuid,
    prediction_model_name: modelName,
    key,
    value,
    group,
  });
  return [
    parameter(uuid, place.cluster, "cluster_indices"),
    parameter("x", place.x, `coordinates:${uuid}`),
    parameter("y", place.y, `coordinates:${uuid}`),
  ];
}

function naturalIds(of: MicrographReference): Record<string, string> {
  return {
    grid_uuid: of.gridUuid,
    gridsquare_id: of.gridSquareId,
    foilhole_id: of.foilHoleId,
    micrograph_id: of.micrographId,
  };
}

function modelInfo(model: Pick<PredictorOptions, "name">): Record<string, string> {
  return { model_name: model.name, model_version: "1.0" };
}

function message(
  origin: MessageOrigin,
  eventType: string,
  source: string,
  flat: Readonly<Record<string, unknown>>,
  payload: () => Readonly<Record<string, unknown>>,
): OutgoingMessage {
  const { messageId, form, atMs } = origin;
  if (form === "flat") return { event_type: eventType, message_id: messageId, ...flat };
  return {
    message_id: messageId,
    event_type: eventType,
    timestamp: new Date(atMs).toISOString(),
    source,
    payload: payload(),
  };
}
