import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, startBackendForTests } from "../testing/backend-for-tests.js";
import { CONTRACT_OPERATIONS } from "./contract-operations.js";

interface Operation {
  readonly operationId?: string;
  readonly responses?: Readonly<Record<string, unknown>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<"schemas" | "securitySchemes", Readonly<Record<string, unknown>>>>;
}

let at: BackendForTests;
let document: OpenApi;
beforeAll(async () => {
  at = await startBackendForTests();
  document = (await at.request("GET", "/openapi.json")).body as OpenApi;
});
afterAll(() => at.stop());

test("every operation of the wire contract is in the document, under its name and status", () => {
  const missing = CONTRACT_OPERATIONS.filter(([method, path, status, operationId]) => {
    const operation = document.paths[path]?.[method.toLowerCase()];
    return operation?.operationId !== operationId || !(String(status) in (operation?.responses ?? {}));
  });
  expect(missing).toEqual([]);
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
