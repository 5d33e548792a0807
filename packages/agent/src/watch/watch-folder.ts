import { statSync } from "node:fs";
import { SmartemError } from "@smartem/common/errors";

const HINT = "Name the folder that EPU writes its sessions to.";

/** @throws SmartemError `watch_folder_missing`, `watch_folder_unreadable` */
export function requireFolder(path: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new SmartemError("watch_folder_missing", 400, `There is no folder ${path}.`, { hint: HINT });
    // A share that is not mounted any more, or that one has no right to, is there all the same.
    throw new SmartemError("watch_folder_unreadable", 400, `The folder ${path} can't be looked at (${code}).`, {
      hint: "Check whether its share is mounted, and who may read it.",
    });
  }
  if (!isFolder) throw new SmartemError("watch_folder_missing", 400, `${path} is no folder.`, { hint: HINT });
}
