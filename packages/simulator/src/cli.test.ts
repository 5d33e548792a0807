import { readFileSync } from "node:fs";
import path from "node:path";
import { validatorOf } from "@smartem/athena-api/wire";
import { INCOMING_EVENT_TYPES, INCOMING_EVENTS, type IncomingEventType } from "@smartem/common/events";
import { classifyPath } from "@smartem/epu/classify";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { envelopePayload, fieldsOf } from "./cli/message-types.js";
import { runSseClient } from "./cli/sse-client-command.js";
import { type KnownSquare, workflowMessages } from "./cli/workflow.js";
import { registerSimulatorCommands } from "./cli.js";
import { type FakeBackend, startFakeBackend } from "./testing/fake-backend.js";
import { startFakeInstructions } from "./testing/fake-instructions.js";
import { filesBeneath, temporaryFolder } from "./testing/temporary-folder.js";

let printed: string[];
let fake: FakeBackend;

beforeEach(async () => {
  printed = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  fake = await startFakeBackend("nothing");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await fake.close();
});

async function run(...args: string[]): Promise<void> {
  const program = new Command("smartem").exitOverride();
  registerSimulatorCommands(program);
  await program.parseAsync(args, { from: "user" });
}

/** A value for each kind of field. */
function exampleOf(type: IncomingEventType): string[] {
  return fieldsOf(type).flatMap(({ name, flag, kind }) => {
    if (name === "prediction_value") return [flag, "0.5"];
    if (name === "priority") return [flag, "high"];
    if (name === "expires_at") return [flag, "2026-01-01T00:00:00Z"];
    return [flag, { text: "abc", number: "3", list: "a,b", object: '{"x":1}' }[kind]];
  });
}

describe("simulate messages", () => {
  it("lists every type of message with its fields", async () => {
    await run("simulate", "messages", "list-messages");
    for (const type of INCOMING_EVENT_TYPES) expect(printed.join("")).toContain(type);
    expect(printed.join("")).toMatch(/ctf\.completed +micrograph_uuid, ctf_max_resolution_estimate\n/);
  });

  it.each(INCOMING_EVENT_TYPES)("sends %s as the wire contract has it", async (type) => {
    await run("simulate", "messages", type, "--api-url", fake.url, ...exampleOf(type));
    expect(fake.received).toHaveLength(1);
    const [message] = fake.received;
    expect(message?.event_type).toBe(type);
    expect(validatorOf(INCOMING_EVENTS[type]).Check(message), JSON.stringify(message)).toBe(true);
    for (const { name } of fieldsOf(type)) expect(message).toHaveProperty([name]);
  });

  it("sends the enveloped form with EPU's ids", async () => {
    const ids = ["--grid-uuid", "g", "--gridsquare-id", "1", "--micrograph-id", "2"];
    await run(
      "simulate",
      "messages",
      "ctf-completed",
      "--api-url",
      fake.url,
      "--form",
      "enveloped",
      "--message-id",
      "m",
      ...ids,
      "--ctf-max-resolution-estimate",
      "4.5",
    );
    expect(fake.received).toEqual([
      {
        message_id: "m",
        event_type: "ctf.completed",
        timestamp: expect.any(String),
        source: "smartem simulate",
        payload: { grid_uuid: "g", gridsquare_id: "1", micrograph_id: "2", ctf_results: { resolution_estimate: 4.5 } },
      },
    ]);
  });

  it("puts predictions where the enveloped form has them", () => {
    const fields = { gridsquare_id: "1", prediction_model_name: "m", prediction_value: 0.3 };
    expect(envelopePayload("gridsquare.model_prediction", fields)).toEqual({
      gridsquare_id: "1",
      model_info: { model_name: "m" },
      prediction_results: { quality_score: 0.3 },
    });
    expect(envelopePayload("foilhole.model_prediction", { ...fields, foilhole_id: "7" })).toEqual({
      gridsquare_id: "1",
      model_info: { model_name: "m" },
      foilhole_predictions: [{ foilhole_id: "7", quality_score: 0.3 }],
    });
  });

  it("refuses what is missing or makes no sense, and sends nothing", async () => {
    const send = (...args: string[]): Promise<void> => run("simulate", "messages", ...args, "--api-url", fake.url);
    await expect(send("ctf.completed", "--micrograph-uuid", "a")).rejects.toMatchObject({ code: "missing_option" });
    const bad = ["ctf.completed", "--micrograph-uuid", "a", "--ctf-max-resolution-estimate", "good"];
    await expect(send(...bad)).rejects.toMatchObject({ code: "invalid_option" });
    await expect(send("refresh.predictions", "--grid-uuid", "g", "--form", "round")).rejects.toMatchObject({
      code: "invalid_option",
    });
    expect(fake.received).toEqual([]);
  });

  const AWAY = ["refresh.predictions", "--grid-uuid", "g", "--rabbitmq-url", "amqp://guest:guest@127.0.0.1:1/"];

  it("does not wait for a broker for ever", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await expect(run("simulate", "messages", ...AWAY, "--wait", "0.3")).rejects.toMatchObject({
      code: "messages_not_taken",
      message: expect.stringContaining("within 0.3 s"),
      hint: expect.stringContaining("--rabbitmq-url"),
    });
    expect(printed).toEqual([]);
  });

  it("ends on Ctrl+C while the broker is away", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const others = process.listeners("SIGINT");
    const running = run("simulate", "messages", ...AWAY);
    await vi.waitUntil(() => process.listenerCount("SIGINT") > others.length);
    for (const listener of process.listeners("SIGINT")) if (!others.includes(listener)) listener("SIGINT");
    await running;
    expect(process.exitCode).toBe(130);
    process.exitCode = 0;
    expect(printed).toEqual([]);
  });

  it("prints instead of sending on a dry run", async () => {
    await run("simulate", "messages", "refresh.predictions", "--grid-uuid", "g", "--dry-run", "--api-url", fake.url);
    expect(JSON.parse(printed.join(""))).toMatchObject({ event_type: "refresh.predictions", grid_uuid: "g" });
    expect(fake.received).toEqual([]);
  });

  it("plays the whole processing of a grid square that the API knows", async () => {
    fake.answerGet("/gridsquares", [
      { uuid: "other", grid_uuid: "h", gridsquare_id: "42" },
      { uuid: "s", grid_uuid: "g", gridsquare_id: "42" },
    ]);
    fake.answerGet("/gridsquares/s/foilholes", [
      { uuid: "a", foilhole_id: "1" },
      { uuid: "b", foilhole_id: "2" },
    ]);
    fake.answerGet("/foilholes/a/micrographs", [
      { uuid: "m1", micrograph_id: "id-1" },
      { uuid: "m2", micrograph_id: null },
    ]);
    fake.answerGet("/foilholes/b/micrographs", []);
    const args = ["simulate", "messages", "workflow-simulation", "--gridsquare-id", "42", "--api-url", fake.url];
    await expect(run(...args)).rejects.toMatchObject({ code: "gridsquare_ambiguous" });
    await expect(run(...args, "--grid-uuid", "nobody")).rejects.toMatchObject({ code: "gridsquare_not_found" });
    await run(...args, "--grid-uuid", "g");
    expect(fake.received.map((message) => message.event_type)).toEqual([
      "gridsquare.model_prediction",
      "foilhole.model_prediction",
      "foilhole.model_prediction",
      ...Array.from({ length: 2 }, () => [
        "motion_correction.completed",
        "ctf.completed",
        "particle_picking.completed",
        "particle_selection.completed",
      ]).flat(),
    ]);
    for (const message of fake.received) {
      const schema = INCOMING_EVENTS[message.event_type as IncomingEventType];
      expect(validatorOf(schema).Check(message), JSON.stringify(message)).toBe(true);
    }
  });

  it("names micrographs whose id is not known by uuid, also in the enveloped form", () => {
    const square: KnownSquare = {
      uuid: "s",
      gridUuid: "g",
      gridSquareId: "42",
      holes: [{ uuid: "a", foilHoleId: "1", micrographs: [{ uuid: "m", micrographId: null }] }],
    };
    const messages = workflowMessages(square, "model", "enveloped", 1, 0);
    expect(messages).toHaveLength(6);
    expect(messages.filter((message) => "payload" in message)).toHaveLength(2);
    expect(workflowMessages(square, "model", "enveloped", 1, 0)).toEqual(messages);
  });
});

describe("the ids of a workflow's messages", () => {
  const known: KnownSquare = {
    uuid: "s",
    gridUuid: "g",
    gridSquareId: "42",
    holes: [{ uuid: "a", foilHoleId: "1", micrographs: [{ uuid: "m", micrographId: "id" }] }],
  };
  const idsOf = (square: KnownSquare, model: string, form: "flat" | "enveloped", seed = 1): unknown[] =>
    workflowMessages(square, model, form, seed, 0).map((message) => message.message_id);

  it("are those of before where the same is said again, and new where it is said by another, otherwise, or of more", () => {
    expect(idsOf(known, "A", "flat")).toEqual(idsOf(known, "A", "flat"));
    const all = [
      ...idsOf(known, "A", "flat"),
      ...idsOf(known, "B", "flat"),
      ...idsOf(known, "A", "enveloped"),
      ...idsOf(known, "A", "flat", 2),
    ];
    expect(new Set(all).size).toBe(all.length);
    const more = { ...known, holes: [...known.holes, { uuid: "b", foilHoleId: "2", micrographs: [] }] };
    const [square, holes, ...results] = idsOf(known, "A", "enveloped");
    expect(idsOf(more, "A", "enveloped")).toEqual([square, expect.not.stringMatching(String(holes)), ...results]);
  });
});

describe("simulate microscope and folder", () => {
  const SMALL = ["--seed", "3", "--squares", "1", "--holes-per-square", "4"];

  it("write a session as it grows", async () => {
    const dir = temporaryFolder();
    await run(
      "simulate",
      "microscope",
      "--dir",
      dir,
      ...SMALL,
      "--speed",
      "1000000",
      "--sessions",
      "1",
      "--minutes",
      "30",
      "--chaos",
      "0.2",
    );
    expect(filesBeneath(dir).filter((file) => classifyPath(file).kind === "micrographManifest")).toHaveLength(4);
    expect(printed.filter((line) => line.includes("hole "))).toHaveLength(4);
    expect(readFileSync(`${path.join(dir)}.microscope.jsonl`, "utf8")).toContain('"finish"');
  });

  it("write a finished session at once", async () => {
    const dir = temporaryFolder();
    await run("simulate", "folder", "--dir", dir, ...SMALL, "--micrographs-per-hole", "2");
    expect(filesBeneath(dir).filter((file) => classifyPath(file).kind === "micrographManifest")).toHaveLength(8);
    expect(printed.join("")).toContain("8 micrographs");
  });

  it("refuse numbers out of bounds", async () => {
    const args = ["simulate", "microscope", "--dir", temporaryFolder()];
    await expect(run(...args, "--chaos", "2")).rejects.toMatchObject({ code: "invalid_option" });
    await expect(run(...args, "--squares", "1.5")).rejects.toMatchObject({ code: "invalid_option" });
    await expect(run(...args, "--athena-url", "nowhere")).rejects.toMatchObject({ code: "invalid_option" });
  });
});

describe("the example client", () => {
  it("registers its session, prints instructions and acknowledges each as received and then as told", async () => {
    const server = await startFakeInstructions();
    const stopping = new AbortController();
    const lines: string[] = [];
    const client = runSseClient({
      apiUrl: server.url,
      headers: {},
      agentId: "agent",
      sessionId: "session",
      answer: "processed",
      heartbeatS: 0.02,
      takeOver: false,
      signal: stopping.signal,
      write: (line) => lines.push(line),
    });
    await vi.waitUntil(() => server.acknowledged.length === 2 && server.heartbeats > 0);
    stopping.abort();
    await client;
    expect(server.acknowledged).toEqual(["i-1 received", "i-1 processed"]);
    expect(server.registered).toEqual([{ session_id: "session", name: "example client" }]);
    expect(lines.some((line) => line.startsWith("instruction "))).toBe(true);
    await server.close();
  });

  it("leaves an agent's session to its agent, and says so where it is told to take it", async () => {
    const sessions = [{ session_id: "session", name: "cm12345-1", status: "inactive" }];
    const server = await startFakeInstructions({ sessions });
    const flags = ["sse-client", "--api-url", server.url, "--agent-id", "krios1", "--session-id", "session"];
    await expect(run(...flags)).rejects.toMatchObject({ code: "session_in_use" });
    expect(server.registered).toEqual([]);
    expect(server.acknowledged).toEqual([]);
    const taking = run(...flags, "--take-over");
    await vi.waitUntil(() => server.acknowledged.length > 0);
    process.emit("SIGTERM");
    await taking;
    // The operator's name of it stays, and nothing is said to be done.
    expect(server.registered).toEqual([{ session_id: "session" }]);
    expect(server.acknowledged).toEqual(["i-1 received"]);
    expect(printed.join("")).toContain("its agent gets no instructions while this runs");
    await server.close();
  });

  it("ends with the reason when the backend refuses the session", async () => {
    const server = await startFakeInstructions({ error: "session_validation_failed" });
    const client = runSseClient({
      apiUrl: server.url,
      headers: {},
      agentId: "agent",
      sessionId: "session",
      answer: "none",
      heartbeatS: 60,
      takeOver: false,
      signal: new AbortController().signal,
      write: () => undefined,
    });
    await expect(client).rejects.toMatchObject({ code: "session_refused" });
    await server.close();
  });
});
