import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { jwtVerify } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { readCredentials } from "./agent-env.js";
import { ClientCredentialsTokens } from "./token-source.js";

const SECRET = "s3cret-of-the-agent";

const workplace = useWorkplace();
let provider: Server;
let asked: URLSearchParams[];
let answer: (count: number) => { status: number; body: unknown };

beforeEach(async () => {
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
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});

function credentials() {
  const { port } = provider.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, realm: "dls", clientId: "agent", proof: { secret: SECRET } };
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

test("a token that is valid for less than a minute is kept for half of that", async () => {
  answer = (count) => ({ status: 200, body: { access_token: `token-${count}`, expires_in: 30 } });
  let now = 1_000_000;
  const tokens = new ClientCredentialsTokens(credentials(), () => now);
  expect(await tokens.token()).toEqual({ ok: true, value: "token-1" });
  now += 14_000;
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
    proof: { secret: "a b" },
  });
  expect(readCredentials(null, {})).toBeNull();
  expect(() => readCredentials(null, { KEYCLOAK_URL: "https://id.example.org" })).toThrow(
    "Not set: KEYCLOAK_REALM, KEYCLOAK_CLIENT_ID, KEYCLOAK_CLIENT_SECRET or KEYCLOAK_CLIENT_KEY_FILE.",
  );
  expect(() => readCredentials(join(workplace.folder, "none.env"), {})).toThrow("can't be read");
});

test.each([
  ["RS256", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
  ["ES256", () => generateKeyPairSync("ec", { namedCurve: "prime256v1" })],
  ["EdDSA", () => generateKeyPairSync("ed25519")],
] as const)("with a private key (%s) the client proves who it is without telling a secret", async (algorithm, make) => {
  const { privateKey, publicKey } = make();
  const file = join(workplace.folder, "agent.pem");
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
  const { url } = credentials();
  const read = readCredentials(null, {
    KEYCLOAK_URL: url,
    KEYCLOAK_REALM: "dls",
    KEYCLOAK_CLIENT_ID: "agent",
    KEYCLOAK_CLIENT_KEY_FILE: file,
    KEYCLOAK_CLIENT_KEY_ID: "key-1",
  });
  if (read === null) throw new Error("no credentials");
  const tokens = new ClientCredentialsTokens(read);
  expect(await tokens.token()).toEqual({ ok: true, value: "token-1" });
  tokens.discard();
  expect(await tokens.token()).toEqual({ ok: true, value: "token-2" });
  const identifiers = new Set<unknown>();
  for (const form of asked) {
    expect(form.get("client_secret")).toBeNull();
    expect(form.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const { payload, protectedHeader } = await jwtVerify(form.get("client_assertion") ?? "", publicKey, {
      issuer: "agent",
      subject: "agent",
      audience: `${url}/realms/dls`,
    });
    expect(protectedHeader).toMatchObject({ alg: algorithm, kid: "key-1" });
    identifiers.add(payload.jti);
  }
  // A provider takes each assertion once.
  expect(identifiers.size).toBe(2);
});

test("a key that can't be used is said so, without what it says", () => {
  const file = join(workplace.folder, "agent.pem");
  writeFileSync(file, `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`);
  const environment = {
    KEYCLOAK_URL: "https://id.example.org",
    KEYCLOAK_REALM: "dls",
    KEYCLOAK_CLIENT_ID: "agent",
    KEYCLOAK_CLIENT_KEY_FILE: file,
  };
  const read = () => readCredentials(null, environment);
  expect(read).toThrow(`The private key ${file} can't be used`);
  expect(read).not.toThrow(SECRET);
});
