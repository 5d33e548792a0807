/**
 * An application in a process of its own that runs an embedded PostgreSQL, for tests that kill it or run it as another
 * user. Takes the options of startEmbeddedPostgres as JSON, prints one line of JSON (`{ started }` or `{ failed }`)
 * and stops the database when its standard input ends. SIGINT, as from Ctrl+C in a terminal, it ignores.
 */
import { SmartemError } from "@smartem/common/errors";
import { startEmbeddedPostgres } from "../embedded-postgres/start-embedded-postgres.js";

process.on("SIGINT", () => undefined);

try {
  const { stop, ...started } = await startEmbeddedPostgres(JSON.parse(process.argv[2] ?? "{}"));
  process.stdout.write(`${JSON.stringify({ started })}\n`);
  for await (const _ of process.stdin);
  await stop();
} catch (error) {
  if (!(error instanceof SmartemError)) throw error;
  const { code, message, hint } = error;
  process.stdout.write(`${JSON.stringify({ failed: { code, message, hint } })}\n`);
}
