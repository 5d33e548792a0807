import { resolve } from "node:path";
import type { Command } from "commander";
import { checkCalls } from "../doctor/check-calls.js";
import { checkApi, checkAthena, checkCredentials } from "../doctor/check-connections.js";
import { checkLogFile, checkPathMaps, checkStateFolder, checkWatchFolder } from "../doctor/check-folders.js";
import type { Finding } from "../doctor/finding.js";
import { defaultStateFolder } from "../state-folder.js";
import { urlFlag } from "./flags.js";
import { complainOf, EXIT_FAILED, print } from "./output.js";
import { readFlags, type WatchFlags, withWatchOptions } from "./watch-command.js";

interface DoctorFlags extends WatchFlags {
  readonly json?: boolean;
}

const MARKS: Readonly<Record<Finding["verdict"], string>> = { ok: "ok     ", warning: "warning", failed: "FAILED " };

/** `doctor`: takes the flags of `watch` and says whether an agent started with them would work. */
export function addDoctorCommand(command: Command): void {
  withWatchOptions(
    command
      .command("doctor")
      .description("check everything that an agent needs and say what to do; exit 1 where something fails")
      .argument("<path>", "the folder to be watched"),
  )
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  smartem-agent doctor /mnt/epu --api-url http://smartem:8000 --athena-url http://microscope-pc:8110",
    )
    .action(async (path: string, flags: DoctorFlags) => {
      try {
        const findings: Finding[] = [];
        for await (const finding of examine(path, flags)) {
          findings.push(finding);
          // Each at once: what does not answer is waited for.
          if (flags.json !== true) print(...lines(finding));
        }
        if (flags.json === true) print(JSON.stringify(findings, null, 2));
        if (findings.some((finding) => finding.verdict === "failed")) process.exitCode = EXIT_FAILED;
      } catch (thrown) {
        complainOf(thrown);
        process.exitCode = EXIT_FAILED;
      }
    });
}

async function* examine(path: string, flags: DoctorFlags): AsyncGenerator<Finding> {
  const watchFolder = resolve(path);
  const { apiUrl, pathMaps } = readFlags(path, flags);
  const athenaUrl = flags.athenaUrl === undefined ? null : urlFlag("--athena-url", flags.athenaUrl);
  yield* await checkWatchFolder(watchFolder);
  const stateFolder = resolve(flags.stateDir ?? defaultStateFolder(watchFolder));
  yield* await checkStateFolder(stateFolder, watchFolder);
  yield* await checkPathMaps(pathMaps);
  if (flags.logFile !== undefined) yield await checkLogFile(flags.logFile);
  const { findings: ofCredentials, token } = await checkCredentials(flags.config ?? null, process.env);
  yield* ofCredentials;
  yield* await checkApi(apiUrl, token);
  yield* checkCalls(stateFolder);
  yield await checkAthena(athenaUrl);
}

function lines({ check, verdict, message, hint }: Finding): string[] {
  return [`${MARKS[verdict]}  ${check}: ${message}`, ...(hint === null ? [] : [`         ${hint}`])];
}
