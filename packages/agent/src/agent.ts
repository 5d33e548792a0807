import { mkdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { SmartemError } from "@smartem/common/errors";
import { silentLogger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { AGENT_TIMES, type AgentOptions, type AgentTimes } from "./agent-options.js";
import { ApiClient } from "./api/api-client.js";
import { ClientCredentialsTokens } from "./auth/token-source.js";
import { Intake } from "./intake/intake.js";
import { SessionPaths } from "./intake/session-paths.js";
import { openJournal } from "./journal/journal.js";
import { defaultStateFolder, requireOutside } from "./state-folder.js";
import { OutboxDelivery } from "./upload/outbox-delivery.js";
import { sayWhatIsComplete } from "./upload/registrations.js";
import { Uploader } from "./upload/uploader.js";
import { TreeWatcher } from "./watch/tree-watcher.js";

/** A running agent. */
export interface Agent {
  /** Resolves when everything in the folder as it is now has been looked at, and nothing is left that can be read, uploaded or acknowledged right now. */
  settled(): Promise<void>;
  /** Finishes what is under way and closes the journal. */
  stop(): Promise<void>;
}

const SETTLED_CHECK_MS = 10;

/**
 * Starts an agent: it watches a folder, uploads what EPU writes there, and carries out the API's instructions, until it
 * is stopped. It goes on whatever becomes of the API, the network and the folder.
 *
 * @throws SmartemError `watch_folder_missing`, `state_folder_watched`, `state_folder_in_use`, `state_folder_unusable`
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const watchFolder = resolve(options.watchFolder);
  requireFolder(watchFolder);
  const stateFolder = resolve(options.stateFolder ?? defaultStateFolder(watchFolder));
  requireOutside(stateFolder, watchFolder);
  mkdirSync(stateFolder, { recursive: true });

  const times: AgentTimes = { ...AGENT_TIMES, ...options.times };
  const log = options.log ?? silentLogger;
  const journal = openJournal(stateFolder);
  if (journal.replaced !== null) {
    log.warn(journal.replaced, "the journal could not be used and was moved aside; the folder is read again");
  }
  const api = new ApiClient({
    url: options.apiUrl,
    timeoutMs: times.apiTimeoutMs,
    tokens: options.credentials == null ? null : new ClientCredentialsTokens(options.credentials),
  });
  const stopping = new AbortController();
  const { signal } = stopping;

  const outbox = new OutboxDelivery({ api, journal, log, backoff: times.apiBackoff });
  const uploader = new Uploader({
    api,
    journal,
    log,
    backoff: times.apiBackoff,
    onConfirmed: () => {
      if (sayWhatIsComplete(journal, Date.now()) > 0) outbox.wake();
    },
  });
  const intake = new Intake({
    journal,
    log,
    sessionPaths: new SessionPaths({ watchFolder, pathMaps: options.pathMaps ?? [] }),
    backoff: times.fileBackoff,
    ...(options.readFile === undefined ? {} : { readFile: options.readFile }),
    onBatch: () => uploader.wake(),
    onAtlasFolder: (folder) => watcher.addFolder(folder),
  });
  const watcher: TreeWatcher = new TreeWatcher({
    folder: watchFolder,
    journal,
    log,
    times: times.watch,
    notifications: options.notifications ?? true,
    onSeen: () => intake.wake(),
    onGone: (files, locations) => intake.forget(files, locations),
  });
  for (const session of journal.sessions.all()) {
    if (session.atlasFile !== null) intake.watchAtlas(session.atlasFile);
  }
  sayWhatIsComplete(journal, Date.now());

  const work = Promise.all([watcher.run(signal), intake.run(signal), uploader.run(signal), outbox.run(signal)]);

  return {
    async settled() {
      await watcher.fullScan();
      while (!signal.aborted) {
        if (watcher.idle && intake.idle && uploader.idle) {
          sayWhatIsComplete(journal, Date.now());
          if (outbox.idle) return;
          outbox.wake();
        }
        await delay(SETTLED_CHECK_MS, signal);
      }
    },
    async stop() {
      if (signal.aborted) return;
      stopping.abort();
      await work;
      await api.close();
      journal.close();
    },
  };
}

function requireFolder(path: string): void {
  let isFolder = false;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    // Said below.
  }
  if (isFolder) return;
  throw new SmartemError("watch_folder_missing", 400, `There is no folder ${path}.`, {
    hint: "Name the folder that EPU writes its sessions to.",
  });
}
