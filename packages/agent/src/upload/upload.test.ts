import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { beforeEach, expect, test } from "vitest";
import { checkCalls } from "../doctor/check-calls.js";
import { holeId, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

beforeEach(() => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
});

const COMPLETE = {
  acquisition: 1,
  grid: 1,
  atlas: 1,
  atlas_tile: 3,
  gridsquare: 4,
  foilhole: 12,
  micrograph: 12,
  tile_position: 6,
};

test("while the API is away everything is read and kept, and uploaded when it is back", async () => {
  const { api } = workplace;
  await api.stop();
  const agent = await workplace.agent();
  await until("all files read", () => agent.status().queue.entities === 40);
  await until("several attempts", () => agent.status().api.failures > 3);
  expect(agent.status().api.reachable).toBe(false);
  await api.start();
  await agent.settled();
  expect(api.counts()).toEqual(COMPLETE);
  expect(agent.status().api).toMatchObject({ reachable: true, failures: 0, last_error: null });
});

test("answers that are lost after the API has stored everything lead to the same upload again, which changes nothing", async () => {
  const { api } = workplace;
  const lost = new Set<number>();
  api.trouble = (path) => {
    if (path !== "/ingest" || lost.size >= 3) return { kind: "none" };
    lost.add(lost.size);
    return { kind: lost.size % 2 === 0 ? "cuts_connection_after_storing" : "fails_after_storing" };
  };
  const agent = await workplace.agent();
  await agent.settled();
  expect(lost.size).toBe(3);
  expect(api.counts()).toEqual(COMPLETE);
  expect(api.created).toBe(Object.values(COMPLETE).reduce((sum, count) => sum + count, 0));
});

test("an API that does not answer in time is asked again", async () => {
  const { api } = workplace;
  let slow = 2;
  api.delayMs = (path) => (path === "/ingest" && slow-- > 0 ? 2_000 : 0);
  const agent = await workplace.agent({ times: { ...FAST_TIMES, apiTimeoutMs: 200 } });
  await agent.settled();
  expect(api.counts()).toEqual(COMPLETE);
});

test("one entity that the API refuses is found, reported and left out; everything else gets through", async () => {
  const { api } = workplace;
  api.refuses = (kind, body) => kind === "micrograph" && body.micrograph_id === "image-101001-1";
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.counts()).toEqual({ ...COMPLETE, micrograph: 11 });
  expect(agent.status().refused).toEqual([
    expect.objectContaining({ kind: "micrograph", reason: expect.stringContaining("is not valid") }),
  ]);
  await agent.stop();
  // A newer API may take it.
  api.refuses = () => false;
  const next = await workplace.agent();
  await next.settled();
  expect(api.counts()).toEqual(COMPLETE);
  expect(next.status().refused).toEqual([]);
});

test.each([500, 404, 409])(
  "one entity at which the API fails with %i holds up nothing but what depends on it, is named, and goes through once the API can cope with it",
  async (status) => {
    const { api, watched } = workplace;
    api.refuses = (kind, body) => kind === "foilhole" && body.foilhole_id === holeId("101", 1);
    api.refusesWith = status;
    const agent = await workplace.agent();
    const rest = { ...COMPLETE, foilhole: 11, micrograph: 10 };
    await until(
      "all the rest",
      () => isDeepStrictEqual({ ...api.counts() }, rest) && agent.status().refused.length === 1,
    );
    expect(agent.status().refused).toEqual([
      { kind: "foilhole", uuid: expect.any(String), reason: expect.stringContaining(`HTTP ${status}`) },
    ]);
    // What comes later is not held up either, nor is the API taken for one that is away.
    writeFiles(watched, sessionFiles(OTHER_SESSION));
    await until("the other session", () => api.counts().micrograph === 20);
    await until("its hole is named too", () => agent.status().refused.length === 2);
    expect(agent.status().api).toMatchObject({ reachable: true });
    api.refuses = () => false;
    await agent.settled();
    expect(api.counts()).toMatchObject({ foilhole: 24, micrograph: 24 });
    expect(agent.status().refused).toEqual([]);
  },
);

test("one entity at which the API fails holds up nothing of others, however much depends on it", async () => {
  const { api, watched } = workplace;
  const squareIds = Array.from({ length: 120 }, (_, index) => String(1_000 + index));
  const large = { ...OTHER_SESSION, squareIds, visited: 0, imagedPerSquare: 0 };
  writeFiles(watched, sessionFiles(large));
  api.refuses = (kind, body) => kind === "grid" && String(body.data_dir).endsWith(OTHER_SESSION.folder);
  api.refusesWith = 500;
  const agent = await workplace.agent();
  await until("all of the other session", () => api.counts().micrograph === 12 && api.counts().tile_position === 6);
  await until("it is named", () => agent.status().refused.some(({ kind }) => kind === "grid"));
  api.refuses = () => false;
  await agent.settled();
  expect(api.counts()).toMatchObject({ grid: 2, gridsquare: 124 });
});

test("what an API failed at with everything else is not blamed, nor missing from what is told as registered", async () => {
  const { api } = workplace;
  // It comes back in the midst of a search: at what was sent by itself before, it had failed.
  let requests = 0;
  const agent = workplace.agent();
  api.trouble = (path) => ({ kind: path === "/ingest" && ++requests < 9 ? "fails" : "none" });
  await (await agent).settled();
  expect(requests).toBeGreaterThan(9);
  expect(api.counts()).toEqual(COMPLETE);
  expect((await agent).status().refused).toEqual([]);
  expect((await agent).status().errors.latest).not.toContainEqual(
    expect.objectContaining({ message: expect.stringContaining("fails at an entity") }),
  );
});

test("an API that fails at everything is asked in growing pauses, and no entity is blamed for it", async () => {
  const { api } = workplace;
  api.trouble = (path) => ({ kind: path === "/ingest" ? "fails" : "none" });
  const agent = await workplace.agent();
  await until("many failures", () => agent.status().api.failures > 5);
  expect(agent.status()).toMatchObject({ refused: [], api: { reachable: false } });
  api.trouble = () => ({ kind: "none" });
  await agent.settled();
  expect(api.counts()).toEqual(COMPLETE);
});

test("what the API refuses is tried again after a day by the same agent", async () => {
  const { api } = workplace;
  api.refuses = (kind, body) => kind === "micrograph" && body.micrograph_id === "image-101001-1";
  const agent = await workplace.agent({ times: { ...FAST_TIMES, refusedAgainMs: 1_500 } });
  await until("it is refused", () => agent.status().refused.length === 1 && api.counts().micrograph === 11);
  api.refuses = () => false;
  await until("it is taken", () => api.counts().micrograph === 12);
  await until("it is not refused any more", () => agent.status().refused.length === 0);
});

test.each([400, 403, 404, 409, 413, 422])(
  "an answer %i that is not the API's own makes the agent give up nothing",
  async (status) => {
    const { api } = workplace;
    let calls = 0;
    api.trouble = () => ({ kind: "is_not_asked", status });
    const agent = await workplace.agent();
    await until("several attempts", () => agent.status().api.failures > 3);
    expect(agent.status()).toMatchObject({ refused: [], api: { reachable: false } });
    api.trouble = (path) => {
      if (!path.includes("/registered")) return { kind: "none" };
      calls++;
      return { kind: "is_not_asked", status };
    };
    // More than are made of what the API itself does not know.
    await until("all is uploaded, many calls are made", () => api.counts().micrograph === 12 && calls > 3 * 21);
    api.trouble = () => ({ kind: "none" });
    await until("all is said", () => api.registered.length === 3);
    expect(api.counts()).toEqual(COMPLETE);
  },
);

test("an acquisition of which something other than the API says that it is unknown is not uploaded again", async () => {
  const { api } = workplace;
  const agent = await workplace.agent();
  await agent.settled();
  await until("a session", () => api.sessions.size > 0);
  const { ingests } = api;
  let refused = 0;
  api.trouble = (path) => {
    if (path.endsWith("/sessions")) refused++;
    return { kind: "is_not_asked", status: 404 };
  };
  api.cutStreams();
  await until("several registrations", () => refused > 3);
  api.trouble = () => ({ kind: "none" });
  await until("it listens again", () => agent.status().sessions[0]?.state === "connected");
  await agent.settled();
  expect(api.ingests).toBe(ingests);
});

test("a refused square leaves its holes waiting, counted as orphans, and nothing else", async () => {
  const { api } = workplace;
  api.refuses = (kind, body) => kind === "gridsquare" && body.gridsquare_id === "101";
  const agent = await workplace.agent();
  const stored = () => api.counts().foilhole === 6 && api.counts().micrograph === 6;
  await until("everything else", () => stored() && api.registered.length >= 1);
  expect(api.counts()).toMatchObject({ gridsquare: 3, foilhole: 6, micrograph: 6 });
  await until("orphans", () => agent.status().orphans.children_of_refused === 6);
});

test("an API that has lost everything gets everything again, with what was said once", async () => {
  const { api } = workplace;
  const agent = await workplace.agent();
  await agent.settled();
  await until("a session", () => api.sessions.size > 0);
  const before = api.state();
  api.forgetEverything();
  api.cutStreams();
  await until("everything again", () => api.registered.length === 3);
  expect(api.state()).toEqual(before);
});

test("an atlas that two sessions use is uploaded again for both by an API that has lost everything", async () => {
  const { api, watched } = workplace;
  const { atlasPath } = SMALL_SESSION.session;
  const second = { ...OTHER_SESSION, session: { ...OTHER_SESSION.session, atlasPath } };
  writeFiles(
    watched,
    sessionFiles(second).filter((file) => !file.path.startsWith("atlas")),
  );
  const agent = await workplace.agent();
  await agent.settled();
  await until("both sessions", () => api.sessions.size === 2);
  const before = api.state();
  expect(api.counts()).toMatchObject({ atlas: 2, atlas_tile: 6, tile_position: 12 });
  api.forgetEverything();
  api.cutStreams();
  await until("everything again", () => api.registered.length === 6);
  expect(api.state()).toEqual(before);
});

test("an acquisition that an operator has completed is not started again by an agent that has lost its journal", async () => {
  const { api } = workplace;
  const agent = await workplace.agent();
  await agent.settled();
  await agent.stop();
  const [acquisition] = api.all("acquisition");
  if (acquisition !== undefined) acquisition.status = "completed";
  const other = await workplace.agent({ stateFolder: `${workplace.stateFolder}-new` });
  await other.settled();
  expect(api.all("acquisition").map((each) => each.status)).toEqual(["completed"]);
});

test("an agent without its journal reads all that an earlier one has sent before it sends any of it: each whole, once", async () => {
  const { api } = workplace;
  const agent = await workplace.agent();
  await agent.settled();
  await agent.stop();
  const { registered: _said, ...before } = api.state();
  const earlier = api.requests.length;
  const other = await workplace.agent({ stateFolder: `${workplace.stateFolder}-new` });
  await other.settled();
  const sent = api.requests
    .slice(earlier)
    .filter(({ path }) => path === "/ingest")
    .flatMap(({ body }) => Object.values(body as Record<string, { uuid?: string }[]>).flat())
    .flatMap(({ uuid }) => (uuid === undefined ? [] : [uuid]));
  expect(sent.length).toBeGreaterThan(0);
  expect(new Set(sent).size).toBe(sent.length);
  expect(api.state()).toMatchObject(before);
});

test("parents go before their children, also when a request holds few", async () => {
  const { api } = workplace;
  const rejected: number[] = [];
  const agent = await workplace.agent();
  await agent.settled();
  for (const { path, body } of api.requests) {
    if (path === "/ingest") rejected.push(Object.keys(body as object).length);
  }
  expect(rejected.length).toBeGreaterThan(0);
  expect(agent.status().errors.latest.filter((each) => each.message.includes("lacks parents"))).toEqual([]);
});

test("what has been confirmed is not sent again by the next start", async () => {
  const { api } = workplace;
  const agent = await workplace.agent();
  await agent.settled();
  await agent.stop();
  const ingests = api.ingests;
  const next = await workplace.agent();
  await next.settled();
  expect(api.ingests).toBe(ingests);
  expect(api.registered.length).toBe(3);
});

test("a call that the API does not permit is held, told of, holds up nothing, and is made with the next token", async () => {
  const { api, stateFolder } = workplace;
  const identityProvider = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ access_token: api.token, expires_in: 300 }));
  });
  await new Promise<void>((resolve) => identityProvider.listen(0, "127.0.0.1", resolve));
  try {
    api.token = "token-1";
    let asked = 0;
    api.trouble = (path) => {
      if (!path.startsWith("/gridsquares/") || api.token !== "token-1") return { kind: "none" };
      asked++;
      return { kind: "forbids" };
    };
    const url = `http://127.0.0.1:${(identityProvider.address() as AddressInfo).port}`;
    const agent = await workplace.agent({
      times: { ...FAST_TIMES, statusIntervalMs: 20 },
      credentials: { url, realm: "r", clientId: "agent", proof: { secret: "s" } },
    });
    await agent.settled();
    expect(api.counts()).toEqual(COMPLETE);
    expect(api.registered.map((path) => path.split("/")[1])).toEqual(["grids"]);
    expect(asked).toBe(2);
    const held = { state: "held", reason: "403: Not permitted", attempts: 1, call: expect.stringContaining("POST") };
    expect(agent.status().refused_calls).toEqual([held, held]);
    expect(agent.status().queue.calls).toBe(0);
    await until("doctor knows", () => checkCalls(stateFolder).length === 1);
    expect(checkCalls(stateFolder)).toMatchObject([
      { verdict: "warning", hint: expect.stringContaining("--agent-id") },
    ]);
    api.token = "token-2";
    await until("both calls", () => api.registered.length === 3);
    await until("nothing is held", () => agent.status().refused_calls.length === 0);
  } finally {
    identityProvider.close();
  }
});
