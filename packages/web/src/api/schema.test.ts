import { startBackend } from "@smartem/backend/backend";
import { readConfig } from "@smartem/backend/config";
import { createTestDatabase } from "@smartem/backend/testing/postgres-for-tests";
import { createLogger } from "@smartem/common/logging";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { expect, test } from "vitest";

const HEAD = `/*
 * Generated from the server's OpenAPI document: npm run generate:api -w packages/web
 * Do not edit.
 */

`;

test("the client's types are those of the server's OpenAPI document (else: npm run generate:api -w packages/web)", async () => {
  const database = await createTestDatabase();
  const config = readConfig({});
  const backend = await startBackend({
    config: {
      ...config,
      role: "api",
      http: { ...config.http, host: "127.0.0.1", port: 0 },
      database: { ...database, maxConnections: 2 },
      rabbitmq: null,
    },
    logger: createLogger("test", "silent"),
  });
  try {
    const document = (await (await fetch(`${backend.url}/openapi.json`)).json()) as OpenAPI3;
    await expect(HEAD + astToString(await openapiTS(document, { defaultNonNullable: false }))).toMatchFileSnapshot(
      "./schema.d.ts",
    );
  } finally {
    await backend.stop();
    await database.drop();
  }
});
