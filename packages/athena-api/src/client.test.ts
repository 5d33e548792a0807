import { afterEach, describe, expect, test } from "vitest";
import { type AthenaClient, type AthenaClientOptions, createAthenaClient } from "./client.js";
import { type Behaviour, type FlakyServer, startFlakyServer } from "./testing/flaky-server.js";
import { codeOf, granted } from "./testing/values.js";

const SESSION = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const RUN = { sessionId: SESSION, runNumber: 1, startTime: null, stopTime: null, stopReason: null };
const FAST = { retries: 3, backoffMs: 1, maxBackoffMs: 5 };
/** Long enough for an answer on a busy machine, short enough to wait for in vain a few times. */
const SHORT_TIMEOUT_MS = 500;

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function against(
  behaviours: readonly Behaviour[],
  options: Partial<AthenaClientOptions> = FAST,
): Promise<{ server: FlakyServer; athena: AthenaClient }> {
  const server = await startFlakyServer(behaviours);
  const athena = createAthenaClient({ baseUrl: server.url, ...options });
  opened.push(server, athena);
  return { server, athena };
}

const fine: Behaviour = { kind: "answer", status: 200, body: JSON.stringify([RUN]) };
const failures: readonly [string, Behaviour, string][] = [
  ["is answered with 500", { kind: "answer", status: 500 }, "athena_server_error"],
  ["is answered with 503", { kind: "answer", status: 503 }, "athena_server_error"],
  ["is answered with 429", { kind: "answer", status: 429 }, "athena_server_error"],
  ["is never answered", { kind: "hang" }, "athena_timeout"],
  ["loses its connection", { kind: "break" }, "athena_unreachable"],
  ["gets half an answer and loses its connection", { kind: "half", end: "break" }, "athena_unreachable"],
  ["gets half an answer and then nothing", { kind: "half", end: "hang" }, "athena_timeout"],
];

describe.each(failures)("a call that %s", (_, failure, code) => {
  const options = code === "athena_timeout" ? { ...FAST, timeoutMs: SHORT_TIMEOUT_MS } : FAST;

  test("is made again when it is a GET, PUT or DELETE", async () => {
    const list = await against([failure, failure, fine], options);
    expect(granted(await list.athena.getRuns({ sessionId: SESSION }))).toEqual([RUN]);
    expect(list.server.requests).toHaveLength(3);

    const put = await against([failure, { kind: "answer", status: 204 }], options);
    const area = { id: 1, sessionId: SESSION, areaType: "atlas" as const };
    expect(granted(await put.athena.putAreas([area]))).toBeNull();
    expect(put.server.requests).toEqual(["PUT /api/v1/Areas HTTP/1.1", "PUT /api/v1/Areas HTTP/1.1"]);

    const remove = await against([failure, { kind: "answer", status: 204 }], options);
    expect(granted(await remove.athena.deleteAllDecisions({ sessionId: SESSION }))).toBeNull();
    expect(remove.server.requests).toHaveLength(2);
  });

  test("is made no more often than allowed", async () => {
    const { server, athena } = await against([failure], options);
    expect(codeOf(await athena.getRuns({ sessionId: SESSION }))).toBe(code);
    expect(server.requests).toHaveLength(4);
  });

  test("is never made again when it is a POST or PATCH", async () => {
    const post = await against([failure, { kind: "answer", status: 200, body: JSON.stringify(RUN) }], options);
    expect(codeOf(await post.athena.startRun({ sessionId: SESSION }))).toBe(code);
    expect(post.server.requests).toEqual(["POST /api/v1/RunStart HTTP/1.1"]);

    const patch = await against([failure, { kind: "answer", status: 200, body: JSON.stringify(RUN) }], options);
    expect(codeOf(await patch.athena.stopRun({ sessionId: SESSION, runNumber: 1 }))).toBe(code);
    expect(patch.server.requests).toHaveLength(1);
  });
});

test("a refused connection is unreachable, and a GET goes through once the service is up", async () => {
  const first = await startFlakyServer([fine]);
  const port = Number(new URL(first.url).port);
  await first.close();
  const athena = createAthenaClient({ baseUrl: first.url, retries: 1_000, backoffMs: 1, maxBackoffMs: 10 });
  opened.push(athena);
  const refused = await athena.startRun({ sessionId: SESSION });
  expect(refused).toMatchObject({ ok: false, error: { code: "athena_unreachable", status: null, problem: null } });
  expect(refused.ok ? "" : refused.error.message).toContain("ECONNREFUSED");
  const calling = athena.getRuns({ sessionId: SESSION });
  opened.push(await startFlakyServer([fine], port));
  expect(granted(await calling)).toEqual([RUN]);
});

test.each([
  [400, "athena_bad_request"],
  [413, "athena_bad_request"],
  [401, "athena_bad_request"],
  [404, "athena_not_found"],
  [409, "athena_conflict"],
  [302, "athena_bad_response"],
])("%d is %s at once and keeps the problem's details", async (status, code) => {
  const problem = { type: null, title: "No", status, detail: "Because.", instance: "/x", extensions: null };
  const { server, athena } = await against([{ kind: "answer", status, body: JSON.stringify(problem) }]);
  const result = await athena.getRuns({ sessionId: SESSION });
  expect(result).toMatchObject({ ok: false, error: { code, status, problem } });
  expect(result.ok ? "" : result.error.message).toContain("Because.");
  expect(server.requests).toHaveLength(1);
});

test.each([
  ["HTML", "<h1>Not found</h1>"],
  ["nothing", ""],
  ["an object of another kind", JSON.stringify({ detail: "Not Found" })],
  ["an empty object", "{}"],
])("a 4xx with %s is not the service's word", async (_, body) => {
  for (const status of [400, 404, 409]) {
    const { athena } = await against([{ kind: "answer", status, body }]);
    expect(await athena.getRuns({ sessionId: SESSION })).toMatchObject({
      error: { code: "athena_bad_response", status, problem: null },
    });
  }
});

test.each([
  ["text that is not JSON", "<html>"],
  ["nothing", ""],
  ["one object instead of a list", JSON.stringify(RUN)],
  ["a list with a field of another type", JSON.stringify([{ ...RUN, runNumber: "1" }])],
  ["a list without a field that must be there", JSON.stringify([{ ...RUN, sessionId: undefined }])],
  ["a list with a time that is none", JSON.stringify([{ ...RUN, startTime: "yesterday" }])],
])("%s is a bad response and is not asked for again", async (_, body) => {
  const { server, athena } = await against([{ kind: "answer", status: 200, body }]);
  expect(codeOf(await athena.getRuns({ sessionId: SESSION }))).toBe("athena_bad_response");
  expect(server.requests).toHaveLength(1);
});

test("204 means that nothing was found: none where that is documented, an empty list, or not found", async () => {
  const { athena } = await against([{ kind: "answer", status: 204 }]);
  expect(granted(await athena.getLatestDecision({ sessionId: SESSION }))).toBeNull();
  expect(granted(await athena.getRuns({ sessionId: SESSION }))).toEqual([]);
  expect(granted(await athena.getNameValues({ sessionId: SESSION }))).toEqual([]);
  expect(codeOf(await athena.getLatestAreaState({ sessionId: SESSION, areaId: 1 }))).toBe("athena_not_found");
  expect(codeOf(await athena.postDecisions([]))).toBe("athena_bad_response");
});

test("fields left out are null, fields unknown to the schema do no harm, times may lack an offset", async () => {
  const sparse = [{ sessionId: SESSION, runNumber: 1, startTime: "2024-04-06T10:24:20.1234567", other: 1 }];
  const { athena } = await against([{ kind: "answer", status: 200, body: JSON.stringify(sparse) }]);
  expect(granted(await athena.getRuns({ sessionId: SESSION }))).toEqual([
    { ...RUN, startTime: "2024-04-06T10:24:20.1234567", other: 1 },
  ]);
});

test.each([
  ['"2.5"', "application/json", "2.5"],
  ["2.5", "application/json", "2.5"],
  ["v1 build 7", "text/plain", "v1 build 7"],
])("a version sent as %s is understood", async (body, contentType, version) => {
  const { athena } = await against([{ kind: "answer", status: 200, body, contentType }]);
  expect(granted(await athena.getVersion())).toBe(version);
});

test("connections are kept alive, and many calls at once share the client", async () => {
  const { server, athena } = await against([fine]);
  for (let call = 0; call < 20; call += 1) granted(await athena.getRuns({ sessionId: SESSION }));
  // A second one may be opened while the first has not yet seen the end of an answer.
  expect(server.connections()).toBeLessThanOrEqual(2);
  const results = await Promise.all(Array.from({ length: 200 }, () => athena.getRuns({ sessionId: SESSION })));
  expect(results.filter((result) => result.ok)).toHaveLength(200);
});

test("a base address may have a path and parameters are encoded", async () => {
  const server = await startFlakyServer([{ kind: "answer", status: 404 }]);
  const athena = createAthenaClient({ baseUrl: `${server.url}/api/smartepu/`, ...FAST });
  opened.push(server, athena);
  await athena.getSessionByName({ sessionName: "a b&c=ü" });
  await athena.getDecisions({ sessionId: SESSION, areaIds: [1, 2] });
  expect(server.requests).toEqual([
    "GET /api/smartepu/api/v1/Session?sessionName=a+b%26c%3D%C3%BC HTTP/1.1",
    `GET /api/smartepu/api/v1/Session/${SESSION}/Decisions?areaIds=1&areaIds=2 HTTP/1.1`,
  ]);
});

test("waiting for a decision extends the time allowed by the wait", async () => {
  const { athena } = await against([{ kind: "hang" }], { timeoutMs: 50, retries: 0 });
  const started = performance.now();
  expect(codeOf(await athena.getTimedDecision({ sessionId: SESSION, timeout: 1 }))).toBe("athena_timeout");
  expect(performance.now() - started).toBeGreaterThan(1_000);
});

test("giving a call up ends it, also between two attempts", async () => {
  const { server, athena } = await against([{ kind: "break" }], {
    retries: 5,
    backoffMs: 60_000,
    maxBackoffMs: 60_000,
  });
  const givenUp = new AbortController();
  const calling = athena.getRuns({ sessionId: SESSION }, { signal: givenUp.signal });
  await expect.poll(() => server.requests.length).toBe(1);
  givenUp.abort();
  expect(codeOf(await calling)).toBe("athena_unreachable");
  expect(codeOf(await athena.getRuns({ sessionId: SESSION }, { signal: givenUp.signal }))).toBe("athena_unreachable");
  expect(server.requests).toHaveLength(1);
});

test("closing ends what is under way and everything after it", async () => {
  const { server, athena } = await against([{ kind: "hang" }], { timeoutMs: 60_000 });
  const calls = [athena.getRuns({ sessionId: SESSION }), athena.startRun({ sessionId: SESSION })];
  await expect.poll(() => server.requests.length).toBe(2);
  await athena.close();
  expect((await Promise.all(calls)).map(codeOf)).toEqual(["athena_unreachable", "athena_unreachable"]);
  expect(codeOf(await athena.getRuns({ sessionId: SESSION }))).toBe("athena_unreachable");
  expect(server.requests).toHaveLength(2);
});
