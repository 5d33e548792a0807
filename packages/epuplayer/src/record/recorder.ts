import { type FSWatcher, watch } from "node:fs";
import { type FileHandle, lstat, open, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { FORMAT_VERSION, type RecordedEvent } from "../recording/schema.js";
import { createFileCapture, type Emit } from "./capture.js";
import { type BinaryRule, binaryByName } from "./content.js";
import { identityOf, join as joinNames, type KnownTree } from "./known.js";
import { createScanner, type ScanPhase } from "./scan.js";
import { openSpool } from "./spool.js";

export interface RecordOptions extends BinaryRule {
  /** Whether binary files are recorded whole, or by their size alone (the default). A bare recording.json cannot. */
  readonly storeBinary?: boolean;
  /** Whether a recording of the same name may be replaced. Default false. */
  readonly overwrite?: boolean;
  /** How often the whole folder is looked through for what no notification told of. Default 5,000. */
  readonly rescanIntervalMs?: number;
  readonly onEvent?: (event: RecordedEvent) => void;
  readonly onWarning?: (message: string) => void;
  readonly onPacking?: (bytesPacked: number, bytes: number) => void;
  /** How files are opened to be read. */
  readonly openFile?: (path: string) => Promise<FileHandle>;
}

export interface RecordSummary {
  readonly output: string;
  readonly events: number;
  /** Files of which only the size is recorded. */
  readonly placeholders: number;
  /** Files that could not be read to the last. */
  readonly unreadable: readonly string[];
  /** Symbolic links, which are not followed, and of which nothing is recorded. */
  readonly links: number;
}

/** A recording under way. */
export interface Recorder {
  /** Looks through the whole folder now and records what it finds. */
  rescan(): Promise<void>;
  /** Resolves if the recording cannot go on; `stop` may still be able to save it. */
  readonly failed: Promise<SmartemError>;
  /** Looks through the folder a last time and writes the recording. */
  stop(): Promise<RecordSummary>;
  /** Ends without a recording. */
  abandon(): Promise<void>;
}

const DEFAULT_RESCAN_INTERVAL_MS = 5_000;
/** Notifications come in showers: a file's creation, every block written to it, its new times. */
const HINT_DELAY_MS = 50;
/** Looking through the folder may take up a tenth of the time, not more. */
const REST_PER_SCAN = 9;

/**
 * Begins to record what happens in a folder, with what is in it now. The system's notifications only say where to
 * look; what they miss is found when the whole folder is looked through from time to time.
 *
 * @throws SmartemError `record_folder_not_found`, `record_output_exists`, `record_output_failed`
 */
export async function startRecorder(
  watchDir: string,
  outputFile: string,
  options: RecordOptions = {},
): Promise<Recorder> {
  const output = resolve(outputFile);
  const root = await folderToRecord(watchDir);
  if (options.overwrite !== true && (await lstat(output).catch(() => null)) !== null)
    throw new SmartemError("record_output_exists", 409, `${output} exists already.`, {
      hint: "Name another file, or allow it to be overwritten with --overwrite.",
    });
  const spool = await openSpool(output);
  const spoolFolder = await realpath(spool.folder);
  const warn = options.onWarning ?? (() => {});
  const watchers = new Map<string, FSWatcher>();
  const hinted = new Set<string>();
  const laterHints = new Set<NodeJS.Timeout>();
  let phase: ScanPhase = "initial";
  let hintTimer: NodeJS.Timeout | undefined;
  let rescanTimer: NodeJS.Timeout | undefined;
  let queue: Promise<void> = Promise.resolve();
  let stopped = false;
  let watchesAll = true;
  let fail: (error: SmartemError) => void = () => {};
  const failed = new Promise<SmartemError>((resolveFailed) => {
    fail = resolveFailed;
  });

  const emit: Emit = async (type, path, facts, contentBytes = 0) => {
    const event: RecordedEvent = {
      timestamp: Date.now() / 1000,
      event_type: type,
      src_path: path,
      dest_path: null,
      is_directory: false,
      content: null,
      size: null,
      content_hash: null,
      binary_chunk_id: null,
      operation_data: null,
      file_position: null,
      is_placeholder: false,
      ...facts,
    };
    const piece = await spool.append(event, contentBytes);
    options.onEvent?.(event);
    return piece;
  };

  const scanner = createScanner({
    root,
    emit,
    capture: createFileCapture({
      spool,
      emit,
      isInitial: () => phase === "initial",
      storesBinary: options.storeBinary === true,
      isBinaryName: binaryByName(options),
      openFile: options.openFile ?? ((path) => open(path)),
    }),
    phase: () => phase,
    excluded: new Set([spoolFolder, join(dirname(spoolFolder), basename(output))]),
    onFolder: watchFolder,
    onFolderGone: unwatch,
    lookAgain(path, afterMs) {
      const timer = setTimeout(() => {
        laterHints.delete(timer);
        hint(path);
      }, afterMs);
      laterHints.add(timer);
    },
    warn,
  });

  function watchFolder(path: string): void {
    unwatch(path);
    try {
      const watcher = watch(join(root, path), { persistent: false }, () => hint(path));
      // The folder went away, or the drive it is on: the next scan tells.
      watcher.on("error", () => unwatch(path));
      watchers.set(path, watcher);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT" || !watchesAll) return;
      watchesAll = false;
      warn(`Not every folder can be watched (${messageOf(thrown)}): the others are looked through from time to time.`);
    }
  }

  function unwatch(path: string): void {
    watchers.get(path)?.close();
    watchers.delete(path);
  }

  function hint(path: string): void {
    if (stopped) return;
    hinted.add(path);
    hintTimer ??= setTimeout(() => {
      hintTimer = undefined;
      const folders = [...hinted].sort();
      hinted.clear();
      void enqueue(() => scanner.scan(folders, false)).catch(() => {});
    }, HINT_DELAY_MS);
  }

  function enqueue(work: () => Promise<void>): Promise<void> {
    const scanned = queue.then(work);
    queue = scanned.catch((thrown) => {
      if (thrown instanceof SmartemError) fail(thrown);
      else warn(`The folder could not be looked through: ${messageOf(thrown)}`);
    });
    return scanned;
  }

  const scanAll = (): Promise<void> => enqueue(() => scanner.scan([""], true));

  function rescanLater(afterMs: number): void {
    rescanTimer = setTimeout(async () => {
      const started = performance.now();
      await scanAll().catch(() => {});
      const rest = (performance.now() - started) * REST_PER_SCAN;
      if (!stopped) rescanLater(Math.max(options.rescanIntervalMs ?? DEFAULT_RESCAN_INTERVAL_MS, rest));
    }, afterMs);
  }

  async function end(): Promise<void> {
    stopped = true;
    clearTimeout(hintTimer);
    clearTimeout(rescanTimer);
    for (const timer of laterHints) clearTimeout(timer);
    await queue;
    for (const path of [...watchers.keys()]) unwatch(path);
  }

  try {
    scanner.known.set("", { kind: "folder", ...identityOf(await stat(root, { bigint: true })) });
    watchFolder("");
    await enqueue(async () => {
      await scanner.scan([""], true);
      phase = "recording";
    });
    rescanLater(options.rescanIntervalMs ?? DEFAULT_RESCAN_INTERVAL_MS);
  } catch (thrown) {
    await end();
    await spool.discard();
    throw thrown;
  }

  return {
    failed,
    rescan: scanAll,
    async stop() {
      await end();
      phase = "final";
      await scanAll();
      const events = spool.eventCount();
      await spool.pack(
        { recorded_at: new Date().toISOString(), watch_dir: root, version: FORMAT_VERSION, platform: process.platform },
        options.onPacking ?? (() => {}),
      );
      const placeholders = countPlaceholders(scanner.known);
      return { output, events, placeholders, unreadable: scanner.unreadable(), links: scanner.links() };
    },
    async abandon() {
      await end();
      await spool.discard();
    },
  };
}

/**
 * Records a folder until `signal` is aborted, then writes the recording. One that cannot go on is written as far as it
 * came, and the failure thrown then.
 *
 * @throws SmartemError `record_folder_not_found`, `record_output_exists`, `record_output_failed`
 */
export async function recordDirectory(
  watchDir: string,
  output: string,
  signal: AbortSignal,
  options: RecordOptions = {},
): Promise<RecordSummary> {
  const recorder = await startRecorder(watchDir, output, options);
  const asked = new Promise<null>((done) => {
    if (signal.aborted) done(null);
    else signal.addEventListener("abort", () => done(null), { once: true });
  });
  const failure = await Promise.race([asked, recorder.failed]);
  if (failure === null) return recorder.stop();
  await recorder.stop().catch(() => {});
  throw failure;
}

async function folderToRecord(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (thrown) {
    throw new SmartemError("record_folder_not_found", 404, `${path} cannot be recorded: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  throw new SmartemError("record_folder_not_found", 404, `${path} is no folder.`);
}

function countPlaceholders(known: KnownTree): number {
  let count = 0;
  for (const folder of known.folders("")) {
    for (const name of known.namesIn(folder)) {
      const entry = known.get(joinNames(folder, name));
      if (entry?.kind === "file" && entry.isPlaceholder) count += 1;
    }
  }
  return count;
}
