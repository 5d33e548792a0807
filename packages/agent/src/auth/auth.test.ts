import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { Workplace } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { readCredentials } from "./agent-env.js";
import { ClientCredentialsTokens } from "./token-source.js";

const SECRET = "s3cret-of-the-agent";

let workplace: Workplace;
let provider: Server;
let asked: URLSearchParams[];
let answer: (count: number) => { status: number; body: unknown };

beforeEach(async () => {
  workplace = await Workplace.open();
  asked = [];
  answer = (count) => ({ status: 200, body: { access_token: `token-${count}`, expires_in: 300 } });
  provider = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      asked.push(new URLSearchParams(text));
      const path = request.url === "/realms/dls/protocol/openid-connect/token";
      const { status, body } = path ? answer(asked.length) : { status: 404, body: {} };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await workplace.close();
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});

function credentials() {
  const { port } = provider.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, realm: "dls", clientId: "agent", clientSecret: SECRET };
}

test("a token is asked for once, by client credentials, and kept until 30 s before it expires", async () => {
  let now = 1_000_000;
  const tokens = new ClientCredentialsTokens(credentials(), () => now);
  const many = await Promise.all([tokens.token(), tokens.token(), tokens.token()]);
  expect(many.map((each) => each.ok && each.value)).toEqual(["token-1", "token-1", "token-1"]);
  expect(Object.fromEntries(asked[0] ?? [])).toEqual({
    grant_type: "client_credentials",
    client_id: "agent",
    client_secret: SECRET,
  });
  now += 269_000;
  expect(await tokens.token()).toEqual({ ok: true, value: "token-1" });
  now += 2_000;
  expect(await tokens.token()).toEqual({ ok: true, value: "token-2" });
});

test("a provider that refuses or is away is a reason, without the secret in it", async () => {
  answer = () => ({ status: 401, body: { error: "invalid_client", error_description: "Invalid client" } });
  const refused = await new ClientCredentialsTokens(credentials()).token();
  expect(refused).toEqual({ ok: false, error: "The identity provider answers 401: invalid_client: Invalid client" });
  const away = await new ClientCredentialsTokens({ ...credentials(), url: "http://127.0.0.1:1" }).token();
  expect(away.ok).toBe(false);
  expect(JSON.stringify([refused, away])).not.toContain(SECRET);
});

test("an agent uploads with its token, asks for a new one when it is no longer accepted, and logs no secret", async () => {
  const { api, watched } = workplace;
  const lines: string[] = [];
  api.token = "token-1";
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({
    credentials: credentials(),
    logTo: [{ write: (line: string) => lines.push(line) }],
    logLevel: "trace",
  });
  await agent.settled();
  expect(api.counts().micrograph).toBe(12);
  // The realm's keys were changed: the old token is void long before it expires.
  api.token = "token-2";
  writeFiles(watched, sessionFiles({ ...SMALL_SESSION, exposuresPerHole: 3 }));
  await agent.settled();
  expect(api.counts().micrograph).toBe(18);
  expect(asked.length).toBe(2);
  expect(lines).not.toEqual([]);
  expect(lines.join("")).not.toMatch(/token-\d|s3cret/);
  expect(JSON.stringify(agent.status())).not.toMatch(/token-\d|s3cret/);
});

test("credentials come from agent.env, and from the environment before it", () => {
  const file = join(workplace.folder, "agent.env");
  writeFileSync(
    file,
    "KEYCLOAK_URL=https://id.example.org\nKEYCLOAK_REALM=dls\nKEYCLOAK_CLIENT_ID=agent\nKEYCLOAK_CLIENT_SECRET='a b'\n",
  );
  expect(readCredentials(file, { KEYCLOAK_REALM: "test" })).toEqual({
    url: "https://id.example.org",
    realm: "test",
    clientId: "agent",
    clientSecret: "a b",
  });
  expect(readCredentials(null, {})).toBeNull();
  expect(() => readCredentials(null, { KEYCLOAK_URL: "https://id.example.org" })).toThrow(
    "Not set: KEYCLOAK_REALM, KEYCLOAK_CLIENT_ID, KEYCLOAK_CLIENT_SECRET.",
  );
  expect(() => readCredentials(join(workplace.folder, "none.env"), {})).toThrow("can't be read");
});
