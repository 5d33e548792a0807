import { type Static, type TObject, type TSchema, type TUnion, Type } from "typebox";

/** `T or null`: how the wire contract writes "may be unknown". */
export function nullable<T extends TSchema>(schema: T): TUnion<[T, ReturnType<typeof Type.Null>]> {
  return Type.Union([schema, Type.Null()]);
}

export const Text = Type.String({ maxLength: 65_536 });
export const Integer = Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 });
export const Real = Type.Number();
export const Flag = Type.Boolean();
/** An ISO 8601 time; without an offset it is UTC. */
export const Time = Type.String({ format: "date-time" });
/** An opaque id chosen by the client: 1–64 URL-safe characters. */
export const Uuid = Type.String({ minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9_.~-]+$" });
/** A natural id as EPU gives it. */
export const NaturalId = Type.String({ minLength: 1, maxLength: 255 });

export function oneOf<const T extends readonly string[]>(values: T) {
  return Type.Enum([...values] as unknown as T);
}

export type { Static, TObject, TSchema };
export { Type };
