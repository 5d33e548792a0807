import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentStatus } from "@smartem/agent/reporting/agent-status";
import { POINTER, removeDataFolder } from "@smartem/backend/embedded-postgres/cluster-home";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processesNaming, type RunningCommand, runCommand, runProgram } from "../testing/command.js";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "smartem-start-"));
});
afterAll(async () => {
  // Root's databases are kept elsewhere where only root may enter the data folder.
  const pointers = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((path) => basename(path) === POINTER);
  for (const pointer of pointers) await removeDataFolder(join(dir, dirname(pointer)));
  rmSync(dir, { recursive: true, force: true });
});

// Large enough not to be finished before it is started again.
const small = ["--squares", "8", "--holes-per-square", "80", "--speed", "600"];

/** What is left of a command that was started in a group of its own. */
function killGroup({ child }: RunningCommand): void {
  try {
    process.kill(-(child.pid ?? 0), "SIGKILL");
  } catch {
    // Nothing is left.
  }
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url, { signal: AbortSignal.timeout(30_000) })).json();
}

/** Its exit code and output; a command that does not end fails with what it has said. */
async function endOf(command: RunningCommand): Promise<{ code: number | null; output: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Error(`not all of it ends (${command.child.exitCode ?? command.child.signalCode}):\n${command.output()}`),
        ),
      60_000,
    );
  });
  return Promise.race([command.ended, late]).finally(() => clearTimeout(timer));
}

/** Waits until the API says that so many micrographs are there and one instruction was followed. */
async function untilAlive(command: RunningCommand, url: string, micrographs: number): Promise<number> {
  const end = Date.now() + 90_000;
  for (;;) {
    const list = (await get(`${url}/micrographs`)) as unknown[];
    if (list.length >= micrographs) return list.length;
    if (Date.now() > end || command.child.exitCode !== null)
      throw new Error(`only ${list.length} micrographs:\n${command.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("everything starts, a session is collected, Ctrl+C leaves nothing behind, and starting again goes on with the kept data", async () => {
  const data = mkdtempSync(join(dir, "data-"));
  const first = runCommand("smartem", ["start", "--data-dir", data, "--port", "0", ...small]);
  const url = (await first.printed(/Web UI and API\s+(http\S+)/))[1] ?? "";
  const before = await untilAlive(first, url, 3);
  expect(await get(`${url}/health`)).toMatchObject({ status: "ok" });
  const [grid] = (await get(`${url}/grids`)) as { uuid: string }[];
  expect(await get(`${url}/grids/${grid?.uuid}/plan`)).toMatchObject({
    grid_uuid: grid?.uuid,
    decision: { mode: "automatic" },
  });
  first.child.kill("SIGINT");
  // npm passes on what the terminal has sent to both.
  await first.printed(/Stopping …/);
  first.child.kill("SIGINT");
  expect(await endOf(first)).toMatchObject({ code: 130, output: expect.stringContaining("Stopped.") });
  expect(processesNaming(data)).toEqual([]);

  const second = runCommand("smartem", ["start", "--data-dir", data, "--port", "0", ...small]);
  const url2 = (await second.printed(/Web UI and API\s+(http\S+)/))[1] ?? "";
  expect(((await get(`${url2}/micrographs`)) as unknown[]).length).toBeGreaterThanOrEqual(before);
  await untilAlive(second, url2, before + 2);
  // Even where nobody can say goodbye.
  second.child.kill("SIGKILL");
  await endOf(second);
  const end = Date.now() + 30_000;
  while (processesNaming(data).length > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(processesNaming(data)).toEqual([]);
}, 240_000);

test("Ctrl+C while the parts are being started is a clean end too", async () => {
  const data = mkdtempSync(join(dir, "data-"));
  const args = ["start", "--data-dir", data, "--port", "0", ...small];
  const started = runCommand("smartem", args, {}, { detached: true });
  try {
    const end = Date.now() + 60_000;
    while (!processesNaming(data).some((found) => found.includes("internal-")) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 5));
    // The terminal sends it to all of them.
    process.kill(-(started.child.pid ?? 0), "SIGINT");
    expect(await endOf(started)).toEqual({
      code: 130,
      output: expect.stringMatching(/^Starting .*\n(.*\n)*Stopping …\nStopped\.\n$/),
    });
    expect(processesNaming(data)).toEqual([]);
  } finally {
    killGroup(started);
  }
}, 120_000);

test("the agent of a real folder knows nothing of what was simulated before on the same data", async () => {
  const data = mkdtempSync(join(dir, "data-"));
  const simulating = runCommand("smartem", ["start", "--data-dir", data, "--port", "0", ...small]);
  const url = (await simulating.printed(/Web UI and API\s+(http\S+)/))[1] ?? "";
  await untilAlive(simulating, url, 1);
  expect(await get(`${url}/agents/sessions`)).toMatchObject([{ agent_id: "simulated-microscope" }]);
  simulating.child.kill("SIGTERM");
  await endOf(simulating);

  const watched = mkdtempSync(join(dir, "epu-"));
  const watching = runCommand("smartem", ["start", "--data-dir", data, "--port", "0", "--watch", watched]);
  // As it is said at the start.
  const [, asked = ""] = await watching.printed(/ {2}Its agent +npx smartem-agent (.*)\n/);
  const found = await runCommand("smartem-agent", [...asked.split(" "), "--json"]).ended;
  expect(found.code).toBe(0);
  const { entities, sessions } = JSON.parse(found.output) as AgentStatus;
  expect(Object.values(entities).filter(({ known }) => known > 0)).toEqual([]);
  expect(sessions).toEqual([]);
  watching.child.kill("SIGTERM");
  await endOf(watching);
}, 240_000);

test("a SIGTERM to npm alone, as a supervisor sends it, ends `npm start` with all of its parts", async () => {
  const data = mkdtempSync(join(dir, "data-"));
  // Without scripts: what is tested is built.
  const args = ["start", "--ignore-scripts", "--", "--data-dir", data, "--port", "0", ...small];
  const npm = runProgram("npm", args, { cwd: ROOT, detached: true });
  try {
    await npm.printed(/Web UI and API\s+http/);
    npm.child.kill("SIGTERM");
    expect(await endOf(npm)).toMatchObject({ output: expect.stringContaining("Stopped.") });
    expect(processesNaming(data)).toEqual([]);
  } finally {
    killGroup(npm);
  }
}, 120_000);

test("data folder, mode, port and the agent's name come from `.env` where nothing else names them", async () => {
  const cwd = mkdtempSync(join(dir, "cwd-"));
  const [data, watched] = ["data", "epu"].map((name) => join(cwd, name));
  mkdirSync(watched ?? "");
  writeFileSync(
    join(cwd, ".env"),
    `SMARTEM_DATA_DIR=${data}\nSMARTEM_DECISION_MODE=advise\nHTTP_API_PORT=0\nSMARTEM_AGENT_ID=krios-9\n`,
  );
  const started = runCommand("smartem", ["start", "--watch", watched ?? ""], {}, { cwd });
  const url = (await started.printed(/Web UI and API\s+(http\S+)/))[1] ?? "";
  expect(started.output()).toMatch(new RegExp(`Data and logs +${data}\n`));
  expect(await get(`${url}/status`)).toMatchObject({ configuration: { default_decision_mode: "advise" } });
  started.child.kill("SIGTERM");
  expect(await endOf(started)).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(join(data ?? "", "agent", "status.json"), "utf8"))).toMatchObject({
    agent_id: "krios-9",
  });
  expect(existsSync(join(cwd, ".smartem"))).toBe(false);
}, 120_000);

test("a taken port, a missing folder and a data folder that can't be written are one clear sentence each, and exit code 1", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const taken = await runCommand("smartem", ["start", "--data-dir", join(dir, "taken"), "--port", String(port)]).ended;
  server.close();
  expect(taken.code).toBe(1);
  expect(taken.output).toContain(`Port ${port} on 127.0.0.1 is taken by another program. Choose another with --port`);
  expect(processesNaming(join(dir, "taken"))).toEqual([]);

  const missing = await runCommand("smartem", ["start", "--data-dir", join(dir, "x"), "--watch", join(dir, "nowhere")])
    .ended;
  expect(missing.code).toBe(1);
  expect(missing.output.trim()).toBe(
    `There is no folder ${join(dir, "nowhere")}. Name the folder that EPU writes its sessions to.`,
  );

  // A share in trouble is not missing.
  const loop = join(dir, "loop");
  symlinkSync(loop, loop);
  const unreadable = await runCommand("smartem", ["start", "--data-dir", join(dir, "x"), "--watch", loop]).ended;
  expect(unreadable.code).toBe(1);
  expect(unreadable.output).toContain(`The folder ${loop} can't be looked at (ELOOP).`);

  const file = join(dir, "a-file");
  writeFileSync(file, "");
  const unwritable = await runCommand("smartem", ["start", "--data-dir", join(file, "data")]).ended;
  expect(unwritable.code).toBe(1);
  expect(unwritable.output.trim()).toMatch(
    /^The data folder .* can't be written to \(ENOTDIR\)\. Choose another with --data-dir\.$/,
  );
}, 120_000);

test("a part that can't be started says what is to be done about it", async () => {
  const data = join(dir, "spoilt");
  mkdirSync(join(data, "microscope"), { recursive: true });
  writeFileSync(join(data, "microscope", "athena.jsonl"), "no journal\n");
  const { code, output } = await runCommand("smartem", ["start", "--data-dir", data, "--port", "0"]).ended;
  expect(code).toBe(1);
  expect(output).toMatch(/microscope could not be started: Line 1 of .* cannot be read\. Name another file/);
  expect(processesNaming(data)).toEqual([]);
}, 120_000);

test("mistakes in the configuration are listed all at once", async () => {
  const { code, output } = await runCommand("smartem", ["serve"], {
    HTTP_API_PORT: "many",
    ROLE: "worker",
    SMARTEM_LOG_LEVEL: "loud",
  }).ended;
  expect(code).toBe(1);
  expect(output).toContain("HTTP_API_PORT");
  expect(output).toContain("ROLE=worker needs a database");
  expect(output).toContain("SMARTEM_LOG_LEVEL");
});
