import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTRACT_OPERATIONS } from "../http/contract-operations.js";
import { type BackendForTests, eventually, startBackendForTests } from "../testing/backend-for-tests.js";

type Body = Readonly<Record<string, unknown>>;
let at: BackendForTests;

describe("debug endpoints that are not switched on", () => {
  beforeAll(async () => {
    at = await startBackendForTests();
  });
  afterAll(() => at.stop());

  it("answer 404, whatever they are sent, and change nothing", async () => {
    const operations = CONTRACT_OPERATIONS.filter(([, path]) => path.startsWith("/debug/"));
    expect(operations).toHaveLength(8);
    for (const [method, path] of operations) {
      for (const body of method === "POST" ? [{}, { agent_id: 7 }, { agent_id: "a", session_id: "s" }] : [undefined])
        expect((await at.request(method, path.replace("{session_id}", "s"), body)).status, path).toBe(404);
    }
    expect(await at.rows("select from agent_sessions")).toEqual([]);
  });
});

describe("debug endpoints that are switched on", () => {
  beforeAll(async () => {
    at = await startBackendForTests("embedded", { debugEndpoints: true });
  });
  afterAll(() => at.stop());

  async function get(path: string): Promise<Body> {
    const { status, body } = await at.request("GET", path);
    expect(status).toBe(200);
    return body as Body;
  }

  it("make sessions that agents can use, show them, and close them", async () => {
    expect(await get("/debug/sessions")).toEqual({ active_sessions: [], total_count: 0 });
    expect(await get("/debug/agent-connections")).toEqual({ active_connections: [], total_count: 0 });
    const created = await at.request("POST", "/debug/sessions/create", {
      agent_id: "scope",
      session_id: "s1",
      name: "one",
    });
    expect(created).toMatchObject({ status: 200, body: { session_id: "s1", agent_id: "scope", status: "created" } });
    const managed = await at.request("POST", "/debug/sessions/create-managed", {});
    expect(managed).toMatchObject({ status: 200, body: { status: "created", session_id: expect.any(String) } });
    expect(await get("/debug/sessions")).toMatchObject({ total_count: 2 });

    const aborter = new AbortController();
    const stream = await fetch(`${at.url}/agent/scope/session/s1/instructions/stream`, { signal: aborter.signal });
    const reading = stream.text().catch(() => "");
    const connections = await eventually(
      () => get("/debug/agent-connections"),
      (seen) => seen.total_count === 1,
    );
    expect(connections).toMatchObject({
      total_count: 1,
      active_connections: [{ agent_id: "scope", session_id: "s1", status: "active" }],
    });
    expect(await get("/debug/connection-stats")).toMatchObject({
      active_connections: 1,
      active_sessions: 2,
      total_sessions: 2,
    });

    const closed = await at.request("DELETE", "/debug/sessions/s1/close");
    expect(closed).toMatchObject({ status: 200, body: { session_id: "s1", status: "closed" } });
    expect(await get("/debug/sessions")).toMatchObject({ total_count: 1 });
    expect(await get("/debug/agent-connections")).toMatchObject({ total_count: 0 });
    aborter.abort();
    await reading;
  });

  it("make instructions and show what became of them", async () => {
    await at.request("POST", "/debug/sessions/create", { agent_id: "scope", session_id: "s2" });
    const wanted = { instruction_type: "microscope.control.reorder_gridsquares", payload: { a: 1 }, priority: "high" };
    const created = await at.request("POST", "/debug/session/s2/create-instruction", wanted);
    expect(created).toMatchObject({ status: 200, body: { status: "created" } });
    const { instruction_id } = created.body as { instruction_id: string };
    expect(await get("/debug/session/s2/instructions")).toMatchObject({
      session_id: "s2",
      total_instructions: 1,
      acknowledgement_statistics: {},
      instructions: [{ ...wanted, instruction_id, status: "pending", acknowledgements_count: 0 }],
    });
    const ack = `/agent/scope/session/s2/instructions/${instruction_id}/ack`;
    expect((await at.request("POST", ack, { status: "processed" })).status).toBe(200);
    const bare = await at.request("POST", "/debug/session/s2/create-instruction", { expires_in_minutes: null });
    expect(bare.status).toBe(200);
    expect(await get("/debug/session/s2/instructions")).toMatchObject({
      total_instructions: 2,
      acknowledgement_statistics: { processed: 1 },
      instructions: [
        { instruction_type: "test.instruction", payload: { test: true }, expires_at: null },
        { status: "acknowledged", acknowledgements_count: 1 },
      ],
    });
  });

  it("say what is wrong with what they are asked", async () => {
    expect((await at.request("DELETE", "/debug/sessions/nobody/close")).status).toBe(404);
    expect((await at.request("POST", "/debug/session/nobody/create-instruction", {})).status).toBe(404);
    expect((await at.request("POST", "/debug/sessions/create", { acquisition_uuid: "none" })).status).toBe(404);
    expect((await at.request("POST", "/debug/sessions/create", { agent_id: 7 })).status).toBe(422);
    await at.request("POST", "/debug/sessions/create", { session_id: "s3" });
    expect((await at.request("POST", "/debug/sessions/create", { session_id: "s3" })).status).toBe(409);
  });
});
