import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAthenaClient } from "@smartem/athena-api/client";
import { ensureSession } from "@smartem/athena-api/ensure";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCommand } from "./testing/command.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "smartem-athena-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

test("the mock answers as a command, and a persistent one remembers", async () => {
  const args = ["athena-mock", "--port", "0", "--persist", join(dir, "athena.jsonl")];
  const sessionId = "0b6f1a2c-8d0e-4f5a-9b7c-1d2e3f405162";
  for (const round of [1, 2]) {
    const command = runCommand("smartem", args);
    const [, url = ""] = await command.printed(/at (http\S+),/);
    const client = createAthenaClient({ baseUrl: url });
    const sessions = await client.getSessions();
    expect(sessions.ok && sessions.value.map((session) => session.sessionId)).toEqual(round === 1 ? [] : [sessionId]);
    if (round === 1) expect((await ensureSession(client, { sessionId, sessionName: "one" })).ok).toBe(true);
    await client.close();
    command.child.kill("SIGINT");
    expect((await command.ended).code).toBe(130);
  }
});
