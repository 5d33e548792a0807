import { DISPLAY_KINDS, describe, parseForDisplay } from "@smartem/epu/display";
import type { Command } from "commander";
import { complain, EXIT_FAILED, print } from "./output.js";

export function addParseCommand(command: Command): void {
  const parse = command.command("parse").description("print what is read from EPU's files");
  for (const kind of DISPLAY_KINDS) {
    parse
      .command(kind)
      .argument("<path>")
      .option("--json", "print it as JSON")
      .action(async (path: string, options: { json?: boolean }) => {
        const read = await parseForDisplay(kind, path);
        if (!read.ok) {
          complain(`${path}: ${read.error.message}`, read.error.hint);
          process.exitCode = EXIT_FAILED;
          return;
        }
        if (options.json === true) print(JSON.stringify(read.value, null, 2));
        else print(...describe(read.value));
      });
  }
}
