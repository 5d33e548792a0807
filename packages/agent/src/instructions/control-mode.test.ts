import { join } from "node:path";
import { REORDER_FOILHOLES, REORDER_GRIDSQUARES, SKIP_GRIDSQUARES } from "@smartem/common/instructions";
import { ok } from "@smartem/common/result";
import Database from "libsql";
import { beforeEach, expect, test } from "vitest";
import type { Agent } from "../agent.js";
import { Approvals } from "../control/approvals.js";
import { withoutOverruled } from "../control/control-mode.js";
import type { MicroscopeControl, MicroscopeOrder } from "../control/microscope-control.js";
import { readStatusFile } from "../reporting/status-file.js";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import type { FakeInstruction } from "../testing/fake-api.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();
let given: MicroscopeOrder[];
let control: MicroscopeControl;

beforeEach(() => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
  given = [];
  control = {
    name: "recording",
    service: null,
    settle: async () => ok(null),
    give: async (_session, order) => {
      given.push(order);
      return ok({ result: "given", watch: null });
    },
    whatBecameOf: async () => ok(null),
    observe: async (orders) => ok(orders.map(() => null)),
    refuses: () => null,
    close: async () => undefined,
  };
});

async function sessionOf(agent: Agent): Promise<string> {
  await agent.settled();
  await until("a stream", () => [...workplace.api.sessions.values()].some((session) => session.streams.size > 0));
  const [session] = workplace.api.sessions.values();
  return session?.session_id ?? "";
}

async function answerTo(instruction: FakeInstruction) {
  await until("an answer", () => instruction.acks.some((ack) => ack.status !== "received"));
  const { status, error_message } = instruction.acks.find((ack) => ack.status !== "received") ?? {};
  return [status, error_message];
}

const SQUARES = { gridsquare_ids: ["102", "101"], reason: "better ice" };

test("a dry run says what would be done, and does not do it", async () => {
  const session = await sessionOf(await workplace.agent({ control, mode: "dry-run" }));
  expect(await answerTo(workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES))).toEqual([
    "declined",
    "This agent only tries (dry run); it would: acquire 2 grid squares in a new order, first 102, 101.",
  ]);
  expect(given).toEqual([]);
  // So that another agent is told.
  expect(workplace.api.requests.find(({ path }) => path.endsWith("/sessions"))?.body).toMatchObject({
    experimental_parameters: { control: control.name, control_mode: "dry-run" },
  });
});

test("in mode semi-automatic an order waits until somebody approves or declines it", async () => {
  const agent = await workplace.agent({ control, mode: "semi-automatic" });
  const session = await sessionOf(agent);
  const approvals = new Approvals(workplace.stateFolder);
  const first = workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES);
  await until("the order waits", () => agent.status().awaiting_approval.length === 1);
  expect(agent.status().awaiting_approval).toMatchObject([
    { instruction_id: first.message.instruction_id, reason: "better ice", order: expect.stringContaining("102, 101") },
  ]);
  await until("the API knows that it came", () => first.acks.some((ack) => ack.status === "received"));
  expect(given).toEqual([]);
  approvals.put(first.message.instruction_id, { approved: true, by: "operator", reason: null });
  expect(await answerTo(first)).toEqual(["processed", null]);
  expect(given).toHaveLength(1);

  const second = workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES);
  await until("the order waits", () => agent.status().awaiting_approval.length === 1);
  approvals.put(second.message.instruction_id, { approved: false, by: "operator", reason: "not now" });
  expect(await answerTo(second)).toEqual(["declined", "Declined at the microscope by operator: not now."]);
  expect(given).toHaveLength(1);
});

test("what waits for approval can be read at once, however rarely the status is written", async () => {
  const times = { ...FAST_TIMES, statusIntervalMs: 600_000 };
  const agent = await workplace.agent({ control, mode: "semi-automatic", times });
  const session = await sessionOf(agent);
  const waiting = () =>
    readStatusFile(workplace.stateFolder)?.status.awaiting_approval.map((each) => each.instruction_id);
  const { message } = workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES);
  await until("it can be read that the order waits", () => waiting()?.join() === message.instruction_id);
  new Approvals(workplace.stateFolder).put(message.instruction_id, { approved: true, by: "operator", reason: null });
  await until("it can be read that it does not any more", () => waiting()?.length === 0);
});

test("an order that nobody has approved gives way to a newer one of the same kind", async () => {
  const agent = await workplace.agent({ control, mode: "semi-automatic" });
  const session = await sessionOf(agent);
  const holes = (order: string[]) => ({ gridsquare_id: "101", foilhole_ids: order, reason: "" });
  const old = workplace.api.instruct(session, REORDER_FOILHOLES, holes(["101000", "101001"]));
  const other = workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES);
  await until("both wait", () => agent.status().awaiting_approval.length === 2);
  const newer = workplace.api.instruct(session, REORDER_FOILHOLES, holes(["101001", "101000"]));
  expect((await answerTo(old))[0]).toBe("declined");
  const approvals = new Approvals(workplace.stateFolder);
  for (const { message } of [other, newer]) {
    approvals.put(message.instruction_id, { approved: true, by: "operator", reason: null });
  }
  expect((await answerTo(newer))[0]).toBe("processed");
  expect(given.map((order) => order.kind)).toEqual(["reorder_gridsquares", "reorder_foilholes"]);
});

test("an order that is approved after a later one does not select again what that skips, and is declined where nothing else is left", async () => {
  const agent = await workplace.agent({ control, mode: "semi-automatic" });
  const session = await sessionOf(agent);
  const approvals = new Approvals(workplace.stateFolder);
  const approved = async (instruction: FakeInstruction) => {
    const { instruction_id } = instruction.message;
    approvals.put(instruction_id, { approved: true, by: "operator", reason: null });
    return (await answerTo(instruction))[0];
  };
  const squares = (type: string, ids: string[]) =>
    workplace.api.instruct(session, type, { gridsquare_ids: ids, reason: "" });
  const order = squares(REORDER_GRIDSQUARES, ["101", "102", "103", "104"]);
  const given103 = squares(SKIP_GRIDSQUARES, ["103"]);
  const waiting104 = squares(SKIP_GRIDSQUARES, ["104"]);
  await until("all wait", () => agent.status().awaiting_approval.length === 3);
  expect(await approved(given103)).toBe("processed");
  expect(await approved(order)).toBe("processed");
  expect(order.acks.at(-1)?.result).toContain("2 were left out");
  expect(await approved(waiting104)).toBe("processed");
  const both = squares(REORDER_GRIDSQUARES, ["103", "104"]);
  const skip = squares(SKIP_GRIDSQUARES, ["103", "104"]);
  expect(await approved(skip)).toBe("processed");
  expect(await approved(both)).toBe("declined");
  expect(both.acks.at(-1)).toMatchObject({ given: false });
  expect(given).toMatchObject([
    { kind: "skip_gridsquares", gridSquareIds: ["103"] },
    { kind: "reorder_gridsquares", gridSquareIds: ["101", "102"] },
    { kind: "skip_gridsquares", gridSquareIds: ["104"] },
    { kind: "skip_gridsquares", gridSquareIds: ["103", "104"] },
  ]);
});

test("a skip that is approved after a later order does not leave out what that has acquired", async () => {
  const agent = await workplace.agent({ control, mode: "semi-automatic" });
  const session = await sessionOf(agent);
  const approvals = new Approvals(workplace.stateFolder);
  const squares = (type: string, ids: string[]) =>
    workplace.api.instruct(session, type, { gridsquare_ids: ids, reason: "" });
  const skip = squares(SKIP_GRIDSQUARES, ["102", "104"]);
  const order = squares(REORDER_GRIDSQUARES, ["101", "102"]);
  await until("both wait", () => agent.status().awaiting_approval.length === 2);
  for (const instruction of [order, skip]) {
    const { instruction_id } = instruction.message;
    approvals.put(instruction_id, { approved: true, by: "operator", reason: null });
    expect((await answerTo(instruction))[0]).toBe("processed");
  }
  expect(given).toMatchObject([
    { kind: "reorder_gridsquares", gridSquareIds: ["101", "102"] },
    { kind: "skip_gridsquares", gridSquareIds: ["104"] },
  ]);
});

test("holes that later orders for the same square skip are not selected again, those that they have acquired not left out; the order is that of the latest", () => {
  const holes = (gridSquareId: string, foilHoleIds: string[], skipFoilHoleIds: string[] = []) =>
    ({ kind: "reorder_foilholes", gridSquareId, foilHoleIds, skipFoilHoleIds, reason: "" }) as const;
  const later = (order: MicroscopeOrder, isGiven: boolean) => ({ instructionId: "later", order, isGiven });
  const order = holes("1", ["11", "12", "13"], ["14"]);
  const skip = later(holes("1", [], ["11", "12"]), true);
  expect(withoutOverruled(order, [skip])).toEqual(holes("1", ["13"], ["14"]));
  expect(withoutOverruled(order, [later(holes("2", ["11"], ["12"]), true)])).toEqual(order);
  const again = holes("1", ["11"]);
  expect(withoutOverruled(order, [skip, later(again, false)])).toEqual(holes("1", ["13"], ["14"]));
  expect(withoutOverruled(order, [skip, later(again, true)])).toEqual(holes("1", [], ["14"]));
  expect(withoutOverruled(order, [later(holes("1", ["14"]), true)])).toBeNull();
  expect(withoutOverruled(order, [later(holes("1", ["14"]), true), later(holes("1", [], ["14"]), true)])).toEqual(
    holes("1", [], ["14"]),
  );
  expect(withoutOverruled(again, [skip])).toBeNull();
});

test("an order that the API has withdrawn while it waited is not carried out when it is approved", async () => {
  const agent = await workplace.agent({ control, mode: "semi-automatic" });
  const session = await sessionOf(agent);
  const approvals = new Approvals(workplace.stateFolder);
  const approval = { approved: true, by: "operator", reason: null };
  const order = workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES);
  await until("the API knows that it came", () => order.acks.length > 0);
  order.isCancelled = true;
  approvals.put(order.message.instruction_id, approval);
  await until("it is let go", () => approvals.get(order.message.instruction_id) === null);
  expect(given).toEqual([]);
  expect(agent.status().awaiting_approval).toEqual([]);

  // Nor while it waits when a newer one takes its place.
  const old = workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES);
  await until("the API knows that it came", () => old.acks.length > 0);
  old.isCancelled = true;
  const newer = workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES);
  const waiting = () => agent.status().awaiting_approval.map((each) => each.instruction_id);
  await until("the newer one alone waits", () => waiting().join() === newer.message.instruction_id);
  approvals.put(newer.message.instruction_id, approval);
  expect(await answerTo(newer)).toEqual(["processed", null]);
  expect(given).toHaveLength(1);
  const answersTo = ({ message }: FakeInstruction) =>
    workplace.api.requests.filter(({ path }) => path.endsWith(`/${message.instruction_id}/ack`)).length;
  await until("both are answered", () => [order, old].every((each) => answersTo(each) === 2));
  // The API is told of both that the microscope has got nothing of them.
  const said = [order, old].map(({ acks }) => acks[1]);
  expect(said).toMatchObject([
    { status: "failed", given: false, error_message: expect.stringContaining("withdrawn") },
    { status: "declined", given: false },
  ]);
});

test("an order about which nobody says anything until it expires has failed: nobody has declined it", async () => {
  const session = await sessionOf(await workplace.agent({ control, mode: "semi-automatic" }));
  const expires_at = new Date(workplace.api.now() + 400).toISOString();
  const order = workplace.api.instruct(session, REORDER_GRIDSQUARES, SQUARES, { expires_at });
  expect(await answerTo(order)).toEqual(["failed", expect.stringContaining("It expired at")]);
  expect(given).toEqual([]);
});

test("an order that somebody has approved does not wait for an older one about which nobody has decided", async () => {
  const agent = await workplace.agent({ control, mode: "semi-automatic" });
  const session = await sessionOf(agent);
  const [older, newer] = (["101", "102"] as const).map((square) => {
    const payload = { gridsquare_id: square, foilhole_ids: [`${square}001`, `${square}000`], reason: "" };
    return workplace.api.instruct(session, REORDER_FOILHOLES, payload);
  }) as [FakeInstruction, FakeInstruction];
  await until("both wait", () => agent.status().awaiting_approval.length === 2);
  await until("the API knows that both came", () =>
    [older, newer].every((each) => each.acks[0]?.status === "received"),
  );
  const approvals = new Approvals(workplace.stateFolder);
  approvals.put(newer.message.instruction_id, { approved: true, by: "operator", reason: null });
  expect(await answerTo(newer)).toEqual(["processed", null]);
  expect(given).toMatchObject([{ gridSquareId: "102" }]);
  expect(agent.status().awaiting_approval.map((each) => each.instruction_id)).toEqual([older.message.instruction_id]);
  approvals.put(older.message.instruction_id, { approved: true, by: "operator", reason: null });
  expect(await answerTo(older)).toEqual(["processed", null]);
  expect(given).toMatchObject([{ gridSquareId: "102" }, { gridSquareId: "101" }]);
});

test("an order of which the API knows that it came is carried out though the agent, updated meanwhile, reads the folder anew", async () => {
  const before = await workplace.agent({ control, mode: "semi-automatic" });
  const { message, acks } = workplace.api.instruct(await sessionOf(before), REORDER_GRIDSQUARES, SQUARES);
  await until("the API knows that it came", () => acks.length > 0);
  await before.stop();
  const journal = new Database(join(workplace.stateFolder, "journal.db"));
  journal.exec("PRAGMA user_version = 1");
  journal.close();
  const approval = { approved: true, by: "operator", reason: null };
  new Approvals(workplace.stateFolder).put(message.instruction_id, approval);
  await workplace.agent({ control, mode: "semi-automatic" });
  await until("it is carried out", () => acks.some((ack) => ack.status === "processed"));
  expect(given).toHaveLength(1);
});

test("orders that an API which was put back no longer knows are not carried out, those that it knows are", async () => {
  const { api } = workplace;
  api.databaseId = "first";
  // It is away for so short that nothing but the stream of instructions notices.
  const rarelyMs = 3_600_000;
  const times = { ...FAST_TIMES, lossLookSpreadMs: rarelyMs, heartbeatIntervalMs: rarelyMs, logIntervalMs: rarelyMs };
  const agent = await workplace.agent({ control, mode: "semi-automatic", times });
  const session = await sessionOf(agent);
  await until("the agent knows the database", () => api.requests.some(({ path }) => path === "/database/identity"));
  const holes = (square: string) => ({ gridsquare_id: square, foilhole_ids: [`${square}001`], reason: "" });
  const known = api.instruct(session, REORDER_FOILHOLES, holes("101"));
  const unknown = api.instruct(session, REORDER_FOILHOLES, holes("102"));
  const waiting = () => agent.status().awaiting_approval.map((each) => each.instruction_id);
  await until("both wait", () => waiting().length === 2);

  await api.stop();
  api.databaseId = "second";
  api.instructions.delete(unknown.message.instruction_id);
  await api.start();
  await until("one is given again", () => known.sent > 1 && waiting().join() === known.message.instruction_id);
  const approvals = new Approvals(workplace.stateFolder);
  for (const { message } of [unknown, known]) {
    approvals.put(message.instruction_id, { approved: true, by: "operator", reason: null });
  }
  expect(await answerTo(known)).toEqual(["processed", null]);
  await agent.settled();
  expect(given).toMatchObject([{ gridSquareId: "101" }]);
});

test("orders of an agent that is updated just when the API was put back are let go, too", async () => {
  const { api, stateFolder } = workplace;
  api.databaseId = "first";
  const before = await workplace.agent({ control, mode: "semi-automatic" });
  const session = await sessionOf(before);
  await until("the agent knows the database", () => api.requests.some(({ path }) => path === "/database/identity"));
  const order = api.instruct(session, REORDER_GRIDSQUARES, SQUARES);
  await until("the order waits", () => before.status().awaiting_approval.length === 1);
  await before.stop();
  const journal = new Database(join(stateFolder, "journal.db"));
  journal.exec("PRAGMA user_version = 1");
  journal.close();
  api.databaseId = "second";
  api.instructions.delete(order.message.instruction_id);
  const updated = await workplace.agent({ control, mode: "semi-automatic" });
  await sessionOf(updated);
  await until("it is let go", () => updated.status().awaiting_approval.length === 0);
  expect(given).toEqual([]);
});
