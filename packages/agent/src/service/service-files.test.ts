import { expect, test } from "vitest";
import { type AgentService, serviceName, systemdUnit, windowsScripts } from "./service-files.js";

const LINUX: AgentService = {
  name: "smartem-agent",
  command: ["/opt/smartem/smartem-agent"],
  watchFolder: "/mnt/epu 100%",
  flags: ["--api-url", "http://smartem:8000", "--path-map", "Z:\\Data=/mnt/$x"],
  stateFolder: "/var/lib/smartem-agent",
  logFile: "/var/log/smartem/agent.log",
  user: "smartem",
};
const WINDOWS: AgentService = {
  ...LINUX,
  command: ["C:\\Program Files\\SmartEM\\smartem-agent.exe"],
  watchFolder: "D:\\EPU Data\\",
  flags: ["--api-url", "http://smartem:8000/a%20b"],
  stateFolder: "C:\\ProgramData\\smartem-agent",
  logFile: "C:\\ProgramData\\smartem-agent\\agent.log",
  user: null,
};

test("systemd gets every word as it is, restarts the agent for ever, and lets it write its own folders only", () => {
  const { name, content } = systemdUnit(LINUX);
  expect(name).toBe("smartem-agent.service");
  expect(content).toContain(
    'ExecStart=/opt/smartem/smartem-agent watch "/mnt/epu 100%%" --state-dir /var/lib/smartem-agent ' +
      "--log-file /var/log/smartem/agent.log --api-url http://smartem:8000 --path-map Z:\\\\Data=/mnt/$$x\n",
  );
  expect(content).toContain("\nRestart=always\n");
  expect(content).toContain("\nStartLimitIntervalSec=0\n");
  expect(content).toContain("\nUser=smartem\n");
  expect(content).toContain("\nReadWritePaths=-/var/lib/smartem-agent -/var/log/smartem\n");
  expect(content).toContain('\nReadOnlyPaths="-/mnt/epu 100%%"\n');
});

test("Windows gets scripts that install and remove the service, with every word as it is", () => {
  const [install, remove] = windowsScripts(WINDOWS);
  expect([install?.name, remove?.name]).toEqual(["install-smartem-agent.cmd", "remove-smartem-agent.cmd"]);
  const lines = install?.content.split("\r\n") ?? [];
  expect(lines).toContain(
    '"%NSSM%" install "smartem-agent" "C:\\Program Files\\SmartEM\\smartem-agent.exe" || exit /b 1',
  );
  // The backslash at the end of a folder must not escape the mark after it; %20 must not be taken for a variable.
  expect(lines.find((line) => line.includes("AppParameters"))).toContain(
    '\\"watch\\" \\"D:\\EPU Data\\\\\\" \\"--state-dir\\"',
  );
  expect(install?.content).toContain("http://smartem:8000/a%%20b");
  expect(install?.content).toContain('sc.exe failure "smartem-agent" reset= 86400 actions= restart/5000');
  expect(remove?.content).toContain('sc.exe delete "smartem-agent"');
});

test("what would begin another setting is refused", () => {
  expect(() => systemdUnit({ ...LINUX, watchFolder: "/mnt\nExecStartPre=/bin/sh" })).toThrow("on one line");
  expect(() => windowsScripts({ ...WINDOWS, watchFolder: 'D:\\" & calc & "' })).toThrow("quotation mark");
  expect(() => serviceName("a b")).toThrow("--name");
  expect(serviceName("agent-2_x")).toBe("agent-2_x");
});
