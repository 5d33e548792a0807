import { runs } from "@smartem/common/testing/runs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

/*
 * Requests to every operation of the OpenAPI document, valid ones by its schemas and spoilt ones. Whatever is sent, no answer is
 * "it is our fault".
 */

/** `SMARTEM_GENERATED_REQUESTS=10000` for as many; the seed that reproduces a failure is printed with it. */
const REQUESTS = Number(process.env.SMARTEM_GENERATED_REQUESTS ?? runs(2_000));
const AT_ONCE = 8;

interface Schema {
  readonly [keyword: string]: unknown;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
}
interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<string, { parameters?: Parameter[]; requestBody?: { content: Record<string, { schema: Schema }> } }>
      >
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

let at: BackendForTests;
let document: Document;
let operations: Operation[];
beforeAll(async () => {
  at = await startBackendForTests("embedded", { debugEndpoints: true });
  document = (await at.request("GET", "/openapi.json")).body as Document;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      // Streams do not end by themselves; they have tests of their own.
      .filter(() => !path.endsWith("/stream"))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        parameters: operation.parameters ?? [],
        body: Object.values(operation.requestBody?.content ?? {})[0]?.schema ?? null,
      })),
  );
  await at.request("POST", "/ingest", smallSession("k", 3));
  await at.request("POST", "/agent/k-agent/sessions", { session_id: "k-session", acquisition_uuid: "k-a" });
});
afterAll(() => at.stop());

/** Names that mean something, so that requests get beyond "not found". */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  acquisition_uuid: ["k-a"],
  grid_uuid: ["k-g"],
  gridsquare_uuid: ["k-s"],
  foilhole_uuid: ["k-h0", "k-h1"],
  micrograph_uuid: ["k-m0", "k-m1"],
  agent_id: ["k-agent"],
  session_id: ["k-session"],
  uuid: ["k-a", "k-g", "k-s", "k-h0", "k-m0"],
  metric_name: ["ctfmaxresolution"],
};
const awkward = fc.constantFrom(
  "",
  " ",
  "0",
  "-1",
  "null",
  "é𝛼",
  "'; drop table grids; --",
  "..",
  "%00",
  "\u0000",
  "\ud800",
  "x".repeat(600),
  "1e400",
);

/** Values of a schema. */
function valid(schema: Schema, name = "", depth = 0): fc.Arbitrary<unknown> {
  const known = KNOWN[name];
  if (typeof schema.$ref === "string")
    return valid(document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, name, depth);
  if (Array.isArray(schema.anyOf))
    return fc.oneof(...(schema.anyOf as Schema[]).map((option) => valid(option, name, depth)));
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  if ("const" in schema) return fc.constant(schema.const);
  switch (schema.type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc
        .maxSafeInteger()
        .map((n) => within(n, schema, 1_000_000))
        .map(Math.round);
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => within(n, schema, 1e300));
    case "string": {
      if (schema.format === "date-time")
        return fc.oneof(
          {
            weight: 9,
            arbitrary: fc.constantFrom(
              "2026-01-01T00:00:00Z",
              "2026-01-01T00:00:00",
              "2026-01-01T10:00:00.1234567+02:00",
            ),
          },
          fc.constantFrom(
            "2026-02-30T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-15:59",
            "2026-01-01T00:00:00+16:00",
          ),
        );
      const minLength = Number(schema.minLength ?? 0);
      const maxLength = Math.min(Number(schema.maxLength ?? 40), 40);
      const text =
        typeof schema.pattern === "string"
          ? fc.stringMatching(/^[A-Za-z0-9_.~-]{1,12}$/)
          : fc
              .string({ minLength, maxLength, unit: "grapheme" })
              .filter((value) => value.length >= minLength && value.length <= maxLength);
      return known === undefined ? text : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, text);
    }
    case "array":
      return fc.array(valid((schema.items ?? {}) as Schema, name, depth + 1), {
        minLength: Number(schema.minItems ?? 0),
        maxLength: Math.min(Number(schema.maxItems ?? 3), 3),
      });
    case "object": {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
      if (properties.length === 0)
        return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
      return fc.record(Object.fromEntries(properties.map(([key, value]) => [key, valid(value, key, depth + 1)])), {
        requiredKeys: (schema.required ?? []) as string[],
      });
    }
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function within(value: number, schema: Schema, limit: number): number {
  const least = Math.max(Number(schema.minimum ?? -limit), Number(schema.exclusiveMinimum ?? -limit));
  const most = Math.min(Number(schema.maximum ?? limit), Number(schema.exclusiveMaximum ?? limit));
  if (value > least && value < most) return value;
  // Folded into the range, away from its open ends.
  const share = (Math.abs(value) % 997) / 1_000;
  return least + (most - least) * Math.max(0.001, share);
}

/** Something else in place of a part of a value. */
function spoilt(value: unknown, junk: unknown, where: number): unknown {
  if (Array.isArray(value) && value.length > 0)
    return value.map((item, n) => (n === where % value.length ? spoilt(item, junk, where >> 1) : item));
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    const entries = Object.entries(value);
    const chosen = where % (entries.length + 1);
    if (chosen === entries.length) return { ...value, [`unknown${where}`]: junk };
    if (where % 3 === 0) return Object.fromEntries(entries.filter((_, n) => n !== chosen));
    return Object.fromEntries(
      entries.map(([key, item], n) => [key, n === chosen ? spoilt(item, junk, where >> 1) : item]),
    );
  }
  return junk;
}

const junk = fc.oneof(
  awkward,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(1e308, -1, 2 ** 53, 0.5, [], {}, null, true),
);

interface GeneratedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
  readonly isValid: boolean;
}

function requestsTo({ method, path, parameters, body }: Operation): fc.Arbitrary<GeneratedRequest> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const inPath = fc.tuple(
    ...names.map((name) => {
      const declared = parameters.find((parameter) => parameter.in === "path" && parameter.name === name)?.schema;
      const known = KNOWN[name];
      const values =
        declared?.type === "integer"
          ? fc.nat(50).map(String)
          : known === undefined
            ? fc.constant("k")
            : fc.constantFrom(...known);
      return fc.oneof(
        { weight: 8, arbitrary: values },
        { weight: 1, arbitrary: awkward.filter((text) => text !== "" && text !== "..") },
      );
    }),
  );
  const query = fc.record(
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === "query")
        .map(({ name, schema }) => [
          name,
          fc.oneof({ weight: 6, arbitrary: valid(schema, name) }, { weight: 1, arbitrary: awkward }),
        ]),
    ),
    { requiredKeys: [] },
  );
  const bodies: fc.Arbitrary<{ text: string | null; isValid: boolean }> =
    body === null
      ? fc.constant({ text: null, isValid: true })
      : fc.oneof(
          { weight: 5, arbitrary: valid(body).map((value) => ({ text: JSON.stringify(value), isValid: true })) },
          {
            weight: 4,
            arbitrary: fc.tuple(valid(body), junk, fc.nat(1_000)).map(([value, other, where]) => ({
              text: JSON.stringify(spoilt(value, other, where)) ?? "null",
              isValid: false,
            })),
          },
          {
            weight: 1,
            arbitrary: fc
              .constantFrom("", "{", "[1,", "nonsense", '{"a":1}garbage')
              .map((text) => ({ text, isValid: false })),
          },
        );
  return fc.record({ inPath, query, bodies, few: fc.nat(3) }).map((generated) => {
    const parts = generated.inPath as string[];
    const url = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(wellFormed(parts.shift() ?? "k")));
    const search = new URLSearchParams(
      Object.entries(generated.query)
        .filter(([, value]) => value !== null && value !== undefined)
        .slice(0, generated.few)
        .map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    return {
      method,
      path: search === "" ? url : `${url}?${search}`,
      body: generated.bodies.text,
      isValid: generated.bodies.isValid,
    };
  });
}

/** Addresses can't hold half a character. */
function wellFormed(text: string): string {
  return text.replaceAll(/[\ud800-\udfff]/g, "?");
}

test("what is generated as valid is valid by the document", () => {
  const ajv = new Ajv({ strict: false, formats: { "date-time": true } });
  ajv.addSchema({ $id: "document", components: document.components });
  const wrong: string[] = [];
  for (const { method, path, body } of operations) {
    if (body === null) continue;
    const local = JSON.parse(JSON.stringify(body).replaceAll("#/components", "document#/components")) as Schema;
    const validate = ajv.compile(local);
    for (const value of fc.sample(valid(body), { numRuns: 5, seed: 1 })) {
      const sent = JSON.parse(JSON.stringify(value)) as unknown;
      if (!validate(sent))
        wrong.push(`${method} ${path}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(sent).slice(0, 200)}`);
    }
  }
  expect(wrong).toEqual([]);
});

test(`no answer to ${REQUESTS} generated requests is a fault of ours`, async () => {
  const seed = Number(process.env.SMARTEM_GENERATED_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const perOperation = Math.ceil(REQUESTS / operations.length);
  const requests = operations.flatMap((operation, n) =>
    fc.sample(requestsTo(operation), { numRuns: perOperation, seed: seed + n }),
  );
  // Mixed by the seed, so that entities come and go between others' requests.
  const mixed = requests
    .map((request, n) => ({ request, key: Math.imul(n + 1, 0x9e3779b1 ^ seed) >>> 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ request }) => request);
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let request = mixed.pop(); request !== undefined; request = mixed.pop()) {
      const { method, path, body } = request;
      const response = await fetch(`${at.url}${path}`, {
        method,
        ...(body === null ? {} : { body, headers: { "content-type": "application/json" } }),
        signal: AbortSignal.timeout(60_000),
      });
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status >= 500 || (response.status === 422 && !text.includes('"detail"')))
        faults.push(`${method} ${path} ${body?.slice(0, 500) ?? ""} → ${response.status} ${text.slice(0, 200)}`);
    }
  });
  await Promise.all(workers);
  expect(faults, `SMARTEM_GENERATED_SEED=${seed} repeats this`).toEqual([]);
  // Requests of both kinds have arrived where they should.
  for (const status of [200, 201, 404, 422])
    expect(statuses.get(status) ?? 0, `answers ${status}`).toBeGreaterThan(REQUESTS / 200);
  expect((await at.request("GET", "/health")).status).toBe(200);
}, 300_000);
