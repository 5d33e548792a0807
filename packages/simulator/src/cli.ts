import type { Command } from "commander";
import { addMessagesCommand } from "./cli/messages-command.js";
import { addFolderCommand, addMicroscopeCommand } from "./cli/microscope-command.js";
import { addSseClientCommand } from "./cli/sse-client-command.js";

/** Adds `simulate microscope|folder|messages` and `sse-client` to a command. Errors are thrown as SmartemError. */
export function registerSimulatorCommands(command: Command): void {
  const simulate = command
    .command("simulate")
    .description("A synthetic microscope and the programs around it")
    .addHelpText("after", "\nExample:\n  smartem simulate microscope --dir /tmp/epu --speed 600");
  addMicroscopeCommand(simulate);
  addFolderCommand(simulate);
  addMessagesCommand(simulate);
  addSseClientCommand(command);
}
