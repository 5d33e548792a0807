import { messageOf, SmartemError } from "@smartem/common/errors";
import { onStopSignal } from "@smartem/common/signals";
import { SingleBar } from "cli-progress";
import type { Command } from "commander";
import { describeRecording, type RecordingDescription } from "./describe.js";
import { type RecordSummary, recordDirectory } from "./record/recorder.js";
import { DEV_MODE, EXACT, FAST, type Pace } from "./replay/pace.js";
import { type ReplayPhase, type ReplaySummary, replayRecording } from "./replay/replay.js";
import { type Verification, verifyReplay } from "./verify.js";

/** Where the commands write and what ends them; the process's own by default. */
export interface EpuplayerEnvironment {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly setExitCode: (code: number) => void;
  /** Aborted by SIGINT and SIGTERM while a command runs; a second one ends the process. */
  readonly interruption: () => { readonly signal: AbortSignal; readonly release: () => void };
}

interface RecordFlags {
  readonly output: string;
  readonly skipBinaryContent: boolean;
  readonly forceTextExtensions?: string[];
  readonly forceBinaryExtensions?: string[];
  readonly rescanInterval: number;
  readonly overwrite?: boolean;
}

interface ReplayFlags {
  readonly exact?: boolean;
  readonly fast?: boolean;
  readonly devMode?: boolean;
  readonly speed?: number;
  readonly maxDelay?: number;
  readonly burst?: boolean;
  readonly skipUnreadable?: boolean;
  readonly verify: boolean;
  readonly unpackInto?: string;
}

const INTERRUPTED = 130;
const NAMED_DIFFERENCES = 20;

/**
 * Adds the commands `record`, `replay`, `info` and `verify`. They end with exit code 1 where something failed or a
 * replay is not as recorded, and 130 where they were interrupted.
 */
export function registerEpuplayerCommands(command: Command, environment: EpuplayerEnvironment = ofProcess()): void {
  const { write } = environment;
  /** What follows the flag of extensions that was given last. */
  let latest: string[] = [];
  const extensions = (value: string, before: readonly string[] = []): string[] => {
    latest = [...before, value];
    return latest;
  };

  command
    .command("record")
    .description("Record what happens in a folder, until Ctrl+C")
    .usage("[options] <folder>")
    .argument("[folder]", "the folder to record")
    .requiredOption(
      "-o, --output <file>",
      "the recording: .tar.gz, or .json for a bare recording without binary content",
    )
    .option("--skip-binary-content", "record binary files by their size alone", true)
    .option("--no-skip-binary-content", "record binary files whole")
    .option("--force-text-extensions <list...>", "extensions that are text: dm dat, or dm,dat", extensions)
    .option("--force-binary-extensions <list...>", "extensions that are binary", extensions)
    .option("--rescan-interval <seconds>", "how often to look for what no notification told of", positive, 5)
    .option("--overwrite", "replace a recording of the same name")
    .addHelpText(
      "after",
      "\nExamples:\n  smartem epuplayer record /mnt/epu --output session.tar.gz\n" +
        "  smartem epuplayer record /mnt/epu --output session.tar.gz --force-text-extensions dm dat",
    )
    .action((named: string | undefined, flags: RecordFlags, record: Command) => {
      // A folder behind a flag that takes several words is the last of these.
      const folder = named ?? (latest.length > 1 ? latest.pop() : undefined);
      if (folder === undefined)
        record.error("error: missing required argument 'folder'", { code: "commander.missingArgument" });
      return run(environment, async (signal) => {
        write(`Recording ${folder}; press Ctrl+C to stop\n`);
        const bar = progressBar();
        const summary = await recordDirectory(folder, flags.output, signal, {
          storeBinary: !flags.skipBinaryContent,
          forceText: (flags.forceTextExtensions ?? []).flatMap(words),
          forceBinary: (flags.forceBinaryExtensions ?? []).flatMap(words),
          ...(flags.overwrite === undefined ? {} : { overwrite: flags.overwrite }),
          rescanIntervalMs: flags.rescanInterval * 1000,
          onEvent: (event) =>
            write(`${event.event_type} ${event.src_path}${event.dest_path === null ? "" : ` -> ${event.dest_path}`}\n`),
          onWarning: (message) => environment.writeError(`Warning: ${message}\n`),
          onPacking: (done, total) => bar.show("packing", done, total),
        }).finally(() => bar.end());
        write(recordText(summary));
        return 0;
      });
    });

  command
    .command("replay")
    .description(
      "Make happen in another folder what was recorded; at 100 times the speed (--fast) if not told otherwise",
    )
    .argument("<recording>", "a .tar.gz or recording.json")
    .argument("<target>", "the folder to replay into, made if need be")
    .option("--exact", "at the recorded times")
    .option("--fast", "100 times as fast, waiting a second at most")
    .option("--dev-mode", "without waiting at all")
    .option("-s, --speed <factor>", "so many times as fast", positive)
    .option("--max-delay <seconds>", "wait no longer than that between two events", positive)
    .option("--burst", "without waiting at all")
    .option("--skip-unreadable", "leave out files that could not be read when they were recorded")
    .option("--no-verify", "do not compare the result with the recording")
    .option("--unpack-into <folder>", "where to unpack an archive meanwhile (default: beside the target)")
    .addHelpText(
      "after",
      "\n--speed, --max-delay and --burst change one thing of the pace given; without one, of --exact.\n\n" +
        "Examples:\n  smartem epuplayer replay session.tar.gz /tmp/epu\n  smartem epuplayer replay session.tar.gz /tmp/epu --speed 10 --max-delay 5",
    )
    .action((recording: string, target: string, flags: ReplayFlags) =>
      run(environment, async (signal) => {
        const bar = progressBar();
        const summary = await replayRecording(recording, target, {
          pace: paceOf(flags),
          verify: flags.verify,
          signal,
          ...(flags.skipUnreadable === undefined ? {} : { skipUnreadable: flags.skipUnreadable }),
          ...(flags.unpackInto === undefined ? {} : { unpackInto: flags.unpackInto }),
          onProgress: (phase, done, total) => bar.show(phase, done, total),
        }).finally(() => bar.end());
        write(replayText(summary));
        return summary.failed > 0 || (summary.verification?.different ?? 0) > 0 ? 1 : 0;
      }),
    );

  command
    .command("info")
    .description("Say what a recording is about")
    .argument("<recording>", "a .tar.gz or recording.json")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  smartem epuplayer info session.tar.gz --json")
    .action((recording: string, flags: { readonly json?: boolean }) =>
      run(environment, async (signal) => {
        const description = await describeRecording(recording, signal);
        write(flags.json === true ? `${JSON.stringify(description, null, 2)}\n` : infoText(recording, description));
        return 0;
      }),
    );

  command
    .command("verify")
    .description("Compare a folder with what a recording leads to")
    .argument("<recording>", "a .tar.gz or recording.json")
    .argument("<target>", "the folder it was replayed into")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  smartem epuplayer verify session.tar.gz /tmp/epu")
    .action((recording: string, target: string, flags: { readonly json?: boolean }) =>
      run(environment, async (signal) => {
        const bar = progressBar();
        const verification = await verifyReplay(recording, target, {
          signal,
          onProgress: (done, total) => bar.show("verifying", done, total),
        }).finally(() => bar.end());
        write(flags.json === true ? `${JSON.stringify(verification, null, 2)}\n` : verificationText(verification));
        return verification.different > 0 ? 1 : 0;
      }),
    );
}

/** `--exact`, `--fast` and `--dev-mode` are whole paces; `--speed`, `--max-delay` and `--burst` change one of them: without any, the exact one. */
export function paceOf(flags: Pick<ReplayFlags, "exact" | "fast" | "devMode" | "speed" | "maxDelay" | "burst">): Pace {
  const chosen = [flags.exact, flags.fast, flags.devMode].filter((flag) => flag === true).length;
  if (chosen > 1)
    throw new SmartemError("replay_pace_unclear", 400, "--exact, --fast and --dev-mode exclude one another.");
  const isOwn = flags.speed !== undefined || flags.maxDelay !== undefined || flags.burst === true;
  const base =
    flags.devMode === true ? DEV_MODE : flags.exact === true || (isOwn && flags.fast !== true) ? EXACT : FAST;
  return {
    speed: flags.speed ?? base.speed,
    maxDelayS: flags.maxDelay ?? base.maxDelayS,
    burst: flags.burst ?? base.burst,
  };
}

async function run(environment: EpuplayerEnvironment, work: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const { signal, release } = environment.interruption();
  try {
    environment.setExitCode(await work(signal));
  } catch (thrown) {
    if (signal.aborted && !(thrown instanceof SmartemError)) {
      environment.writeError("Interrupted\n");
      environment.setExitCode(INTERRUPTED);
      return;
    }
    const hint = thrown instanceof SmartemError && thrown.hint !== undefined ? ` ${thrown.hint}` : "";
    environment.writeError(`${messageOf(thrown)}${hint}\n`);
    environment.setExitCode(1);
  } finally {
    release();
  }
}

function ofProcess(): EpuplayerEnvironment {
  return {
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    setExitCode: (code) => {
      process.exitCode = code;
    },
    interruption() {
      const controller = new AbortController();
      const release = onStopSignal(() => controller.abort());
      return { signal: controller.signal, release };
    },
  };
}

/** A bar on the terminal, one for each phase in turn; nothing where there is no terminal. */
function progressBar(): { show(phase: ReplayPhase | "packing", done: number, total: number): void; end(): void } {
  let bar: SingleBar | null = null;
  let current = "";
  return {
    show(phase, done, total) {
      if (phase !== current) {
        bar?.stop();
        current = phase;
        bar = new SingleBar({
          format: `${phase} {bar} {percentage}% | {value}/{total} | {eta_formatted}`,
          hideCursor: true,
        });
        bar.start(total, 0);
      }
      bar?.setTotal(Math.max(total, done));
      bar?.update(done);
    },
    end() {
      bar?.stop();
      bar = null;
      current = "";
    },
  };
}

function recordText(summary: RecordSummary): string {
  const lines = [`${summary.events} events recorded in ${summary.output}`];
  if (summary.placeholders > 0) lines.push(`${summary.placeholders} binary files recorded by their size alone`);
  if (summary.links > 0) lines.push(`${summary.links} symbolic links passed over: they are not followed`);
  if (summary.unreadable.length > 0) lines.push(`${summary.unreadable.length} files could not be read:`);
  return asLines([...lines, ...summary.unreadable.map((path) => `  ${path}`)]);
}

function replayText(summary: ReplaySummary): string {
  const lines = [
    `${summary.events} events of ${duration(summary.recordedDurationS)} replayed in ${duration(summary.durationS)}`,
  ];
  if (summary.skipped > 0) lines.push(`${summary.skipped} events of unreadable files left out`);
  if (summary.failed > 0) lines.push(`${summary.failed} events failed:`, ...named(summary.failures, summary.failed));
  if (summary.shorter > 0) {
    const files = summary.shorterFiles.map((path) => ({ path, reason: "is shorter than it was" }));
    lines.push(
      `${summary.shorter} files differ from what was recorded, as text does whose line ends were changed; what was appended is at their end:`,
      ...named(files, summary.shorter),
    );
  }
  const verification = summary.verification === null ? "" : verificationText(summary.verification);
  return asLines(lines) + verification;
}

function verificationText(verification: Verification): string {
  const { matching, placeholders, unreadable, different, folders, differences } = verification;
  const lines = [`Verified: ${matching} files and ${folders} folders as recorded, ${different} different`];
  if (placeholders > 0) lines.push(`${placeholders} placeholders, of which only the size was recorded and compared`);
  if (unreadable > 0) lines.push(`${unreadable} files not compared: they could not be read when they were recorded`);
  return asLines([...lines, ...named(differences, different)]);
}

function infoText(recording: string, description: RecordingDescription): string {
  const { metadata } = description;
  const rows: [string, string | number][] = [
    ["Recording", recording],
    ["Recorded from", metadata.watch_dir],
    ["Recorded at", metadata.recorded_at],
    ["Platform", metadata.platform],
    ["Format version", metadata.version],
    ["First event", description.firstEventAt ?? "-"],
    ["Last event", description.lastEventAt ?? "-"],
    ["Duration", duration(description.durationS)],
    ["Events", description.events],
    ...Object.entries(description.eventsByType).map(([type, count]): [string, number] => [`  ${type}`, count]),
    ["Chunks", description.chunks],
    ["Text in events", `${description.inlineBytes} bytes`],
    ["Placeholders", description.placeholders],
    ["Unreadable", description.unreadable],
  ];
  return asLines(rows.map(([name, value]) => `${name.padEnd(16)} ${value}`));
}

function named(found: readonly { readonly path: string; readonly reason: string }[], all: number): string[] {
  const lines = found.slice(0, NAMED_DIFFERENCES).map(({ path, reason }) => `  ${path}: ${reason}`);
  return all > lines.length ? [...lines, `  and ${all - lines.length} more`] : lines;
}

function asLines(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60].map((part) => String(part).padStart(2, "0"));
  return `${parts.join(":")}:${(seconds % 60).toFixed(seconds < 60 ? 3 : 0).padStart(2, "0")}`;
}

/** `dm dat` and `dm,dat` are two. */
function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    // Commander tells a wrong argument from a defect by this code.
    throw Object.assign(new Error("It must be a number above 0."), { code: "commander.invalidArgument" });
  return value;
}
