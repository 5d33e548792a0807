import { randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { requireFolder } from "@smartem/agent/watch/watch-folder";
import { type Backend, startBackend } from "@smartem/backend/backend";
import { type BackendConfig, readConfig, readEnvFile } from "@smartem/backend/config";
import { openLog } from "@smartem/backend/observability/log";
import { SmartemError } from "@smartem/common/errors";
import { logFile } from "@smartem/common/logging";
import { makeFolder } from "@smartem/common/make-folder";
import { untilStopSignal } from "@smartem/common/signals";
import { delay } from "@smartem/common/time";
import type { Command } from "commander";
import { numberBetween, portNumber } from "../numbers.js";
import { leaveConnections } from "../signals.js";
import { webRoot } from "../web-root.js";
import type { AgentChildOptions } from "./agent-child.js";
import { type Child, startChild } from "./children.js";
import type { MicroscopeChildOptions } from "./microscope-child.js";
import { showProgress } from "./progress.js";

const ENV_FILE = ".env";
/** A signal that all processes of a terminal get has come to each of them within this time. */
const STOP_TOLD_MS = 500;

export interface StartOptions {
  readonly dataDir?: string;
  readonly port?: number;
  readonly host?: string;
  readonly watch?: string;
  readonly seed: number;
  readonly speed: number;
  readonly squares: number;
  readonly holesPerSquare: number;
  readonly verbose: number;
}

/** `smartem start`: everything on one machine. */
export function registerStart(program: Command): void {
  program
    .command("start")
    .description(
      "Run everything on this machine: database, API, worker, web UI, agent, and a simulated microscope unless a folder is watched",
    )
    .option("--data-dir <dir>", "where data is kept (default: SMARTEM_DATA_DIR, or .smartem)")
    .option("--port <n>", "port of API and web UI (default: 8000)", portNumber)
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--watch <dir>", "watch this EPU folder instead of simulating a microscope")
    .option("--seed <n>", "of the simulated grid", numberBetween(0, 2 ** 31), 1)
    .option("--speed <x>", "simulated minutes per minute", numberBetween(0.1, 10_000), 60)
    .option("--squares <n>", "of the simulated grid", numberBetween(1, 500), 24)
    .option("--holes-per-square <n>", "of the simulated grid", numberBetween(1, 2_000), 80)
    .option("-v, --verbose", "log more to the screen; twice: everything", (_: string, n: number) => n + 1, 0)
    .addHelpText(
      "after",
      "\nExamples:\n  smartem start\n  smartem start --watch /mnt/epu --data-dir /data/smartem --port 8080",
    )
    .action((options: StartOptions) => start(options));
}

async function start(options: StartOptions): Promise<void> {
  const environment = {
    ...process.env,
    ...(options.port === undefined ? {} : { HTTP_API_PORT: String(options.port) }),
    ...(options.host === undefined ? {} : { HTTP_API_HOST: options.host }),
    ...(options.dataDir === undefined ? {} : { SMARTEM_DATA_DIR: options.dataDir }),
  };
  const read = readConfig(environment, {
    envFile: ENV_FILE,
    // A simulated microscope may be steered by whoever starts it; a real one waits for its operators to say so.
    decisionMode: options.watch === undefined ? "automatic" : "observe",
  });
  const watchFolder = resolve(options.watch ?? join(read.dataDir, "epu"));
  const config = read.imageRoots.length > 0 ? read : { ...read, imageRoots: [watchFolder] };
  if (config.auth !== null && options.watch === undefined) {
    throw new SmartemError(
      "simulator_without_account",
      400,
      "The simulated microscope has no account at KEYCLOAK_URL.",
      {
        hint: "Unset KEYCLOAK_URL, or watch a real EPU folder with --watch.",
      },
    );
  }
  await requireWritable(config.dataDir);
  if (options.watch !== undefined) requireFolder(watchFolder);

  const logPath = join(config.dataDir, "smartem.log");
  const { logger, graylog } = openLog(config, {
    verbose: options.verbose,
    ...(options.verbose === 0 ? { destination: logFile(logPath) } : {}),
  });
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  say("Starting SmartEM Decisions …");
  const stopped = untilStopSignal();
  const children: Child[] = [];
  const root = await webRoot();
  const backend: Backend = await startBackend({
    config,
    logger,
    graylog,
    ...(root === undefined ? {} : { webRoot: root }),
  });
  try {
    const url = backend.url ?? "";
    const parts = await startParts({ options, config, watchFolder, url, logFile: logPath, children }).catch(
      async (error) => {
        // A terminal's Ctrl+C ends a part that is not yet ready for it, and may be told to this process after that.
        const stop = await Promise.race([stopped, delay(STOP_TOLD_MS)]);
        if (stop === undefined) throw error;
        return null;
      },
    );
    if (parts !== null)
      say(
        `\n  Web UI and API   ${url}\n  API description  ${url}/docs\n  ${parts}\n  Data and logs    ${config.dataDir}\n\nCtrl+C stops everything; starting again goes on where it stopped.\n`,
      );
    const progress = showProgress(backend.pool);
    const end = await Promise.race([stopped, ...children.map(async (child) => ({ child, code: await child.ended }))]);
    progress.stop();
    if (typeof end === "object")
      throw new SmartemError("child_ended", 500, `The ${end.child.name} has ended unexpectedly (code ${end.code}).`, {
        hint: `Its log is ${logPath}.`,
      });
    say("\nStopping …");
    if (end === "SIGINT") process.exitCode = 130;
  } finally {
    // The microscope first, so that what it has written is still taken in.
    for (const child of children.reverse()) await child.stop();
    await backend.stop();
    leaveConnections();
    say("Stopped.");
  }
}

async function startParts(of: {
  readonly options: StartOptions;
  readonly config: BackendConfig;
  readonly watchFolder: string;
  readonly url: string;
  readonly logFile: string;
  readonly children: Child[];
}): Promise<string> {
  const { options, config, watchFolder, url, logFile, children } = of;
  const own = { ...readEnvFile(ENV_FILE), ...process.env };
  let agentId = own.SMARTEM_AGENT_ID || "microscope-1";
  let stateFolder = join(config.dataDir, "agent");
  let athenaUrl = own.ATHENA_URL || null;
  let description = `Watching         ${watchFolder}`;
  if (options.watch === undefined) {
    makeFolder(watchFolder);
    const stateDir = join(config.dataDir, "microscope");
    // What is simulated, its sessions and orders above all, must never be known to an agent of a real microscope.
    agentId = "simulated-microscope";
    stateFolder = join(stateDir, "agent");
    const microscope: MicroscopeChildOptions = {
      dir: watchFolder,
      stateDir,
      apiUrl: url,
      seed: options.seed,
      squares: options.squares,
      holesPerSquare: options.holesPerSquare,
      speed: options.speed,
      logFile,
      logLevel: config.logLevel,
    };
    const child = await startChild("simulated microscope", "internal-microscope", microscope);
    children.push(child);
    athenaUrl = String(child.ready.athenaUrl);
    description = `Simulated EPU    ${watchFolder} (${options.speed} simulated minutes a minute)\n  Athena (mock)    ${athenaUrl}`;
  }
  const agent: AgentChildOptions = {
    watchFolder,
    stateFolder,
    apiUrl: url,
    agentId,
    athenaUrl,
    authenticated: config.auth !== null,
    logFile,
    logLevel: config.logLevel,
  };
  // First in the list to be stopped last: it takes in what the microscope wrote until the end.
  children.unshift(await startChild("agent", "internal-agent", agent));
  return `${description}\n  Its agent        npx smartem-agent status ${shellWord(watchFolder)} --state-dir ${shellWord(stateFolder)}`;
}

/** A path as it can be pasted into a command. */
function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

async function requireWritable(dir: string): Promise<void> {
  const probe = join(dir, `.writable-${randomInt(2 ** 40)}`);
  try {
    makeFolder(dir);
    await writeFile(probe, "");
  } catch (error) {
    throw new SmartemError(
      "data_dir_unusable",
      400,
      `The data folder ${dir} can't be written to (${(error as NodeJS.ErrnoException).code}).`,
      {
        hint: "Choose another with --data-dir.",
      },
    );
  }
  const { rm } = await import("node:fs/promises");
  await rm(probe, { force: true });
}
