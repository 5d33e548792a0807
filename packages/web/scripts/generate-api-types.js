/*
 * Writes src/api/schema.d.ts from the OpenAPI document of a running server:
 *   npm run generate:api -w packages/web -- http://127.0.0.1:8000
 */
import { writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const server = process.argv[2] ?? "http://127.0.0.1:8000";
const types = astToString(await openapiTS(new URL("/openapi.json", server)));
const target = new URL("../src/api/schema.d.ts", import.meta.url);
await writeFile(
  target,
  `/*\n * Generated from the server's OpenAPI document: npm run generate:api -w packages/web\n * Do not edit.\n */\n\n${types}`,
);
process.stdout.write(`${target.pathname} is that of ${server}\n`);
