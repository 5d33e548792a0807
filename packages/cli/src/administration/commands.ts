import type { Command } from "commander";
import { defineAgentCleanup } from "./agent-cleanup.js";
import { defineDatabaseCommands } from "./database.js";
import {
  defineInitModelWeight,
  defineRandomModelPredictions,
  defineRandomPriorUpdates,
  defineRegisterPredictionModel,
} from "./models.js";
import { defineQueueCommands } from "./queue.js";

/** Commands that are also programs of their own, under the names that operators know: `smartem.agent-cleanup`, … */
const NAMED: Readonly<Record<string, (command: Command) => void>> = {
  "agent-cleanup": defineAgentCleanup,
  "register-prediction-model": defineRegisterPredictionModel,
  "init-model-weight": defineInitModelWeight,
  "random-model-predictions": defineRandomModelPredictions,
  "random-prior-updates": defineRandomPriorUpdates,
};

/** Adds all of them to `smartem`. */
export function registerAdministration(program: Command): void {
  defineDatabaseCommands(program);
  defineQueueCommands(program);
  for (const [name, define] of Object.entries(NAMED)) define(program.command(name));
}

/** Makes a program one of the commands, by its name. @returns false where it has no such name */
export function registerNamed(program: Command, programName: string): boolean {
  const define = NAMED[programName.replace(/^smartem\./, "")];
  if (!programName.startsWith("smartem.") || define === undefined) return false;
  define(program);
  return true;
}
