import { endWhenNobodyReads } from "@smartem/agent/cli/output";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { Command, CommanderError } from "commander";
import { COMMANDS, PROGRAMS } from "./commands.js";

/** Exit codes: 0 done, 1 bad input or something unreachable, 130 stopped by Ctrl+C. */
const FAILED = 1;

/** The entrance of every command of the project. */
export async function main(name: string, args: readonly string[]): Promise<void> {
  const program = new Command(name)
    .version(await version())
    .showHelpAfterError("(add --help for the options)")
    .exitOverride();
  endWhenNobodyReads();
  try {
    const own = PROGRAMS[name];
    if (own !== undefined) await own(program);
    else await registerAll(program, args[0]);
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode;
      return;
    }
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = FAILED;
  }
}

/** Adds the command that was asked for alone, where it is one: the others would cost it their start-up. */
async function registerAll(program: Command, chosen = ""): Promise<void> {
  if (chosen === "--version" || chosen === "-V") return;
  const asked = COMMANDS.filter(({ names }) => names.includes(chosen));
  for (const { register } of asked.length > 0 ? asked : COMMANDS) await register(program);
}

/** An error as a person reads it: one sentence, and what to do. */
export function describe(error: unknown): string {
  if (error instanceof SmartemError) return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  if (process.env.SMARTEM_LOG_LEVEL === "debug" && error instanceof Error) return error.stack ?? error.message;
  return messageOf(error);
}

async function version(): Promise<string> {
  const { VERSION } = await import("@smartem/backend/version");
  return VERSION;
}
