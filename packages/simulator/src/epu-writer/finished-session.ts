import { DEFAULT_GRID, type GridOptions, type GridTruth, gridTruth } from "../grid-truth.js";
import { SessionFiles, type SessionFilesOptions } from "./session-files.js";
import { FolderWriter } from "./write-operations.js";
import { emptyWritten, noteWritten, type Written } from "./written.js";

export interface FinishedSessionOptions extends Partial<GridOptions>, Partial<SessionFilesOptions> {
  /** Minutes between two holes. */
  readonly holeMin?: number;
  /** Called after each hole with what is written by then, and awaited: for a session that grows at a pace. */
  readonly afterHole?: (written: Written) => Promise<void>;
}

export interface FinishedSession {
  readonly truth: GridTruth;
  readonly sessionName: string;
  readonly written: Written;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Writes the folder of a session whose every selectable hole was imaged, at once and in order; for benchmarks and tests.
 * Pictures default to "none" and fractions to false, since the manifests are what costs a reader time.
 *
 * @param dir the folder that stands for the visit: it receives the session's folder and `atlas/`
 */
export async function writeFinishedSession(
  dir: string,
  options: FinishedSessionOptions = {},
): Promise<FinishedSession> {
  const truth = gridTruth({ ...DEFAULT_GRID, nearGridBarHoles: 0, ...options });
  const files = new SessionFiles(truth, { pictures: "none", fractions: false, ...options });
  const writer = new FolderWriter(dir);
  const written = emptyWritten();
  let fileCount = 0;
  let bytes = 0;
  const write = (operations: Awaited<ReturnType<SessionFiles["squareTaken"]>>): void => {
    for (const operation of operations) {
      writer.apply(operation);
      noteWritten(written, operation);
      if (operation.kind === "directory") continue;
      fileCount++;
      bytes += operation.content.length;
    }
  };
  const holeMs = (options.holeMin ?? 1) * 60_000;
  let clockMs = (options.startedAtMs ?? Date.UTC(2025, 5, 2, 8)) + 3_600_000;
  write(await files.atlasTaken(clockMs - 3_600_000, clockMs - 3_000_000));
  write(files.sessionStarted());
  for (const square of truth.selectedSquares) {
    write(await files.squareTaken(square, clockMs));
    clockMs += holeMs;
    let cluster = -1;
    for (const hole of square.holes) {
      if (!hole.selectable) continue;
      const first = hole.cluster !== cluster;
      cluster = hole.cluster;
      const startedAtMs = clockMs;
      const exposedAtMs = hole.micrographs.map((_, index) => startedAtMs + 30_000 + index * 4_000);
      write(await files.holeImaged(hole, { centringAtMs: first ? startedAtMs : null, exposedAtMs }));
      clockMs += holeMs;
      await options.afterHole?.(written);
    }
    files.setSquare(square, { state: "Completed" });
    write([files.squareMetadata(square)]);
  }
  return { truth, sessionName: files.name, written, files: fileCount, bytes };
}
