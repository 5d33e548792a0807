import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../config.js";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  const { http } = readConfig({
    HTTP_API_PORT: "0",
    HTTP_RATE_LIMIT_PER_MINUTE: "20",
    HTTP_MAX_BODY_MB: "1",
    HTTP_TRUSTED_PROXIES: "127.0.0.1",
    CORS_ALLOWED_ORIGINS: "https://ui.example.org",
  });
  at = await startBackendForTests("embedded", { http });
  await at.request("POST", "/ingest", smallSession("p", 40));
});
afterAll(() => at.stop());

/** As if it came from another address, so that tests do not use up each other's allowance. */
const from = (address: string) => ({ "x-forwarded-for": address });

/** An answer as it goes over the wire; fetch would unpack it. */
function raw(
  path: string,
  headers: Record<string, string>,
): Promise<{ headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(`${at.url}${path}`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (path.includes("stream")) response.destroy();
      });
      response.on("close", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .on("error", reject)
      .end();
  });
}

test("one caller may ask for so much a minute, another for as much again, and agents for as much as they like", async () => {
  const ask = async (address: string, path = "/acquisitions") =>
    fetch(`${at.url}${path}`, { headers: from(address) }).then(async (response) => ({
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      body: (await response.json()) as unknown,
    }));
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask("192.0.2.1")));
  expect(answers.filter(({ status }) => status === 200).length).toBe(20);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toMatchObject({ code: "too_many_requests", detail: "More than 20 requests in a minute." });
  expect(Number(refused?.retryAfter)).toBeGreaterThan(0);
  expect((await ask("192.0.2.2")).status).toBe(200);
  const uploads = await Promise.all(
    Array.from({ length: 30 }, () =>
      fetch(`${at.url}/ingest`, {
        method: "POST",
        body: JSON.stringify(smallSession("p", 1)),
        headers: { ...from("192.0.2.1"), "content-type": "application/json" },
      }),
    ),
  );
  expect(uploads.filter(({ status }) => status === 429)).toEqual([]);
});

test("long lists are compressed for those who can unpack them; short answers and event streams are not", async () => {
  const plain = await raw("/micrographs", from("192.0.2.3"));
  const packed = await raw("/micrographs", { ...from("192.0.2.3"), "accept-encoding": "br, gzip" });
  expect([plain.headers["content-encoding"], packed.headers["content-encoding"]]).toEqual([undefined, "gzip"]);
  expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  expect(packed.body.length).toBeLessThan(plain.body.length / 4);
  const accepting = { ...from("192.0.2.3"), "accept-encoding": "gzip" };
  expect((await raw("/version", accepting)).headers["content-encoding"]).toBeUndefined();
  const stream = await raw("/frontend/events/stream", accepting);
  expect(stream.headers["content-encoding"]).toBeUndefined();
  expect(stream.body.toString()).toContain(": connected");
});

test("browsers are told what the pages may do, on answers of every kind", async () => {
  for (const path of ["/version", "/acquisitions", "/no/such/path", "/docs/"]) {
    const { headers } = await fetch(`${at.url}${path}`, { headers: from("192.0.2.4") });
    expect([path, headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("content-security-policy")).toContain("script-src 'self'");
  }
});

test("pages of the origins that are listed may read answers, others may not", async () => {
  const allowed = async (origin: string) =>
    (await fetch(`${at.url}/version`, { headers: { origin, ...from("192.0.2.5") } })).headers.get(
      "access-control-allow-origin",
    );
  expect(await allowed("https://ui.example.org")).toBe("https://ui.example.org");
  expect(await allowed("https://evil.example.org")).toBeNull();

  // A cache must not give one origin's stream to another.
  const left = new AbortController();
  const stream = await fetch(`${at.url}/events/stream`, {
    headers: { origin: "https://ui.example.org", ...from("192.0.2.5") },
    signal: left.signal,
  });
  expect([stream.status, stream.headers.get("access-control-allow-origin"), stream.headers.get("vary")]).toEqual([
    200,
    "https://ui.example.org",
    "Origin",
  ]);
  left.abort();
});

test("a body or a header beyond the limit is refused before it is looked at", async () => {
  const body = await fetch(`${at.url}/ingest`, {
    method: "POST",
    body: JSON.stringify({ padding: "x".repeat(1_100_000) }),
    headers: { "content-type": "application/json" },
  });
  expect([body.status, await body.json()]).toEqual([
    413,
    expect.objectContaining({ code: "FST_ERR_CTP_BODY_TOO_LARGE" }),
  ]);
  const header = await fetch(`${at.url}/version`, { headers: { "x-padding": "x".repeat(20_000) } });
  expect(header.status).toBe(431);
});

test("a path that exists for other methods says so, and for which", async () => {
  const ask = async (method: string, path: string) => {
    const response = await fetch(`${at.url}${path}`, { method, headers: from("192.0.2.77") });
    return { status: response.status, allow: response.headers.get("allow"), body: (await response.json()) as unknown };
  };
  const refused = { detail: "Method Not Allowed", code: "method_not_allowed" };
  expect(await ask("DELETE", "/acquisitions?limit=1")).toMatchObject({
    status: 405,
    allow: "GET, HEAD, POST",
    body: refused,
  });
  expect(await ask("POST", "/acquisitions/p-a/")).toMatchObject({
    status: 405,
    allow: "DELETE, GET, HEAD, PUT",
    body: refused,
  });
  // Whoever asks it, and not only browsers before a request of another page's.
  const options = await fetch(`${at.url}/acquisitions`, { method: "OPTIONS", headers: from("192.0.2.77") });
  expect(options.status).toBe(204);
  expect(await ask("DELETE", "/no/such")).toMatchObject({ status: 404, allow: null, body: { code: "no_such_path" } });
});
