import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startAthenaMock } from "@smartem/athena-api/mock/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { checkApi, checkAthena, checkCredentials } from "./check-connections.js";
import { checkLogFile, checkStateFolder, checkWatchFolder } from "./check-folders.js";

const workplace = useWorkplace();
let server: Server | null;

beforeEach(() => {
  server = null;
});

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An API that answers everything alike. */
async function apiThatAnswers(status: number, headers: Record<string, string> = {}): Promise<string> {
  server = createServer((_, response) => response.writeHead(status, headers).end("{}"));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a folder with sessions is fine, an empty one is worth a word, a missing one will not do", async () => {
  const { watched, folder } = workplace;
  expect(await checkWatchFolder(watched)).toContainEqual(
    expect.objectContaining({ check: "watched folder", verdict: "warning", hint: expect.any(String) }),
  );
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  expect(await checkWatchFolder(watched)).toContainEqual(
    expect.objectContaining({ check: "watched folder", verdict: "ok", message: `${watched} holds 1 EPU session.` }),
  );
  const [missing] = await checkWatchFolder(join(folder, "nowhere"));
  expect(missing).toMatchObject({ verdict: "failed", message: `There is no folder ${join(folder, "nowhere")}.` });
  writeFileSync(join(folder, "file"), "");
  expect(await checkWatchFolder(join(folder, "file"))).toMatchObject([{ verdict: "failed" }]);
});

test("links to folders, which are not followed, are named", async () => {
  const { watched, folder } = workplace;
  writeFiles(join(folder, "elsewhere"), sessionFiles(SMALL_SESSION));
  const link = join(watched, "Supervisor_1");
  symlinkSync(join(folder, "elsewhere", "Supervisor_1"), link);
  expect(await checkWatchFolder(watched)).toContainEqual(
    expect.objectContaining({ verdict: "warning", message: expect.stringContaining(`${link} is a link to`) }),
  );
});

test("a state folder has to be outside of the watched one, and to be writable", async () => {
  const { watched, folder } = workplace;
  const inside = await checkStateFolder(join(watched, "state"), watched);
  expect(inside).toMatchObject([{ verdict: "failed", hint: expect.stringContaining("--state-dir") }]);
  writeFileSync(join(folder, "file"), "");
  expect(await checkStateFolder(join(folder, "file", "state"), watched)).toMatchObject([{ verdict: "failed" }]);
  const good = await checkStateFolder(join(folder, "state"), watched);
  expect(good.map(({ check }) => check)).toEqual(["state folder", "disk space"]);
  expect(good[0]).toMatchObject({ verdict: "ok", message: expect.stringContaining("no agent runs on it") });
  expect(await checkLogFile(join(folder, "logs", "agent.log"))).toMatchObject({ verdict: "ok" });
  expect(await checkLogFile(join(folder, "file", "agent.log"))).toMatchObject({ verdict: "failed" });
});

test("an agent that runs on the state folder is named", async () => {
  const { watched, stateFolder } = workplace;
  const agent = await workplace.agent();
  await agent.settled();
  const [state] = await checkStateFolder(stateFolder, watched);
  expect(state?.message).toContain(`in use by the agent agent-1 (process ${process.pid})`);
});

test("an API that is away, that is something else, or that wants a token is told apart", async () => {
  expect(await checkApi("http://127.0.0.1:1", null)).toMatchObject([{ check: "API", verdict: "failed" }]);
  const other = await checkApi(await apiThatAnswers(404), null);
  expect(other[0]).toMatchObject({ verdict: "failed", message: expect.stringContaining("404") });
  server?.close();
  const guarded = await apiThatAnswers(200);
  server?.removeAllListeners("request");
  server?.on("request", (request, response) => response.writeHead(request.url === "/status" ? 200 : 401).end("{}"));
  const refused = (await checkApi(guarded, null)).find((finding) => finding.verdict === "failed");
  expect(refused).toMatchObject({ hint: expect.stringContaining("--config") });
});

test.each([
  [0, "ok"],
  [-10_000, "warning"],
  [600_000, "failed"],
] as const)("a clock that is off by %i ms is %s", async (skewMs, verdict) => {
  const url = await apiThatAnswers(200, { date: new Date(Date.now() - skewMs).toUTCString() });
  const clock = (await checkApi(url, null)).find((finding) => finding.check === "clock");
  expect(clock?.verdict).toBe(verdict);
});

test("credentials that others may read, that are refused or incomplete are found out", async () => {
  const file = join(workplace.folder, "agent.env");
  writeFileSync(file, "KEYCLOAK_URL=http://127.0.0.1:1\n");
  expect((await checkCredentials(file, {})).findings).toMatchObject([{ verdict: "failed" }]);
  writeFileSync(
    file,
    "KEYCLOAK_URL=http://127.0.0.1:1\nKEYCLOAK_REALM=r\nKEYCLOAK_CLIENT_ID=a\nKEYCLOAK_CLIENT_SECRET=s\n",
  );
  chmodSync(file, 0o644);
  const { findings, token } = await checkCredentials(file, {});
  expect(token).toBeNull();
  expect(findings.map(({ verdict }) => verdict)).toEqual(
    process.platform === "win32" ? ["failed"] : ["warning", "failed"],
  );
  expect((await checkCredentials(null, {})).findings).toMatchObject([{ verdict: "ok" }]);
});

test("Athena is asked where there is one", async () => {
  expect(await checkAthena(null)).toMatchObject({ verdict: "ok" });
  expect(await checkAthena("http://127.0.0.1:1")).toMatchObject({ verdict: "failed" });
  const athena = await startAthenaMock();
  try {
    expect(await checkAthena(athena.url)).toMatchObject({ verdict: "ok" });
  } finally {
    await athena.close();
  }
});
