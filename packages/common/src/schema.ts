import type { Static, TObject, TSchema, TUnion, Type as TypeBox } from "typebox";

type Json = Readonly<Record<string, unknown>>;

/** Schemas that an object may leave out; not seen in JSON. */
const OPTIONAL = Symbol("optional");

/** The schema itself may be needed elsewhere, so what is optional is a copy. */
function optional(schema: Json): Json {
  return Object.defineProperty({ ...schema }, OPTIONAL, { value: true });
}

function object(properties: Readonly<Record<string, Json>>, options: Json = {}): Json {
  const required = Object.keys(properties).filter((key) => !(OPTIONAL in (properties[key] as Json)));
  return { type: "object", ...(required.length > 0 ? { required } : {}), properties, ...options };
}

/**
 * JSON Schemas with TypeBox's types. Its builders are written anew, as far as they are used: TypeBox itself is 370 files,
 * and loading them took a third of a command's start.
 */
export const Type = {
  Array: (items: Json, options?: Json) => ({ type: "array", items, ...options }),
  Boolean: (options?: Json) => ({ type: "boolean", ...options }),
  Enum: (values: readonly string[], options?: Json) => ({ enum: values, ...options }),
  Integer: (options?: Json) => ({ type: "integer", ...options }),
  Null: (options?: Json) => ({ type: "null", ...options }),
  Number: (options?: Json) => ({ type: "number", ...options }),
  Object: object,
  Optional: optional,
  Partial: ({ properties }: { properties: Readonly<Record<string, Json>> }) =>
    object(Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, optional(schema)]))),
  Record: (_keys: Json, values: Json, options?: Json) => ({
    type: "object",
    patternProperties: { "^.*$": values },
    ...options,
  }),
  String: (options?: Json) => ({ type: "string", ...options }),
  Union: (anyOf: readonly Json[], options?: Json) => ({ anyOf, ...options }),
  Unknown: (options?: Json) => ({ ...options }),
  Unsafe: (schema: Json) => ({ ...schema }),
} as unknown as Pick<
  typeof TypeBox,
  | ("Array" | "Boolean" | "Enum" | "Integer" | "Null" | "Number" | "Object" | "Optional" | "Partial" | "Record")
  | ("String" | "Union" | "Unknown" | "Unsafe")
>;

/** `T or null`: how the wire contract writes "may be unknown". */
export function nullable<T extends TSchema>(
  schema: T,
  options: { default?: unknown } = {},
): TUnion<[T, ReturnType<typeof Type.Null>]> {
  return Type.Union([schema, Type.Null()], options);
}

export const Text = Type.String({ maxLength: 65_536 });
export const Integer = Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 });
/** How many there are of something. */
export const Count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });
export const Real = Type.Number();
export const Flag = Type.Boolean();
/** An ISO 8601 time; without an offset it is UTC. */
export const Time = Type.String({ format: "date-time" });
/** An opaque id chosen by the client: 1–64 URL-safe characters. */
export const Uuid = Type.String({ minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9_.~-]+$" });
/** A natural id as EPU gives it. */
export const NaturalId = Type.String({ minLength: 1, maxLength: 255 });

/** @param title the name of the enumeration in the OpenAPI document, where it has one */
export function oneOf<const T extends readonly string[]>(values: T, title?: string) {
  return Type.Enum([...values] as unknown as T, { type: "string", ...(title === undefined ? {} : { title }) });
}

/** An object with keys of the data's own, all of whose values are of one kind. */
export function mapOf<T extends TSchema>(values: T) {
  return Type.Unsafe<Record<string, Static<T>>>({ type: "object", additionalProperties: values });
}

export type { Static, TObject, TSchema };
