import { existsSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { startRecorder } from "./record/recorder.js";
import { DEV_MODE } from "./replay/pace.js";
import { replayRecording } from "./replay/replay.js";
import { treeOf, withFolder } from "./testing/trees.js";

const DATA = resolve(import.meta.dirname, "../../../../shared/data/epu");
const isMissing = !existsSync(DATA) && process.env.CI === undefined;

test.skipIf(isMissing).each([
  ["cm40593-1", "nt32457-6"],
  ["nt32457-6", "cm40593-1"],
])("real EPU folders (%s there before, %s copied in meanwhile) are replayed byte by byte", (before, during) =>
  withFolder(async (folder) => {
    const watched = join(folder, "watched");
    await mkdir(watched);
    await cp(join(DATA, before), join(watched, before), { recursive: true });
    const recorder = await startRecorder(watched, join(folder, "recording.tar.gz"), { storeBinary: true });
    await cp(join(DATA, during), join(watched, during), { recursive: true });
    const { output } = await recorder.stop();
    const { verification } = await replayRecording(output, join(folder, "target"), { pace: DEV_MODE });
    expect(await treeOf(join(folder, "target"))).toEqual(await treeOf(watched));
    expect(verification).toMatchObject({ different: 0, placeholders: 0, unreadable: 0 });
  }),
);
