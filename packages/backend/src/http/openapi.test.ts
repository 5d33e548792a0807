import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, startBackendForTests } from "../testing/backend-for-tests.js";
import { CONTRACT_OPERATIONS } from "./contract-operations.js";

interface Operation {
  readonly operationId?: string;
  readonly responses?: Readonly<Record<string, unknown>>;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
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
