import { validateDirectory } from "@smartem/epu/validate";
import type { Command } from "commander";
import { complain, EXIT_FAILED, print } from "./output.js";

export function addValidateCommand(command: Command): void {
  command
    .command("validate")
    .description("say what is wrong with a folder of EPU; exit 1 where anything is")
    .argument("<path>")
    .addHelpText("after", "\nExample:\n  smartem-agent validate /mnt/epu/Supervisor_20260101_100000")
    .action(async (path: string) => {
      const problems = await validateDirectory(path);
      if (problems.length === 0) {
        print(`${path}: no problems`);
        return;
      }
      for (const { code, path: where, message, hint } of problems) complain(`${where}: ${message} [${code}] ${hint}`);
      complain(`${problems.length} problem${problems.length === 1 ? "" : "s"}`);
      process.exitCode = EXIT_FAILED;
    });
}
