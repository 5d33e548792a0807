import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "@smartem/common/errors";
import type { DestinationStream } from "@smartem/common/logging";
import { makeFolder } from "@smartem/common/make-folder";

export interface RotatingLogOptions {
  /** Of one file. */
  readonly maxBytes?: number;
  /** How many older files are kept: `agent.log.1` is the latest of them. */
  readonly olderFiles?: number;
}

const MAX_BYTES = 20 * 1024 * 1024;
const OLDER_FILES = 5;

/**
 * A log file that never fills the disk: when it is full it is put aside, and the oldest is removed. That it can't be
 * written to is said once on standard error and ends nothing: lines are lost until it can be again.
 */
export class RotatingLog implements DestinationStream {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #olderFiles: number;
  #open: { readonly fd: number; bytes: number } | null = null;
  #said = false;

  constructor(file: string, options: RotatingLogOptions = {}) {
    this.#file = file;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#olderFiles = options.olderFiles ?? OLDER_FILES;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    try {
      let open = this.#opened();
      if (open.bytes > 0 && open.bytes + bytes.length > this.#maxBytes) {
        this.#close();
        const isEmpty = this.#rotate();
        open = this.#opened();
        if (!isEmpty) open.bytes = 0;
      }
      open.bytes += bytes.length;
      for (let at = 0; at < bytes.length; ) at += writeSync(open.fd, bytes, at);
    } catch (thrown) {
      if (!this.#said) process.stderr.write(`The log can't be written: ${messageOf(thrown)}\n`);
      this.#said = true;
      // The drive may be another one when it is there again.
      this.#close();
    }
  }

  #opened(): { readonly fd: number; bytes: number } {
    if (this.#open !== null) return this.#open;
    makeFolder(dirname(this.#file));
    const fd = openSync(this.#file, "a");
    this.#open = { fd, bytes: fstatSync(fd).size };
    return this.#open;
  }

  #close(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    try {
      closeSync(open.fd);
    } catch {
      // Its drive is gone.
    }
  }

  /** @returns whether there is room again */
  #rotate(): boolean {
    const aside = `${this.#file}.full`;
    try {
      // What could not be put away the last time comes first.
      if (existsSync(aside)) this.#putAway(aside);
      renameSync(this.#file, aside);
      this.#putAway(aside);
    } catch {
      // Somebody reads one of them (Windows): it is put away later, and where it is this one, it grows on.
    }
    return !existsSync(this.#file);
  }

  #putAway(aside: string): void {
    const older = (age: number) => `${this.#file}.${age}`;
    rmSync(older(this.#olderFiles), { force: true });
    for (let age = this.#olderFiles - 1; age > 0; age--) {
      if (existsSync(older(age))) renameSync(older(age), older(age + 1));
    }
    renameSync(aside, older(1));
  }
}
