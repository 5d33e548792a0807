import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, type Result } from "@smartem/common/result";
import { latestByName } from "./classify.js";
import { type EpuFolder, type ReadFolderOptions, readEpuFolder, type SessionFolder } from "./epu-folder.js";
import { type EpuParseError, epuParseError } from "./parse-error.js";
import { errnoOf, type ParsedFile, parseFile } from "./parse-file.js";
import type { EpuFileKind } from "./records.js";

/** What `smartem-agent parse` can be asked for. */
export const DISPLAY_KINDS = [
  "dir",
  "grid",
  "session",
  "atlas",
  "gridsquare-metadata",
  "gridsquare",
  "foilhole",
  "micrograph",
] as const;

export type DisplayKind = (typeof DISPLAY_KINDS)[number];

/** What was read, ready for JSON. */
export type Display =
  | { readonly show: "dir"; readonly folder: EpuFolder }
  | { readonly show: "grid"; readonly grid: SessionFolder; readonly failures: EpuFolder["failures"] }
  | { readonly show: "file"; readonly file: ParsedFile };

const FILES: { readonly [K in Exclude<DisplayKind, "dir" | "grid">]: { kind: EpuFileKind; inFolder: RegExp } } = {
  session: { kind: "session", inFolder: /^EpuSession\.dm$/i },
  atlas: { kind: "atlas", inFolder: /^Atlas\.dm$/i },
  "gridsquare-metadata": { kind: "gridSquareMetadata", inFolder: /^GridSquare_\d+\.dm$/i },
  gridsquare: { kind: "gridSquareImage", inFolder: /^GridSquare_\d+_\d+\.xml$/i },
  foilhole: { kind: "foilHoleImage", inFolder: /^FoilHole_\d+_\d+_\d+\.xml$/i },
  micrograph: { kind: "micrograph", inFolder: /^FoilHole_\d+_Data_\d+_\d+_\d+_\d+\.xml$/i },
};

/**
 * Reads what `smartem-agent parse <kind> <path>` is asked for: `dir` all sessions beneath a folder, `grid` the one
 * session of a folder, the others one file, or the last such file by name directly in a folder.
 */
export async function parseForDisplay(
  kind: DisplayKind,
  path: string,
  options: ReadFolderOptions = {},
): Promise<Result<Display, EpuParseError>> {
  if (kind === "dir" || kind === "grid") {
    const folder = await readEpuFolder(path, options);
    const unreadable = folder.failures.find((failure) => failure.path === path);
    if (unreadable !== undefined) return err(unreadable.error);
    return kind === "dir" ? ok({ show: "dir", folder }) : onlyGridOf(folder);
  }
  const { kind: fileKind, inFolder } = FILES[kind];
  const at = await fileAt(path, inFolder);
  if (at === null) {
    const hint = "Name the file, or the folder that it is directly in.";
    return err(epuParseError("foreign", `The folder holds no ${kind} file.`, { hint }));
  }
  const file = await parseFile(at, { ...options, kind: fileKind });
  return file.ok ? ok({ show: "file", file: file.value }) : file;
}

function onlyGridOf(folder: EpuFolder): Result<Display, EpuParseError> {
  const [grid, ...others] = folder.sessions;
  if (grid !== undefined && others.length === 0) return ok({ show: "grid", grid, failures: folder.failures });
  const message =
    grid === undefined
      ? "The folder holds no EPU session."
      : `The folder holds ${folder.sessions.length} sessions: ${folder.sessions.map(({ path }) => path).join(", ")}.`;
  return err(epuParseError("foreign", message, { hint: "Name the folder of one session, or use `parse dir`." }));
}

/** The file itself, or the last of a folder's whose name fits; null where there is none. */
async function fileAt(path: string, inFolder: RegExp): Promise<string | null> {
  try {
    const latest = latestByName((await readdir(path)).filter((name) => inFolder.test(name)));
    return latest === null ? null : join(path, latest);
  } catch (thrown) {
    // Not a folder, or not there: reading it as a file says which.
    if (errnoOf(thrown) === null) throw thrown;
    return path;
  }
}

/** The lines of text that `smartem-agent parse` prints for what was read. */
export function describe(display: Display): readonly string[] {
  switch (display.show) {
    case "dir":
      return describeFolder(display.folder);
    case "grid":
      return [...describeGrid(display.grid), ...describeFailures(display.failures)];
    case "file":
      return describeFile(display.file);
  }
}

function describeFolder(folder: EpuFolder): readonly string[] {
  return [
    `${folder.path}: ${folder.sessions.length} session(s), ${folder.atlases.length} atlas(es)`,
    ...folder.sessions.flatMap((grid) => ["", ...describeGrid(grid)]),
    ...describeFailures(folder.failures),
  ];
}

function describeGrid({ path, session, atlas, gridSquares }: SessionFolder): readonly string[] {
  const holes = gridSquares.flatMap((square) => square.foilHoles);
  const micrographs = holes.reduce((count, hole) => count + hole.micrographs.length, 0);
  return [
    `Grid ${session?.record.name ?? path}`,
    ...fields({
      folder: path,
      session: session?.record.id ?? null,
      "started at": session?.record.startDateTime ?? null,
      "EPU version": session?.record.epuVersion ?? null,
      "atlas path": session?.record.atlasPath ?? null,
      atlas:
        atlas === null
          ? null
          : `${atlas.record.id}, ${atlas.record.tiles.length} tiles, ${atlas.record.nodes.length} squares`,
      "squares of the session": session?.record.gridSquares.length ?? null,
      "squares on disk": gridSquares.length,
      "foil holes": holes.length,
      micrographs,
    }),
    ...gridSquares.map((square) => {
      const images = square.foilHoles.filter((hole) => hole.image !== null).length;
      const exposures = square.foilHoles.reduce((count, hole) => count + hole.micrographs.length, 0);
      const state = square.metadata?.record.state ?? "no metadata";
      return `  square ${square.gridSquareId} (${state}): ${square.foilHoles.length} holes, ${images} imaged, ${exposures} micrographs`;
    }),
  ];
}

function describeFile(file: ParsedFile): readonly string[] {
  return [
    `${TITLES[file.kind]} ${file.path}`,
    ...fields(withNamesFromPath(file)),
    ...fields(summaryOf(file.record)),
    ...file.issues.map((issue) => `  ! ${issue}`),
  ];
}

const TITLES: { readonly [K in EpuFileKind]: string } = {
  session: "EPU session",
  atlas: "Atlas",
  gridSquareMetadata: "Grid square metadata",
  gridSquareImage: "Grid square image",
  foilHoleImage: "Foil hole image",
  micrograph: "Micrograph",
  atlasImage: "Atlas image",
};

/** The ids that only the path has. */
function withNamesFromPath({ where, kind }: ParsedFile): Readonly<Record<string, unknown>> {
  if (kind === "session" || kind === "atlas" || kind === "gridSquareMetadata") return {};
  const { gridSquareId, foilHoleId, timestamp } = { ...where } as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries({ gridSquareId, foilHoleId, timestamp }).filter(([, value]) => value != null),
  );
}

/** Lists are shown by their length, and points on one line. */
function summaryOf(record: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, Array.isArray(value) ? value.length : value]),
  );
}

function describeFailures(failures: EpuFolder["failures"]): readonly string[] {
  return failures.map(({ path, error }) => `  ! ${path}: ${error.message} (${error.code})`);
}

function fields(values: Readonly<Record<string, unknown>>): readonly string[] {
  const width = Math.max(0, ...Object.keys(values).map((name) => name.length));
  return Object.entries(values).map(([name, value]) => `  ${name.padEnd(width)}  ${valueText(value)}`);
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${valueText(part)}`)
    .join(", ");
}
