import { Command } from "commander";
import { registerEpuplayerCommands } from "../cli.js";

/*
 * The commands in a process of their own, whose last line says how much memory it had at most; KiB.
 */

const command = new Command();
registerEpuplayerCommands(command);
await command.parseAsync();
process.stdout.write(`${process.resourceUsage().maxRSS}\n`);
