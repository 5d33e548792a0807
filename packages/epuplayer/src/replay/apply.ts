import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, realpath, rename, rm, utimes } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { SmartemError } from "@smartem/common/errors";
import type { RecordedEvent } from "../recording/schema.js";

const BLOCK_BYTES = 1024 * 1024;
/** Windows has no symbolic links that ordinary users can make, and no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** Makes events happen beneath one folder. */
export interface EventApplier {
  /**
   * @returns whether a file is shorter than the recording says it was, so that what was appended is at its end, or that it was not cut
   * @throws where the event cannot be made to happen; SmartemError `recording_unsafe` where it would leave the folder
   */
  apply(event: RecordedEvent): Promise<boolean>;
}

/**
 * @param target the folder, which exists
 * @param chunkFile gives the file that holds a chunk
 */
export async function createEventApplier(
  target: string,
  chunkFile: (id: string) => Promise<string | null>,
): Promise<EventApplier> {
  const root = await realpath(target);
  // Folders found to lie beneath the target, so that they are not looked at for every file.
  const known = new Set<string>([root]);

  /** Whether a folder is there; it must not lie outside of the target, where a symbolic link on the way may lead. */
  async function findFolder(folder: string): Promise<boolean> {
    if (known.has(folder)) return true;
    let existing = folder;
    while ((await lstat(existing).catch(() => null)) === null) existing = dirname(existing);
    const fromRoot = relative(root, await realpath(existing));
    if (fromRoot.startsWith("..") || isAbsolute(fromRoot)) throw outside(folder);
    if (existing !== folder) return false;
    known.add(folder);
    return true;
  }

  async function makeFolder(folder: string): Promise<void> {
    if (!(await findFolder(folder))) await mkdir(folder, { recursive: true });
  }

  async function openFile(path: string, flags: number): Promise<FileHandle> {
    const found = await lstat(path).catch(() => null);
    if (found?.isSymbolicLink()) throw outside(path);
    return open(path, flags | NO_FOLLOW, 0o644);
  }

  async function writeContent(file: FileHandle, event: RecordedEvent, positionBytes: number): Promise<void> {
    if (event.content !== null) {
      const bytes = Buffer.from(event.content, "utf8");
      await file.write(bytes, 0, bytes.byteLength, positionBytes);
    } else if (event.binary_chunk_id !== null) {
      const source = await chunkFile(event.binary_chunk_id);
      if (source === null)
        throw new SmartemError("recording_invalid", 400, `Chunk ${event.binary_chunk_id} is not in the recording.`);
      await copyInto(file, source, positionBytes);
    }
  }

  async function writeFile(path: string, event: RecordedEvent): Promise<void> {
    await makeFolder(dirname(path));
    const file = await openFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
    try {
      if (event.content === null && event.binary_chunk_id === null) await file.truncate(event.size ?? 0);
      else await writeContent(file, event, 0);
    } finally {
      await file.close();
    }
    const { mtime, atime } = event.operation_data ?? {};
    if (mtime !== undefined) await utimes(path, atime ?? mtime, mtime);
  }

  /*
   * The first recorders read text with its line ends made one character, but counted bytes as they were on disk. So a file may be
   * shorter here than it was: nothing is put in between, which would be NULs.
   */

  async function append(path: string, event: RecordedEvent): Promise<boolean> {
    await makeFolder(dirname(path));
    const file = await openFile(path, constants.O_WRONLY | constants.O_CREAT);
    try {
      const { size } = await file.stat();
      const recorded = event.file_position ?? size;
      const hasContent = event.content !== null || event.binary_chunk_id !== null;
      const position = hasContent ? Math.min(recorded, size) : recorded;
      // What is beyond was not there when it was recorded.
      await file.truncate(position);
      if (hasContent) await writeContent(file, event, position);
      else await file.truncate(sizeAfter(event, position));
      return position < recorded;
    } finally {
      await file.close();
    }
  }

  async function truncate(path: string, event: RecordedEvent): Promise<boolean> {
    await makeFolder(dirname(path));
    const file = await openFile(path, constants.O_WRONLY | constants.O_CREAT);
    try {
      const { size } = await file.stat();
      const recorded = event.operation_data?.new_size ?? event.size ?? 0;
      const left = event.is_placeholder ? recorded : Math.min(recorded, size);
      await file.truncate(left);
      return left < recorded;
    } finally {
      await file.close();
    }
  }

  async function move(from: string, to: string): Promise<void> {
    if (!(await findFolder(dirname(from)))) return;
    const source = await lstat(from).catch(() => null);
    if (source === null || from === to) return;
    if (from.startsWith(to + sep) || to.startsWith(from + sep))
      throw new SmartemError("recording_invalid", 400, `${from} cannot be moved to ${to}.`);
    await makeFolder(dirname(to));
    const replaced = await lstat(to).catch(() => null);
    // Where names differ in case alone, both may be the same file.
    const isSame = replaced !== null && replaced.ino === source.ino && replaced.dev === source.dev;
    if (replaced !== null && !isSame) await rm(to, { recursive: true, force: true });
    await rename(from, to);
    forget();
  }

  function forget(): void {
    known.clear();
    known.add(root);
  }

  async function make(event: RecordedEvent): Promise<boolean | undefined> {
    const path = join(root, event.src_path);
    switch (event.event_type) {
      case "initial_dir":
        await makeFolder(path);
        return;
      case "deleted":
        if (await findFolder(dirname(path))) await rm(path, { recursive: true, force: true });
        forget();
        return;
      case "moved":
        if (event.dest_path !== null) await move(path, join(root, event.dest_path));
        return;
      case "initial_file":
        await writeFile(path, event);
        return;
      case "created":
        await (event.is_directory ? makeFolder(path) : writeFile(path, event));
        return;
      case "modified":
        if (!event.is_directory) await writeFile(path, event);
        return;
      case "appended":
        return append(path, event);
      case "truncated":
        return truncate(path, event);
    }
  }

  return { apply: async (event) => (await make(event)) ?? false };
}

/** Of a file that was recorded by its size only. */
function sizeAfter({ operation_data, size }: RecordedEvent, positionBytes: number): number {
  return Math.max(positionBytes, size ?? positionBytes + (operation_data?.append_size ?? 0));
}

async function copyInto(file: FileHandle, source: string, positionBytes: number): Promise<void> {
  const from = await open(source);
  try {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    for (let position = positionBytes; ; ) {
      const { bytesRead } = await from.read(block, 0, BLOCK_BYTES);
      if (bytesRead === 0) return;
      await file.write(block, 0, bytesRead, position);
      position += bytesRead;
    }
  } finally {
    await from.close();
  }
}

function outside(path: string): SmartemError {
  return new SmartemError("recording_unsafe", 400, `${path} would be written outside of the target folder.`, {
    hint: "There is a symbolic link in the target folder: replay into an empty one.",
  });
}
