import { createHash } from "node:crypto";
import { INCOMING_EVENTS, type IncomingEventType } from "@smartem/common/events";
import { parseTime } from "@smartem/common/time";
import { Ajv, type ValidateFunction } from "ajv";

/*
 * Two forms of messages arrive: flat ones that name entities by uuid, and enveloped ones that may name them by EPU's own
 * ids and carry richer results. From here on there is one form.
 */

/** An entity named by EPU's ids instead of a uuid. Resolved when the message is applied. */
export interface NaturalReference {
  readonly grid_uuid?: string | undefined;
  readonly gridsquare_id?: string | undefined;
  readonly foilhole_id?: string | undefined;
  readonly micrograph_id?: string | undefined;
}

export interface IncomingMessage {
  readonly eventType: IncomingEventType;
  readonly messageId: string | null;
  /** The contract's fields; where `natural` is given, the uuid field is absent. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly natural: NaturalReference | null;
}

export type Normalised =
  | { readonly ok: true; readonly messages: readonly IncomingMessage[] }
  | {
      readonly ok: false;
      readonly eventType: string;
      readonly reason: string;
      readonly code: "malformed" | "unknown_type";
    };

const ajv = new Ajv({ allErrors: true, strict: false, strictNumbers: true });
ajv.addFormat("date-time", (text: string) => parseTime(text) !== null);
const VALIDATE = Object.fromEntries(
  Object.entries(INCOMING_EVENTS).map(([type, schema]) => [type, ajv.compile(schema)]),
) as Record<IncomingEventType, ValidateFunction>;

/** The field by which a flat message names its entity. An enveloped one may give EPU's id of it instead. */
const UUID_FIELD: Partial<Record<IncomingEventType, string>> = {
  "motion_correction.completed": "micrograph_uuid",
  "ctf.completed": "micrograph_uuid",
  "particle_picking.completed": "micrograph_uuid",
  "particle_selection.completed": "micrograph_uuid",
  "gridsquare.model_prediction": "gridsquare_uuid",
  "foilhole.model_prediction": "foilhole_uuid",
};

const NATURAL_FIELD: Readonly<Record<string, keyof NaturalReference>> = {
  micrograph_uuid: "micrograph_id",
  gridsquare_uuid: "gridsquare_id",
  foilhole_uuid: "foilhole_id",
};

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isKnownType(type: string): type is IncomingEventType {
  return Object.hasOwn(INCOMING_EVENTS, type);
}

/** Reads one message in either form; an enveloped one may stand for several. */
export function normalise(message: unknown, deliveredId: string | null = null): Normalised {
  if (!isFields(message) || typeof message.event_type !== "string") {
    return { ok: false, eventType: "", reason: "not a JSON object with an event_type", code: "malformed" };
  }
  const eventType = message.event_type;
  if (!isKnownType(eventType)) {
    return { ok: false, eventType, reason: `unknown event_type ${JSON.stringify(eventType)}`, code: "unknown_type" };
  }
  const messageId =
    typeof message.message_id === "string" && message.message_id !== "" ? message.message_id : deliveredId;
  const { event_type: _type, message_id: _id, ...flat } = message;
  const bodies =
    isFields(message.payload) && !("instruction_id" in message)
      ? flatten(eventType, message.payload)
      : [{ body: flat, natural: null }];
  if (bodies.length === 0) {
    return { ok: false, eventType, reason: "payload /foilhole_predictions has no prediction", code: "malformed" };
  }
  const messages: IncomingMessage[] = [];
  for (const [index, { body, natural }] of bodies.entries()) {
    const validate = VALIDATE[eventType];
    const field: string | undefined = UUID_FIELD[eventType];
    // A uuid that is still to be looked up is validated as if it were there.
    const complete = natural === null || field === undefined ? body : { ...body, [field]: "to-be-resolved" };
    if (!validate(complete)) {
      const mistakes = (validate.errors ?? []).map(
        (error) => `${error.instancePath || "message"} ${error.message ?? "is not valid"}`,
      );
      return { ok: false, eventType, reason: mistakes.join("; "), code: "malformed" };
    }
    const naturalField = NATURAL_FIELD[field ?? ""];
    if (natural !== null && naturalField !== undefined && natural[naturalField] === undefined) {
      const part = bodies.length === 1 ? "payload" : `payload /foilhole_predictions/${index}`;
      return { ok: false, eventType, reason: `${part} has neither ${field} nor ${naturalField}`, code: "malformed" };
    }
    const id = messageId === null || bodies.length === 1 ? messageId : `${messageId}#${index}`;
    messages.push({ eventType, messageId: id, body, natural });
  }
  return { ok: true, messages };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Where an envelope's payload has its results: of a step of processing, or of processing as such. */
const RESULT_PARTS = [
  "motion_results",
  "ctf_results",
  "picking_results",
  "selection_results",
  "processing_results",
  "prediction_results",
] as const;

/** By what names an envelope gives a field beside the field's own. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  ctf_max_resolution_estimate: ["resolution_estimate"],
  number_of_particles_picked: ["particles_picked", "particle_count"],
  number_of_particles_selected: ["selected_particles"],
  number_of_particles_rejected: ["rejected_particles"],
  prediction_value: ["quality_score"],
};

/** What messages of a type say of the entity that they name. */
const SAID_FIELDS: Partial<Record<IncomingEventType, readonly string[]>> = {
  "motion_correction.completed": ["total_motion", "average_motion"],
  "ctf.completed": ["ctf_max_resolution_estimate"],
  "particle_picking.completed": ["number_of_particles_picked"],
  "particle_selection.completed": [
    "number_of_particles_selected",
    "number_of_particles_rejected",
    "selection_distribution",
  ],
  "gridsquare.model_prediction": ["prediction_value"],
  "foilhole.model_prediction": ["prediction_value"],
};

/** A field under any of its names, in the first of `places` that has it. */
function found(field: string, places: readonly Fields[]): unknown {
  const names = [field, ...(OTHER_NAMES[field] ?? [])];
  for (const place of places) for (const name of names) if (place[name] != null) return place[name];
  return undefined;
}

/** The flat bodies that an envelope's payload stands for. */
function flatten(type: IncomingEventType, payload: Fields): { body: Fields; natural: NaturalReference | null }[] {
  const said = SAID_FIELDS[type];
  const field = UUID_FIELD[type];
  if (said === undefined || field === undefined) return [{ body: payload, natural: null }];
  const model = isFields(payload.model_info) ? payload.model_info : {};
  const ofModel = {
    prediction_model_name: payload.prediction_model_name ?? model.model_name,
    metric: payload.metric ?? model.metric,
  };
  const bodyOf = (part: Fields): { body: Fields; natural: NaturalReference | null } => {
    const places = [part, ...RESULT_PARTS.map((name) => part[name]).filter(isFields)];
    const uuid = part[field] ?? undefined;
    const body = withoutUndefined({
      ...(said.includes("prediction_value") ? ofModel : {}),
      ...Object.fromEntries(said.map((name) => [name, found(name, places)])),
      [field]: uuid,
    });
    const natural = {
      grid_uuid: text(payload.grid_uuid),
      gridsquare_id: text(payload.gridsquare_id),
      foilhole_id: text(part.foilhole_id),
      micrograph_id: text(payload.micrograph_id),
    };
    return { body, natural: uuid === undefined ? natural : null };
  };
  if (type === "foilhole.model_prediction" && Array.isArray(payload.foilhole_predictions)) {
    const holes = payload.foilhole_predictions.map((hole) => (isFields(hole) ? hole : {}));
    // Of a hole without a score the model says nothing.
    const isNamed = (hole: Fields): boolean => hole.foilhole_id != null || hole.foilhole_uuid != null;
    return holes.filter((hole) => found("prediction_value", [hole]) !== undefined || !isNamed(hole)).map(bodyOf);
  }
  return [bodyOf(payload)];
}

/** Identity of a message that carries none: what it says. */
export function contentId(message: unknown): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(message)).digest("base64url")}`;
}
