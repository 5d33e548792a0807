import { messageOf } from "@smartem/common/errors";
import { Command, CommanderError } from "commander";
import { endWhenNobodyReads } from "./cli/output.js";
import { registerAgentCommands } from "./cli.js";
import { AGENT_VERSION } from "./version.js";

/* The agent as one executable, without the rest of the system; see scripts/build-agent-executable.js. */

const program = new Command("smartem-agent")
  .version(AGENT_VERSION)
  .showHelpAfterError("(add --help for the options)")
  .exitOverride();
registerAgentCommands(program);
endWhenNobodyReads();
program.parseAsync(process.argv.slice(2), { from: "user" }).catch((thrown: unknown) => {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode;
  else {
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exitCode = 1;
  }
});
