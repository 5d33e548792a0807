import { Command } from "commander";
import { registerAgentCommands } from "../cli.js";

/* The agent's commands as a process of their own. */

const program = new Command();
registerAgentCommands(program);
await program.parseAsync();
