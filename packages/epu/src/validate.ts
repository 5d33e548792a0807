import { dirname } from "node:path";
import {
  type EpuFolder,
  type ReadFolderOptions,
  readEpuFolder,
  type SessionFolder,
  type SquareFolder,
} from "./epu-folder.js";
import type { EpuParseErrorCode } from "./parse-error.js";

/**
 * What can be wrong with a folder: any error of reading a file (see EpuParseErrorCode), and
 *
 * | code | means |
 * |---|---|
 * | no_session | nothing of EPU's is beneath the folder |
 * | session_missing | a session's folder without EpuSession.dm |
 * | metadata_missing | squares that the session lists, or that have images, without Metadata/GridSquare_<id>.dm |
 * | images_missing | a session without any Images-Disc folder |
 * | atlas_missing | the session names an atlas that is not found |
 * | manifest_missing | data of an exposure without its XML |
 * | micrographs_missing | holes with exposures by the metadata, but without any micrograph |
 * | duplicate_micrograph | two micrographs with one unique id |
 * | id_mismatch | a metadata file that is of another square than its name says |
 * | unreadable_value | a value that is not what it should be |
 */
export type ProblemCode =
  | EpuParseErrorCode
  | "no_session"
  | "session_missing"
  | "metadata_missing"
  | "images_missing"
  | "atlas_missing"
  | "manifest_missing"
  | "micrographs_missing"
  | "duplicate_micrograph"
  | "id_mismatch"
  | "unreadable_value";

export interface Problem {
  readonly code: ProblemCode;
  /** The file or folder that it is about. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

/** Reads a whole folder and says what is wrong with it; an empty list means nothing. */
export async function validateDirectory(path: string, options: ReadFolderOptions = {}): Promise<readonly Problem[]> {
  return problemsOf(await readEpuFolder(path, options));
}

/** The problems of a folder that has been read. Pure. */
export function problemsOf(folder: EpuFolder): readonly Problem[] {
  const problems: Problem[] = [
    ...folder.failures.map(({ path, error }) => ({ code: error.code, path, message: error.message, hint: error.hint })),
    ...folder.issues.map(({ path, message }) => ({
      code: "unreadable_value" as const,
      path,
      message,
      hint: "The value is left out; report the file with its EPU version if it is as EPU wrote it.",
    })),
    ...folder.sessions.flatMap(problemsOfSession),
    ...manifestsMissing(folder),
  ];
  if (folder.sessions.length > 0 || folder.atlases.length > 0 || folder.failures.length > 0) return problems;
  const hint = "Name the folder that holds EpuSession.dm, or one above it.";
  return [...problems, { code: "no_session", path: folder.path, message: "There is nothing of EPU's here.", hint }];
}

function problemsOfSession(folder: SessionFolder): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (code: ProblemCode, path: string, message: string, hint: string): void => {
    problems.push({ code, path, message, hint });
  };
  const { session, gridSquares, path } = folder;

  if (session === null) {
    add(
      "session_missing",
      path,
      "The session has no readable EpuSession.dm.",
      "Copy EpuSession.dm from the microscope.",
    );
  } else if (session.record.atlasPath !== null && folder.atlas === null) {
    const hint = "Copy the atlas beside the session, or configure a path map for its drive.";
    add("atlas_missing", session.path, `The atlas ${session.record.atlasPath} is not found.`, hint);
  }

  const described = new Set(gridSquares.flatMap((square) => (square.metadata === null ? [] : [square.gridSquareId])));
  const expected = new Set([
    ...(session?.record.gridSquares ?? []).map((square) => square.gridSquareId),
    ...gridSquares.map((square) => square.gridSquareId),
  ]);
  const undescribed = [...expected].filter((id) => !described.has(id));
  if (undescribed.length > 0) {
    const message = `${counted(undescribed.length, "grid square")} of ${expected.size} without metadata: ${someOf(undescribed)}.`;
    add(
      "metadata_missing",
      path,
      message,
      "Copy the Metadata folder; without it holes that have no image are unknown.",
    );
  }
  if (gridSquares.every((square) => square.image === null && square.foilHoles.every(isWithoutFiles))) {
    add("images_missing", path, "The session has no images.", "Copy the Images-Disc folders, if there are any yet.");
  }
  for (const square of gridSquares) problems.push(...problemsOfSquare(square, path));
  problems.push(...duplicateMicrographs(gridSquares));
  return problems;
}

function isWithoutFiles({ image, micrographs }: SquareFolder["foilHoles"][number]): boolean {
  return image === null && micrographs.length === 0;
}

function problemsOfSquare(square: SquareFolder, sessionPath: string): readonly Problem[] {
  const problems: Problem[] = [];
  const { gridSquareId, metadata } = square;
  if (metadata !== null && metadata.record.gridSquareId !== gridSquareId) {
    const message = `The file is of grid square ${metadata.record.gridSquareId}.`;
    problems.push({
      code: "id_mismatch",
      path: metadata.path,
      message,
      hint: "Copy the file from the microscope again.",
    });
  }
  const lost = square.foilHoles.filter((hole) => hole.target?.hasParticleAcquisitions && hole.micrographs.length === 0);
  if (lost.length > 0) {
    const ids = lost.map((hole) => hole.foilHoleId);
    problems.push({
      code: "micrographs_missing",
      path: metadata?.path ?? sessionPath,
      message: `${counted(lost.length, "foil hole")} of grid square ${gridSquareId} exposed, but without micrographs: ${someOf(ids)}.`,
      hint: `Copy the Data folder of GridSquare_${gridSquareId}.`,
    });
  }
  return problems;
}

function duplicateMicrographs(squares: readonly SquareFolder[]): readonly Problem[] {
  const pathById = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { path, record } of squares.flatMap((square) => square.foilHoles.flatMap((hole) => hole.micrographs))) {
    if (record.uniqueId === null) continue;
    const first = pathById.get(record.uniqueId);
    if (first === undefined) pathById.set(record.uniqueId, path);
    else {
      const message = `The micrograph has the unique id of ${first}.`;
      problems.push({ code: "duplicate_micrograph", path, message, hint: "Remove the copy." });
    }
  }
  return problems;
}

function manifestsMissing(folder: EpuFolder): readonly Problem[] {
  const withManifest = new Set<string>();
  const withoutExtension = (path: string): string => path.replace(/(?:_EER)?\.[^.]+$/i, "");
  for (const { path, where } of folder.files) {
    if (where.kind === "micrographManifest") withManifest.add(withoutExtension(path));
  }
  const orphans = new Map<string, string>();
  for (const { path, where } of folder.files) {
    const exposure = withoutExtension(path);
    if (where.kind === "micrographPicture" && !withManifest.has(exposure)) orphans.set(exposure, path);
  }
  return Array.from(orphans.values(), (path) => ({
    code: "manifest_missing" as const,
    path,
    message: "The exposure has no XML beside it.",
    hint: `Copy it from the microscope to ${dirname(path)}.`,
  }));
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function someOf(ids: readonly string[]): string {
  return ids.length <= 5 ? ids.join(", ") : `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more`;
}
