import type { Command } from "commander";
import { addParseCommand } from "./cli/parse-command.js";
import { addStatusCommand } from "./cli/status-command.js";
import { addValidateCommand } from "./cli/validate-command.js";
import { addWatchCommand } from "./cli/watch-command.js";

/**
 * Adds the agent's commands to a command: `watch`, `parse`, `validate`, `status`. Each sets `process.exitCode`: 0 ok,
 * 1 bad input or unreachable API, 130 interrupted.
 */
export function registerAgentCommands(command: Command): void {
  addWatchCommand(command);
  addParseCommand(command);
  addValidateCommand(command);
  addStatusCommand(command);
}
