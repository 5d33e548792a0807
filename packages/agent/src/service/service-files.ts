import { posix, win32 } from "node:path";
import { SmartemError } from "@smartem/common/errors";

/** An agent that is to run by itself from the start of the computer on. */
export interface AgentService {
  /** e.g. `smartem-agent`: several on one computer need several names. */
  readonly name: string;
  /** What is run: the agent's executable, or node and the agent's script. */
  readonly command: readonly string[];
  /** The folder to be watched, and all flags of `watch`. */
  readonly watchFolder: string;
  readonly flags: readonly string[];
  readonly stateFolder: string;
  readonly logFile: string;
  /** Of the system; null: the one that services have by default. */
  readonly user: string | null;
}

export interface ServiceFile {
  readonly name: string;
  readonly content: string;
}

/** In which the agent finishes what is under way. */
const STOP_SECONDS = 60;
const RESTART_SECONDS = 5;
const MEMORY_MB = 1024;

/** A unit for systemd; to be put into `/etc/systemd/system`. */
export function systemdUnit(service: AgentService): ServiceFile {
  const { name, command, watchFolder, flags, stateFolder, logFile, user } = service;
  const run = [...command, "watch", watchFolder, "--state-dir", stateFolder, "--log-file", logFile, ...flags];
  const content = `[Unit]
Description=SmartEM agent: watches ${oneLine(watchFolder)}
Wants=network-online.target
After=network-online.target remote-fs.target
# A machine that has been off for a night must not give up.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${run.map(systemdWord).join(" ")}
${user === null ? "" : `User=${oneLine(user)}\n`}Restart=always
RestartSec=${RESTART_SECONDS}
KillSignal=SIGTERM
TimeoutStopSec=${STOP_SECONDS}
# EPU and the microscope go first.
Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7
MemoryMax=${MEMORY_MB}M
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=${[...new Set([stateFolder, posix.dirname(logFile)])].map((path) => systemdWord(`-${path}`)).join(" ")}
ReadOnlyPaths=${systemdWord(`-${watchFolder}`)}

[Install]
WantedBy=multi-user.target
`;
  return { name: `${name}.service`, content };
}

/**
 * Scripts for Windows. The agent is a program, no service: NSSM runs it as one, and sends it Ctrl+C when it is to stop.
 */
export function windowsScripts(service: AgentService): ServiceFile[] {
  const { name, command, watchFolder, flags, stateFolder, logFile, user } = service;
  const [program = "", ...before] = command;
  const run = [...before, "watch", watchFolder, "--state-dir", stateFolder, "--log-file", logFile, ...flags];
  const set = (what: string, ...values: readonly string[]): string =>
    `"%NSSM%" set ${windowsWord(name)} ${[what, ...values.map(windowsWord)].join(" ")}`;
  // What NSSM passes on to the program is quoted once more: backslashes before a mark count as half as many.
  // cmd.exe takes those marks for its own, by which each word stands outside of them: what has a meaning there is escaped.
  const parameters = run
    .map((word) =>
      windowsWord(word)
        .replace(/[&|<>^]/g, "^$&")
        .replace(/(\\*)"/g, '$1$1\\"'),
    )
    .join(" ");
  const logFolder = win32.dirname(logFile);
  const install = [
    "@echo off",
    "rem Run as administrator. NSSM: https://nssm.cc",
    'if "%NSSM%"=="" set NSSM=nssm.exe',
    // NSSM starts no program in a folder that is not there.
    `if not exist ${windowsWord(logFolder)} mkdir ${windowsWord(logFolder)} || exit /b 1`,
    `"%NSSM%" install ${windowsWord(name)} ${windowsWord(program)} || exit /b 1`,
    `"%NSSM%" set ${windowsWord(name)} AppParameters "${parameters}" || exit /b 1`,
    set("DisplayName", `SmartEM agent (${name})`),
    set("Description", `Watches ${watchFolder} for SmartEM Decisions`),
    set("AppDirectory", logFolder),
    ...(user === null ? [] : [set("ObjectName", user, "%SERVICE_PASSWORD%")]),
    set("AppPriority", "BELOW_NORMAL_PRIORITY_CLASS"),
    set("AppStopMethodConsole", String(STOP_SECONDS * 1_000)),
    set("AppExit", "Default", "Restart"),
    set("AppRestartDelay", String(RESTART_SECONDS * 1_000)),
    set("AppStderr", `${logFile}.errors`),
    `sc.exe config ${windowsWord(name)} start= delayed-auto || exit /b 1`,
    `sc.exe failure ${windowsWord(name)} reset= 86400 actions= restart/5000/restart/30000/restart/60000 || exit /b 1`,
    `sc.exe start ${windowsWord(name)} || exit /b 1`,
    `sc.exe query ${windowsWord(name)}`,
    "",
  ];
  const remove = [
    "@echo off",
    "rem Run as administrator. What the agent knows stays where it is.",
    `sc.exe stop ${windowsWord(name)}`,
    `sc.exe delete ${windowsWord(name)}`,
    "",
  ];
  return [
    { name: `install-${name}.cmd`, content: install.join("\r\n") },
    { name: `remove-${name}.cmd`, content: remove.join("\r\n") },
  ];
}

/** Fit for a service's name on both systems. @throws SmartemError `bad_flag` */
export function serviceName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/.test(text)) return text;
  throw new SmartemError("bad_flag", 400, `--name is "${text}"; letters, digits, - and _ may be in it.`);
}

/** systemd's quoting: `%` and `$` have meanings of their own. */
function systemdWord(word: string): string {
  const escaped = oneLine(word)
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("%", "%%")
    .replaceAll("$", "$$$$");
  return /^[\w@+=:,./\\$%-]+$/.test(word) ? escaped : `"${escaped}"`;
}

/** The quoting of Windows' command lines, within a batch file, where `%` has a meaning of its own. */
function windowsWord(word: string): string {
  if (word === "%SERVICE_PASSWORD%") return `"${word}"`;
  const escaped = oneLine(word).replaceAll("%", "%%");
  if (escaped.includes('"')) {
    throw new SmartemError("bad_flag", 400, `${word} has a quotation mark in it, which no path on Windows has.`);
  }
  // A backslash before the closing mark would take its meaning away.
  return `"${escaped.replace(/\\+$/, (slashes) => slashes + slashes)}"`;
}

/** A line break would begin another setting. @throws SmartemError `bad_flag` */
function oneLine(text: string): string {
  if (!/[\r\n\0]/.test(text)) return text;
  throw new SmartemError("bad_flag", 400, "Names and paths of a service must be on one line.");
}
