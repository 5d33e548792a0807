import { silentLogger } from "@smartem/common/logging";
import { expect, test } from "vitest";
import { createMigratedTestDatabase } from "../testing/postgres-for-tests.js";
import { openPool } from "./connection.js";
import { migrate, migrationStatus } from "./migrate.js";

test("a database that a later version has migrated is left alone, and it is said which version it wants", async () => {
  const database = await createMigratedTestDatabase();
  const pool = openPool({ ...database, maxConnections: 2 }, silentLogger);
  try {
    await pool.query("insert into kysely_migration values ('9990-later', now()::text), ('9991-latest', now()::text)");
    const before = await migrationStatus(pool);
    await expect(migrate(pool)).rejects.toMatchObject({
      code: "newer_schema",
      message: expect.stringContaining("9991-latest"),
      hint: expect.stringContaining("newer"),
    });
    expect(await migrationStatus(pool)).toEqual(before);
  } finally {
    await pool.end();
    await database.drop();
  }
});
