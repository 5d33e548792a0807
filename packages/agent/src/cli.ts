import type { Command } from "commander";
import { addApprovalCommands } from "./cli/approval-commands.js";
import { addDoctorCommand } from "./cli/doctor-command.js";
import { addInstallServiceCommand } from "./cli/install-service-command.js";
import { addParseCommand } from "./cli/parse-command.js";
import { addStatusCommand } from "./cli/status-command.js";
import { registerAgentTools } from "./cli/tools-command.js";
import { addValidateCommand } from "./cli/validate-command.js";
import { addWatchCommand } from "./cli/watch-command.js";

/**
 * Adds the agent's commands to a command: `watch`, `parse`, `validate`, `status`, `orders`, `approve`,
 * `decline`, `doctor`, `install-service`, `tools`.
 * Each sets `process.exitCode`: 0 ok, 1 bad input or unreachable API, 130 interrupted.
 */
export function registerAgentCommands(command: Command): void {
  addWatchCommand(command);
  addParseCommand(command);
  addValidateCommand(command);
  addStatusCommand(command);
  addApprovalCommands(command);
  addDoctorCommand(command);
  addInstallServiceCommand(command);
  registerAgentTools(
    command
      .command("tools")
      .description("look into what an agent knows; changes nothing")
      .addHelpText("after", "\nExample:\n  smartem-agent tools waiting /mnt/epu"),
  );
}
