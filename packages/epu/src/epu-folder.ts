import { opendir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { messageOf } from "@smartem/common/errors";
import { classifyPath, type EpuPath, fileKindOf, isNoiseFolder, latestByName } from "./classify.js";
import type { ParseLimits } from "./parse.js";
import { type EpuParseError, epuParseError } from "./parse-error.js";
import { errnoOf, type ParsedFile, parseFile } from "./parse-file.js";
import type {
  Atlas,
  EpuFileKind,
  EpuSession,
  FoilHoleImage,
  FoilHoleTarget,
  GridSquareImage,
  GridSquareMetadata,
  Micrograph,
  RecordOf,
} from "./records.js";
import { type PathMap, resolveWindowsPath } from "./windows-paths.js";

/** A file's record and its path. */
export interface Found<T> {
  readonly path: string;
  readonly record: T;
}

/** Everything that a folder of EPU's holds; a visit's folder holds several sessions. */
export interface EpuFolder {
  readonly path: string;
  readonly sessions: readonly SessionFolder[];
  readonly atlases: readonly Found<Atlas>[];
  /** Every file that is not noise, with what its path says. */
  readonly files: readonly ListedFile[];
  /** Files and folders that could not be read. */
  readonly failures: readonly FileFailure[];
  /** Values that could not be read and are null in their records. */
  readonly issues: readonly FileIssue[];
}

export interface ListedFile {
  readonly path: string;
  readonly where: EpuPath;
}

export interface FileFailure {
  readonly path: string;
  readonly error: EpuParseError;
}

export interface FileIssue {
  readonly path: string;
  readonly message: string;
}

/** One grid. */
export interface SessionFolder {
  readonly path: string;
  readonly session: Found<EpuSession> | null;
  /** The atlas that the session names, where it can be found. */
  readonly atlas: Found<Atlas> | null;
  /** By id. */
  readonly gridSquares: readonly SquareFolder[];
}

export interface SquareFolder {
  readonly gridSquareId: string;
  readonly metadata: Found<GridSquareMetadata> | null;
  /** The last one by name: a square may be imaged again. */
  readonly image: Found<GridSquareImage> | null;
  /** By id: the holes of the metadata and those that have images or micrographs. */
  readonly foilHoles: readonly HoleFolder[];
}

export interface HoleFolder {
  readonly foilHoleId: string;
  /** What the square's metadata says of the hole; null for a hole known only through its files. */
  readonly target: FoilHoleTarget | null;
  /** The last one by name; null for most holes where several are reached from one stage position. */
  readonly image: Found<FoilHoleImage> | null;
  /** By path. */
  readonly micrographs: readonly FoundMicrograph[];
}

export interface FoundMicrograph extends Found<Micrograph> {
  readonly areaId: string;
  readonly settingId: string;
  readonly timestamp: string;
}

export interface ReadFolderOptions extends ParseLimits {
  readonly pathMaps?: readonly PathMap[];
}

/** Files read at a time: enough to hide the latency of a network drive. */
const PARALLEL_FILES = 8;

/**
 * Reads everything that EPU wrote beneath a folder, whatever is missing from it. What can't be read is in `failures`;
 * nothing is thrown for it.
 */
export async function readEpuFolder(path: string, options: ReadFolderOptions = {}): Promise<EpuFolder> {
  const failures: FileFailure[] = [];
  const files = await listFiles(path, failures);
  const parsed: ParsedFile[] = [];
  await inParallel(files, async ({ path: file, where }) => {
    const kind = fileKindOf(where);
    if (kind === null) return;
    const result = await parseFile(file, { ...options, kind });
    if (result.ok) parsed.push({ ...result.value, where });
    else failures.push({ path: file, error: result.error });
  });
  parsed.sort(byPath);

  const atlases = foundOf(parsed, "atlas");
  const sessions = await Promise.all(
    assembleSessions(path, parsed).map(async (session) => ({
      ...session,
      atlas: await findAtlas(path, session.session?.record ?? null, atlases, options),
    })),
  );
  const issues = parsed.flatMap((file) => file.issues.map((message) => ({ path: file.path, message })));
  return { path, sessions, atlases, files, failures: failures.sort(byPath), issues };
}

/**
 * Puts the files of sessions together. Pure.
 *
 * A hole is there when the square's metadata, an image of its own or a micrograph says so: where EPU shifts the beam
 * to reach several holes most of them have no image, and the metadata may be missing.
 */
export function assembleSessions(root: string, files: readonly ParsedFile[]): readonly SessionFolder[] {
  const byFolder = groupBy(files, ({ where }) => ("sessionFolder" in where ? where.sessionFolder : null));
  return Array.from(byFolder, ([folder, ofSession]) => ({
    path: join(root, folder),
    session: foundOf(ofSession, "session")[0] ?? null,
    atlas: null,
    gridSquares: assembleSquares(ofSession),
  }));
}

function assembleSquares(files: readonly ParsedFile[]): readonly SquareFolder[] {
  const byId = groupBy(files, ({ where }) => ("gridSquareId" in where ? where.gridSquareId : null));
  return sortedById(byId).map(([gridSquareId, ofSquare]) => {
    const metadata = foundOf(ofSquare, "gridSquareMetadata")[0] ?? null;
    return {
      gridSquareId,
      metadata,
      image: latestOf(foundOf(ofSquare, "gridSquareImage")),
      foilHoles: assembleHoles(metadata?.record.foilHoles ?? [], ofSquare),
    };
  });
}

function assembleHoles(targets: readonly FoilHoleTarget[], files: readonly ParsedFile[]): readonly HoleFolder[] {
  const byId = groupBy(files, ({ where }) => ("foilHoleId" in where ? where.foilHoleId : null));
  const targetById = new Map(targets.map((target) => [target.foilHoleId, target]));
  for (const id of targetById.keys()) if (!byId.has(id)) byId.set(id, []);
  return sortedById(byId).map(([foilHoleId, ofHole]) => ({
    foilHoleId,
    target: targetById.get(foilHoleId) ?? null,
    image: latestOf(foundOf(ofHole, "foilHoleImage")),
    micrographs: ofHole.flatMap(micrographOf),
  }));
}

function micrographOf({ where, ...file }: ParsedFile): readonly FoundMicrograph[] {
  if (file.kind !== "micrograph" || where.kind !== "micrographManifest") return [];
  const { areaId, settingId, timestamp } = where;
  return [{ path: file.path, record: file.record, areaId, settingId, timestamp }];
}

/** Finds the atlas that a session names among those of the folder, and else where the Windows path may lead. */
async function findAtlas(
  root: string,
  session: EpuSession | null,
  atlases: readonly Found<Atlas>[],
  options: ReadFolderOptions,
): Promise<Found<Atlas> | null> {
  if (session?.atlasPath == null) return null;
  const resolved = await resolveWindowsPath(session.atlasPath, { ...options, watchFolder: root }, isFile);
  if (resolved === null) return null;
  const known = atlases.find((atlas) => atlas.path === resolved.path);
  if (known !== undefined) return known;
  const parsed = await parseFile(resolved.path, { ...options, kind: "atlas" });
  return parsed.ok && parsed.value.kind === "atlas" ? { path: resolved.path, record: parsed.value.record } : null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** All files beneath a folder but noise, by path. Links to folders are not followed: they may lead in circles. */
async function listFiles(root: string, failures: FileFailure[]): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for await (const entry of await opendir(folder)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
          if (!isNoiseFolder(entry.name)) folders.push(path);
          continue;
        }
        // Relative, so that no folder above the one that is read is taken for part of the layout.
        const where = classifyPath(relative(root, path));
        if (where.kind !== "noise") files.push({ path, where });
      }
    } catch (thrown) {
      const errno = errnoOf(thrown);
      if (errno === null) throw thrown;
      const error = epuParseError("unreadable", `The folder can't be read: ${messageOf(thrown)}`, { errno });
      failures.push({ path: folder, error });
    }
  }
  return files.sort(byPath);
}

function foundOf<K extends EpuFileKind>(files: readonly ParsedFile[], kind: K): readonly Found<RecordOf<K>>[] {
  return files
    .filter((file) => file.kind === kind)
    .map(({ path, record }) => ({ path, record: record as RecordOf<K> }));
}

function latestOf<T>(found: readonly Found<T>[]): Found<T> | null {
  const latest = latestByName(found.map(({ path }) => path));
  return found.find(({ path }) => path === latest) ?? null;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function sortedById<T>(groups: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  // Ids are whole numbers of any length.
  return [...groups].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL_FILES }, worker));
}
