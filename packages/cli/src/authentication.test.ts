import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "@smartem/agent/agent";
import { ApiClient } from "@smartem/agent/api/api-client";
import { ClientCredentialsTokens } from "@smartem/agent/auth/token-source";
import { sessionFiles, writeFiles } from "@smartem/agent/testing/epu-folder";
import { SMALL_SESSION } from "@smartem/agent/testing/sessions";
import { type IdentityProviderForTests, startIdentityProvider } from "@smartem/backend/auth/testing/identity-provider";
import { readConfig } from "@smartem/backend/config";
import {
  type BackendForTests,
  eventually,
  smallSession,
  startBackendForTests,
} from "@smartem/backend/testing/backend-for-tests";
import { createLogger } from "@smartem/common/logging";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "./testing/command.js";

const agent = { clientId: "agent", clientSecret: "secret-of-the-agent", roles: ["smartem-operate"] };

let provider: IdentityProviderForTests;
let at: BackendForTests;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "smartem-authentication-"));
  provider = await startIdentityProvider([agent]);
  const { auth } = readConfig({ KEYCLOAK_URL: provider.url, KEYCLOAK_REALM: provider.realm });
  at = await startBackendForTests("embedded", { auth });
});
afterAll(async () => {
  await at.stop();
  await provider.stop();
  rmSync(folder, { recursive: true, force: true });
});

const credentials = (clientSecret = agent.clientSecret) => ({
  url: provider.url,
  realm: provider.realm,
  clientId: agent.clientId,
  proof: { secret: clientSecret },
});

test("the agent's client uploads with tokens of its service account, and goes on when the realm's keys are changed", async () => {
  const tokens = new ClientCredentialsTokens(credentials());
  const client = new ApiClient({ url: at.url, timeoutMs: 10_000, tokens });
  const upload = (name: string) => client.call({ method: "POST", path: "/ingest", body: smallSession(name, 2) });
  expect(await upload("before")).toMatchObject({ ok: true });
  await provider.rotateKeys();
  // The held token is signed with a key that is still known: it is good until it expires. A new one has a new key.
  tokens.discard();
  expect(
    await eventually(
      () => upload("after"),
      ({ ok }) => ok,
    ),
  ).toMatchObject({ ok: true });
  expect(await at.rows("select uuid from acquisitions order by uuid")).toEqual([
    { uuid: "after-a" },
    { uuid: "before-a" },
  ]);
});

test("a wrong secret is a reason that names neither secret nor token", async () => {
  const tokens = new ClientCredentialsTokens(credentials("not-the-secret"));
  const outcome = await new ApiClient({ url: at.url, timeoutMs: 10_000, tokens }).call({
    method: "GET",
    path: "/grids",
  });
  expect(outcome).toMatchObject({ ok: false, error: { kind: "unauthorised" } });
  expect(JSON.stringify(outcome)).not.toContain("not-the-secret");
});

test("an agent uploads, registers its session and keeps its stream of instructions open with its own account", async () => {
  const logFile = join(folder, "agent.log");
  const watchFolder = join(folder, "epu");
  mkdirSync(watchFolder);
  writeFiles(watchFolder, sessionFiles(SMALL_SESSION));
  const running = await startAgent({
    watchFolder,
    stateFolder: join(folder, "state"),
    apiUrl: at.url,
    agentId: "microscope",
    credentials: credentials(),
    log: createLogger("agent", "trace", pino.destination({ dest: logFile, sync: true })),
  });
  try {
    const connected = () =>
      at.rows<{ n: number }>("select count(*)::int as n from agent_connections where closed_at is null");
    expect(await eventually(connected, ([row]) => row?.n === 1)).toEqual([{ n: 1 }]);
  } finally {
    await running.stop();
  }
  expect(readFileSync(logFile, "utf8")).not.toMatch(/secret-of-the-agent|eyJ/);
});

test("commands that ask the API show a token, and say what is missing without one", async () => {
  const list = ["decisions", "list", "--grid", "before-g", "--api-url", at.url];
  expect(await runCommand("smartem", list).ended).toMatchObject({
    code: 1,
    output: expect.stringContaining("--token"),
  });
  const token = await new ClientCredentialsTokens(credentials()).token();
  const environment = { SMARTEM_TOKEN: token.ok ? token.value : "" };
  expect(await runCommand("smartem", list, environment).ended).toEqual({ code: 0, output: "" });
});
