import { endWhenNobodyReads } from "@smartem/agent/cli/output";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { Command, CommanderError } from "commander";
import { ADMINISTRATION } from "./administration/names.js";

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
    if (name === "smartem-agent") {
      const { registerAgentCommands } = await import("@smartem/agent/cli");
      registerAgentCommands(program);
    } else if (name.startsWith("smartem.")) {
      const { registerNamed } = await import("./administration/commands.js");
      if (!registerNamed(program, name)) throw new SmartemError("no_such_command", 400, `There is no command ${name}.`);
    } else if (name === "smartem_agent_tools") {
      const { registerAgentTools } = await import("@smartem/agent/cli/tools-command");
      registerAgentTools(program);
    } else {
      await registerAll(program, args[0]);
    }
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

/** Commands that do without the agent, the simulator and the player. */
const LOADED_ALONE: ReadonlySet<string> = new Set([
  "start",
  "demo",
  "serve",
  "soak",
  "api",
  "worker",
  "decisions",
  ...ADMINISTRATION,
]);

async function registerAll(program: Command, chosen: string | undefined): Promise<void> {
  const { registerAdministration } = await import("./administration/commands.js");
  registerAdministration(program);
  // Only what was asked for is loaded: the rest would cost every command its start-up.
  if ((ADMINISTRATION as readonly string[]).includes(chosen ?? "")) return;
  const { registerStart } = await import("./start/command.js");
  registerStart(program);
  const { registerDemo } = await import("./demo/command.js");
  registerDemo(program);
  const { registerServe } = await import("./serve.js");
  registerServe(program);
  const { registerDecisions } = await import("./decisions.js");
  registerDecisions(program);
  const { registerAthenaMock } = await import("./athena-mock.js");
  registerAthenaMock(program);
  const { registerSoak } = await import("./soak/command.js");
  registerSoak(program);
  const { registerInternal } = await import("./start/children.js");
  registerInternal(program);
  const agent = program.command("agent").description("The agent on the microscope PC");
  if (chosen === undefined || !LOADED_ALONE.has(chosen)) {
    const [{ registerAgentCommands }, { registerSimulatorCommands }, { registerEpuplayerCommands }] = await Promise.all(
      [import("@smartem/agent/cli"), import("@smartem/simulator/cli"), import("@smartem/epuplayer/cli")],
    );
    registerAgentCommands(agent);
    registerSimulatorCommands(program);
    registerEpuplayerCommands(program.command("epuplayer").description("Record and replay EPU folders"));
  }
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
