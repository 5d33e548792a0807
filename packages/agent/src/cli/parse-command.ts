import { DISPLAY_KINDS, type DisplayKind, describe, parseForDisplay } from "@smartem/epu/display";
import type { Command } from "commander";
import { complain, EXIT_FAILED, print } from "./output.js";

const SESSION = "/mnt/epu/Supervisor_20260101_100000";
const SQUARE = `${SESSION}/Images-Disc1/GridSquare_8999138`;
/** A path of each kind, as EPU makes them. */
const EXAMPLES: Readonly<Record<DisplayKind, string>> = {
  dir: "/mnt/epu",
  grid: SESSION,
  session: `${SESSION}/EpuSession.dm`,
  atlas: "/mnt/atlas/Supervisor_20260101_090000/Sample0/Atlas/Atlas.dm",
  "gridsquare-metadata": `${SESSION}/Metadata/GridSquare_8999138.dm`,
  gridsquare: `${SQUARE}/GridSquare_20260101_101500.xml`,
  foilhole: `${SQUARE}/FoilHoles/FoilHole_9015889_20260101_102000.xml`,
  micrograph: `${SQUARE}/Data/FoilHole_9015889_Data_9017347_6_20260101_102100.xml`,
};

export function addParseCommand(command: Command): void {
  const parse = command
    .command("parse")
    .description("print what is read from EPU's files")
    .addHelpText("after", "\nExample:\n  smartem-agent parse dir /mnt/epu/Supervisor_20260101_100000");
  for (const kind of DISPLAY_KINDS) {
    parse
      .command(kind)
      .description(`print what is read of one: ${kind}`)
      .argument("<path>")
      .option("--json", "print it as JSON")
      .addHelpText("after", `\nExample:\n  smartem-agent parse ${kind} ${EXAMPLES[kind]} --json`)
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
