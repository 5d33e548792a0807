import type { Command } from "commander";

/** The commands by which `smartem start` starts its parts; not for people. */
export function registerInternal(program: Command): void {
  program.command("internal-agent <options>", { hidden: true }).action(async (options: string) => {
    const { runAgentChild } = await import("./agent-child.js");
    await runAgentChild(JSON.parse(options));
  });
  program.command("internal-microscope <options>", { hidden: true }).action(async (options: string) => {
    const { runMicroscopeChild } = await import("./microscope-child.js");
    await runMicroscopeChild(JSON.parse(options));
  });
}
