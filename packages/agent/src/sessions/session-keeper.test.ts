import { renameSync } from "node:fs";
import { delay } from "@smartem/common/time";
import { expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

const IDLE_MS = 2_000;
/** Within this idle sessions are found. */
const LOOK_MS = 5_500;

test("no session is closed while the watched folder is away, and those without anything new are when it is back", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
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
