import { Command } from "commander";
import { expect, test } from "vitest";
import { COMMANDS, PROGRAMS } from "./commands.js";

/** Every command that is shown to people, by its path. */
function visible(command: Command, path: string): (readonly [string, Command])[] {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== "help")
    .flatMap((child) => visible(child, `${path} ${child.name()}`));
  return [[path, command], ...below];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

async function everything(): Promise<(readonly [string, Command])[]> {
  const smartem = new Command("smartem");
  for (const { register } of COMMANDS) await register(smartem);
  const programs = visible(smartem, "smartem").slice(1);
  for (const [name, register] of Object.entries(PROGRAMS)) {
    const program = new Command(name);
    await register(program);
    const [own, ...below] = visible(program, name);
    // A program that is nothing but its commands lists these.
    programs.push(...(own !== undefined && below.length === 0 ? [own] : below));
  }
  return programs;
}

test("every command tells what it does, with an example of itself", async () => {
  const commands = await everything();
  expect(commands.length).toBeGreaterThan(60);
  const without = commands.flatMap(([path, command]) => {
    const [, examples = ""] = helpOf(command).split(/^Examples?:\n/m);
    const lines = examples.split("\n").filter((line) => line.startsWith("  "));
    const shown = lines.length > 0 && lines.every((line) => line.includes("smartem") && line.includes(command.name()));
    return [
      ...(shown ? [] : [`${path}: no example`]),
      ...(command.description() === "" ? [`${path}: no description`] : []),
    ];
  });
  expect(without).toEqual([]);
});

test("what a command is named by on the command line is what it is registered under", async () => {
  for (const { names, register } of COMMANDS) {
    const program = new Command("smartem");
    await register(program);
    expect(program.commands.map((command) => command.name())).toEqual(names);
  }
});
