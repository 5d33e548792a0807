import type { BigIntStats } from "node:fs";
import type { Piece } from "./spool.js";

/** What tells one file or folder from another that came to have its name. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** 0 where the file system does not keep it. */
  readonly birthtimeNs: bigint;
}

export interface KnownFolder extends Identity {
  readonly kind: "folder";
}

export interface KnownFile extends Identity {
  readonly kind: "file";
  /** Of what was recorded, not of what the file may have become since. */
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** SHA-256 in hex; null for a placeholder and for what could not be read. */
  readonly hash: string | null;
  readonly isPlaceholder: boolean;
  /** The recorded bytes, in order; empty where none were. */
  readonly pieces: readonly Piece[];
  /** False while the file is so new that a change may leave no trace in its times. */
  readonly isSettled: boolean;
}

export type Known = KnownFolder | KnownFile;

/** The recorded folder as the recording has it so far; "" is its root. */
export interface KnownTree {
  get(path: string): Known | undefined;
  set(path: string, known: Known): void;
  /** Forgets a path and everything beneath it. */
  remove(path: string): void;
  /** Gives a path and everything beneath it another name. */
  rename(from: string, to: string): void;
  namesIn(folder: string): Iterable<string>;
  /** The path that has this identity, where identities can be told apart. */
  find(identity: Identity): string | undefined;
  /** Every folder beneath a path, itself included if it is one. */
  folders(path: string): string[];
}

export function createKnownTree(): KnownTree {
  const known = new Map<string, Known>();
  const names = new Map<string, Set<string>>();
  const byIdentity = new Map<string, string>();

  function add(path: string, entry: Known): void {
    const before = known.get(path);
    if (before !== undefined && byIdentity.get(keyOf(before)) === path) byIdentity.delete(keyOf(before));
    known.set(path, entry);
    byIdentity.set(keyOf(entry), path);
    if (path === "") return;
    const parent = parentOf(path);
    const siblings = names.get(parent) ?? new Set();
    siblings.add(nameOf(path));
    names.set(parent, siblings);
  }

  function drop(path: string): void {
    const entry = known.get(path);
    if (entry === undefined) return;
    if (byIdentity.get(keyOf(entry)) === path) byIdentity.delete(keyOf(entry));
    known.delete(path);
    names.delete(path);
    names.get(parentOf(path))?.delete(nameOf(path));
  }

  /** The paths at and beneath a path, parents first. */
  function within(path: string): string[] {
    const paths = [path];
    for (const one of paths) for (const name of names.get(one) ?? []) paths.push(join(one, name));
    return paths;
  }

  return {
    get: (path) => known.get(path),
    set: add,
    remove(path) {
      for (const one of within(path).reverse()) drop(one);
    },
    rename(from, to) {
      const moved = within(from).map((path) => [path, known.get(path)] as const);
      for (const [path] of moved.toReversed()) drop(path);
      for (const [path, entry] of moved) if (entry !== undefined) add(to + path.slice(from.length), entry);
    },
    namesIn: (folder) => names.get(folder) ?? [],
    find: (identity) => (identity.birthtimeNs === 0n ? undefined : byIdentity.get(keyOf(identity))),
    folders: (path) => within(path).filter((one) => known.get(one)?.kind === "folder"),
  };
}

export function identityOf(stats: BigIntStats): Identity {
  return { dev: stats.dev, ino: stats.ino, birthtimeNs: stats.birthtimeNs };
}

export function isSame(one: Identity, other: Identity): boolean {
  return one.ino === other.ino && one.dev === other.dev && one.birthtimeNs === other.birthtimeNs;
}

export function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function keyOf(identity: Identity): string {
  return `${identity.dev}:${identity.ino}:${identity.birthtimeNs}`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
