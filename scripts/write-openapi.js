// Writes docs/api/openapi.json: what every server serves at /openapi.json. A test fails where it is out of date.
import { writeFileSync } from "node:fs";
import { apiDocument } from "../packages/backend/dist/http/api-document.js";

const { paths, ...document } = await apiDocument();
// By path, so that moving code moves nothing here.
const sorted = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
const target = new URL("../docs/api/openapi.json", import.meta.url);
writeFileSync(target, `${JSON.stringify({ ...document, paths: sorted }, null, 2)}\n`);
console.log(`${target.pathname}: ${Object.keys(sorted).length} paths`);
