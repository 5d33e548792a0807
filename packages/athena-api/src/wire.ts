import type { TSchema } from "@smartem/common/schema";
import { Compile, type Validator } from "typebox/compile";

const validators = new WeakMap<TSchema, Validator>();

/** The validator of a schema, compiled once. */
export function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made: Validator = Compile(schema);
  validators.set(schema, made);
  return made;
}

/**
 * Puts null where the service left out a field that may be null: .NET services are often set to write no nulls.
 * Changes `value` in place and returns it.
 */
export function withNulls(schema: TSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = member(schema, "items");
    if (items !== null) for (const item of value) withNulls(items, item);
  } else if (typeof value === "object" && value !== null) {
    const properties = member(schema, "properties") ?? {};
    const record = value as Record<string, unknown>;
    for (const [name, property] of Object.entries(properties) as [string, TSchema][]) {
      if (!(name in record)) {
        if (mayBeNull(property)) record[name] = null;
      } else withNulls(property, record[name]);
    }
  }
  return value;
}

/**
 * Reads what came as text in a path or query string: decimal integers become numbers, a single value where a list is
 * meant becomes a list, an empty text counts as not given. Anything else stays as it is and fails validation.
 */
export function fromText(schema: TSchema, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  const properties = (member(schema, "properties") ?? {}) as Record<string, TSchema>;
  for (const [name, value] of Object.entries(input)) {
    const property = properties[name];
    if (property === undefined || value === "") continue;
    const items = member(property, "items");
    output[name] =
      items === null
        ? scalar(property, value)
        : (Array.isArray(value) ? value : [value]).map((one) => scalar(items, one));
  }
  return output;
}

function scalar(schema: TSchema, value: unknown): unknown {
  return kindOf(schema) === "integer" && typeof value === "string" && /^-?\d{1,10}$/.test(value)
    ? Number(value)
    : value;
}

function mayBeNull(schema: TSchema): boolean {
  const alternatives = (schema as { anyOf?: unknown }).anyOf;
  return Array.isArray(alternatives) && alternatives.some((one) => kindOf(one) === "null");
}

export function kindOf(schema: unknown): unknown {
  return (schema as { type?: unknown }).type;
}

function member(schema: TSchema, name: "items" | "properties"): TSchema | null {
  const found = (schema as { items?: unknown; properties?: unknown })[name];
  return typeof found === "object" && found !== null ? (found as TSchema) : null;
}
