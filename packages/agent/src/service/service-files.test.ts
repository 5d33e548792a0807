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
  const besides = systemdUnit({ ...LINUX, logFile: "/var/lib/smartem-agent/agent.log" }).content;
  expect(besides).toContain("\nReadWritePaths=-/var/lib/smartem-agent\n");
  expect(content).toContain('\nReadOnlyPaths="-/mnt/epu 100%%"\n');
});

test("Windows gets scripts that install and remove the service, with every word as it is", () => {
  const [install, remove] = windowsScripts(WINDOWS);
  expect([install?.name, remove?.name]).toEqual(["install-smartem-agent.cmd", "remove-smartem-agent.cmd"]);
  const lines = install?.content.split("\r\n") ?? [];
  expect(lines).toContain(
    '"%NSSM%" install "smartem-agent" "C:\\Program Files\\SmartEM\\smartem-agent.exe" || exit /b 1',
  );
  // The service is started in the folder of its log.
  const madeAt = lines.indexOf(
    'if not exist "C:\\ProgramData\\smartem-agent" mkdir "C:\\ProgramData\\smartem-agent" || exit /b 1',
  );
  expect(madeAt).toBeGreaterThan(0);
  expect(lines.findIndex((line) => line.startsWith('"%NSSM%" install'))).toBeGreaterThan(madeAt);
  // %20 must not be taken for a variable.
  expect(install?.content).toContain("http://smartem:8000/a%%20b");
  expect(install?.content).toContain('sc.exe failure "smartem-agent" reset= 86400 actions= restart/5000');
  expect(remove?.content).toContain('sc.exe delete "smartem-agent"');
});

/** How Windows' programs take a command line apart: the rules of `CommandLineToArgvW`. */
function wordsOf(commandLine: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quoted = false;
  for (const [, slashes = "", mark] of commandLine.matchAll(/(\\*)("|[^\\]|$)/g)) {
    const isMark = mark === '"';
    const kept = isMark ? slashes.slice(0, Math.floor(slashes.length / 2)) : slashes;
    if (kept !== "" || isMark) word = (word ?? "") + kept;
    if (isMark && slashes.length % 2 === 0) quoted = !quoted;
    else if (mark === " " && !quoted) {
      if (word !== null) words.push(word);
      word = null;
    } else if (mark !== "") word = (word ?? "") + mark;
  }
  return word === null ? words : [...words, word];
}

/** The command that cmd.exe makes of a line: up to the first character with a meaning outside of quotation marks. */
function commandOf(line: string): string {
  let command = "";
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    if (character === '"') quoted = !quoted;
    if (!quoted && character === "^") command += line[++at] ?? "";
    else if (!quoted && "&|<>".includes(character)) return command.trimEnd();
    else command += character;
  }
  return command;
}

test.each(["D:\\", "D:\\EPU Data\\", "\\\\server\\share\\\\", "D:\\EPU", "D:\\R&D\\EPU", "D:\\a ^& b\\"])(
  "on Windows the agent is told to watch %s, whatever the backslashes at its end and what cmd.exe makes of others",
  (watchFolder) => {
    const flags = ["--api-url", "http://smartem:8000/a%20b?x|y=<z>"];
    const [install] = windowsScripts({ ...WINDOWS, watchFolder, flags });
    const line = install?.content.split("\r\n").find((each) => each.includes("AppParameters")) ?? "";
    const [, , , , parameters = ""] = wordsOf(commandOf(line));
    expect(wordsOf(parameters)).toEqual([
      "watch",
      watchFolder,
      "--state-dir",
      WINDOWS.stateFolder,
      "--log-file",
      WINDOWS.logFile,
      "--api-url",
      "http://smartem:8000/a%%20b?x|y=<z>",
    ]);
  },
);

test("what would begin another setting is refused", () => {
  expect(() => systemdUnit({ ...LINUX, watchFolder: "/mnt\nExecStartPre=/bin/sh" })).toThrow("on one line");
  expect(() => windowsScripts({ ...WINDOWS, watchFolder: 'D:\\" & calc & "' })).toThrow("quotation mark");
  expect(() => serviceName("a b")).toThrow("--name");
  expect(serviceName("agent-2_x")).toBe("agent-2_x");
});
