import { userInfo } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { Approvals } from "../control/approvals.js";
import { readStatusFile } from "../reporting/status-file.js";
import { defaultStateFolder } from "../state-folder.js";
import { complain, EXIT_FAILED, print } from "./output.js";

interface ApprovalFlags {
  readonly stateDir?: string;
  readonly reason?: string;
}

/** `orders`, `approve` and `decline`: what a person at the microscope does with an agent in mode semi-automatic. */
export function addApprovalCommands(command: Command): void {
  command
    .command("orders")
    .description("list the orders that wait for approval (mode semi-automatic)")
    .argument("<path>", "the watched folder")
    .option("--state-dir <dir>", "the agent's state folder, where it has one of its own")
    .addHelpText("after", "\nExample:\n  smartem-agent orders /mnt/epu")
    .action((path: string, flags: ApprovalFlags) => {
      const waiting = waitingAt(stateFolderOf(path, flags));
      if (waiting === null) return;
      if (waiting.length === 0) print("No order waits for approval.");
      print(
        ...waiting.map(({ instruction_id: id, order, reason, received_at: at }) => `${id}  ${at}  ${order}: ${reason}`),
      );
    });
  for (const approved of [true, false]) {
    command
      .command(approved ? "approve" : "decline")
      .description(`${approved ? "have an order carried out" : "decline an order"} that waits for approval`)
      .argument("<path>", "the watched folder")
      .argument("<id>", "of the instruction, or the beginning of it that tells it from others")
      .option("--state-dir <dir>", "the agent's state folder, where it has one of its own")
      .option("--reason <text>", "told to the API")
      .addHelpText(
        "after",
        approved
          ? "\nExample:\n  smartem-agent approve /mnt/epu 4f0c"
          : '\nExample:\n  smartem-agent decline /mnt/epu 4f0c --reason "square is contaminated"',
      )
      .action((path: string, id: string, flags: ApprovalFlags) => {
        const stateFolder = stateFolderOf(path, flags);
        const found = waitingAt(stateFolder)?.filter((each) => each.instruction_id.startsWith(id));
        if (found === undefined) return;
        const [only] = found;
        if (only === undefined || found.length > 1) {
          complain(only === undefined ? `No order ${id} waits for approval.` : `${id} begins several orders' ids.`);
          process.exitCode = EXIT_FAILED;
          return;
        }
        new Approvals(stateFolder).put(only.instruction_id, {
          approved,
          by: userInfo().username,
          reason: flags.reason ?? null,
        });
        print(`${approved ? "approved" : "declined"}: ${only.order}`);
      });
  }
}

function stateFolderOf(path: string, flags: ApprovalFlags): string {
  return flags.stateDir ?? defaultStateFolder(resolve(path));
}

/** Null, with a word to the user, where no agent runs. */
function waitingAt(stateFolder: string) {
  const found = readStatusFile(stateFolder);
  if (found?.running === true) return found.status.awaiting_approval;
  complain(`No agent runs on the state folder ${stateFolder}.`);
  process.exitCode = EXIT_FAILED;
  return null;
}
