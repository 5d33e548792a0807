import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { registerAgentCommands } from "../cli.js";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { agentArguments } from "../testing/spawned-agent.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();
let printed: string;
let complained: string;

beforeEach(() => {
  printed = "";
  complained = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complained += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** @returns the exit code */
async function run(...args: string[]): Promise<number> {
  const program = new Command().exitOverride();
  registerAgentCommands(program);
  process.exitCode = 0;
  await program.parseAsync(args, { from: "user" });
  return Number(process.exitCode);
}

test("parse prints what a file says, and fails on what it can't read", async () => {
  const { watched } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  expect(await run("parse", "session", join(watched, "Supervisor_1", "EpuSession.dm"), "--json")).toBe(0);
  expect(JSON.parse(printed)).toMatchObject({ show: "file", file: { kind: "session", record: { id: "4600928" } } });
  printed = "";
  expect(await run("parse", "dir", join(watched, "Supervisor_1"))).toBe(0);
  expect(printed).toContain("Supervisor_1");
  expect(await run("parse", "atlas", join(watched, "Supervisor_1", "EpuSession.dm"))).toBe(1);
  expect(complained).not.toBe("");
});

test("validate says what is wrong on standard error and fails", async () => {
  const { watched } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  writeFileSync(join(watched, "Supervisor_1", "Metadata", "GridSquare_101.dm"), "<GridSquareXml");
  expect(await run("validate", watched)).toBe(1);
  expect(complained).toContain("GridSquare_101.dm");
  expect(complained).toContain("[incomplete]");
});

test("a dry run prints what would be uploaded and sends nothing", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  expect(await run("watch", watched, "--dry-run", "--api-url", api.url)).toBe(0);
  expect(printed).toContain("micrograph: 12");
  expect(api.requests).toEqual([]);
});

test("bad input and an API that can't be reached end with 1 and a hint", async () => {
  const { watched, folder, api } = workplace;
  expect(await run("watch", watched, "--api-url", "nonsense")).toBe(1);
  expect(complained).toContain('--api-url is "nonsense"');
  expect(await run("watch", watched, "--log-interval", "often")).toBe(1);
  expect(await run("watch", watched, "--path-map", "nothing")).toBe(1);
  expect(await run("watch", join(folder, "none"), "--api-url", api.url, "--state-dir", join(folder, "s"))).toBe(1);
  expect(complained).toContain("There is no folder");
  complained = "";
  expect(await run("watch", join(folder, "none"), "--dry-run", "--api-url", api.url)).toBe(1);
  expect(complained).toContain("There is no folder");
  expect(printed).toBe("");
  await api.stop();
  complained = "";
  expect(await run("watch", join(folder, "none"), "--api-url", api.url, "--state-dir", join(folder, "s"))).toBe(1);
  expect(complained).toContain("There is no folder");
  expect(await run("watch", watched, "--api-url", api.url, "--state-dir", join(folder, "s"))).toBe(1);
  expect(complained).toContain("can't be reached");
  expect(complained).toContain("--wait-for-api");
});

test("a log file below the watched folder is refused, and nothing is written there", async () => {
  const { watched, api } = workplace;
  const logFile = join(watched, "logs", "agent.log");
  for (const command of ["watch", "doctor", "install-service"]) {
    complained = "";
    expect(
      await run(
        command,
        watched,
        ...(command === "install-service" ? [] : ["--api-url", api.url]),
        "--log-file",
        logFile,
      ),
    ).toBe(1);
    expect(complained).toContain("lies in the watched folder");
  }
  expect(existsSync(join(watched, "logs"))).toBe(false);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 0],
] as const)("on %s, twice as by npm, the agent ends its work and then with %i", async (signal, code) => {
  const { watched, api, folder, stateFolder } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const logFile = join(folder, "logs", "agent.log");
  const args = [
    "watch",
    watched,
    "--api-url",
    api.url,
    "--agent-id",
    "cli",
    "--state-dir",
    stateFolder,
    "--log-file",
    logFile,
  ];
  const child = spawn(process.execPath, [...agentArguments("cli-process"), ...args], { stdio: "ignore" });
  const exited = once(child, "exit");
  await until("the upload", () => api.counts().micrograph === 12, 30_000);
  expect(await run("status", watched, "--state-dir", stateFolder)).toBe(0);
  expect(printed).toContain("running: cli");
  // Stopping takes a while: the last lines of the log are to be shipped.
  api.delayMs = (path) => (path.endsWith("/logs") ? 500 : 0);
  child.kill(signal);
  await until("the stopping", () => readFileSync(logFile, "utf8").includes("agent stopping"));
  child.kill(signal);
  expect((await exited)[0]).toBe(code);
  expect(api.logs).toContainEqual(expect.objectContaining({ message: "agent stopping" }));
  expect(await run("status", watched, "--state-dir", stateFolder, "--json")).toBe(1);
});

test("an agent that can't say how it is any more is not taken for one that is well", async () => {
  const { watched, stateFolder } = workplace;
  await workplace.agent({ times: { statusIntervalMs: 600_000 } });
  const file = join(stateFolder, "status.json");
  expect(await run("status", watched, "--state-dir", stateFolder)).toBe(0);
  expect(complained).toBe("");
  const said = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...said, reported_at: new Date(Date.now() - 90_000).toISOString() }));
  expect(await run("status", watched, "--state-dir", stateFolder)).toBe(1);
  expect(complained).toMatch(/has said nothing for 9\d s: is the disk full/);
});

test("the doctor takes every flag of watch, and looks for the folders of path maps", async () => {
  const { watched, folder, api } = workplace;
  const flags = ["--api-url", api.url, "--state-dir", join(folder, "s"), "--agent-id", "krios1", "-vv"];
  const more = ["--mode", "semi-automatic", "--scan-interval", "2", "--wait-for-api", "--heartbeat-interval", "5"];
  const maps = ["--path-map", `Z:\\Data=${watched}`, "--path-map", `Y:\\=${join(folder, "unmounted")}`];
  expect(await run("doctor", watched, ...flags, ...more, ...maps, "--json")).toBe(1);
  const findings = JSON.parse(printed) as { check: string; verdict: string; message: string; hint: string | null }[];
  expect(findings.filter(({ check }) => check === "path map")).toMatchObject([
    { verdict: "ok", message: `Z:\\Data is ${watched} here.` },
    { verdict: "failed", hint: expect.stringContaining("--path-map") },
  ]);
  expect(await run("doctor", watched, ...flags, "--scan-interval", "often")).toBe(1);
  expect(complained).toContain('--scan-interval is "often"');
});

test("the doctor says what it has found before it asks what may not answer", async () => {
  const { watched, folder } = workplace;
  let saidBefore: string | null = null;
  const server = createServer((_, response) => {
    saidBefore ??= printed;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await run("doctor", watched, "--api-url", url, "--state-dir", join(folder, "s"))).toBe(1);
    expect(saidBefore).toContain("state folder");
    expect(saidBefore).not.toContain("  API: ");
    expect(printed).toContain("  API: ");
  } finally {
    server.close();
  }
});

test("what is to be done for a service of systemd makes the folders of its state and its log, both its user's", async () => {
  const { watched, folder } = workplace;
  const steps = async (...flags: string[]): Promise<string> => {
    printed = "";
    const output = ["--output", join(folder, "service")];
    expect(await run("install-service", watched, "--for", "systemd", ...output, ...flags)).toBe(0);
    return printed;
  };
  const log = ["--log-file", "/var/log/smartem/agent.log"];
  const state = ["--state-dir", "/data/state"];
  const own = await steps(...state, ...log, "--user", "epu");
  expect(own).toContain("  mkdir -p /data/state && chown epu /data/state\n");
  expect(own).toContain("  test -d /var/log/smartem || install -d -o epu /var/log/smartem\n");
  expect(await steps(...log)).toContain("  test -d /var/log/smartem || install -d /var/log/smartem\n");
  expect(await steps(...state)).not.toContain("test -d");
});

test("flags that no agent would start with are refused before they are those of a service", async () => {
  const { watched, folder } = workplace;
  const install = (...flags: string[]) =>
    run("install-service", watched, "--for", "systemd", "--output", join(folder, "service"), "--", ...flags);
  for (const [flags, said] of [
    [["--api-ulr", "http://smartem:8000"], "unknown option '--api-ulr'"],
    [["--api-url", "smartem"], '--api-url is "smartem"'],
    [["--scan-interval", "often"], '--scan-interval is "often"'],
    [["--mode", "wild"], '--mode is "wild"'],
    [["--path-map", "nothing"], "no path map"],
    [["--state-dir", "elsewhere"], "--state-dir goes before the --"],
    [["--dry-run"], "unknown option '--dry-run'"],
    [["/another/folder"], "too many arguments"],
  ] as const) {
    complained = "";
    expect(await install(...flags), flags.join(" ")).toBe(1);
    expect(complained).toContain(said);
  }
  expect(existsSync(join(folder, "service"))).toBe(false);
  expect(await install("--config", "agent.env", "--mode", "automatic")).toBe(0);
  expect(readFileSync(join(folder, "service", "smartem-agent.service"), "utf8")).toContain(
    ` --mode automatic --config ${join(process.cwd(), "agent.env")} --wait-for-api\n`,
  );
  expect(await run("install-service", watched, "--for", "windows", "--", "--config", "agent.env")).toBe(1);
  expect(complained).toContain("its whole path");
});
