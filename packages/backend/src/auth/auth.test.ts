import { createLogger } from "@smartem/common/logging";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, startBackend } from "../backend.js";
import { readConfig } from "../config.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { createTestDatabase, type TestDatabase } from "../testing/postgres-for-tests.js";
import { followEvents } from "../testing/sse-for-tests.js";
import {
  type IdentityProviderForTests,
  type ServiceAccount,
  startIdentityProvider,
} from "./testing/identity-provider.js";

const pipeline: ServiceAccount = {
  clientId: "pipeline",
  clientSecret: "secret-of-the-pipeline",
  roles: ["smartem-operate"],
};
const viewer: ServiceAccount = { clientId: "viewer", clientSecret: "secret-of-the-viewer", roles: ["smartem-read"] };
const stranger: ServiceAccount = { clientId: "stranger", clientSecret: "secret-of-the-stranger" };

let provider: IdentityProviderForTests;
let database: TestDatabase;
let backend: Backend;
const logged: string[] = [];

function configFor(settings: Readonly<Record<string, string>> = {}) {
  const read = readConfig({
    KEYCLOAK_URL: provider.url,
    KEYCLOAK_REALM: provider.realm,
    SMARTEM_PERMISSION_WITHOUT_ROLE: "none",
    ...settings,
  });
  return { ...read, http: { ...read.http, port: 0 }, database: { ...database, maxConnections: 5 } };
}

beforeAll(async () => {
  provider = await startIdentityProvider([pipeline, viewer, stranger]);
  database = await createTestDatabase();
  const logger = createLogger("test", "trace", { write: (line: string) => void logged.push(line) });
  backend = await startBackend({ config: configFor(), logger });
});
afterAll(async () => {
  await backend.stop();
  await database.drop();
  await provider.stop();
});

interface Answer {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: { readonly detail?: string; readonly code?: string };
}

async function send(token: string | null, method = "GET", path = "/acquisitions", body?: unknown): Promise<Answer> {
  const response = await fetch(`${backend.url}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = response.headers.get("content-type")?.includes("json") && text !== "" ? JSON.parse(text) : {};
  return { status: response.status, challenge: response.headers.get("www-authenticate"), body: parsed };
}

describe("who may come in", () => {
  test("a request without a token, or with another scheme, is told what to send", async () => {
    expect(await send(null)).toEqual({
      status: 401,
      challenge: 'Bearer realm="smartem"',
      body: expect.objectContaining({ detail: "Not authenticated", code: "token_missing" }),
    });
    const basic = await fetch(`${backend.url}/acquisitions`, { headers: { authorization: "Basic dTpw" } });
    expect([basic.status, ((await basic.json()) as Answer["body"]).code]).toEqual([401, "invalid_token"]);
  });

  test("a token of the provider is let in", async () => {
    expect((await send(await provider.tokenOf(pipeline))).status).toBe(200);
  });

  test("the public paths need none, and everything else does", async () => {
    for (const path of ["/health", "/status", "/version", "/openapi.json", "/docs/", "/redoc", "/auth/configuration"]) {
      expect([path, (await send(null, "GET", path)).status]).toEqual([path, 200]);
    }
    const { paths } = (await (await fetch(`${backend.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { security: Record<string, string[]>[] }>>;
    };
    const open = new Set<string>();
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        if (security.length === 0) open.add(path);
        else {
          const concrete = path.replaceAll(/\{\w+\}/g, "x");
          expect([method, path, (await send(null, method.toUpperCase(), concrete)).status]).toEqual([
            method,
            path,
            401,
          ]);
        }
      }
    }
    expect([...open].sort()).toEqual(["/auth/configuration", "/health", "/status", "/version"]);
    expect((await send(null, "GET", "/no/such/path")).status).toBe(404);
    expect((await send(null, "HEAD", "/acquisitions")).status).toBe(401);
  });

  test("a preflight request carries no token and is answered", async () => {
    const response = await fetch(`${backend.url}/acquisitions`, {
      method: "OPTIONS",
      headers: { origin: "https://elsewhere.example.org", "access-control-request-method": "POST" },
    });
    expect(response.status).toBeLessThan(300);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("clients that do not know yet learn how to log in", async () => {
    expect((await send(null, "GET", "/auth/configuration")).body).toEqual({
      required: true,
      issuer: provider.issuer,
      client_id: "smartem-web",
      scope: "openid profile",
    });
  });
});

describe("tokens that are not accepted", () => {
  const seconds = (): number => Math.floor(Date.now() / 1_000);
  const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

  test.each<[string, () => Promise<string> | string, string]>([
    ["expired", () => provider.sign({ exp: seconds() - 62 }), "The token has expired"],
    ["not valid yet", () => provider.sign({ nbf: seconds() + 120 }), "The token is not valid yet"],
    ["without an end", () => provider.sign({ exp: undefined }), "The token's claim exp is missing"],
    ["of another issuer", () => provider.sign({ iss: `${provider.url}/realms/other` }), "The token is not from"],
    ["an ID token", () => provider.sign({ typ: "ID" }), "This is no access token but one of type ID"],
    ["unsigned", () => `${b64({ alg: "none" })}.${b64({ sub: "x", exp: seconds() + 60 })}.`, "not signed with RS256"],
    ["of an unknown key", () => provider.sign({}, { kid: "nobody's" }), "a key that is not the realm's"],
    ["no token at all", () => "abc", "no token that can be read"],
  ])("%s", async (_, make, reason) => {
    const { status, body, challenge } = await send(await make());
    expect([status, body.code]).toEqual([401, "invalid_token"]);
    expect(body.detail).toContain(reason);
    expect(challenge).toMatch(/^Bearer realm="smartem", error="invalid_token", error_description="[^"]+"$/);
  });

  test("one signed with the published key as if it were a shared secret", async () => {
    const token = await new SignJWT({ iss: provider.issuer, sub: "x", exp: seconds() + 60 })
      .setProtectedHeader({ alg: "HS256", kid: "key-1" })
      .sign(new TextEncoder().encode(await provider.publicKeyPem()));
    expect(await send(token)).toMatchObject({ status: 401, body: { detail: "The token is not signed with RS256" } });
  });

  test("one whose claims were changed after it was signed", async () => {
    const [head, , signature] = (await provider.sign()).split(".");
    const forged = b64({
      iss: provider.issuer,
      sub: "x",
      exp: seconds() + 60,
      realm_access: { roles: ["smartem-administer"] },
    });
    expect(await send(`${head}.${forged}.${signature}`)).toMatchObject({
      status: 401,
      body: { detail: "The token's signature is wrong" },
    });
  });

  test("clocks may differ by a minute", async () => {
    const roles = { realm_access: { roles: ["smartem-read"] } };
    expect((await send(await provider.sign({ ...roles, exp: seconds() - 50 }))).status).toBe(200);
    expect((await send(await provider.sign({ ...roles, nbf: seconds() + 50 }))).status).toBe(200);
  });
});

describe("what callers may do", () => {
  const roles = (...names: string[]) => provider.sign({ realm_access: { roles: names } });

  test("reading, operating and administering need roles, the higher of which include the lower", async () => {
    const outcome = async (token: string): Promise<number[]> => [
      (await send(token, "GET", "/acquisitions")).status,
      (await send(token, "POST", "/acquisitions", { uuid: "by-role" })).status,
      (await send(token, "DELETE", "/prediction_models/none")).status,
    ];
    expect(await outcome(await provider.tokenOf(stranger))).toEqual([403, 403, 403]);
    expect(await outcome(await provider.tokenOf(viewer))).toEqual([200, 403, 403]);
    expect(await outcome(await provider.tokenOf(pipeline))).toEqual([200, 201, 403]);
    expect(await outcome(await roles("offline_access", "smartem-administer"))).toEqual([200, 201, 404]);
  });

  test("a missing role is named, in the body and in the challenge", async () => {
    expect(await send(await provider.tokenOf(viewer), "POST", "/acquisitions", {})).toEqual({
      status: 403,
      challenge: 'Bearer realm="smartem", error="insufficient_scope", scope="operate"',
      body: {
        detail: "This needs the permission to operate.",
        code: "permission_missing",
        hint: "Ask for a role that gives it in the identity provider (SMARTEM_ROLES_OPERATE names them).",
      },
    });
  });

  test("callers are told who they are and all that they may do", async () => {
    const caller = async (token: string) => (await send(token, "GET", "/auth/caller")).body;
    const ada = { name: "Ada", preferred_username: "ada1" };
    const sign = (role: string, claims = {}) => provider.sign({ realm_access: { roles: [role] }, ...claims });
    expect(await caller(await provider.tokenOf(stranger))).toMatchObject({ code: "permission_missing" });
    expect(await caller(await sign("smartem-read", ada))).toEqual({ name: "Ada", permissions: ["read"] });
    expect(await caller(await sign("smartem-operate", { ...ada, name: undefined }))).toEqual({
      name: "ada1",
      permissions: ["read", "operate"],
    });
    expect(await caller(await sign("smartem-administer", { sub: "a-service" }))).toEqual({
      name: "a-service",
      permissions: ["read", "operate", "administer"],
    });
    expect((await send(null, "GET", "/auth/caller")).status).toBe(401);
  });

  test("where nobody has to say who they are, everybody may do everything", async () => {
    const open = await startBackendForTests("embedded", { auth: null });
    try {
      const { status, body } = await open.request("GET", "/auth/caller");
      expect([status, body]).toEqual([200, { name: null, permissions: ["read", "operate", "administer"] }]);
    } finally {
      await open.stop();
    }
  });

  test("roles of the client count, those of other clients with the same name do not", async () => {
    const own = await provider.sign({ resource_access: { smartem: { roles: ["operate"] } } });
    const foreign = await provider.sign({ resource_access: { other: { roles: ["operate", "smartem-operate"] } } });
    const odd = await provider.sign({ resource_access: ["smartem"], realm_access: { roles: "smartem-operate" } });
    const status = async (token: string) => (await send(token, "POST", "/acquisitions", { uuid: "by-role" })).status;
    expect([await status(own), await status(foreign), await status(odd)]).toEqual([201, 403, 403]);
  });
});

describe("as configured", () => {
  async function withSettings(settings: Record<string, string>, work: (at: BackendForTests) => Promise<void>) {
    const at = await startBackendForTests("embedded", { auth: configFor(settings).auth });
    try {
      await work(at);
    } finally {
      await at.stop();
    }
  }
  const status = async (at: BackendForTests, token: string, method = "GET") =>
    (
      await fetch(`${at.url}/acquisitions${method === "DELETE" ? "/none" : ""}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(method === "POST" ? { "content-type": "application/json" } : {}),
        },
        ...(method === "POST" ? { body: '{"uuid":"by-role"}' } : {}),
      })
    ).status;

  test("only the clients that are listed, and roles by other names", async () => {
    const settings = { KEYCLOAK_ALLOWED_AZP: "web, pipeline", SMARTEM_ROLES_OPERATE: "em-staff" };
    await withSettings(settings, async (at) => {
      const claims = { realm_access: { roles: ["em-staff"] } };
      expect(await status(at, await provider.sign(claims), "POST")).toBe(201);
      expect(await status(at, await provider.sign({ ...claims, azp: "other" }))).toBe(401);
      expect(await status(at, await provider.sign({ ...claims, azp: undefined }))).toBe(401);
      expect(await status(at, await provider.tokenOf(pipeline), "POST")).toBe(403);
    });
  });

  test("clients from before there were roles go on, and nobody else gets more than they had", async () => {
    const settings = { SMARTEM_CLIENTS_OPERATE: "stranger, viewer", SMARTEM_PERMISSION_WITHOUT_ROLE: "read" };
    await withSettings(settings, async (at) => {
      for (const client of [stranger, viewer]) {
        expect(await status(at, await provider.tokenOf(client), "POST")).toBe(201);
        expect(await status(at, await provider.tokenOf(client), "DELETE")).toBe(403);
      }
      const person = { azp: "smartem-web" };
      expect(await status(at, await provider.sign(person))).toBe(200);
      expect(await status(at, await provider.sign(person), "POST")).toBe(403);
      const administrator = { azp: "viewer", realm_access: { roles: ["smartem-administer"] } };
      expect(await status(at, await provider.sign(administrator), "DELETE")).toBe(404);
    });
  });

  test("without the issuer's check, and with a permission for everybody of the realm", async () => {
    const settings = { KEYCLOAK_VERIFY_ISS: "false", SMARTEM_PERMISSION_WITHOUT_ROLE: "operate" };
    await withSettings(settings, async (at) => {
      expect(await status(at, await provider.sign({ iss: "https://elsewhere.example.org" }), "POST")).toBe(201);
    });
  });
});

test("new keys are taken over when the first token signed with them comes, and withdrawn ones are not accepted", async () => {
  const before = await provider.tokenOf(pipeline);
  const at = await startBackendForTests("embedded", { auth: configFor().auth });
  const status = async (token: string) =>
    (await fetch(`${at.url}/acquisitions`, { headers: { authorization: `Bearer ${token}` } })).status;
  try {
    await provider.rotateKeys();
    // Keys are fetched when they are first needed: these are the new ones.
    const first = await provider.tokenOf(pipeline);
    expect([await status(first), await status(before)]).toEqual([200, 401]);
    await provider.rotateKeys();
    const second = await provider.tokenOf(pipeline);
    const asked = provider.keyRequests;
    expect(
      await eventually(
        () => status(second),
        (seen) => seen === 200,
      ),
    ).toBe(200);
    expect(await status(first)).toBe(401);
    // Not once for each token that nobody can check.
    expect(provider.keyRequests - asked).toBeLessThanOrEqual(2);
  } finally {
    await at.stop();
  }
});

test("while the provider is away, known keys go on; where none are known yet, the answer is 503, never 500", async () => {
  const token = await provider.tokenOf(pipeline);
  expect((await send(token)).status).toBeOneOf([200, 401]);
  const known = await startBackendForTests("embedded", { auth: configFor().auth });
  const fresh = await startBackendForTests("embedded", { auth: configFor().auth });
  const get = (at: BackendForTests) =>
    fetch(`${at.url}/acquisitions`, { headers: { authorization: `Bearer ${token}` } });
  try {
    expect((await get(known)).status).toBe(200);
    await provider.goAway();
    expect((await get(known)).status).toBe(200);
    const refused = await get(fresh);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await refused.json()).toMatchObject({ code: "identity_provider_unavailable" });
    // A token that can't be right needs no keys to be refused.
    const bad = await fetch(`${fresh.url}/acquisitions`, { headers: { authorization: "Bearer abc" } });
    expect(bad.status).toBe(401);
  } finally {
    await provider.comeBack();
    await known.stop();
    await fresh.stop();
  }
});

test("instructions are given only to who may operate, and no stream is opened by asking for its head", async () => {
  const operator = await provider.tokenOf(pipeline);
  await send(operator, "POST", "/agent/scope/sessions", { session_id: "scope-s" });
  const instructions = "/agent/scope/session/scope-s/instructions/stream";
  expect((await send(await provider.tokenOf(viewer), "GET", instructions)).status).toBe(403);
  for (const path of ["/events/stream", "/frontend/events/stream", instructions])
    expect([path, (await send(operator, "HEAD", path)).status]).toEqual([path, 405]);
  expect((await backend.pool.query("select from agent_connections where session_id = 'scope-s'")).rowCount).toBe(0);
});

test("a stream ends when its token does, and no sooner", async () => {
  const at = await startBackendForTests("embedded", { auth: configFor().auth });
  try {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { realm_access: { roles: ["smartem-read"] } };
    // Accepted for five seconds yet, by the leeway of a minute.
    const ending = await provider.sign({ ...claims, exp: now - 55 });
    const lasting = await provider.sign(claims);
    const seen: string[] = [];
    const follow = (token: string, name: string) =>
      followEvents(`${at.url}/frontend/events/stream`, () => seen.push(name), { authorization: `Bearer ${token}` });
    const long = follow(lasting, "long");
    const short = follow(ending, "short");
    await short.ended;
    expect(seen).toContain("short");
    expect(Date.now() / 1_000).toBeGreaterThanOrEqual(now + 5);
    let open = true;
    void long.ended.then(() => {
      open = false;
    });
    await eventually(
      () => seen.includes("long"),
      (is) => is,
    );
    expect(open).toBe(true);
    await long.close();
  } finally {
    await at.stop();
  }
});

test("no token and no secret is in the logs, whatever goes wrong", async () => {
  const token = await provider.tokenOf(pipeline);
  await send(token, "POST", "/ingest", smallSession("logs", 1));
  await send(token, "POST", "/grids/none/registered");
  await send(`${token}x`);
  await send(token, "DELETE", "/acquisitions/none");
  await fetch(`${backend.url}/acquisitions?access_token=${token}`);
  const text = logged.join("");
  expect(logged.length).toBeGreaterThan(5);
  const parts = token.split(".").filter((part) => part.length > 20);
  const secrets = [...parts, pipeline.clientSecret, viewer.clientSecret];
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
});

test("an address that sends one invalid token after another is told to wait; who has a valid one is still let in", async () => {
  const limited = await startBackend({
    config: configFor({ HTTP_RATE_LIMIT_PER_MINUTE: "15" }),
    logger: createLogger("test", "silent"),
  });
  try {
    const ask = (token: string) =>
      fetch(`${limited.url}/acquisitions`, { headers: { authorization: `Bearer ${token}` } });
    const statuses: number[] = [];
    for (let n = 0; n < 20; n++) statuses.push((await ask(`guess-${n}`)).status);
    expect(statuses).toEqual([...Array<number>(15).fill(401), ...Array<number>(5).fill(429)]);
    const refused = await ask("guess");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: "too_many_requests" });
    expect((await ask(await provider.tokenOf(viewer))).status).toBe(200);
  } finally {
    await limited.stop();
  }
});
