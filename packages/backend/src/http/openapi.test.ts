import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, startBackendForTests } from "../testing/backend-for-tests.js";
import { CONTRACT_OPERATIONS } from "./contract-operations.js";
import { CONTRACT_SCHEMAS } from "./contract-schemas.js";

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;
interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly unknown[];
  readonly requestBody?: { readonly content: Content };
  readonly responses?: Readonly<Record<string, { readonly content?: Content }>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

let at: BackendForTests;
let document: OpenApi;
beforeAll(async () => {
  at = await startBackendForTests();
  document = (await at.request("GET", "/openapi.json")).body as OpenApi;
});
afterAll(() => at.stop());

const operationOf = (method: string, path: string): Operation | undefined =>
  document.paths[path]?.[method.toLowerCase()];
const jsonOf = (content: Content | undefined): Schema | undefined => content?.["application/json"]?.schema;

/** What a schema allows besides null, in the words of the contract. */
function typeOf(schema: Schema | undefined): string {
  if (schema === undefined) return "nothing";
  if (schema.$ref !== undefined) return schema.$ref.replace("#/components/schemas/", "");
  if (schema.allOf !== undefined) return schema.allOf.map(typeOf).join(" & ");
  if (schema.anyOf !== undefined)
    return schema.anyOf
      .filter(({ type }) => type !== "null")
      .map(typeOf)
      .join(" | ");
  if (schema.enum !== undefined) return schema.enum.map((word) => `'${word}'`).join(" | ");
  if (schema.items !== undefined) return `${typeOf(schema.items)}[]`;
  if (schema.additionalProperties !== undefined) return `map<string, ${typeOf(schema.additionalProperties)}>`;
  return schema.format === undefined ? (schema.type ?? "any") : `${schema.type}(${schema.format})`;
}
const isNullable = ({ anyOf }: Schema): boolean => anyOf?.some(({ type }) => type === "null") ?? false;

test("every operation of the wire contract is in the document, under its name and status, with its body and answer", () => {
  for (const [method, path, body, status, answer, operationId] of CONTRACT_OPERATIONS) {
    const operation = operationOf(method, path);
    const response = operation?.responses?.[status];
    expect([operation?.operationId, response !== undefined]).toEqual([operationId, true]);
    // Where the contract does not say what it is, we may.
    if (body !== null && body !== "object")
      expect([operationId, typeOf(jsonOf(operation?.requestBody?.content))]).toEqual([operationId, body]);
    if (answer !== null && answer !== "any")
      expect([operationId, typeOf(jsonOf(response?.content))]).toEqual([operationId, answer]);
  }
});

/** A field as the contract writes it: `name?: type or null = default`. */
const FIELD = /^(?<name>\w+)(?<optional>\?)?: (?<type>.+?)(?<nullable> or null)?(?: = (?<meant>.+))?$/;

/** What keeps a client from using a schema as the contract describes it. */
function mistakesIn(name: string, written: string): string[] {
  const described = document.components.schemas[name];
  if (described === undefined) return [`${name} is missing`];
  if (written.startsWith("'")) return typeOf(described) === written ? [] : [`${name} is ${typeOf(described)}`];
  const isRequest = /(Request|Acknowledgement|LogEntry)$/.test(name);
  const fields = new Set<string>();
  const mistakes: string[] = [];
  for (const text of written.split("; ")) {
    const field = FIELD.exec(text)?.groups ?? {};
    const fieldName = field.name ?? "";
    fields.add(fieldName);
    const schema = described.properties?.[fieldName];
    const say = (what: string): number => mistakes.push(`${name}.${fieldName} ${what}, not as in "${text}"`);
    if (schema === undefined) {
      say("is missing");
      continue;
    }
    if (typeOf(schema) !== field.type) say(`is ${typeOf(schema)}`);
    // A request may say less than in the contract, an answer may promise more; never the other way round.
    const [optional, mayBe] = [field.optional !== undefined, field.nullable !== undefined];
    const required = described.required?.includes(fieldName) ?? false;
    if (isRequest ? optional && required : !optional && !required) say(required ? "is required" : "may be left out");
    if (isRequest ? mayBe && !isNullable(schema) : !mayBe && isNullable(schema))
      say(isNullable(schema) ? "may be null" : "may not be null");
    const meant = field.meant === undefined ? undefined : (JSON.parse(field.meant.replaceAll("'", '"')) as unknown);
    if (JSON.stringify(schema.default) !== JSON.stringify(meant))
      say(`has ${JSON.stringify(schema.default)} by default`);
  }
  if (isRequest)
    for (const required of described.required ?? [])
      if (!fields.has(required)) mistakes.push(`${name}.${required} is required, which the contract does not know`);
  return mistakes;
}

test("every schema of the wire contract is in the document, with its fields, their types and defaults", () => {
  const mistakes = Object.entries(CONTRACT_SCHEMAS).flatMap(([name, fields]) =>
    mistakesIn(name, fields.trim().replaceAll(/\s+/g, " ")),
  );
  expect(mistakes).toEqual([]);
});

test("every operation says how it refuses mistakes, and what it does not find", () => {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, { parameters = [], requestBody, responses = {} }] of Object.entries(item)) {
      const takesSomething = parameters.length > 0 || requestBody !== undefined;
      expect([method, path, "422" in responses]).toEqual([method, path, takesSomething]);
      if (takesSomething) expect(typeOf(jsonOf(responses["422"]?.content))).toBe("HTTPValidationError");
    }
  }
  for (const [method, path] of CONTRACT_OPERATIONS.filter(([, path]) => path.includes("{")))
    expect([method, path, "404" in (operationOf(method, path)?.responses ?? {})]).toEqual([method, path, true]);
  expect(Object.keys(operationOf("POST", "/quality_predictions")?.responses ?? {})).toContain("404");
});

test("operation names are unique, and every reference in the document leads somewhere", () => {
  const names = Object.values(document.paths).flatMap((item) =>
    Object.values(item).map((operation) => operation.operationId),
  );
  expect(names.filter((name) => name === undefined)).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(references.length).toBeGreaterThan(50);
  const dangling = references.filter(
    (reference) => !(reference.replace("#/components/schemas/", "") in document.components.schemas),
  );
  expect(dangling).toEqual([]);
});

test("docs/api/openapi.json is what the server serves", () => {
  const committed = readFileSync(new URL("../../../../docs/api/openapi.json", import.meta.url), "utf8");
  expect(JSON.parse(committed), "npm run openapi writes it anew").toEqual(document);
});

test("every operation says which permission it needs, in the terms of the document's security scheme", () => {
  const needed = (path: string, method: string): unknown => document.paths[path]?.[method]?.security;
  expect(needed("/grids", "get")).toEqual([{ bearer: ["read"] }]);
  expect(needed("/ingest", "post")).toEqual([{ bearer: ["operate"] }]);
  expect(needed("/grids/{grid_uuid}", "delete")).toEqual([{ bearer: ["administer"] }]);
  expect(needed("/health", "get")).toEqual([]);
  expect(document.components.securitySchemes).toMatchObject({ bearer: { type: "http", scheme: "bearer" } });
});

test("every operation that needs a permission says how it is refused, and no other does", () => {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, { security, responses }] of Object.entries(item)) {
      const refusals = Object.keys(responses ?? {}).filter((status) => status === "401" || status === "403");
      expect([method, path, refusals]).toEqual([method, path, security?.length === 0 ? [] : ["401", "403"]]);
    }
  }
});
