import type { TSchema } from "@smartem/common/schema";

/** A schema without the named ones inside it, and those, each by its title. */
export interface HoistedSchema {
  readonly schema: TSchema;
  readonly named: ReadonlyMap<string, TSchema>;
}

/**
 * Puts a reference in place of every schema within another one that has a title, so that the OpenAPI document describes it once, under
 * its name: generated clients then have one type for it.
 */
export function hoistNamedSchemas(schema: TSchema): HoistedSchema {
  const named = new Map<string, TSchema>();
  const withReferences = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inner);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inner(part)]));
  };
  const inner = (value: unknown): unknown => {
    const { title } = (value ?? {}) as { title?: unknown };
    if (typeof title !== "string") return withReferences(value);
    // What a field is when it is left out is the field's own affair.
    const { default: whenLeftOut, ...own } = value as Record<string, unknown>;
    if (!named.has(title)) named.set(title, withReferences(own) as TSchema);
    const reference = { $ref: `${title}#` };
    return whenLeftOut === undefined ? reference : { allOf: [reference], default: whenLeftOut };
  };
  return { schema: withReferences(schema) as TSchema, named };
}
