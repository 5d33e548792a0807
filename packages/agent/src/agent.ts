import { setMaxListeners } from "node:events";
import { resolve, sep } from "node:path";
import { createLogger, type Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { type DestinationStream, pino } from "pino";
import { AGENT_TIMES, type AgentOptions, type AgentTimes } from "./agent-options.js";
import { ApiClient } from "./api/api-client.js";
import { seldomWhereRefused } from "./api/seldom-where-refused.js";
import { ClientCredentialsTokens } from "./auth/token-source.js";
import { Approvals } from "./control/approvals.js";
import { NO_CONTROL } from "./control/no-control.js";
import { TakeoverKeeper } from "./control/takeover-keeper.js";
import { forgetIds } from "./identity.js";
import { InstructionRunner } from "./instructions/instruction-runner.js";
import { Verifier } from "./instructions/verifier.js";
import { defaultReader, readerInThisThread } from "./intake/file-reader.js";
import { Intake } from "./intake/intake.js";
import { SessionPaths } from "./intake/session-paths.js";
import { type Journal, openJournal } from "./journal/journal.js";
import { persevering } from "./persevering.js";
import { type AgentStatus, agentStatus } from "./reporting/agent-status.js";
import { forwardTo } from "./reporting/forward-log.js";
import { Latencies } from "./reporting/latencies.js";
import { LogShipping } from "./reporting/log-shipping.js";
import { RecentErrors } from "./reporting/recent-errors.js";
import { agentReports } from "./reporting/reports.js";
import { StatusFile } from "./reporting/status-file.js";
import { Throughput } from "./reporting/throughput.js";
import { restAfterWork } from "./rest.js";
import { SessionCompletion } from "./sessions/completion.js";
import { SessionKeeper } from "./sessions/session-keeper.js";
import { Settings } from "./settings.js";
import { shrinkHeap } from "./small-heap.js";
import { defaultStateFolder, requireOutside } from "./state-folder.js";
import { steadyNow } from "./steady-clock.js";
import { LossWatch } from "./upload/loss-watch.js";
import { OutboxDelivery } from "./upload/outbox-delivery.js";
import { sayWhatIsComplete } from "./upload/registrations.js";
import { Uploader } from "./upload/uploader.js";
import { TreeWatcher } from "./watch/tree-watcher.js";
import { requireFolder } from "./watch/watch-folder.js";

/** A running agent. */
export interface Agent {
  status(): AgentStatus;
  /**
   * Resolves when everything in the folder as it is now has been looked at, and nothing is left that can be read,
   * uploaded or acknowledged right now. Files that can't be read yet are not waited for; an API that is away is.
   */
  settled(): Promise<void>;
  /** Finishes what is under way and closes the journal; the agent is not to be used afterwards. */
  stop(): Promise<void>;
}

const SETTLED_CHECK_MS = 10;
/** What was done is kept for so long, so that it is known when it comes again. */
const KEPT_DONE_MS = 30 * 24 * 3_600_000;
/** What the API refuses is asked no seldomer. */
const MOST_SELDOM_MS = 3_600_000;

/**
 * Starts an agent: it watches a folder, uploads what EPU writes there, and carries out the API's instructions, until it
 * is stopped. It goes on whatever becomes of the API, the network and the folder.
 *
 * @throws SmartemError `watch_folder_missing`, `watch_folder_unreadable`, `state_folder_watched`, `state_folder_in_use`,
 *   `state_folder_unusable`
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const startedAtMs = Date.now();
  const named = resolve(options.watchFolder);
  requireFolder(named);
  const stateFolder = resolve(options.stateFolder ?? defaultStateFolder(named));
  requireOutside(stateFolder, named);

  const settings = new Settings({ ...AGENT_TIMES, ...options.times });
  const { times } = settings;
  const control = options.control ?? NO_CONTROL;
  const mode = options.mode ?? "automatic";
  const shipping = new LogShipping();
  const errors = new RecentErrors();
  const outside = [...(options.logTo ?? []), ...(options.log === undefined ? [] : [forwardTo(options.log)])];
  const level = options.logLevel ?? options.log?.level;
  const log = loggerTo([...outside, errors, shipping], level);
  const unshippedLog = loggerTo([...outside, errors], level);

  const journal = openJournal(stateFolder);
  // Windows takes it in any case; what is known of its files is known by the one in which it was named first.
  const watchFolder = process.platform === "win32" ? journal.files.spellingOf(named, sep) : named;
  if (journal.replaced !== null) {
    log.warn(journal.replaced, "a journal was moved aside; what the one in use does not hold is read again");
  }
  const api = new ApiClient({
    url: options.apiUrl,
    timeoutMs: times.apiTimeoutMs,
    tokens: options.credentials == null ? null : new ClientCredentialsTokens(options.credentials),
    onNewToken: () => outbox.retryHeld(),
    // It may have been put back meanwhile.
    onBack: () => {
      journal.witnesses.keepLast();
      lossWatch.wake();
    },
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  // Every part listens to it, and every wait of theirs.
  setMaxListeners(0, signal);
  const filesRead = new Throughput();
  const entitiesConfirmed = new Throughput();
  const latencies = new Latencies();

  const outbox: OutboxDelivery = new OutboxDelivery({ api, journal, log, backoff: times.apiBackoff });
  const sayRegistrations = () => {
    if (sayWhatIsComplete(journal, steadyNow()) > 0) outbox.wake();
  };
  const hasReadAll = () => watcher.hasSeenAll && watcher.idle && intake.idle;
  const seesFolder = () => !watcher.isDisturbed && hasReadAll();
  const uploader: Uploader = new Uploader({
    api,
    journal,
    log,
    backoff: times.apiBackoff,
    hasReadAll,
    onConfirmed: (entities) => {
      const now = Date.now();
      entitiesConfirmed.add(entities.length);
      for (const { kind, sinceMs } of entities) {
        if (sinceMs >= startedAtMs) latencies.add(now - sinceMs);
        if (kind === "acquisition") keeper.wake();
      }
      sayRegistrations();
    },
  });
  const reader = options.readFile === undefined ? defaultReader() : readerInThisThread(options.readFile);
  const intake: Intake = new Intake({
    journal,
    log,
    sessionPaths: new SessionPaths({ watchFolder, pathMaps: options.pathMaps ?? [] }),
    backoff: times.fileBackoff,
    reader,
    onBatch: (files) => {
      filesRead.add(files);
      uploader.wake();
      // Of what was not said as long as it was being read, nothing may have to be uploaded.
      sayRegistrations();
    },
    onAtlasFolder: (folder) => watcher.addFolder(folder),
  });
  const watcher: TreeWatcher = new TreeWatcher({
    folder: watchFolder,
    journal,
    log,
    times: times.watch,
    notifications: options.notifications ?? true,
    ...(options.notifier === undefined ? {} : { notifier: options.notifier }),
    onSeen: () => intake.wake(),
    onGone: (files, locations) => {
      intake.forget(files, locations);
      // What is left of copies may have to be told, and what was not said as long as these were to be read.
      uploader.wake();
      sayRegistrations();
    },
  });
  const keeper: SessionKeeper = new SessionKeeper({
    api,
    journal,
    log,
    settings,
    agentId: options.agentId,
    control: { name: control.name, mode },
    ...(options.sessionId === undefined ? {} : { sessionId: options.sessionId }),
    seesFolder,
    onInstruction: (message, acquisition) => runner.receive(message, acquisition),
    onReconnected: (wasLost) => lossWatch.streamIsBack(wasLost),
    onUploadAgain: () => uploader.wake(),
  });
  const status = (): AgentStatus =>
    agentStatus({
      agentId: options.agentId,
      watchFolder,
      stateFolder,
      apiUrl: options.apiUrl,
      control: control.name,
      mode,
      awaitingApproval: () => runner.awaitingApproval(),
      startedAtMs,
      journal,
      watching: () => watcher.status(),
      upload: () => uploader.status(),
      sessions: () => keeper.sessions,
      complete: () => journal.sessions.complete(),
      filesRead,
      entitiesConfirmed,
      latencies,
      errors,
      logEntries: () => ({ waiting: shipping.waiting, dropped: shipping.dropped }),
    });
  const statusFile = new StatusFile(stateFolder, status, log);
  const runner: InstructionRunner = new InstructionRunner({
    api,
    journal,
    control,
    mode,
    approvals: new Approvals(stateFolder),
    settings,
    serverNow: () => api.clock.now(),
    log,
    reports: agentReports(journal, settings, status),
    hasReadAll,
    onAnswer: () => outbox.wake(),
    onApprovals: () => statusFile.wake(),
    epuSessionOf: (acquisition) => epuSessionOf(journal, acquisition),
  });
  const verifier = new Verifier({
    journal,
    control,
    settings,
    log,
    agentId: options.agentId,
    onAnswer: () => outbox.wake(),
  });

  const takeovers = new TakeoverKeeper({
    journal,
    control,
    mode,
    log,
    hasReadAll: seesFolder,
    intervalMs: times.housekeepingMs,
    quietMs: times.sessionQuietMs,
    idleMs: times.sessionIdleMs,
  });

  const lossWatch: LossWatch = new LossWatch({
    api,
    journal,
    log,
    backoff: times.apiBackoff,
    intervalMs: times.lossLookMs,
    spreadMs: times.lossLookSpreadMs,
    onAnotherDatabase: () => {
      runner.letGo();
      keeper.listenAgain();
    },
    onUploadAgain: () => uploader.wake(),
  });
  const completion = new SessionCompletion({
    api: seldomWhereRefused(api, {
      what: "whether a session is complete can't be asked or told",
      log,
      backoff: { initialMs: times.housekeepingMs, maxMs: MOST_SELDOM_MS },
    }),
    journal,
    log,
    seesFolder,
    quietMs: times.sessionQuietMs,
    idleMs: times.sessionIdleMs,
    intervalMs: times.housekeepingMs,
  });

  for (const session of journal.sessions.all()) {
    if (session.atlasFile !== null) intake.watchAtlas(session.atlasFile);
  }
  sayWhatIsComplete(journal, startedAtMs);
  log.info({ watchFolder, stateFolder, apiUrl: options.apiUrl, control: control.name, mode }, "agent started");

  const sessionId = () => keeper.registeredSessionId();
  const shippingOptions = { api, settings, agentId: options.agentId, sessionId, log: unshippedLog };
  const run = (part: string, work: (signal: AbortSignal) => Promise<void>) => persevering(part, log, signal, work);
  const work = Promise.all([
    run("watcher", (until) => watcher.run(until)),
    run("intake", (until) => intake.run(until)),
    run("uploader", (until) => uploader.run(until)),
    run("outbox", (until) => outbox.run(until)),
    run("loss watch", (until) => lossWatch.run(until)),
    run("sessions", (until) => keeper.run(until)),
    run("instructions", (until) => runner.run(until)),
    run("takeovers", (until) => takeovers.run(until)),
    run("verifier", (until) => verifier.run(until)),
    run("log shipping", (until) => shipping.run(shippingOptions, until)),
    run("status file", (until) => statusFile.run(() => settings.times.statusIntervalMs, until)),
    run("rest", (until) =>
      restAfterWork(
        {
          isIdle: () => watcher.idle && intake.idle && uploader.idle,
          async giveBack() {
            await reader.rest();
            journal.shrink();
            forgetIds();
            await shrinkHeap();
          },
        },
        until,
      ),
    ),
    run("completion", (until) => completion.run(until)),
    run("housekeeping", (until) =>
      keepHouse(
        { journal, intake, uploader, times, assumeSessionAfterMs: options.assumeSessionAfterMs ?? null },
        until,
      ),
    ),
  ]);

  return {
    status,
    async settled() {
      await watcher.fullScan();
      while (!signal.aborted) {
        if (watcher.idle && intake.isSure && uploader.idle && runner.idle) {
          sayWhatIsComplete(journal, steadyNow());
          if (outbox.idle) return;
          outbox.wake();
        }
        await delay(SETTLED_CHECK_MS, signal);
      }
    },
    async stop() {
      if (signal.aborted) return work.then(() => undefined);
      log.info("agent stopping");
      stopping.abort();
      await work;
      await reader.close();
      await takeovers.stop();
      await shipping.flush();
      statusFile.write();
      await api.close();
      journal.close();
    },
  };
}

function loggerTo(streams: readonly DestinationStream[], level: string | undefined): Logger {
  const lowest = "trace" as const;
  return createLogger("smartem-agent", level, pino.multistream(streams.map((stream) => ({ stream, level: lowest }))));
}

/** The EPU session that an acquisition is; null where its files are gone. */
function epuSessionOf(journal: Journal, acquisition: string) {
  const session = journal.sessions.all().find((each) => each.acquisitionUuid === acquisition);
  if (session === undefined) return null;
  const { epuSessionId, gridUuid } = session;
  // Sessions of no name are told apart all the same.
  return { epuSessionId, name: session.name ?? `EPU session ${epuSessionId}`, gridUuid, acquisition };
}

async function keepHouse(
  of: { journal: Journal; intake: Intake; uploader: Uploader; times: AgentTimes; assumeSessionAfterMs: number | null },
  signal: AbortSignal,
): Promise<void> {
  const { journal, intake, uploader, times, assumeSessionAfterMs } = of;
  const waitingSince = new Map<string, number>();
  let refusedTriedMs = steadyNow();
  while (!signal.aborted) {
    await delay(times.housekeepingMs, signal);
    if (signal.aborted) return;
    if (steadyNow() - refusedTriedMs >= times.refusedAgainMs) {
      refusedTriedMs = steadyNow();
      journal.entities.retryRefused();
      uploader.wake();
    }
    await intake.linkAtlases();
    for (const { session: folder } of assumeSessionAfterMs === null ? [] : journal.files.waitingSessions()) {
      const since = waitingSince.get(folder) ?? steadyNow();
      waitingSince.set(folder, since);
      if (steadyNow() - since >= (assumeSessionAfterMs ?? 0)) intake.assumeSession(folder);
    }
    const before = steadyNow() - KEPT_DONE_MS;
    journal.transaction(() => {
      journal.outbox.prune(before);
      journal.instructions.prune(before);
    });
  }
}
