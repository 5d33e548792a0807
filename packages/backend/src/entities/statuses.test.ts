import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

type Json = Record<string, unknown>;

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

const read = async (path: string) => (await at.request("GET", path)).body as Json;
const statusOf = async (path: string) => (await read(path)).status;
const put = (path: string, body: Json) => at.request("PUT", path, body);

describe("a grid", () => {
  test("passes from the scan's start to its end to the decision on its squares", async () => {
    const { acquisitions, grids, gridsquares, foilholes } = smallSession("scan", 3);
    await at.request("POST", "/ingest", { acquisitions, grids });
    expect(await statusOf("/grids/scan-g")).toBeNull();
    await put("/grids/scan-g", { status: "none" });
    await at.request("POST", "/ingest", { gridsquares: [{ ...gridsquares[0], lowmag: true }] });
    await at.settled();
    expect(await statusOf("/grids/scan-g")).toBe("scan started");
    await at.request("POST", "/grids/scan-g/registered");
    await at.request("POST", "/ingest", { foilholes });
    await eventually(
      () => statusOf("/grids/scan-g"),
      (status) => status === "grid squares decision started",
    );
    const told = await at.rows<{ n: number }>(
      "select count(*) as n from events where event_type = 'grid.updated' and payload ->> 'uuid' = 'scan-g'",
    );
    // None, scan started, scan completed, decision started.
    expect(told).toEqual([{ n: 4 }]);
    expect((await read("/grids/scan-g")).scan_end_time).not.toBeNull();
  });

  test("that is decided on before its scan has ended gets the time of that end all the same", async () => {
    await at.request("POST", "/ingest", smallSession("early", 3, 0));
    await eventually(
      () => statusOf("/grids/early-g"),
      (status) => status === "grid squares decision started",
    );
    expect((await read("/grids/early-g")).scan_end_time).toBeNull();
    await at.request("POST", "/grids/early-g/registered");
    const { scan_end_time, status } = await read("/grids/early-g");
    expect(status).toBe("grid squares decision started");
    expect(scan_end_time).not.toBeNull();
    // Said again, it stays the first end.
    await at.request("POST", "/grids/early-g/registered");
    expect((await read("/grids/early-g")).scan_end_time).toBe(scan_end_time);
  });

  test("whose times a client tells is where they say", async () => {
    const { acquisitions, grids } = smallSession("times", 0);
    await at.request("POST", "/ingest", { acquisitions, grids });
    await put("/grids/times-g", { scan_start_time: "2026-01-01T08:00:00Z" });
    expect(await statusOf("/grids/times-g")).toBe("scan started");
    await put("/grids/times-g", { scan_end_time: "2026-01-01T09:00:00Z" });
    expect(await statusOf("/grids/times-g")).toBe("scan completed");
  });
});

describe("a grid that decisions have completed", () => {
  /** A square that is imaged, all but what is deselected: its last hole, and another square. */
  const completedSession = async (prefix: string) => {
    const { gridsquares, foilholes, micrographs, ...rest } = smallSession(prefix, 4);
    const second = { uuid: `${prefix}-s2`, grid_uuid: `${prefix}-g`, gridsquare_id: "2", selected: false };
    await at.request("POST", "/ingest", {
      ...rest,
      gridsquares: [...gridsquares, second],
      foilholes: [
        ...foilholes.map((hole, n) => ({ ...hole, selected: n !== 3 })),
        ...foilholes.map((hole, n) => ({
          ...hole,
          uuid: `${prefix}-k${n}`,
          gridsquare_uuid: second.uuid,
          gridsquare_id: "2",
          foilhole_id: String(500 + n),
        })),
      ],
      micrographs: micrographs.slice(0, 3),
    });
    await at.settled();
    expect(await statuses(prefix)).toEqual(["completed", "completed"]);
  };
  /** Of the grid and of its first square. */
  const statuses = async (prefix: string) => {
    await at.settled();
    const both = await Promise.all([statusOf(`/grids/${prefix}-g`), statusOf(`/gridsquares/${prefix}-s`)]);
    return both.map((status) => String(status).split(" ").at(-1));
  };
  const events = async (prefix: string) =>
    (
      await at.rows<{ uuid: string; n: number }>(
        `select payload ->> 'uuid' as uuid, count(*) as n from events where event_type in ('grid.updated', 'gridsquare.updated')
           and payload ->> 'uuid' in ($1, $2) group by 1 order by 1`,
        [`${prefix}-g`, `${prefix}-s`],
      )
    ).map(({ n }) => Number(n));

  test.each<[string, [string, string], (prefix: string) => Promise<unknown>]>([
    ["a square is selected again", ["started", "completed"], (p) => put(`/gridsquares/${p}-s2`, { selected: true })],
    ["a hole is selected again", ["started", "started"], (p) => put(`/foilholes/${p}-h3`, { selected: true })],
    ["a hole is imaged no more", ["started", "started"], (p) => at.request("DELETE", `/micrographs/${p}-m1`)],
    [
      "another square comes",
      ["started", "completed"],
      (p) =>
        at.request("POST", "/ingest", {
          gridsquares: [{ uuid: `${p}-s3`, grid_uuid: `${p}-g`, gridsquare_id: "3", selected: true }],
        }),
    ],
  ])("goes back when %s, with an event, and stays there", async (what, again, change) => {
    const prefix = what.replaceAll(" ", "-");
    await completedSession(prefix);
    const before = await events(prefix);
    await change(prefix);
    expect(await statuses(prefix)).toEqual(again);
    const changed = before.map((n, index) => n + (again[index] === "started" ? 1 : 0));
    expect(await events(prefix)).toEqual(changed);
    // Decided on again, it stays where it is.
    await at.request("POST", "/events", { event_type: "refresh.predictions", grid_uuid: `${prefix}-g` });
    expect(await statuses(prefix)).toEqual(again);
    expect(await events(prefix)).toEqual(changed);
  });

  test("goes back when a square is locked out no more, and to and fro as often as it is", async () => {
    await completedSession("lock");
    const choose = (choice: string | null) => put("/gridsquares/lock-s2/choice", { choice });
    await choose("locked");
    await put("/gridsquares/lock-s2", { selected: true });
    expect(await statuses("lock")).toEqual(["completed", "completed"]);
    for (const _ of [1, 2]) {
      await choose(null);
      expect(await statuses("lock")).toEqual(["started", "completed"]);
      await choose("locked");
      expect(await statuses("lock")).toEqual(["completed", "completed"]);
    }
  });

  test("stays completed with its acquisition, and goes on with it", async () => {
    await completedSession("over");
    await put("/acquisitions/over-a", { status: "completed" });
    await put("/gridsquares/over-s2", { selected: true });
    await put("/foilholes/over-h3", { selected: true });
    expect(await statuses("over")).toEqual(["completed", "completed"]);
    await put("/acquisitions/over-a", { status: "started" });
    expect(await statuses("over")).toEqual(["started", "started"]);
  });

  test("is not what a client has said to be completed: that lasts", async () => {
    const { micrographs, ...rest } = smallSession("client", 4);
    await at.request("POST", "/ingest", { ...rest, micrographs: micrographs.slice(0, 1) });
    expect(await statuses("client")).toEqual(["started", "started"]);
    await put("/grids/client-g", { status: "grid squares decision completed" });
    await put("/gridsquares/client-s", { status: "foil holes decision completed" });
    await at.request("POST", "/ingest", { micrographs: micrographs.slice(1, 2) });
    expect(await statuses("client")).toEqual(["completed", "completed"]);
  });
});

describe("an acquisition", () => {
  test("is planned, starts, pauses, goes on, pauses again and ends", async () => {
    const path = "/acquisitions/life-a";
    const { acquisitions, micrographs, ...rest } = smallSession("life", 3);
    await at.request("POST", "/acquisitions", { ...acquisitions[0], start_time: "2099-01-01T00:00:00Z" });
    expect(await statusOf(path)).toBe("planned");
    await put(path, { start_time: "2026-01-01T08:00:00Z" });
    expect(await statusOf(path)).toBe("started");
    await put(path, { paused_time: "2026-01-01T10:00:00Z" });
    expect(await statusOf(path)).toBe("paused");
    const at8 = { ...micrographs[0], acquisition_datetime: "2026-01-01T09:59:00Z" };
    await at.request("POST", "/ingest", { ...rest, micrographs: [at8] });
    expect(await statusOf(path)).toBe("paused");
    await at.request("POST", "/ingest", {
      micrographs: [{ ...micrographs[1], acquisition_datetime: "2026-01-01T11:00:00Z" }],
    });
    expect(await statusOf(path)).toBe("started");
    // The old pause, said again, is none.
    await at.request("POST", "/acquisitions", {
      uuid: "life-a",
      paused_time: "2026-01-01T10:00:00Z",
      computer_name: "x",
    });
    expect(await statusOf(path)).toBe("started");
    await at.request("POST", "/acquisitions", { uuid: "life-a", paused_time: "2026-01-01T12:00:00Z" });
    expect(await statusOf(path)).toBe("paused");
    await put(path, { end_time: "2026-01-01T20:00:00Z" });
    expect(await statusOf(path)).toBe("completed");
    // Agents say that it has started whenever they send it.
    await at.request("POST", "/acquisitions", { uuid: "life-a", status: "started", name: "renamed" });
    expect(await read(path)).toMatchObject({ status: "completed", name: "renamed" });
  });

  test("goes on after its end when a client says so: it has none any more, and is decided on again", async () => {
    const { micrographs, ...rest } = smallSession("again", 3);
    await at.request("POST", "/ingest", { ...rest, micrographs: micrographs.slice(0, 1) });
    const path = "/grids/again-g";
    await eventually(
      () => statusOf(path),
      (status) => status === "grid squares decision started",
    );
    await put("/acquisitions/again-a", { status: "completed", end_time: "2026-01-01T20:00:00Z" });
    await eventually(
      () => statusOf(path),
      (status) => status === "grid squares decision completed",
    );
    const { body } = await put("/acquisitions/again-a", { status: "started" });
    expect(body).toMatchObject({ status: "started", end_time: null });
    await at.settled();
    expect(await statusOf(path)).toBe("grid squares decision started");
    expect(await statusOf("/gridsquares/again-s")).toBe("foil holes decision started");
    // Changed later, it does not end by what it has forgotten.
    await put("/acquisitions/again-a", { name: "renamed" });
    expect(await statusOf("/acquisitions/again-a")).toBe("started");
    // One that tells an end as well has ended.
    await put("/acquisitions/again-a", { status: "completed" });
    await put("/acquisitions/again-a", { status: "started", end_time: "2026-01-01T21:00:00Z" });
    expect(await statusOf("/acquisitions/again-a")).toBe("completed");
  });

  test("keeps a status that the client says itself", async () => {
    const { body } = await at.request("POST", "/acquisitions", {
      uuid: "said-a",
      status: "planned",
      start_time: "2026-01-01T08:00:00Z",
      paused_time: "2026-01-01T09:00:00Z",
    });
    expect(body).toMatchObject({ status: "planned" });
    const { body: after } = await put("/acquisitions/said-a", { status: "abandoned" });
    expect(after).toMatchObject({ status: "abandoned" });
  });
});

test("who puts again what it knows nothing of takes nothing back: neither a status nor that a hole is near a grid bar", async () => {
  const { foilholes, ...rest } = smallSession("anew", 2, 1);
  const holes = foilholes.map((hole) => ({ ...hole, is_near_grid_bar: true }));
  await at.request("POST", "/ingest", { ...rest, foilholes: holes });
  await at.request("POST", "/gridsquares/anew-s/registered");
  await put("/acquisitions/anew-a", { status: "completed" });
  await at.settled();
  const paths = ["/grids/anew-g", "/gridsquares/anew-s", "/foilholes/anew-h0"];
  const before = await Promise.all(paths.map(statusOf));
  expect(before).not.toContain("none");
  for (const path of paths) expect((await put(path, { status: "none" })).body).not.toHaveProperty("status", "none");
  await put("/foilholes/anew-h0", { is_near_grid_bar: false });
  await at.settled();
  expect(await Promise.all(paths.map(statusOf))).toEqual(before);
  expect(await read("/foilholes/anew-h0")).toMatchObject({ is_near_grid_bar: true });
});

test("what is decided on only after an acquisition was completed is done at once", async () => {
  const { acquisitions, grids, gridsquares, foilholes, micrographs } = smallSession("late", 3, 1);
  await at.request("POST", "/ingest", { acquisitions, grids, gridsquares });
  await put("/acquisitions/late-a", { status: "completed" });
  await at.request("POST", "/ingest", { foilholes, micrographs });
  await eventually(
    () => Promise.all(["/grids/late-g", "/gridsquares/late-s"].map(statusOf)),
    ([grid, square]) => grid === "grid squares decision completed" && square === "foil holes decision completed",
  );
});

test("a micrograph's status is not taken back by the contract's default, nor by who sends it as it was earlier; by who corrects it, it is", async () => {
  const { micrographs, ...rest } = smallSession("back", 1);
  await at.request("POST", "/ingest", { ...rest, micrographs });
  await put("/micrographs/back-m0", { status: "ctf completed" });
  await put("/micrographs/back-m0", { status: "none", defocus: -1e-6 });
  expect(await read("/micrographs/back-m0")).toMatchObject({ status: "ctf completed", defocus: -1e-6 });
  await at.request("POST", "/ingest", { micrographs: [{ ...micrographs[0], status: "particle selection completed" }] });
  await at.request("POST", "/ingest", { micrographs: [{ ...micrographs[0], status: "ctf started", defocus: -2e-6 }] });
  expect(await read("/micrographs/back-m0")).toMatchObject({
    status: "particle selection completed",
    defocus: -2e-6,
  });
  await put("/micrographs/back-m0", { status: "ctf started" });
  expect(await statusOf("/micrographs/back-m0")).toBe("ctf started");
});

test.each([
  ["by a correction", (uuid: string, foilhole_uuid: string) => put(`/micrographs/${uuid}`, { foilhole_uuid })],
  [
    "by who sends it again",
    (uuid: string, foilhole_uuid: string, micrograph: Json) =>
      at.request("POST", "/ingest", { micrographs: [{ ...micrograph, uuid, foilhole_uuid }] }),
  ],
])("a hole that gets its first micrograph %s has been imaged", async (how, move) => {
  const prefix = how.replaceAll(" ", "-");
  await at.request("POST", "/ingest", smallSession(prefix, 2, 1));
  expect(await statusOf(`/foilholes/${prefix}-h1`)).not.toBe("micrographs detected");
  await move(`${prefix}-m0`, `${prefix}-h1`, smallSession(prefix, 1).micrographs[0] ?? {});
  expect(await statusOf(`/foilholes/${prefix}-h1`)).toBe("micrographs detected");
  const told = await at.rows("select from events where event_type = 'foilhole.updated' and payload ->> 'uuid' = $1", [
    `${prefix}-h1`,
  ]);
  expect(told).toHaveLength(1);
});

test.each([
  ["deleted", (uuid: string) => at.request("DELETE", `/micrographs/${uuid}`)],
  ["put under another hole", (uuid: string, other: string) => put(`/micrographs/${uuid}`, { foilhole_uuid: other })],
  [
    "sent again as another hole's",
    (uuid: string, foilhole_uuid: string, micrograph: Json) =>
      at.request("POST", "/ingest", { micrographs: [{ ...micrograph, uuid, foilhole_uuid }] }),
  ],
])("a hole whose last micrograph is %s has not been imaged, and gets its next as its first", async (how, take) => {
  const prefix = how.replaceAll(/\W/g, "-");
  const { micrographs } = smallSession(prefix, 2);
  const told = () =>
    at.rows("select from events where event_type = 'foilhole.updated' and payload ->> 'uuid' = $1", [`${prefix}-h0`]);
  await at.request("POST", "/ingest", smallSession(prefix, 2, 1));
  const another = (name: string) => ({
    ...micrographs[0],
    ...{ uuid: `${prefix}-${name}`, micrograph_id: name, manifest_file: `FoilHole_100_Data_${name}.xml` },
  });
  const again = another("again");
  await at.request("POST", "/ingest", { micrographs: [again] });
  const before = (await told()).length;
  await take(`${prefix}-again`, `${prefix}-h1`, again);
  // One of two.
  expect(await statusOf(`/foilholes/${prefix}-h0`)).toBe("micrographs detected");
  expect(await told()).toHaveLength(before);
  await take(`${prefix}-m0`, `${prefix}-h1`, micrographs[0] ?? {});
  expect(await statusOf(`/foilholes/${prefix}-h0`)).toBe("none");
  expect(await told()).toHaveLength(before + 1);
  await at.request("POST", "/ingest", { micrographs: [another("new")] });
  expect(await statusOf(`/foilholes/${prefix}-h0`)).toBe("micrographs detected");
  expect(await told()).toHaveLength(before + 2);
});

test("an instruction that its agent says has failed is failed", async () => {
  await at.request("POST", "/agent/agent/sessions", { session_id: "failing" });
  const { body } = await at.request("POST", "/agent/agent/sessions/failing/instructions", {
    instruction_type: "agent.status.request",
  });
  const id = String((body as Json).instruction_id);
  const ack = (status: string) =>
    at.request("POST", `/agent/agent/session/failing/instructions/${id}/ack`, {
      status,
      error_message: "no microscope",
    });
  expect((await ack("received")).status).toBe(200);
  expect((await ack("failed")).body).toMatchObject({ status: "failed" });
  // Said again, it is accepted.
  expect((await ack("failed")).status).toBe(200);
  expect((await ack("processed")).status).toBe(400);
  const { body: failed } = await at.request("GET", "/instructions?status=failed");
  expect(failed).toMatchObject([{ instruction_id: id, status: "failed", ack_status: "failed" }]);
  const told = await at.rows<{ payload: Json }>(
    "select payload from events where event_type = 'instruction.lifecycle' and payload ->> 'instruction_id' = $1 order by id desc limit 1",
    [id],
  );
  expect(told[0]?.payload).toMatchObject({ status: "failed", ack_status: "failed" });
});
