import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/", import.meta.url));

/** A command of the built project, as a person runs it. */
export interface RunningCommand {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ code: number | null; output: string }>;
  /** Resolves when it has printed something that matches. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
}

export function runCommand(
  name: "smartem" | "smartem-agent" | `smartem.${string}`,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  options: SpawnOptions = {},
): RunningCommand {
  return runProgram(process.execPath, [`${BIN}${name}.js`, ...args], {
    ...options,
    env: { ...process.env, ...environment },
  });
}

/** A program that starts one of the commands, say npm, with `options` as of `spawn`. It has ended when all have that it started. */
export function runProgram(program: string, args: readonly string[], options: SpawnOptions): RunningCommand {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once("close", (code) => {
      resolve({ code, output });
      for (const listener of listeners) listener();
    });
  });
  return {
    child,
    output: () => output,
    ended,
    printed: (pattern, timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${pattern} was not printed in ${timeoutMs} ms, but:\n${output}`)),
          timeoutMs,
        );
        const look = (): void => {
          const match = pattern.exec(output);
          if (match === null && child.exitCode === null) return;
          clearTimeout(timer);
          listeners.delete(look);
          if (match === null)
            reject(new Error(`it ended with code ${child.exitCode} without printing ${pattern}:\n${output}`));
          else resolve(match);
        };
        listeners.add(look);
        look();
      }),
  };
}

/** Processes whose command line or environment names a folder: what a command has left behind. */
export function processesNaming(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return commandLine.includes(text) ? [`${pid} ${commandLine}`] : [];
      } catch {
        return [];
      }
    });
}
