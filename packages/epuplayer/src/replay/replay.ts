import { dirname, resolve } from "node:path";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { makeFolder } from "@smartem/common/make-folder";
import { createExpectedTree } from "../recording/expected.js";
import { openRecording } from "../recording/read.js";
import { isUnreadable, type RecordedEvent } from "../recording/schema.js";
import { type Verification, verifyTree } from "../verify.js";
import { createEventApplier } from "./apply.js";
import { FAST, type Pace, type ReplayClock, schedule } from "./pace.js";

export type ReplayPhase = "unpacking" | "checking" | "replaying" | "verifying";

export interface ReplayOptions {
  /** Default `FAST`. */
  readonly pace?: Pace;
  /** Leaves out files that could not be read when they were recorded; otherwise they get their size, without content. */
  readonly skipUnreadable?: boolean;
  /** Whether the target is compared with the recording at the end. Default true. */
  readonly verify?: boolean;
  /** Where an archive is unpacked meanwhile. Default: beside the target, where there should be room for its like. */
  readonly unpackInto?: string;
  /** Bytes while unpacking, events while checking and replaying, paths while verifying; a total of 0 is not known. */
  readonly onProgress?: (phase: ReplayPhase, done: number, total: number) => void;
  /** Ends the replay between two events, and what it waits for; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly clock?: ReplayClock;
}

export interface ReplaySummary {
  readonly events: number;
  /** Events left out because their file could not be read when it was recorded. */
  readonly skipped: number;
  /** Events that could not be made to happen. */
  readonly failed: number;
  /** The first 1,000 of those. */
  readonly failures: readonly { readonly path: string; readonly reason: string }[];
  /** Files that were shorter than recorded when something was appended or cut: text whose line ends were changed. */
  readonly shorter: number;
  /** The first 1,000 of those. */
  readonly shorterFiles: readonly string[];
  /** From the first to the last event, as recorded. */
  readonly recordedDurationS: number;
  readonly durationS: number;
  /** Null where it was not asked for. */
  readonly verification: Verification | null;
}

const MAX_NAMED = 1_000;
/** Nothing further can be written after these. */
const FATAL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);
/** setTimeout takes 31 bits. */
const LONGEST_SLEEP_MS = 2_000_000_000;

const REAL_CLOCK: ReplayClock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((done) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        done();
      };
      const timer = setTimeout(end, Math.min(ms, LONGEST_SLEEP_MS));
      signal?.addEventListener("abort", end, { once: true });
    }),
};

/**
 * Makes happen again, in another folder, what was recorded: at the recorded times, faster, or as fast as it goes. The
 * whole recording is checked before anything is written.
 *
 * @param target a folder, made if need be
 * @throws SmartemError `recording_not_found`, `recording_invalid`, `recording_unsafe` (nothing was written then),
 *   `replay_target_full`
 */
export async function replayRecording(
  recording: string,
  target: string,
  options: ReplayOptions = {},
): Promise<ReplaySummary> {
  const clock = options.clock ?? REAL_CLOCK;
  const { signal } = options;
  const progress = options.onProgress ?? (() => {});
  const folder = resolve(target);
  const opened = await openRecording(
    recording,
    options.unpackInto ?? dirname(folder),
    (bytesRead, bytes) => progress("unpacking", bytesRead, bytes),
    signal,
  );
  try {
    const { total, recordedDurationS } = await checkAll(
      opened.events(),
      opened.chunkFile,
      (count) => progress("checking", count, 0),
      signal,
    );
    makeFolder(folder);
    const applier = await createEventApplier(folder, opened.chunkFile);
    const tree = createExpectedTree();
    const due = schedule(options.pace ?? FAST);
    const started = clock.now();
    const failures: { path: string; reason: string }[] = [];
    const shorter = new Set<string>();
    let failed = 0;
    let skipped = 0;
    let done = 0;
    for await (const event of opened.events()) {
      const dueAt = started + due(event.timestamp);
      for (let wait = dueAt - clock.now(); wait > 0; wait = dueAt - clock.now()) {
        signal?.throwIfAborted();
        await clock.sleep(wait, signal);
      }
      signal?.throwIfAborted();
      if (options.skipUnreadable === true && isUnreadable(event)) skipped += 1;
      else {
        try {
          if (await applier.apply(event)) shorter.add(event.src_path);
        } catch (thrown) {
          refuseToGoOn(thrown);
          failed += 1;
          if (failures.length < MAX_NAMED) failures.push({ path: event.src_path, reason: messageOf(thrown) });
        }
      }
      tree.apply(event);
      done += 1;
      progress("replaying", done, total);
    }
    const durationS = (clock.now() - started) / 1000;
    const verification =
      options.verify === false
        ? null
        : await verifyTree(tree, folder, {
            onProgress: (count, all) => progress("verifying", count, all),
            ...(signal === undefined ? {} : { signal }),
          });
    return {
      events: done,
      skipped,
      failed,
      failures,
      shorter: shorter.size,
      shorterFiles: [...shorter].slice(0, MAX_NAMED),
      recordedDurationS,
      durationS,
      verification,
    };
  } finally {
    await opened.close();
  }
}

/** Reads all events once: a recording that is damaged, or would leave the target, must not be replayed in part. */
async function checkAll(
  events: AsyncIterable<RecordedEvent>,
  chunkFile: (id: string) => Promise<string | null>,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<{ total: number; recordedDurationS: number }> {
  let total = 0;
  let first = Number.NaN;
  let last = Number.NaN;
  for await (const event of events) {
    signal?.throwIfAborted();
    if (event.binary_chunk_id !== null && (await chunkFile(event.binary_chunk_id)) === null)
      throw new SmartemError(
        "recording_invalid",
        400,
        `Chunk ${event.binary_chunk_id} of ${event.src_path} is missing.`,
        {
          hint: "A bare recording.json has no chunks: replay the archive that it came from.",
        },
      );
    if (total === 0) first = event.timestamp;
    last = event.timestamp;
    total += 1;
    onProgress(total);
  }
  return { total, recordedDurationS: total === 0 ? 0 : Math.max(0, last - first) };
}

function refuseToGoOn(thrown: unknown): void {
  const code = (thrown as NodeJS.ErrnoException).code ?? "";
  if (!FATAL.has(code)) return;
  throw new SmartemError("replay_target_full", 500, `The target folder cannot be written to: ${messageOf(thrown)}`, {
    cause: thrown,
  });
}
