import { Type as TypeBox } from "typebox";
import { expect, test } from "vitest";
import { Type } from "./schema.js";

/** The same schemas by either builder. */
const schemas = (type: typeof Type): unknown[] => {
  const hole = type.Object(
    { id: type.String({ maxLength: 3 }), row: type.Optional(type.Integer()), note: type.Unknown({ title: "Note" }) },
    { title: "Hole", additionalProperties: false },
  );
  return [
    hole,
    type.Partial(hole),
    type.Object({}),
    type.Object({ hole: type.Optional(type.Unsafe({ $ref: "Hole#" })) }),
    type.Record(type.String(), type.Number({ minimum: 0 }), { title: "Numbers" }),
    type.Enum(["low", "high"], { type: "string" }),
    type.Union([type.Boolean({ default: false }), type.Null()], { default: null }),
    type.Array(hole, { maxItems: 3 }),
  ];
};

test("schemas are TypeBox's, down to the order of their keywords", () => {
  const texts = (type: typeof Type): string[] => schemas(type).map((schema) => JSON.stringify(schema));
  expect(texts(Type)).toEqual(texts(TypeBox));
});

test("what is optional in one object may be needed in another", () => {
  const text = Type.String();
  expect(Type.Object({ text: Type.Optional(text) })).not.toHaveProperty("required");
  expect(Type.Object({ text })).toHaveProperty("required", ["text"]);
});
