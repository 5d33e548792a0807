import { resolve } from "node:path";
import type { Command } from "commander";
import { checkApi, checkAthena, checkCredentials } from "../doctor/check-connections.js";
import { checkLogFile, checkStateFolder, checkWatchFolder } from "../doctor/check-folders.js";
import type { Finding } from "../doctor/finding.js";
import { defaultStateFolder } from "../state-folder.js";
import { urlFlag } from "./flags.js";
import { complainOf, EXIT_FAILED, print } from "./output.js";

interface DoctorFlags {
  readonly apiUrl: string;
  readonly athenaUrl?: string;
  readonly config?: string;
  readonly stateDir?: string;
  readonly logFile?: string;
  readonly json?: boolean;
}

const MARKS: Readonly<Record<Finding["verdict"], string>> = { ok: "ok     ", warning: "warning", failed: "FAILED " };

/** `doctor`: takes the flags of `watch` and says whether an agent started with them would work. */
export function addDoctorCommand(command: Command): void {
  command
    .command("doctor")
    .description("check everything that an agent needs and say what to do; exit 1 where something fails")
    .argument("<path>", "the folder to be watched")
    .option("--api-url <url>", "where the API is", "http://127.0.0.1:8000")
    .option("--athena-url <url>", "Athena's Decision Service")
    .option("--config <file>", "agent.env with the credentials for the API")
    .option("--state-dir <dir>", "where the agent is to keep its journal")
    .option("--log-file <file>", "where it is to write its log")
    .option("--json", "print the findings as JSON")
    .action(async (path: string, flags: DoctorFlags) => {
      try {
        const findings = await examine(path, flags);
        if (flags.json === true) print(JSON.stringify(findings, null, 2));
        else print(...findings.flatMap(lines));
        if (findings.some((finding) => finding.verdict === "failed")) process.exitCode = EXIT_FAILED;
      } catch (thrown) {
        complainOf(thrown);
        process.exitCode = EXIT_FAILED;
      }
    });
}

async function examine(path: string, flags: DoctorFlags): Promise<Finding[]> {
  const watchFolder = resolve(path);
  const apiUrl = urlFlag("--api-url", flags.apiUrl);
  const athenaUrl = flags.athenaUrl === undefined ? null : urlFlag("--athena-url", flags.athenaUrl);
  const { findings: ofCredentials, token } = await checkCredentials(flags.config ?? null, process.env);
  return [
    ...(await checkWatchFolder(watchFolder)),
    ...(await checkStateFolder(resolve(flags.stateDir ?? defaultStateFolder(watchFolder)), watchFolder)),
    ...(flags.logFile === undefined ? [] : [await checkLogFile(flags.logFile)]),
    ...ofCredentials,
    ...(await checkApi(apiUrl, token)),
    await checkAthena(athenaUrl),
  ];
}

function lines({ check, verdict, message, hint }: Finding): string[] {
  return [`${MARKS[verdict]}  ${check}: ${message}`, ...(hint === null ? [] : [`         ${hint}`])];
}
