import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseConfig } from "@smartem/backend/database/connection";
import { CLUSTER_USER } from "@smartem/backend/embedded-postgres/initialise-cluster";

/** PostgreSQL's own folder in a backend's data folder. */
const CLUSTER = ["database", "pgdata"];
/** Lines of `postmaster.pid`. */
const PID_LINE = 0;
const PORT_LINE = 3;

function postmasterFile(dataDir: string): string[] {
  return readFileSync(join(dataDir, ...CLUSTER, "postmaster.pid"), "utf8").split("\n");
}

/** The process of the embedded database that a backend has started. */
export function embeddedPostmaster(dataDir: string): number {
  return Number(postmasterFile(dataDir)[PID_LINE]);
}

/** How to reach the embedded database of a backend; read anew at each connection, since each start chooses a port. */
export function embeddedDatabase(dataDir: string): DatabaseConfig {
  return {
    host: "127.0.0.1",
    get port() {
      return Number(postmasterFile(dataDir)[PORT_LINE]);
    },
    database: "smartem",
    user: CLUSTER_USER,
    get password() {
      return readFileSync(join(dataDir, "database", "postgres-password"), "utf8").trim();
    },
  };
}
