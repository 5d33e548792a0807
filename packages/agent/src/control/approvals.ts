import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What somebody at the microscope says to an order. */
export interface Approval {
  readonly approved: boolean;
  /** Who said so. */
  readonly by: string;
  readonly reason: string | null;
}

const FOLDER = "approvals";

/**
 * What people at the microscope say to orders, passed from the commands `approve` and `decline` to the agent that runs:
 * one file each in the state folder.
 */
export class Approvals {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, FOLDER);
  }

  /** Null while nobody has said anything. */
  get(instructionId: string): Approval | null {
    try {
      const said = JSON.parse(readFileSync(this.#file(instructionId), "utf8")) as Approval;
      return { approved: said.approved === true, by: String(said.by), reason: said.reason };
    } catch {
      return null;
    }
  }

  put(instructionId: string, approval: Approval): void {
    mkdirSync(this.#folder, { recursive: true });
    const file = this.#file(instructionId);
    // The agent must not read half of it.
    writeFileSync(`${file}.new`, JSON.stringify(approval));
    renameSync(`${file}.new`, file);
  }

  forget(instructionId: string): void {
    rmSync(this.#file(instructionId), { force: true });
  }

  /** The id comes from the API: whatever is in it, the file stays in the folder. */
  #file(instructionId: string): string {
    return join(this.#folder, `${createHash("sha1").update(instructionId).digest("hex")}.json`);
  }
}
