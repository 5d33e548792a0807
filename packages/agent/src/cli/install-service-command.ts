import { writeFileSync } from "node:fs";
import { join, posix, resolve, win32 } from "node:path";
import { SmartemError } from "@smartem/common/errors";
import { makeFolder } from "@smartem/common/make-folder";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import {
  type AgentService,
  type ServiceFile,
  serviceName,
  systemdUnit,
  windowsScripts,
} from "../service/service-files.js";
import { requireLogOutside } from "../state-folder.js";
import { complainOf, EXIT_FAILED, print } from "./output.js";
import { readFlags, type WatchFlags, withWatchOptions } from "./watch-command.js";

interface ServiceFlags {
  readonly for: "systemd" | "windows";
  readonly name: string;
  readonly output: string;
  readonly user?: string;
  readonly executable?: string;
  readonly stateDir?: string;
  readonly logFile?: string;
}

const SYSTEMS = ["systemd", "windows"] as const;

/** `install-service`: writes what the system needs to run an agent from its start on; it installs nothing by itself. */
export function addInstallServiceCommand(command: Command): void {
  command
    .command("install-service")
    .description("write the files that make the agent a service of Windows (NSSM) or Linux (systemd)")
    .argument("<path>", "the folder to be watched")
    .argument("[flags...]", "after --: further flags of `watch`, e.g. -- --api-url http://smartem:8000")
    .option("--for <system>", SYSTEMS.join(" or "), system, process.platform === "win32" ? "windows" : "systemd")
    .option("--name <name>", "of the service", "smartem-agent")
    .option("--output <dir>", "where the files are written to", ".")
    .option("--user <name>", "who the service runs as")
    .option("--executable <file>", "the agent's executable, where it is not this one")
    .option("--state-dir <dir>", "where the agent keeps its journal")
    .option("--log-file <file>", "where it writes its log")
    .addHelpText("after", "\nExample:\n  smartem-agent install-service /mnt/epu -- --api-url http://smartem:8000")
    .action((path: string, watchFlags: readonly string[], flags: ServiceFlags) => {
      try {
        const service = serviceOf(path, watchFlags, flags);
        const files = flags.for === "windows" ? windowsScripts(service) : [systemdUnit(service)];
        const written = write(files, flags.output);
        print(...written.map((file) => `wrote ${file}`), ...nextSteps(service, flags, written));
      } catch (thrown) {
        complainOf(thrown);
        process.exitCode = EXIT_FAILED;
      }
    });
}

function system(text: string): ServiceFlags["for"] {
  const found = SYSTEMS.find((one) => one === text);
  if (found === undefined) throw new InvalidArgumentError(`It is ${SYSTEMS.join(" or ")}.`);
  return found;
}

function serviceOf(path: string, watchFlags: readonly string[], flags: ServiceFlags): AgentService {
  // Files for another system are about its paths, which this one can't resolve.
  const own = (flags.for === "windows") === (process.platform === "win32");
  const place = (file: string): string => (own ? resolve(file) : file);
  const watchFolder = place(path);
  const stateFolder =
    flags.stateDir ?? (flags.for === "windows" ? `C:\\ProgramData\\${flags.name}` : `/var/lib/${flags.name}`);
  if (own && flags.logFile !== undefined) requireLogOutside(flags.logFile, path);
  const separator = flags.for === "windows" ? "\\" : "/";
  return {
    name: serviceName(flags.name),
    command: flags.executable === undefined ? thisCommand() : [place(flags.executable)],
    watchFolder,
    // An agent that starts with the computer may be up before the API is.
    flags: [
      ...checkedFlags(path, watchFlags, flags.for, place),
      ...(watchFlags.includes("--wait-for-api") ? [] : ["--wait-for-api"]),
    ],
    stateFolder: flags.stateDir === undefined ? stateFolder : place(stateFolder),
    logFile: flags.logFile === undefined ? `${stateFolder}${separator}agent.log` : place(flags.logFile),
    user: flags.user ?? null,
  };
}

/**
 * Flags of `watch` for a service: found out now rather than at the computer's next start.
 *
 * @param place makes a path one that does not depend on the folder in which the service is started
 * @throws SmartemError `bad_flag`
 */
function checkedFlags(
  path: string,
  words: readonly string[],
  system: ServiceFlags["for"],
  place: (file: string) => string,
): string[] {
  const watch = withWatchOptions(new Command("watch"))
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    watch.allowExcessArguments(false).parse([...words], { from: "user" });
  } catch (thrown) {
    throw thrown instanceof CommanderError ? badFlag(thrown.message.replace(/^error: /, "")) : thrown;
  }
  const said = watch.opts<WatchFlags>();
  readFlags(path, said);
  for (const [flag, value] of [
    ["--state-dir", said.stateDir],
    ["--log-file", said.logFile],
  ]) {
    if (value !== undefined) throw badFlag(`${flag} goes before the --: the service's files depend on it.`);
  }
  if (said.config === undefined) return [...words];
  const config = place(said.config);
  const { isAbsolute } = system === "windows" ? win32 : posix;
  if (!isAbsolute(config)) throw badFlag(`--config ${config}: on another system, name it with its whole path.`);
  const isOfConfig = (word = ""): boolean => word === "--config" || word.startsWith("--config=");
  const rest = words.filter((word, index) => !isOfConfig(word) && words[index - 1] !== "--config");
  return [...rest, "--config", config];
}

function badFlag(message: string): SmartemError {
  return new SmartemError("bad_flag", 400, message, { hint: "After -- come flags of `watch`; see watch --help." });
}

/** How this process was started: a single executable by itself, else node with a script. */
function thisCommand(): string[] {
  const [, script] = process.argv;
  return script === undefined || script === process.execPath ? [process.execPath] : [process.execPath, resolve(script)];
}

function write(files: readonly ServiceFile[], folder: string): string[] {
  makeFolder(folder);
  return files.map(({ name, content }) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  });
}

function nextSteps(
  { name, stateFolder, logFile }: AgentService,
  flags: ServiceFlags,
  [first = ""]: readonly string[],
): string[] {
  if (flags.for === "windows") {
    const password = flags.user === undefined ? [] : ["with the account's password in %SERVICE_PASSWORD%"];
    return [
      `Run ${first} as administrator, with nssm.exe in the PATH or named by %NSSM%${password.map((text) => `, and ${text}`).join("")}.`,
    ];
  }
  const owner = flags.user === undefined ? "" : ` && chown ${flags.user} ${stateFolder}`;
  const logFolder = posix.dirname(logFile);
  // The unit lets the agent make no folders. One that is there already may be others', as /var/log is.
  const makeLogFolder = `  test -d ${logFolder} || install -d${flags.user === undefined ? "" : ` -o ${flags.user}`} ${logFolder}`;
  return [
    "As root:",
    `  mkdir -p ${stateFolder}${owner}`,
    ...(logFolder === stateFolder ? [] : [makeLogFolder]),
    `  install -m 644 ${first} /etc/systemd/system/`,
    `  systemctl daemon-reload && systemctl enable --now ${name}`,
  ];
}
