import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig, SETTINGS } from "./config.js";

test("without authentication the server listens on this machine alone, unless somebody says otherwise", () => {
  for (const host of ["127.0.0.1", "127.0.1.1", "localhost", "::1"]) {
    expect(readConfig({ HTTP_API_HOST: host }).auth).toBeNull();
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "smartem.example.org", "127.0.0.1.example.org"]) {
    expect(() => readConfig({ HTTP_API_HOST: host })).toThrow(
      `HTTP_API_HOST is ${host}, but without KEYCLOAK_URL everybody who reaches it may do everything: set KEYCLOAK_URL`,
    );
  }
  const open = { HTTP_API_HOST: "0.0.0.0" };
  expect(readConfig({ ...open, SMARTEM_ALLOW_UNAUTHENTICATED: "true" }).http.host).toBe("0.0.0.0");
  expect(readConfig({ ...open, KEYCLOAK_URL: "https://id.example.org", KEYCLOAK_REALM: "em" }).auth).not.toBeNull();
  // A worker listens to nobody.
  expect(readConfig({ ...open, ROLE: "worker", POSTGRES_HOST: "db" }).role).toBe("worker");
});

test("the realm's address is the issuer, where none is named", () => {
  const keycloak = { KEYCLOAK_URL: "https://id.example.org/", KEYCLOAK_REALM: "e m" };
  expect(readConfig(keycloak).auth).toMatchObject({
    issuer: "https://id.example.org/realms/e%20m",
    verifyIssuer: true,
    allowedClients: null,
  });
  expect(readConfig({ ...keycloak, KEYCLOAK_ISSUER: "https://public.example.org/realms/em" }).auth?.issuer).toBe(
    "https://public.example.org/realms/em",
  );
});

test("all mistakes are told at once", () => {
  const attempt = () =>
    readConfig({
      HTTP_API_PORT: "many",
      ROLE: "worker",
      KEYCLOAK_URL: "id.example.org",
      KEYCLOAK_VERIFY_ISS: "perhaps",
      SMARTEM_PERMISSION_WITHOUT_ROLE: "all",
    });
  for (const name of ["HTTP_API_PORT", "ROLE=worker", "KEYCLOAK_URL", "KEYCLOAK_REALM", "KEYCLOAK_VERIFY_ISS"]) {
    expect(attempt).toThrow(name);
  }
  expect(attempt).toThrow(/has 6 mistakes/);
});

test("words are known in any case, and booleans as other programs write them", () => {
  const keycloak = { KEYCLOAK_URL: "https://id.example.org", KEYCLOAK_REALM: "em" };
  const config = readConfig({
    ...keycloak,
    ROLE: "API",
    POSTGRES_HOST: "db",
    SMARTEM_LOG_LEVEL: "WARNING",
    KEYCLOAK_VERIFY_ISS: "False",
    SMARTEM_DEBUG_ENDPOINTS: "1",
    SMARTEM_DECISION_MODE: "Advise",
  });
  expect(config).toMatchObject({
    role: "api",
    logLevel: "warn",
    debugEndpoints: true,
    decisions: { defaultMode: "advise" },
    auth: { verifyIssuer: false },
  });
  expect(readConfig({ ...keycloak, KEYCLOAK_VERIFY_ISS: "True" }).auth?.verifyIssuer).toBe(true);
  expect(() => readConfig({ SMARTEM_LOG_LEVEL: "loud" })).toThrow("SMARTEM_LOG_LEVEL");
});

test("mistakes in the settings of authentication are told before it is switched on", () => {
  expect(() => readConfig({ KEYCLOAK_VERIFY_ISS: "perhaps", SMARTEM_PERMISSION_WITHOUT_ROLE: "all" })).toThrow(
    /has 2 mistakes:\n {2}KEYCLOAK_VERIFY_ISS.*\n {2}SMARTEM_PERMISSION_WITHOUT_ROLE/,
  );
});

test("a setting that the environment sets to nothing is not taken from `.env`, and one that `.env` does, not from the YAML file", () => {
  const dir = mkdtempSync(join(tmpdir(), "smartem-config-"));
  try {
    const envFile = join(dir, ".env");
    const yaml = join(dir, "backend.yaml");
    writeFileSync(envFile, "POSTGRES_HOST=production\nPOSTGRES_PORT=5433\nRABBITMQ_HOST=\n");
    writeFileSync(yaml, "rabbitmq:\n  host: broker\npostgres:\n  host: other\n  db: decisions\n");
    const read = (more: Record<string, string>) => readConfig({ SMARTEM_BACKEND_CONFIG: yaml, ...more }, { envFile });
    expect(read({}).database).toMatchObject({ host: "production", port: 5_433, database: "decisions" });
    expect(read({}).rabbitmq).toBeNull();
    expect(read({ POSTGRES_HOST: "" }).database).toBeNull();
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("the YAML file of the original is understood: what has a counterpart is taken over, what has none passed over, and said", () => {
  const dir = mkdtempSync(join(tmpdir(), "smartem-config-"));
  try {
    const yaml = join(dir, "appconfig.yml");
    const read = (text: string) => {
      writeFileSync(yaml, text);
      return readConfig({ SMARTEM_BACKEND_CONFIG: yaml });
    };
    const original = `
app:
  name: smartem-decisions
  particle_select_batch_size: 50000
  gridsquare_create_batch_max: 300
  log_file: smartem_backend-core.log
rabbitmq:
  queue_name: smartem_backend
  routing_key: smartem_backend
database:
  pool_size: 10
  max_overflow: 20
  pool_timeout: 30
  pool_recycle: 3600
  pool_pre_ping: true
`;
    const config = read(original);
    expect(config.gridSquareBatchMax).toBe(300);
    expect(config.warnings).toHaveLength(11);
    expect(config.warnings.join("\n")).toContain(
      "app.gridsquare_create_batch_max is called gridsquare_create_batch_max",
    );
    expect(config.warnings.join("\n")).toContain("pool_size is passed over; say with postgres.max_connections");
    // Ours goes before it.
    expect(read(`${original}gridsquare_create_batch_max: 400\n`).gridSquareBatchMax).toBe(400);
    expect(() => read(original.replace("queue_name: smartem_backend", "queue_name: other"))).toThrow(
      "always smartem_backend",
    );
    expect(() => read(`${original}other:\n  name: x\n`)).toThrow("no setting named other.name");
    expect(read("log_level: debug\n").warnings).toEqual([]);
    const page = readFileSync(new URL("../../../docs/reference/configuration.md", import.meta.url), "utf8");
    for (const [, key = ""] of config.warnings.join("\n").matchAll(/: ([a-z_.]+) is /g))
      expect(page).toContain(`\`${key}\``);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("every setting is in the reference", () => {
  const page = readFileSync(new URL("../../../docs/reference/configuration.md", import.meta.url), "utf8");
  // A row may name several settings that begin alike: `POSTGRES_HOST`, `_PORT`, …
  const named = new Set<string>();
  for (const [, first, others] of page.matchAll(/`([A-Z][A-Z_]+)`((?:, `_[A-Z_]+`)*)/g)) {
    named.add(first ?? "");
    const start = first?.split("_", 1)[0];
    for (const [, rest] of (others ?? "").matchAll(/`(_[A-Z_]+)`/g)) named.add(`${start}${rest}`);
  }
  expect(SETTINGS.filter((setting) => !named.has(setting))).toEqual([]);
});
