import { resolve } from "node:path";
import { silentLogger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { AGENT_TIMES, type AgentOptions } from "./agent-options.js";
import { defaultReader } from "./intake/file-reader.js";
import { Intake } from "./intake/intake.js";
import { SessionPaths } from "./intake/session-paths.js";
import type { EntityCounts } from "./journal/entities.js";
import { openJournal } from "./journal/journal.js";
import { type Orphans, orphansOf, type UnreadFile, unreadFiles } from "./reporting/agent-status.js";
import { requireOutside } from "./state-folder.js";
import { TreeWatcher } from "./watch/tree-watcher.js";
import { requireFolder } from "./watch/watch-folder.js";

export interface DryRun {
  readonly entities: readonly EntityCounts[];
  readonly orphans: Orphans;
  readonly unread: readonly UnreadFile[];
}

/**
 * Reads a folder once as an agent would, and says what it would upload.
 *
 * @throws SmartemError as `startAgent`
 */
export async function dryRun(options: AgentOptions & { readonly stateFolder: string }): Promise<DryRun> {
  const watchFolder = resolve(options.watchFolder);
  requireFolder(watchFolder);
  requireOutside(options.stateFolder, watchFolder);
  const journal = openJournal(options.stateFolder);
  const stopping = new AbortController();
  const reader = defaultReader();
  const intake = new Intake({
    reader,
    journal,
    log: silentLogger,
    sessionPaths: new SessionPaths({ watchFolder, pathMaps: options.pathMaps ?? [] }),
    backoff: AGENT_TIMES.fileBackoff,
    onAtlasFolder: (folder) => watcher.addFolder(folder),
  });
  const watcher: TreeWatcher = new TreeWatcher({
    folder: watchFolder,
    journal,
    log: silentLogger,
    times: AGENT_TIMES.watch,
    notifications: false,
    onSeen: () => intake.wake(),
    onGone: (files, locations) => intake.forget(files, locations),
  });
  const work = [watcher.run(stopping.signal), intake.run(stopping.signal)];
  try {
    await watcher.fullScan();
    while (!watcher.idle || !intake.idle) await delay(SETTLED_CHECK_MS);
    return { entities: journal.entities.counts(), orphans: orphansOf(journal), unread: unreadFiles(journal) };
  } finally {
    stopping.abort();
    await Promise.allSettled(work);
    await reader.close();
    journal.close();
  }
}

const SETTLED_CHECK_MS = 10;
