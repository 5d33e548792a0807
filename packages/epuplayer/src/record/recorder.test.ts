import {
  appendFile,
  chmod,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeRecording } from "../describe.js";
import type { RecordedEvent } from "../recording/schema.js";
import { DEV_MODE } from "../replay/pace.js";
import { replayRecording } from "../replay/replay.js";
import { treeOf, withFolder } from "../testing/trees.js";
import { type Recorder, type RecordOptions, recordDirectory, startRecorder } from "./recorder.js";

interface Recording {
  readonly folder: string;
  readonly watched: string;
  readonly recorder: Recorder;
  readonly warnings: string[];
  /** What was recorded since the last call. */
  readonly events: () => Partial<RecordedEvent>[];
}

/** Records a folder of its own; the folder is found by looking alone unless told otherwise. */
async function recording(
  before: (watched: string) => Promise<void>,
  options: RecordOptions,
  work: (recording: Recording) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const watched = join(folder, "watched");
    await mkdir(watched);
    await before(watched);
    const warnings: string[] = [];
    const recorded: RecordedEvent[] = [];
    const recorder = await startRecorder(watched, join(folder, "recording.tar.gz"), {
      rescanIntervalMs: 3_600_000,
      onEvent: (event) => recorded.push(event),
      onWarning: (warning) => warnings.push(warning),
      ...options,
    });
    const events = (): Partial<RecordedEvent>[] =>
      recorded
        .splice(0)
        .map(({ timestamp: _, content_hash: __, ...event }) =>
          Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null && value !== false)),
        );
    try {
      await work({ folder, watched, recorder, warnings, events });
    } finally {
      await recorder.abandon();
    }
  });
}

const nothing = async (): Promise<void> => {};

describe("the recorder", () => {
  test("begins with what is there, folders before their files, with their times", () =>
    recording(
      async (watched) => {
        await mkdir(join(watched, "b/c"), { recursive: true });
        await writeFile(join(watched, "b/c/d.xml"), "<d/>");
        await utimes(join(watched, "b/c/d.xml"), 1.4e9, 1.5e9);
        await writeFile(join(watched, "a.dm"), "");
      },
      {},
      async ({ events }) => {
        expect(events()).toMatchObject([
          { event_type: "initial_file", src_path: "a.dm", size: 0, content: "" },
          { event_type: "initial_dir", src_path: "b", is_directory: true },
          { event_type: "initial_dir", src_path: "b/c", is_directory: true },
          {
            event_type: "initial_file",
            src_path: "b/c/d.xml",
            content: "<d/>",
            operation_data: { mtime: 1.5e9, atime: 1.4e9 },
          },
        ]);
      },
    ));

  test("tells created, appended, truncated, modified, moved and deleted apart", () =>
    recording(nothing, {}, async ({ watched, recorder, events }) => {
      const file = join(watched, "a.xml");
      await writeFile(file, "one");
      await recorder.rescan();
      expect(events()).toEqual([{ event_type: "created", src_path: "a.xml", size: 3, content: "one" }]);
      await appendFile(file, " two");
      await recorder.rescan();
      expect(events()).toEqual([
        {
          event_type: "appended",
          src_path: "a.xml",
          size: 7,
          content: " two",
          file_position: 3,
          operation_data: { append_size: 4 },
        },
      ]);
      await truncate(file, 5);
      await recorder.rescan();
      expect(events()).toEqual([
        { event_type: "truncated", src_path: "a.xml", size: 5, operation_data: { new_size: 5 } },
      ]);
      await writeFile(file, "another");
      await recorder.rescan();
      expect(events()).toEqual([{ event_type: "modified", src_path: "a.xml", size: 7, content: "another" }]);
      await writeFile(file, "shorter".slice(0, 4));
      await recorder.rescan();
      expect(events()).toEqual([{ event_type: "modified", src_path: "a.xml", size: 4, content: "shor" }]);
      await mkdir(join(watched, "to"));
      await rename(file, join(watched, "to/b.xml"));
      await recorder.rescan();
      expect(events()).toEqual([
        { event_type: "created", src_path: "to", is_directory: true },
        { event_type: "moved", src_path: "a.xml", dest_path: "to/b.xml" },
      ]);
      await rename(join(watched, "to"), join(watched, "from"));
      await recorder.rescan();
      expect(events()).toEqual([{ event_type: "moved", src_path: "to", dest_path: "from", is_directory: true }]);
      await rm(join(watched, "from"), { recursive: true });
      await recorder.rescan();
      expect(events()).toEqual([{ event_type: "deleted", src_path: "from", is_directory: true }]);
    }));

  test("tells what was moved and changed at once, and what took the place of another", () =>
    recording(nothing, {}, async ({ watched, recorder, events }) => {
      await writeFile(join(watched, "a"), "a");
      await writeFile(join(watched, "b"), "b");
      await recorder.rescan();
      events();
      await rename(join(watched, "a"), join(watched, "c"));
      await appendFile(join(watched, "c"), "more");
      await recorder.rescan();
      expect(events().map((event) => event.event_type)).toEqual(["moved", "appended"]);
      await rename(join(watched, "c"), join(watched, "b"));
      await recorder.rescan();
      expect(events()).toMatchObject([
        { event_type: "modified", src_path: "b", content: "amore" },
        { event_type: "deleted", src_path: "c" },
      ]);
      await link(join(watched, "b"), join(watched, "d"));
      await recorder.rescan();
      expect(events()).toMatchObject([{ event_type: "created", src_path: "d", content: "amore" }]);
      await rm(join(watched, "d"));
      await mkdir(join(watched, "d"));
      await recorder.rescan();
      expect(events().map((event) => event.event_type)).toEqual(["deleted", "created"]);
    }));

  test("says nothing of files that were touched or written anew as they were", () =>
    recording(
      async (watched) => writeFile(join(watched, "a.dm"), "same"),
      {},
      async ({ watched, recorder, events }) => {
        events();
        await utimes(join(watched, "a.dm"), 1e9, 1e9);
        await recorder.rescan();
        await chmod(join(watched, "a.dm"), 0o600);
        await recorder.rescan();
        await writeFile(join(watched, "a.dm"), "same");
        await recorder.rescan();
        expect(events()).toEqual([]);
      },
    ));

  test("sees a change of one byte that leaves size and times as they are", () =>
    recording(
      async (watched) => writeFile(join(watched, "a.dm"), "aaaa"),
      {},
      async ({ watched, recorder, events }) => {
        events();
        for (const byte of "bcdefghij") {
          const file = await open(join(watched, "a.dm"), "r+");
          await file.write(byte, 2);
          await file.close();
          await recorder.rescan();
          expect(events()).toMatchObject([{ event_type: "modified", content: `aa${byte}a` }]);
        }
      },
    ));

  test("finds by notification alone what happens in new and old folders, also deep ones", () =>
    recording(
      async (watched) => void (await mkdir(join(watched, "old"))),
      {},
      async ({ watched, events }) => {
        events();
        const paths: string[] = [];
        const seen = async (path: string): Promise<void> => {
          await expect
            .poll(() => {
              paths.push(...events().map((event) => event.dest_path ?? event.src_path ?? ""));
              return paths;
            })
            .toContain(path);
        };
        await writeFile(join(watched, "old/a"), "a");
        await seen("old/a");
        await mkdir(join(watched, "new/er/est"), { recursive: true });
        await writeFile(join(watched, "new/er/est/b"), "b");
        await seen("new/er/est/b");
        await rename(join(watched, "new/er"), join(watched, "old/er"));
        await seen("old/er");
        await writeFile(join(watched, "old/er/est/c"), "c");
        await seen("old/er/est/c");
        await rm(join(watched, "old"), { recursive: true });
        await seen("old");
      },
    ));

  test("finds by looking what no notification tells of", () =>
    recording(nothing, { rescanIntervalMs: 20 }, async ({ watched, events }) => {
      await writeFile(join(watched, "a"), "a");
      await expect.poll(() => events().length).toBe(1);
    }));

  test("records binary files by their size alone, each change of it once", () =>
    recording(
      async (watched) => {
        await writeFile(join(watched, "image.MRC"), "text by content, binary by name");
        await writeFile(join(watched, "unknown"), Buffer.from([1, 0, 2]));
        await writeFile(join(watched, "text.jpg"), "text by force");
        await writeFile(join(watched, "noise.dm"), Buffer.from([0xff, 0xfe]));
      },
      { forceText: [".JPG"] },
      async ({ folder, watched, recorder, events }) => {
        expect(events().map((event) => [event.src_path, event.is_placeholder === true])).toEqual([
          ["image.MRC", true],
          ["noise.dm", false],
          ["text.jpg", false],
          ["unknown", true],
        ]);
        await recorder.rescan();
        await appendFile(join(watched, "image.MRC"), "more");
        await recorder.rescan();
        await recorder.rescan();
        expect(events()).toEqual([{ event_type: "modified", src_path: "image.MRC", size: 35, is_placeholder: true }]);
        expect(await recorder.stop()).toMatchObject({ placeholders: 2, unreadable: [] });
        const description = await describeRecording(join(folder, "recording.tar.gz"));
        expect(description).toMatchObject({
          placeholders: 2,
          chunks: 1,
          events: 5,
          eventsByType: { initial_file: 4, modified: 1 },
        });
      },
    ));

  test("leaves large files alone until they are quiet, and records them at the end in any case", () =>
    recording(nothing, { storeBinary: true }, async ({ folder, watched, recorder, events }) => {
      const file = join(watched, "movie.tiff");
      // Large when it is first seen: while it is written, it may be seen at any smaller size.
      await writeFile(join(folder, "being-written.tiff"), Buffer.alloc(9_000_000, 1));
      await rename(join(folder, "being-written.tiff"), file);
      await recorder.rescan();
      await appendFile(file, Buffer.alloc(1_000, 2));
      await recorder.rescan();
      expect(events()).toEqual([]);
      await expect.poll(events, { timeout: 20_000 }).toMatchObject([{ event_type: "created", size: 9_001_000 }]);
      await appendFile(file, Buffer.alloc(1_000, 3));
      await recorder.stop();
      expect(events()).toMatchObject([{ event_type: "appended", size: 9_002_000 }]);
      await replayRecording(join(folder, "recording.tar.gz"), join(folder, "target"), { pace: DEV_MODE });
      expect(await treeOf(join(folder, "target"))).toEqual(await treeOf(watched));
    }));

  test("tries a file that cannot be read again and again, and says so at the end", () => {
    let isLocked = true;
    const openFile = async (path: string) => {
      if (isLocked && path.endsWith("locked.dm")) throw Object.assign(new Error("busy"), { code: "EBUSY" });
      if (path.endsWith("forbidden.dm")) throw Object.assign(new Error("forbidden"), { code: "EACCES" });
      return open(path);
    };
    return recording(
      async (watched) => {
        await writeFile(join(watched, "locked.dm"), "content");
        await writeFile(join(watched, "forbidden.dm"), "content");
        await writeFile(join(watched, "other.dm"), "other");
      },
      { openFile },
      async ({ recorder, events, warnings }) => {
        expect(events().map((event) => event.src_path)).toEqual(["other.dm"]);
        await recorder.rescan();
        expect(events()).toEqual([]);
        isLocked = false;
        await recorder.rescan();
        expect(events()).toMatchObject([{ event_type: "created", src_path: "locked.dm", content: "content" }]);
        const summary = await recorder.stop();
        expect(summary.unreadable).toEqual(["forbidden.dm"]);
        expect(events()).toEqual([{ event_type: "created", src_path: "forbidden.dm", size: 7 }]);
        expect(warnings).toHaveLength(2);
      },
    );
  });

  test("leaves nothing behind of an append that cannot be read to its end, and records it when it can be", () => {
    const MEBIBYTE = 1024 * 1024;
    let isBroken = false;
    const openFile = async (path: string) => {
      const file = await open(path);
      const read = file.read.bind(file) as (...args: unknown[]) => ReturnType<typeof file.read>;
      return Object.assign(file, {
        read: async (buffer: Buffer, offset: number, length: number, position: number) => {
          if (isBroken && position > 2 * MEBIBYTE) throw Object.assign(new Error("broken"), { code: "EIO" });
          return read(buffer, offset, length, position);
        },
      }) as typeof file;
    };
    return recording(
      (watched) => writeFile(join(watched, "log.txt"), "one"),
      { openFile },
      async ({ folder, watched, recorder, events, warnings }) => {
        events();
        isBroken = true;
        await appendFile(join(watched, "log.txt"), "two ".repeat(MEBIBYTE));
        await recorder.rescan();
        expect(warnings).toEqual([expect.stringContaining("cannot be read for now")]);
        expect(events()).toEqual([]);
        const [spool = ""] = (await readdir(folder)).filter((name) => name.startsWith(".recording"));
        expect(await readdir(join(folder, spool))).toEqual(["events.jsonl"]);
        isBroken = false;
        await recorder.rescan();
        expect(events()).toMatchObject([{ event_type: "appended", src_path: "log.txt", size: 4 * MEBIBYTE + 3 }]);
      },
    );
  });

  test("follows no symbolic links and leaves out names that could not be replayed, saying so", () =>
    recording(
      async (watched) => {
        await symlink("/", join(watched, "root"));
        await writeFile(join(watched, "c:evil"), "x");
        await writeFile(join(watched, "..\\evil"), "x");
      },
      {},
      async ({ events, warnings }) => {
        expect(events()).toEqual([]);
        expect(warnings).toHaveLength(2);
      },
    ));

  test("does not record itself where the recording lies within the recorded folder", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "a"), "a");
      const recorder = await startRecorder(folder, join(folder, "recording.tar.gz"), { overwrite: true });
      await recorder.rescan();
      expect(await recorder.stop()).toMatchObject({ events: 1 });
      expect((await readdir(folder)).sort()).toEqual(["a", "recording.tar.gz"]);
    }));

  test("refuses a folder that is none and a recording that exists", () =>
    withFolder(async (folder) => {
      const output = join(folder, "recording.tar.gz");
      await expect(startRecorder(join(folder, "none"), output)).rejects.toMatchObject({
        code: "record_folder_not_found",
      });
      await writeFile(output, "precious");
      await expect(startRecorder(output, join(folder, "x"))).rejects.toMatchObject({ code: "record_folder_not_found" });
      await expect(startRecorder(folder, output)).rejects.toMatchObject({ code: "record_output_exists" });
      expect(await readdir(folder)).toEqual(["recording.tar.gz"]);
    }));

  test("ends when it is told to, and gives up without a trace when that is asked", () =>
    withFolder(async (folder) => {
      const watched = join(folder, "watched");
      await mkdir(watched);
      await writeFile(join(watched, "a"), "a");
      const stop = new AbortController();
      const recorded = recordDirectory(watched, join(folder, "deep/recording.json"), stop.signal);
      stop.abort();
      expect(await recorded).toMatchObject({ events: 1 });
      expect(await readdir(join(folder, "deep"))).toEqual(["recording.json"]);
      await (await startRecorder(watched, join(folder, "second.tar.gz"))).abandon();
      expect((await readdir(folder)).sort()).toEqual(["deep", "watched"]);
    }));
});
