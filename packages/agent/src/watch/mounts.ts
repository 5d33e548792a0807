import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "@smartem/common/logging";
import type { Journal } from "../journal/journal.js";
import { isAtOrBelow } from "./file-location.js";

/**
 * The shares that are mounted below the watched folder. One that is not mounted leaves an empty folder, or what lies on
 * the disk beneath, or no folder: what was in it is then not gone, but out of sight.
 */
export class Mounts {
  readonly #journal: Journal;
  readonly #log: Logger;
  readonly #paths: Set<string>;
  readonly #away = new Set<string>();

  constructor(journal: Journal, log: Logger) {
    this.#journal = journal;
    this.#log = log;
    // A mount point that was taken away while no agent ran was given up.
    for (const path of journal.files.mounts()) if (!existsSync(path)) journal.files.removeMount(path);
    this.#paths = new Set(journal.files.mounts());
  }

  /** Why some can't be looked into. */
  get troubles(): readonly string[] {
    return [...this.#away].map(troubleOf);
  }

  /** Notes a folder that is on another device than the one that it is in. */
  add(path: string): void {
    if (this.#paths.has(path)) return;
    this.#paths.add(path);
    this.#journal.files.addMount(path);
  }

  /** Forgets the shares at or below a folder that is not looked into any more. */
  giveUp(path: string): void {
    for (const mount of this.#paths) {
      if (!isAtOrBelow(mount, path)) continue;
      this.#paths.delete(mount);
      this.#away.delete(mount);
      this.#journal.files.removeMount(mount);
    }
  }

  /** Whether a folder is on a share that was not mounted when it was last looked. */
  isAway(path: string): boolean {
    for (const mount of this.#away) if (isAtOrBelow(path, mount)) return true;
    return false;
  }

  /** Looks whether a folder is on a share that is not mounted. */
  async look(path: string): Promise<boolean> {
    for (const mount of this.#paths) if (isAtOrBelow(path, mount) && (await this.#isUnmounted(mount))) return true;
    return false;
  }

  /** Looks whether a folder is on a share, or above one, that is not mounted. */
  async lookBelow(path: string): Promise<boolean> {
    for (const mount of this.#paths) if (isAtOrBelow(mount, path) && (await this.#isUnmounted(mount))) return true;
    return this.look(path);
  }

  /** @returns those that were away and are mounted again */
  async lookAtAll(): Promise<readonly string[]> {
    const back: string[] = [];
    for (const mount of this.#paths) {
      const wasAway = this.#away.has(mount);
      if (!(await this.#isUnmounted(mount)) && wasAway) back.push(mount);
    }
    return back;
  }

  async #isUnmounted(mount: string): Promise<boolean> {
    let isUnmounted = true;
    try {
      const [at, above] = await Promise.all([stat(mount), stat(dirname(mount))]);
      isUnmounted = at.dev === above.dev;
    } catch {
      // A share whose server has gone away, or no folder.
    }
    if (isUnmounted && !this.#away.has(mount)) {
      const error = troubleOf(mount);
      this.#log.error({ folder: mount, error }, "a share below the watched folder is away; nothing in it is forgotten");
      this.#away.add(mount);
    }
    if (!isUnmounted && this.#away.delete(mount)) this.#log.info({ folder: mount }, "the share is mounted again");
    return isUnmounted;
  }
}

function troubleOf(mount: string): string {
  return `${mount} is no longer a share of its own: is it mounted? If it was given up, remove the folder and start the agent anew.`;
}
