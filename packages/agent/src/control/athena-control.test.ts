import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type AthenaClient, createAthenaClient } from "@smartem/athena-api/client";
import type { AthenaErrorCode } from "@smartem/athena-api/errors";
import { startAthenaMock } from "@smartem/athena-api/mock/server";
import { err, ok } from "@smartem/common/result";
import { expect, test } from "vitest";
import { openJournal } from "../journal/journal.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { AthenaControl } from "./athena-control.js";
import type { AthenaWatch } from "./athena-verdict.js";

const workplace = useWorkplace();

/** A Decision Service that fails with the code that a session is named after, and knows that area 1 of others is done. */
const client = {
  getAreaStates: async ({ sessionId }: { sessionId: string }) =>
    sessionId.startsWith("athena_")
      ? err({ code: sessionId as AthenaErrorCode, message: sessionId, call: "", status: null, problem: null })
      : ok([{ id: 1, areaId: 1, state: "started", timestamp: null }]),
  getRuns: async () => ok([]),
} as unknown as AthenaClient;

function order(athenaSessionId: string, ordered = [1]) {
  const of = { kind: "reorder_foilholes", athenaSessionId, parentAreaId: 10, skipped: [] } as const;
  const watch: AthenaWatch = { ...of, ordered, lastStateId: 0, runNumber: 1 };
  return { watch, later: [] };
}

test("what is amiss with the record of one order is told of that order alone, unless it may pass", async () => {
  const control = new AthenaControl(client);
  const orders = [order("athena_not_found"), order("athena_bad_response"), order("kept")];
  expect(await control.observe(orders)).toEqual(
    ok([
      expect.objectContaining({ outcome: "superseded", details: expect.stringContaining("no record") }),
      null,
      expect.objectContaining({ outcome: "followed" }),
    ]),
  );
  expect(await control.observe([...orders, order("athena_timeout")])).toMatchObject({ error: { kind: "transient" } });
});

test("that a record can't be read is told where nothing else is", async () => {
  expect(await new AthenaControl(client).observe([order("athena_bad_response")])).toMatchObject({
    error: { kind: "permanent", message: "athena_bad_response" },
  });
});

test.each([404, 400, 409])("a %i that is not Athena's word fails no order and is no verdict", async (status) => {
  const server = createServer((_, response) => response.writeHead(status, { "content-type": "text/html" }).end("<h1>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const control = new AthenaControl(createAthenaClient({ baseUrl: `http://127.0.0.1:${port}` }));
  const journal = openJournal(join(workplace.folder, "own-state"));
  try {
    const session = { epuSessionId: "4600928", name: "Supervisor_1", acquisition: "acquisition" };
    const skip = { kind: "skip_gridsquares", gridSquareIds: ["101"], reason: "" } as const;
    const { signal } = new AbortController();
    expect(await control.give(session, skip, journal.takeovers, signal, () => undefined)).toMatchObject({
      error: { kind: "transient" },
    });
    expect((await control.observe([order("3fa85f64-5717-4562-b3fc-2c963f66afa6")])).ok).toBe(false);
  } finally {
    journal.close();
    await control.close();
    server.close();
  }
});

test("an order given between two runs is for the one to come, also where EPU left an earlier one open", async () => {
  const athena = await startAthenaMock();
  const client = createAthenaClient({ baseUrl: athena.url });
  const control = new AthenaControl(client);
  const journal = openJournal(join(workplace.folder, "own-state"));
  try {
    const sessionId = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    await client.postSession({ sessionId, sessionName: "Supervisor_1" });
    await client.startRun({ sessionId });
    await client.startRun({ sessionId });
    const session = { epuSessionId: "4600928", name: "Supervisor_1", acquisition: "acquisition" };
    const skip = { kind: "skip_gridsquares", gridSquareIds: ["101"], reason: "" } as const;
    const runOf = async () => {
      const given = await control.give(session, skip, journal.takeovers, new AbortController().signal, () => undefined);
      return given.ok ? (given.value.watch as AthenaWatch).runNumber : given.error;
    };
    expect(await runOf()).toBe(2);
    await client.stopRun({ sessionId, runNumber: 2 });
    expect(await runOf()).toBe(3);
  } finally {
    journal.close();
    await control.close();
    await athena.close();
  }
});
