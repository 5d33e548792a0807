import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SmartemError } from "@smartem/common/errors";
import { logFile } from "@smartem/common/logging";
import { untilStopSignal } from "@smartem/common/signals";
import { delay } from "@smartem/common/time";
import type { Command } from "commander";
import type { DestinationStream } from "pino";
import { type Agent, startAgent } from "../agent.js";
import { AGENT_TIMES, type AgentOptions } from "../agent-options.js";
import { ApiClient } from "../api/api-client.js";
import { readCredentials } from "../auth/agent-env.js";
import { CONTROL_MODES, type ControlMode } from "../control/control-mode.js";
import { openAthena } from "../control/open-athena.js";
import { dryRun } from "../dry-run.js";
import { RotatingLog } from "../reporting/rotating-log.js";
import { keepHeapsSmall } from "../small-heap.js";
import { requireLogOutside } from "../state-folder.js";
import { requireFolder } from "../watch/watch-folder.js";
import { modeFlag, pathMapFlag, secondsFlag, urlFlag } from "./flags.js";
import { complain, complainOf, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, print } from "./output.js";

export interface WatchFlags {
  readonly dryRun?: boolean;
  readonly apiUrl: string;
  readonly agentId: string;
  readonly sessionId?: string;
  readonly logFile?: string;
  readonly logInterval: string;
  readonly sseTimeout: string;
  readonly heartbeatInterval: string;
  readonly config?: string;
  readonly verbose: number;
  readonly stateDir?: string;
  readonly athenaUrl?: string;
  readonly mode: ControlMode;
  readonly pathMap: readonly string[];
  readonly scanInterval: string;
  readonly waitForApi?: boolean;
  readonly assumeSessionAfter?: string;
}

const API_ATTEMPTS = 3;
const API_PAUSE_MS = 1_000;
const END_MS = 2_000;

export function addWatchCommand(command: Command): void {
  withWatchOptions(
    command
      .command("watch")
      .description("watch EPU's folder, upload what it writes, carry out what the API decides")
      .argument("<path>", "the folder that EPU writes its sessions to")
      .option("--dry-run", "read the folder once and print what would be uploaded"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  smartem-agent watch /mnt/epu --api-url http://smartem:8000 --config agent.env\n  smartem-agent watch /mnt/epu --dry-run",
    )
    .action(async (path: string, flags: WatchFlags) => {
      try {
        process.exitCode = flags.dryRun === true ? await runDry(path, flags) : await run(path, flags);
      } catch (thrown) {
        complainOf(thrown);
        process.exitCode = EXIT_FAILED;
      }
    });
}

/** How an agent is to watch: the same for every command that is about one. */
export function withWatchOptions(command: Command): Command {
  return command
    .option("--api-url <url>", "where the API is", "http://127.0.0.1:8000")
    .option("--agent-id <id>", "names this agent; the same at every start", hostname())
    .option("--session-id <id>", "the API's session to use instead of the acquisition's own")
    .option("--log-file <file>", "write the log there instead of to standard error")
    .option("--log-interval <s>", "how often log entries go to the API", String(AGENT_TIMES.logIntervalMs / 1_000))
    .option("--sse-timeout <s>", "how late the API's heartbeats may be", String(AGENT_TIMES.sseTimeoutMs / 1_000))
    .option("--heartbeat-interval <s>", "0 = none", String(AGENT_TIMES.heartbeatIntervalMs / 1_000))
    .option("--config <file>", "agent.env with the credentials for the API")
    .option("-v, --verbose", "say more; twice: everything", (_: string, before: number) => before + 1, 0)
    .option("--state-dir <dir>", "where the agent keeps its journal")
    .option("--athena-url <url>", "Athena's Decision Service; without it nothing is controlled")
    .option(
      "--mode <mode>",
      `what becomes of instructions: ${CONTROL_MODES.join(", ")}`,
      modeFlag,
      "automatic" as ControlMode,
    )
    .option("--path-map <from=to>", "where a Windows folder is here; may be repeated", collect, [])
    .option("--scan-interval <s>", "how often folders are looked at", String(AGENT_TIMES.watch.scanIntervalMs / 1_000))
    .option("--assume-session-after <s>", "take in a session without EpuSession.dm after so long, by its folder's name")
    .option("--wait-for-api", "start also when the API can't be reached yet");
}

async function run(path: string, flags: WatchFlags): Promise<number> {
  const options = optionsOf(path, flags);
  const control = flags.athenaUrl === undefined ? null : urlFlag("--athena-url", flags.athenaUrl);
  // Of two troubles, the nearer one first.
  requireFolder(resolve(path));
  if (flags.waitForApi !== true) await requireApi(options.apiUrl);
  await keepHeapsSmall();
  const agent = await startAgent({
    ...options,
    ...(control === null ? {} : { control: await openAthena(control) }),
  });
  print(`watching ${path}; log: ${flags.logFile ?? "standard error"}`);
  return untilSignal(agent);
}

async function untilSignal(agent: Agent): Promise<number> {
  const signal = await untilStopSignal();
  const exitCode = signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_OK;
  await agent.stop();
  // A thread that waits for a disk that has gone away must not keep the process.
  setTimeout(() => process.exit(exitCode), END_MS).unref();
  return exitCode;
}

async function runDry(path: string, flags: WatchFlags): Promise<number> {
  const stateFolder = mkdtempSync(join(tmpdir(), "smartem-agent-"));
  try {
    const { entities, orphans, unread } = await dryRun({ ...optionsOf(path, flags), stateFolder });
    print("would upload:", ...entities.map(({ kind, known }) => `  ${kind}: ${known}`));
    for (const { folder, files } of orphans.sessions_without_epu_session) {
      complain(`waiting for EpuSession.dm in ${folder}: ${files} files`);
    }
    for (const { session, atlas_path } of orphans.atlases_not_found)
      complain(`${session}: atlas ${atlas_path} not found`);
    for (const { path: file, reason, code } of unread) {
      if (code !== "waiting_for_session") complain(`${file}: ${reason ?? code ?? ""}`);
    }
    return 0;
  } finally {
    try {
      rmSync(stateFolder, { recursive: true, force: true });
    } catch {
      // Windows lets go of the journal only when the process ends: it is left to whatever cleans up temporary folders.
    }
  }
}

function optionsOf(path: string, flags: WatchFlags): AgentOptions {
  return {
    ...readFlags(path, flags),
    credentials: readCredentials(flags.config ?? null, process.env),
    logTo: [logDestination(flags.logFile)],
  };
}

/**
 * What the flags say by themselves; no file is opened.
 *
 * @throws SmartemError `bad_flag` for flags that make no sense, `log_file_watched`
 */
export function readFlags(path: string, flags: WatchFlags) {
  if (flags.logFile !== undefined) requireLogOutside(flags.logFile, path);
  return {
    watchFolder: path,
    apiUrl: urlFlag("--api-url", flags.apiUrl),
    agentId: flags.agentId,
    ...(flags.stateDir === undefined ? {} : { stateFolder: flags.stateDir }),
    ...(flags.sessionId === undefined ? {} : { sessionId: flags.sessionId }),
    mode: flags.mode,
    ...(flags.assumeSessionAfter === undefined
      ? {}
      : { assumeSessionAfterMs: secondsFlag("--assume-session-after", flags.assumeSessionAfter) }),
    pathMaps: flags.pathMap.map(pathMapFlag),
    logLevel: flags.verbose >= 2 ? "trace" : flags.verbose === 1 ? "debug" : (process.env.SMARTEM_LOG_LEVEL ?? "info"),
    times: {
      logIntervalMs: secondsFlag("--log-interval", flags.logInterval),
      sseTimeoutMs: Math.max(1_000, secondsFlag("--sse-timeout", flags.sseTimeout)),
      heartbeatIntervalMs: secondsFlag("--heartbeat-interval", flags.heartbeatInterval),
      watch: {
        ...AGENT_TIMES.watch,
        scanIntervalMs: Math.max(100, secondsFlag("--scan-interval", flags.scanInterval)),
      },
    },
  } satisfies AgentOptions;
}

function logDestination(file: string | undefined): DestinationStream {
  return file === undefined ? logFile(process.stderr.fd, { sync: true }) : new RotatingLog(file);
}

/** @throws SmartemError `api_unreachable` */
async function requireApi(url: string): Promise<void> {
  const api = new ApiClient({ url, timeoutMs: 5_000, tokens: null });
  try {
    let reason = "";
    for (let attempt = 1; attempt <= API_ATTEMPTS; attempt++) {
      const answer = await api.call({ method: "GET", path: "/version" });
      // Any answer at all will do: the agent copes with the rest.
      if (answer.ok || answer.error.status !== null) return;
      reason = answer.error.message;
      if (attempt < API_ATTEMPTS) await delay(API_PAUSE_MS);
    }
    throw new SmartemError("api_unreachable", 503, `The API at ${url} can't be reached: ${reason}`, {
      hint: "Check --api-url, or start with --wait-for-api to begin before the API is there.",
    });
  } finally {
    await api.close();
  }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
