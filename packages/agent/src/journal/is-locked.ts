import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "@smartem/common/errors";
import Database from "libsql";
import { LOCK_FILE } from "./database.js";

/** Whether an agent has the journal of a state folder open; null where that can't be found out. */
export function isLocked(stateFolder: string): boolean | null {
  const path = join(stateFolder, LOCK_FILE);
  if (!existsSync(path)) return false;
  let database: Database.Database | null = null;
  try {
    database = new Database(path);
    database.prepare("select count(*) from sqlite_schema").get();
    return false;
  } catch (thrown) {
    return /database is locked/.test(messageOf(thrown)) ? true : null;
  } finally {
    database?.close();
  }
}
