import { SmartemError } from "@smartem/common/errors";
import { INCOMING_EVENTS, type IncomingEventType } from "@smartem/common/events";
import type { TSchema } from "@smartem/common/schema";

/** A field of a message, as an option of the command that sends it. */
export interface MessageField {
  readonly name: string;
  /** e.g. `--micrograph-uuid` */
  readonly flag: string;
  readonly required: boolean;
  readonly kind: "text" | "number" | "list" | "object";
}

/** The fields of a type of message, from its schema in the wire contract. */
export function fieldsOf(type: IncomingEventType): MessageField[] {
  const schema: TSchema & { properties?: Record<string, TSchema>; required?: readonly string[] } =
    INCOMING_EVENTS[type];
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    flag: `--${name.replaceAll("_", "-")}`,
    required: required.has(name),
    kind: kindOf(property),
  }));
}

function kindOf(schema: TSchema): MessageField["kind"] {
  const { type, anyOf } = schema as { type?: string; anyOf?: readonly TSchema[] };
  if (anyOf !== undefined) {
    const other = anyOf.find((one) => (one as { type?: string }).type !== "null");
    return other === undefined ? "text" : kindOf(other);
  }
  if (type === "number" || type === "integer") return "number";
  if (type === "array") return "list";
  return type === "object" ? "object" : "text";
}

/** @throws SmartemError `invalid_option` */
export function fieldValue(field: MessageField, text: string): unknown {
  switch (field.kind) {
    case "number": {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (!Number.isFinite(value))
        throw new SmartemError("invalid_option", 400, `${field.flag}: "${text}" is not a number.`);
      return value;
    }
    case "list":
      return text.split(",").map((item) => item.trim());
    case "object":
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new SmartemError("invalid_option", 400, `${field.flag}: "${text}" is not JSON.`);
      }
    default:
      return text;
  }
}

/** Fields by which the enveloped form names entities. */
export const NATURAL_FIELDS = ["grid_uuid", "gridsquare_id", "foilhole_id", "micrograph_id"] as const;

/** The predictions that the enveloped form words in its own way; all others say the same in both. */
const REWORDED: ReadonlySet<IncomingEventType> = new Set(["gridsquare.model_prediction", "foilhole.model_prediction"]);

/** The payload of the enveloped form: results where external programs put them. */
export function envelopePayload(
  type: IncomingEventType,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  const results: Record<string, unknown> = {};
  const isReworded = REWORDED.has(type);
  for (const [name, value] of Object.entries(fields)) {
    if (name === "prediction_value" && isReworded) results.quality_score = value;
    else if (name === "prediction_model_name" && isReworded) payload.model_info = { model_name: value };
    else if (name === "ctf_max_resolution_estimate") payload.ctf_results = { resolution_estimate: value };
    else payload[name] = value;
  }
  if (Object.keys(results).length === 0) return payload;
  if (type === "foilhole.model_prediction" && typeof payload.foilhole_id === "string") {
    const { foilhole_id, ...rest } = payload;
    return { ...rest, foilhole_predictions: [{ foilhole_id, ...results }] };
  }
  return { ...payload, prediction_results: results };
}
