import type { RecordedEvent } from "./schema.js";
import { isUnreadable, RECORDED_FOLDER } from "./schema.js";

/** What a file must be after the events of a recording. */
export interface ExpectedFile {
  /** Bytes; null where the recording does not say. */
  readonly size: number | null;
  /** SHA-256 in hex; null where the recording does not say. */
  readonly hash: string | null;
  /** Only the size was recorded. */
  readonly isPlaceholder: boolean;
  /** It could not be read when it was recorded. */
  readonly isUnreadable: boolean;
}

interface Folder {
  readonly entries: Map<string, Folder | ExpectedFile>;
}

/** The folder tree that the events so far lead to. */
export interface ExpectedTree {
  apply(event: RecordedEvent): void;
  /** Every file and folder, with null for folders, parents before children. */
  entries(): Generator<readonly [path: string, file: ExpectedFile | null]>;
  /** What was deleted or moved away and is not to be there any more: of a folder, not what was in it as well. */
  gone(): Generator<string>;
}

export function createExpectedTree(): ExpectedTree {
  const root: Folder = { entries: new Map() };
  /** Whatever was deleted or moved away at some time. */
  const left = new Set<string>();

  function folderOf(path: string): Folder {
    let folder = root;
    for (const part of path.split("/").slice(0, -1)) folder = subfolder(folder, part);
    return folder;
  }

  function find(path: string): Folder | ExpectedFile | undefined {
    let found: Folder | ExpectedFile | undefined = root;
    for (const part of path.split("/")) {
      if (found === undefined || !isFolder(found)) return undefined;
      found = found.entries.get(part);
    }
    return found;
  }

  function take(path: string): Folder | ExpectedFile | undefined {
    const found = find(path);
    left.add(path);
    if (found === undefined) return undefined;
    if (isFolder(found)) for (const [inIt] of walk(found, `${path}/`)) left.add(inIt);
    folderOf(path).entries.delete(nameOf(path));
    return found;
  }

  return {
    apply(event) {
      const path = event.src_path;
      if (path === RECORDED_FOLDER) return;
      if (event.event_type === "deleted") take(path);
      else if (event.event_type === "moved") {
        const moved = take(path);
        if (moved !== undefined && event.dest_path !== null)
          folderOf(event.dest_path).entries.set(nameOf(event.dest_path), moved);
      } else if (event.is_directory || event.event_type === "initial_dir") subfolder(folderOf(path), nameOf(path));
      else {
        const before = find(path);
        const grown = event.event_type === "appended" || event.event_type === "truncated";
        const was = before !== undefined && !isFolder(before) ? before : null;
        folderOf(path).entries.set(nameOf(path), {
          size: sizeAfter(event, was),
          hash: isUnreadable(event) ? null : event.content_hash,
          isPlaceholder: event.is_placeholder || (grown && was?.isPlaceholder === true),
          isUnreadable: isUnreadable(event) || (grown && was?.isUnreadable === true),
        });
      }
    },
    entries: () => walk(root, ""),
    *gone() {
      for (const path of left) {
        const folder = path.includes("/") ? find(path.slice(0, path.lastIndexOf("/"))) : root;
        if (folder !== undefined && isFolder(folder) && find(path) === undefined) yield path;
      }
    },
  };
}

function* walk(folder: Folder, prefix: string): Generator<readonly [string, ExpectedFile | null]> {
  for (const [name, entry] of folder.entries) {
    const path = prefix + name;
    if (!isFolder(entry)) yield [path, entry];
    else {
      yield [path, null];
      yield* walk(entry, `${path}/`);
    }
  }
}

function subfolder(folder: Folder, name: string): Folder {
  const entry = folder.entries.get(name);
  if (entry !== undefined && isFolder(entry)) return entry;
  const made: Folder = { entries: new Map() };
  folder.entries.set(name, made);
  return made;
}

function sizeAfter(event: RecordedEvent, before: ExpectedFile | null): number | null {
  if (event.event_type === "truncated") return event.operation_data?.new_size ?? event.size;
  if (event.size !== null || event.event_type !== "appended") return event.size;
  const from = event.file_position ?? before?.size ?? null;
  const added = event.operation_data?.append_size ?? null;
  return from === null || added === null ? null : from + added;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function isFolder(entry: Folder | ExpectedFile): entry is Folder {
  return "entries" in entry;
}
