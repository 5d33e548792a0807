import { type Static, type TObject, type TSchema, type TUnion, Type } from "typebox";

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
export { Type };
