import { renameSync } from "node:fs";
import { join } from "node:path";
import { silentLogger } from "@smartem/common/logging";
import { classifyPath } from "@smartem/epu/classify";
import { expect, test } from "vitest";
import { openJournal } from "../journal/journal.js";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { seenFile, UNSEEN } from "../watch/seen-file.js";
import { Intake } from "./intake.js";
import { readAndParse } from "./read-and-parse.js";
import { readWholeFile } from "./read-file.js";
import { SessionPaths } from "./session-paths.js";

const workplace = useWorkplace();

test("what was read of a folder that is renamed meanwhile is not taken for what is in it now", async () => {
  const { watched, stateFolder } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const before = join(watched, SMALL_SESSION.folder);
  const after = `${before}.renamed`;
  const journal = openJournal(`${stateFolder}-own`);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reads = 0;
  const intake = new Intake({
    journal,
    log: silentLogger,
    sessionPaths: new SessionPaths({ watchFolder: watched, pathMaps: [] }),
    backoff: { initialMs: 1, maxMs: 1 },
    reader: {
      async read(requests) {
        const readings = requests.map((request) => readAndParse(request, readWholeFile));
        if (requests.length > 0 && reads++ === 0) await held;
        return readings;
      },
      rest: async () => undefined,
      close: async () => undefined,
    },
  });
  const see = (folder: string) =>
    journal.files.see([seenFile(folder, "EpuSession.dm", classifyPath(join(folder, "EpuSession.dm")), UNSEEN)], 0);
  see(before);
  const stopping = new AbortController();
  const work = intake.run(stopping.signal);
  await until("the session is being read", () => reads === 1);
  renameSync(before, after);
  const [known] = journal.files.inFolder(before).values();
  journal.transaction(() => intake.forget([{ id: known?.id ?? 0, session: before }], [before]));
  see(after);
  release();
  await until("the renamed one is read", () => reads === 2 && intake.idle);
  expect(journal.sessions.all().map(({ folder }) => folder)).toEqual([after]);
  expect([...journal.files.inFolder(after).values()]).toMatchObject([{ state: "done" }]);
  stopping.abort();
  await work;
  journal.close();
});
