import { readdirSync, renameSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { delay } from "@smartem/common/time";
import { expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

const IDLE_MS = 2_000;
/** Within this idle sessions are found. */
const LOOK_MS = 5_500;

function writtenAt(folder: string, time: Date): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    utimesSync(join(folder, name), time, time);
  }
}

test("no session is closed while the watched folder is away, and those without anything new are when it is back", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  // By a clock that is ahead: so it counts when they are read, however late that is.
  writtenAt(watched, new Date(Date.now() + 3_600_000));
  const agent = await workplace.agent({ times: { ...FAST_TIMES, sessionIdleMs: IDLE_MS } });
  await agent.settled();
  await until("a session", () => agent.status().sessions.length === 1);
  renameSync(watched, `${watched}-away`);
  await until("trouble", () => agent.status().watching.trouble !== null);
  await delay(IDLE_MS + LOOK_MS);
  expect(agent.status().sessions).toHaveLength(1);
  expect([...api.sessions.values()].map(({ status }) => status)).toEqual(["active"]);
  renameSync(`${watched}-away`, watched);
  await until("it is closed", () => [...api.sessions.values()].every(({ status }) => status === "completed"));
});

test("an archive is read without listening for its sessions: only what is written within a day is at work", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...sessionFiles(OTHER_SESSION)]);
  const monthAgo = new Date(Date.now() - 30 * 24 * 3_600_000);
  writtenAt(join(watched, String(OTHER_SESSION.session.name)), monthAgo);
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.all("acquisition")).toHaveLength(2);
  await until("a session", () => agent.status().sessions.length > 0);
  // Longer than until those that are wanted are looked for again.
  await delay(LOOK_MS);
  const fresh = api.all("acquisition").find(({ name }) => name === SMALL_SESSION.session.name);
  expect([...api.sessions.values()].map(({ acquisition_uuid }) => acquisition_uuid)).toEqual([fresh?.uuid]);
});
