import { type FSWatcher, watch } from "node:fs";

/** How the system is asked to tell of changes. */
export interface Notifier {
  /** Whether the watched folder's watch tells of everything below it, so that no other folder is held open. */
  readonly wholeTree: boolean;
  /**
   * @param onChange the event, and what it is about, relative to the folder; null where the system has lost count
   * @throws where the system does not watch the folder
   */
  watch(folder: string, onChange: (event: string, name: string | null) => void): Pick<FSWatcher, "close" | "on">;
}

/** One watch for each folder. */
export const EACH_FOLDER: Notifier = {
  wholeTree: false,
  watch: (folder, onChange) => watch(folder, { persistent: false }, onChange),
};

/**
 * One watch for all. On Windows a folder can't be renamed while one below it is held open, and whoever watches a folder
 * holds it open: EPU and its users go first.
 */
const WHOLE_TREE: Notifier = {
  wholeTree: true,
  watch: (folder, onChange) => watch(folder, { persistent: false, recursive: true }, onChange),
};

export const SYSTEM_NOTIFIER: Notifier = process.platform === "win32" ? WHOLE_TREE : EACH_FOLDER;
