import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createLogger } from "@smartem/common/logging";
import { classifyPath } from "@smartem/epu/classify";
import { expect, test } from "vitest";
import { openJournal } from "../journal/journal.js";
import { until } from "../testing/harness.js";
import { seenFile, UNSEEN } from "../watch/seen-file.js";
import { Intake } from "./intake.js";
import type { Reading } from "./read-and-parse.js";
import { SessionPaths } from "./session-paths.js";

/** A wait that others end. */
function wait<T>() {
  let begun = false;
  let end: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    end = resolve;
  });
  const begin = (): Promise<T> => {
    begun = true;
    return promise;
  };
  return { begin, end, hasBegun: () => begun };
}

test.each(["the reader", "the file system"])(
  "what %s answers after the end is left to the next agent: no file is refused, and nothing more is read",
  async (late) => {
    const folder = mkdtempSync(join(tmpdir(), "smartem-agent-"));
    const journal = openJournal(folder);
    try {
      const reading = wait<readonly Reading[]>();
      const looking = wait<null>();
      class SlowPaths extends SessionPaths {
        override atlas = looking.begin;
      }
      let reads = 0;
      const said: string[] = [];
      const intake = new Intake({
        journal,
        log: createLogger("test", "warn", { write: (line: string) => void said.push(line) }),
        sessionPaths: new SlowPaths({ watchFolder: folder, pathMaps: [] }),
        backoff: { initialMs: 1, maxMs: 1 },
        reader: {
          read: (requests) => {
            if (requests.length > 0) reads++;
            return reading.begin();
          },
          rest: async () => undefined,
          close: async () => undefined,
        },
      });
      const see = (name: string) =>
        journal.files.see([seenFile(folder, name, classifyPath(join(folder, name)), UNSEEN)], 0);
      see("EpuSession.dm");
      const stopping = new AbortController();
      const work = intake.run(stopping.signal);
      await until("the first file is being read", reading.hasBegun);
      const readings: readonly Reading[] = [{ is: "failed", code: "incomplete", reason: "half a file" }];
      if (late === "the file system") {
        // Before it is read, the atlas is looked for that a session names.
        see("Atlas.dm");
        const ids = { acquisitionUuid: "a", gridUuid: "g", epuSessionId: "e", name: "e" };
        journal.sessions.put({ folder: "elsewhere", ...ids, atlasPath: "Z:\\Atlas.dm", atlasFile: null });
        reading.end(readings);
        await until("an atlas is looked for", looking.hasBegun);
      }
      stopping.abort();
      await work;
      journal.close();
      reading.end(readings);
      looking.end(null);
      await setImmediate();
      expect(said).toEqual([]);
      expect(reads).toBe(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
