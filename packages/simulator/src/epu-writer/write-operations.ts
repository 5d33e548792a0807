import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Facts } from "./facts.js";

/** What a reader can know for certain once a file is there in full; ids as EPU gives them. */
export type Revealed = RevealedEntity & {
  /** What the file says of it that no later one of the same session contradicts, but for a new version of this file. */
  readonly facts?: Facts;
  /** False: it adds to an entity, but proves none. */
  readonly proves?: false;
};

type RevealedEntity =
  | { readonly kind: "acquisition"; readonly id: string }
  /** By its session's id: a session has one. */
  | { readonly kind: "grid"; readonly id: string }
  | { readonly kind: "atlas"; readonly id: string }
  | { readonly kind: "atlasTile"; readonly id: string }
  | { readonly kind: "gridSquare"; readonly id: string }
  | { readonly kind: "tilePosition"; readonly tileId: string; readonly gridSquareId: string }
  | { readonly kind: "foilHole"; readonly gridSquareId: string; readonly id: string }
  | {
      readonly kind: "micrograph";
      readonly gridSquareId: string;
      readonly foilHoleId: string;
      /** Of its manifest, without extension. */
      readonly baseName: string;
      readonly uniqueId: string;
    };

/** One thing that EPU does to a file; `path` is relative to the watched folder, with `/`. */
export type WriteOperation =
  | { readonly kind: "directory"; readonly path: string }
  | {
      /** Creates the file, or replaces what it holds in place, as EPU does. */
      readonly kind: "write";
      readonly path: string;
      readonly content: string | Uint8Array;
      readonly reveals: readonly Revealed[];
    }
  | {
      /** Adds to the end of a file that was begun before. */
      readonly kind: "append";
      readonly path: string;
      readonly content: string | Uint8Array;
      readonly reveals: readonly Revealed[];
    };

export function writeFileOperation(
  filePath: string,
  content: string | Uint8Array,
  reveals: readonly Revealed[] = [],
): WriteOperation {
  return { kind: "write", path: filePath, content, reveals };
}

/** Carries operations out in a folder; knows the folders that it has made. */
export class FolderWriter {
  readonly #root: string;
  readonly #known = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  apply(operation: WriteOperation): void {
    const target = path.join(this.#root, operation.path);
    if (operation.kind === "directory") {
      this.#directory(target);
      return;
    }
    this.#directory(path.dirname(target));
    if (operation.kind === "write") writeFileSync(target, operation.content);
    else appendFileSync(target, operation.content);
  }

  applyAll(operations: readonly WriteOperation[]): void {
    for (const operation of operations) this.apply(operation);
  }

  #directory(directory: string): void {
    if (this.#known.has(directory)) return;
    mkdirSync(directory, { recursive: true });
    this.#known.add(directory);
  }
}
