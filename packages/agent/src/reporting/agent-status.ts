import { sep } from "node:path";
import type { ControlMode } from "../control/control-mode.js";
import type { AwaitingApproval } from "../instructions/instruction-runner.js";
import type { Journal } from "../journal/journal.js";
import type { RefusedCall } from "../journal/outbox.js";
import type { HeldTakeover } from "../journal/takeovers.js";
import type { AgentSession } from "../sessions/agent-session.js";
import { steadyNow } from "../steady-clock.js";
import type { UploadStatus } from "../upload/uploader.js";
import type { WatchStatus } from "../watch/tree-watcher.js";
import type { Latencies } from "./latencies.js";
import type { RecentErrors } from "./recent-errors.js";
import type { Throughput } from "./throughput.js";

/** What an agent tells about itself. Names as in the API's JSON. */
export interface AgentStatus {
  readonly agent_id: string;
  readonly pid: number;
  readonly watch_folder: string;
  readonly state_folder: string;
  readonly api_url: string;
  readonly control: string;
  readonly mode: ControlMode;
  /** Orders that somebody at the microscope has to approve. */
  readonly awaiting_approval: readonly AwaitingApproval[];
  readonly started_at: string;
  readonly reported_at: string;
  readonly uptime_s: number;
  readonly watching: {
    readonly folders: number;
    readonly notified_folders: number;
    readonly trouble: string | null;
    readonly last_full_scan_at: string | null;
  };
  /** What is to be done: files to read, entities to upload, calls to make, log entries to ship. */
  readonly queue: {
    readonly files: number;
    readonly entities: number;
    readonly calls: number;
    readonly instructions: number;
    readonly log_entries: number;
  };
  /** Files by kind, then by state. */
  readonly files: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly entities: Readonly<Record<string, { known: number; queued: number; confirmed: number; refused: number }>>;
  readonly orphans: Orphans;
  /** Files that could not be read, and why; the first hundred. */
  readonly unread: readonly UnreadFile[];
  readonly refused: readonly { readonly kind: string; readonly uuid: string; readonly reason: string }[];
  /** Calls that the API does not take: what was not permitted (held) is seldom tried again. */
  readonly refused_calls: readonly RefusedCall[];
  readonly throughput: {
    readonly files: ReturnType<Throughput["report"]>;
    readonly entities: ReturnType<Throughput["report"]>;
  };
  /** From the last write to a file until the API had confirmed what it says; of files written since the start. */
  readonly latency: ReturnType<Latencies["percentiles"]>;
  readonly api: {
    readonly reachable: boolean;
    readonly failures: number;
    readonly last_error: string | null;
    readonly next_attempt_at: string | null;
  };
  readonly sessions: readonly AgentSession["status"][];
  /** Acquisitions of which EPU has completed everything. */
  readonly complete: readonly string[];
  readonly instructions: Readonly<Record<string, number>>;
  readonly open_verifications: number;
  /** Plug-ins of EPU that leave their decisions to this agent, and the service at which they do. */
  readonly taken_over: readonly HeldTakeover[];
  readonly errors: { readonly count: number; readonly latest: RecentErrors["latest"] };
  readonly dropped_log_entries: number;
}

export interface UnreadFile {
  readonly path: string;
  readonly kind: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly attempts: number;
}

/** What waits for something that has not come. */
export interface Orphans {
  /** Session folders without a readable EpuSession.dm, and how many files wait for it. */
  readonly sessions_without_epu_session: readonly { readonly folder: string; readonly files: number }[];
  /** Sessions whose atlas was not found. */
  readonly atlases_not_found: readonly { readonly session: string; readonly atlas_path: string }[];
  readonly atlases_without_session: number;
  readonly pictures_without_manifest: number;
  readonly children_of_refused: number;
}

export interface StatusSources {
  readonly agentId: string;
  readonly watchFolder: string;
  readonly stateFolder: string;
  readonly apiUrl: string;
  readonly control: string;
  readonly mode: ControlMode;
  readonly awaitingApproval: () => readonly AwaitingApproval[];
  readonly startedAtMs: number;
  readonly journal: Journal;
  readonly watching: () => WatchStatus;
  readonly upload: () => UploadStatus;
  readonly sessions: () => readonly AgentSession[];
  readonly complete: () => readonly string[];
  readonly filesRead: Throughput;
  readonly entitiesConfirmed: Throughput;
  readonly latencies: Latencies;
  readonly errors: RecentErrors;
  readonly logEntries: () => { waiting: number; dropped: number };
}

const LISTED = 100;

export function agentStatus(sources: StatusSources): AgentStatus {
  const { journal } = sources;
  const now = Date.now();
  const watching = sources.watching();
  const upload = sources.upload();
  const instructions = journal.instructions.counts();
  const logEntries = sources.logEntries();
  return {
    agent_id: sources.agentId,
    pid: process.pid,
    watch_folder: sources.watchFolder,
    state_folder: sources.stateFolder,
    api_url: sources.apiUrl,
    control: sources.control,
    mode: sources.mode,
    awaiting_approval: sources.awaitingApproval(),
    started_at: timeOf(sources.startedAtMs),
    reported_at: timeOf(now),
    uptime_s: Math.round((now - sources.startedAtMs) / 1_000),
    watching: {
      folders: watching.folders,
      notified_folders: watching.watchedFolders,
      trouble: watching.trouble,
      last_full_scan_at: watching.lastFullScanAtMs === null ? null : timeOf(watching.lastFullScanAtMs),
    },
    queue: {
      files: journal.files.fresh(steadyNow()),
      entities: journal.entities.queued(),
      calls: journal.outbox.open(),
      instructions: (instructions.received ?? 0) + (instructions.executing ?? 0),
      log_entries: logEntries.waiting,
    },
    files: filesByKind(journal),
    entities: Object.fromEntries(journal.entities.counts().map(({ kind, ...counts }) => [kind, counts])),
    orphans: orphansOf(journal),
    unread: unreadFiles(journal),
    refused: journal.entities.refused(LISTED),
    refused_calls: journal.outbox.refusedCalls(LISTED),
    throughput: { files: sources.filesRead.report(), entities: sources.entitiesConfirmed.report() },
    latency: sources.latencies.percentiles(),
    api: {
      reachable: upload.reachable,
      failures: upload.failures,
      last_error: upload.lastError,
      next_attempt_at: upload.nextAttemptAtMs === null ? null : timeOf(upload.nextAttemptAtMs),
    },
    sessions: sources.sessions().map((session) => session.status),
    complete: sources.complete(),
    instructions,
    open_verifications: journal.verifications.count(),
    taken_over: journal.takeovers.held(),
    errors: { count: sources.errors.count, latest: sources.errors.latest },
    dropped_log_entries: logEntries.dropped,
  };
}

export function orphansOf(journal: Journal): Orphans {
  const atlases = journal.files.counts().find((each) => each.kind === "atlas" && each.state === "waiting");
  return {
    sessions_without_epu_session: journal.files
      .waitingSessions()
      .map(({ session, count }) => ({ folder: session, files: count })),
    atlases_not_found: journal.sessions
      .all()
      .flatMap(({ folder, atlasPath, atlasFile }) =>
        atlasPath !== null && atlasFile === null ? [{ session: folder, atlas_path: atlasPath }] : [],
      ),
    atlases_without_session: atlases?.count ?? 0,
    pictures_without_manifest: journal.entities.picturesWithoutManifest(),
    children_of_refused: journal.entities.blocked(),
  };
}

export function unreadFiles(journal: Journal): UnreadFile[] {
  return journal.files
    .problems(LISTED, sep)
    .map(({ path, kind, code, reason, attempts }) => ({ path, kind, code, reason, attempts }));
}

export function filesByKind(journal: Journal): Record<string, Record<string, number>> {
  const files: Record<string, Record<string, number>> = {};
  for (const { kind, state, code, count } of journal.files.counts()) {
    files[kind] ??= {};
    const states = files[kind];
    // Pending files that could not be read are told apart by why.
    const name = code === null || state === "ignored" ? state : `${state}: ${code}`;
    states[name] = (states[name] ?? 0) + count;
  }
  return files;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
