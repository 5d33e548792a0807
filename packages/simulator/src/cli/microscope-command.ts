import type { Command } from "commander";
import { writeFinishedSession } from "../epu-writer/finished-session.js";
import { DEFAULT_GRID } from "../grid-truth.js";
import { type Microscope, runMicroscope, type StepResult } from "../microscope.js";
import { number, print, untilInterrupted, url } from "./options.js";

interface GridFlags {
  readonly dir: string;
  readonly seed: number;
  readonly squares: number;
  readonly holesPerSquare: number;
  readonly micrographsPerHole: number;
}

interface MicroscopeFlags extends GridFlags {
  readonly speed: number;
  readonly chaos: number;
  readonly minutes?: number;
  readonly sessions?: number;
  readonly athenaUrl?: string;
  readonly logFile?: string;
}

function gridOptions(command: Command, squares: number, holes: number): Command {
  return command
    .requiredOption("--dir <folder>", "the folder to write to: it stands for the visit")
    .option("--seed <number>", "chooses the grid", number(0, Number.MAX_SAFE_INTEGER, true), DEFAULT_GRID.seed)
    .option("--squares <number>", "squares to be acquired", number(1, 2_000, true), squares)
    .option("--holes-per-square <number>", "holes of a square that may be imaged", number(1, 5_000, true), holes)
    .option(
      "--micrographs-per-hole <number>",
      "exposures in a hole",
      number(1, 20, true),
      DEFAULT_GRID.micrographsPerHole,
    );
}

/** `simulate microscope`: a simulated EPU run, session after session. */
export function addMicroscopeCommand(parent: Command): void {
  gridOptions(parent.command("microscope"), DEFAULT_GRID.squares, DEFAULT_GRID.holesPerSquare)
    .description("Write the folder of an EPU session as it grows; with Athena, obey its decisions")
    .option("--speed <number>", "simulated seconds per second", number(0.001, 1e9), 60)
    .option("--chaos <share>", "how disorderly files appear, 0 to 1", number(0, 1), 0)
    .option("--minutes <number>", "simulated minutes of acquisition per session", number(1, 1e6))
    .option("--sessions <number>", "sessions to run; default: without end", number(1, 1e6, true))
    .option("--athena-url <url>", "Athena's Decision Service", url)
    .option("--log-file <file>", "the run's own log; default: beside the folder")
    .addHelpText(
      "after",
      "\nExample:\n  smartem simulate microscope --dir /tmp/epu --speed 600 --athena-url http://127.0.0.1:8110",
    )
    .action(async (flags: MicroscopeFlags) => {
      const { speed, sessions, minutes, athenaUrl, logFile, ...grid } = flags;
      await untilInterrupted((signal) =>
        runMicroscope({
          ...grid,
          speed,
          signal,
          startedAtMs: Date.now(),
          ...(sessions === undefined ? {} : { sessions }),
          ...(minutes === undefined ? {} : { acquisitionMin: minutes }),
          ...(athenaUrl === undefined ? {} : { athenaUrl }),
          ...(logFile === undefined ? {} : { logFile }),
          onSession: (microscope) => print(`${microscope.sessionName} in ${flags.dir}`),
          onStep: (result, microscope) => print(stepLine(result, microscope)),
        }),
      );
    });
}

function stepLine(result: StepResult, microscope: Microscope): string {
  const time = new Date(result.endedAtMs).toISOString().slice(0, 19);
  const about = result.foilHoleId ?? result.gridSquareId ?? "";
  const counts = `${microscope.wrote.micrographs.size} micrographs, ${microscope.goodMicrographs} of those taken are good`;
  const problem = microscope.athenaProblem === null ? "" : `; Athena: ${microscope.athenaProblem}`;
  return `${time}  ${result.kind.padEnd(7)} ${about.padEnd(10)} ${counts}${problem}`;
}

interface FolderFlags extends GridFlags {
  readonly pictures: boolean;
}

/** `simulate folder`: a finished session at once. */
export function addFolderCommand(parent: Command): void {
  gridOptions(parent.command("folder"), 20, 500)
    .description("Write the folder of a finished EPU session at once, for benchmarks")
    .option("--pictures", "write previews and images, too", false)
    .addHelpText("after", "\nExample:\n  smartem simulate folder --dir /tmp/epu --pictures")
    .action(async ({ dir, pictures, ...grid }: FolderFlags) => {
      const begun = performance.now();
      const session = await writeFinishedSession(dir, { ...grid, pictures: pictures ? "all" : "none" });
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      const size = (session.bytes / 1e6).toFixed(0);
      print(
        `${session.sessionName}: ${session.written.micrographs.size} micrographs, ${session.files} files, ${size} MB in ${seconds} s`,
      );
    });
}
