import { openPool } from "@smartem/backend/database/connection";
import { createMigratedTestDatabase } from "@smartem/backend/testing/postgres-for-tests";
import { silentLogger } from "@smartem/common/logging";
import { expect, test } from "vitest";
import { deadLetterFailures } from "./dead-letters.js";

test("each reason for which messages were given up is a failure; those that wait are none", async () => {
  const database = await createMigratedTestDatabase();
  const pool = openPool(database, silentLogger);
  try {
    await pool.query(`insert into inbox (event_type, body, status, reason) values
      ('ctf.complete', '{}', 'ready', null), ('ctf.complete', '{}', 'parked', 'no micrograph')`);
    expect(await deadLetterFailures(pool)).toEqual([]);
    await pool.query(`insert into inbox (event_type, body, status, reason) values
      ('ctf.complete', '{}', 'dead', 'no such micrograph'), ('ctf.complete', '{}', 'dead', 'no such micrograph'),
      ('nonsense', '{}', 'dead', 'not known')`);
    expect(await deadLetterFailures(pool)).toEqual([
      "2 dead letters, ctf.complete: no such micrograph",
      "1 dead letters, nonsense: not known",
    ]);
  } finally {
    await pool.end();
    await database.drop();
  }
});
