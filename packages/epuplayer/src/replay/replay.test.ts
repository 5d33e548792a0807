import { mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createdFile, hashOf, recordingJson, writeJsonRecording, writeTar } from "../testing/recordings.js";
import { treeOf, withFolder } from "../testing/trees.js";
import { verifyReplay } from "../verify.js";
import { DEV_MODE, EXACT, type ReplayClock } from "./pace.js";
import { replayRecording } from "./replay.js";

const BURST = { pace: DEV_MODE };

async function replayEvents(
  folder: string,
  events: readonly object[],
  options: Parameters<typeof replayRecording>[2] = BURST,
) {
  const recording = await writeJsonRecording(join(folder, "recording.json"), events);
  return replayRecording(recording, join(folder, "target"), options);
}

const read = (folder: string, path: string): Promise<string> => readFile(join(folder, "target", path), "utf8");

describe("events", () => {
  test("create, change, extend, cut, move and delete files and folders", () =>
    withFolder(async (folder) => {
      const summary = await replayEvents(folder, [
        { timestamp: 1, event_type: "initial_dir", src_path: "Metadata", is_directory: true },
        { ...createdFile("a.xml", "<a/>"), event_type: "initial_file", operation_data: { mtime: 1.5e9, atime: 1.4e9 } },
        createdFile("new/folder/b.xml", "b"),
        { ...createdFile("b2", "longer"), event_type: "modified" },
        { ...createdFile("b2", "x"), event_type: "modified" },
        {
          timestamp: 2,
          event_type: "appended",
          src_path: "b2",
          content: "yz",
          file_position: 1,
          content_hash: hashOf("xyz"),
          size: 3,
        },
        {
          timestamp: 2,
          event_type: "truncated",
          src_path: "a.xml",
          operation_data: { new_size: 2 },
          content_hash: hashOf("<a"),
        },
        { timestamp: 3, event_type: "moved", src_path: "new", dest_path: "old/er", is_directory: true },
        { timestamp: 3, event_type: "moved", src_path: "new/folder/b.xml", dest_path: "old/er/folder/b.xml" },
        { timestamp: 4, event_type: "modified", src_path: "Metadata", is_directory: true },
        createdFile("gone", "?"),
        { timestamp: 5, event_type: "deleted", src_path: "gone" },
        { timestamp: 5, event_type: "deleted", src_path: "never/was" },
      ]);
      expect(summary).toMatchObject({
        events: 13,
        failed: 0,
        recordedDurationS: 4,
        verification: { matching: 3, folders: 4, different: 0 },
      });
      expect(Object.keys(await treeOf(join(folder, "target")))).toEqual([
        "Metadata",
        "a.xml",
        "b2",
        "old",
        "old/er",
        "old/er/folder",
        "old/er/folder/b.xml",
      ]);
      expect(await read(folder, "b2")).toBe("xyz");
      expect(await read(folder, "a.xml")).toBe("<a");
    }));

  test("times of files that were there before are theirs again", () =>
    withFolder(async (folder) => {
      const there = { event_type: "initial_file", operation_data: { mtime: 1.5e9, atime: 1.4e9 } };
      // Comparing would read it, and so change the time of its last access.
      await replayEvents(folder, [{ ...createdFile("a", ""), ...there }], { ...BURST, verify: false });
      const { mtimeMs, atimeMs } = await stat(join(folder, "target", "a"));
      expect([mtimeMs, atimeMs]).toEqual([1.5e12, 1.4e12]);
    }));

  test("a move replaces what is at its destination", () =>
    withFolder(async (folder) => {
      const move = { timestamp: 2, event_type: "moved", src_path: "a", dest_path: "b" };
      expect(await replayEvents(folder, [createdFile("a", "new"), createdFile("b/old", "x"), move])).toMatchObject({
        failed: 0,
      });
      expect(await read(folder, "b")).toBe("new");
    }));

  test("placeholders have their size and are counted apart, without taking room", () =>
    withFolder(async (folder) => {
      const image = {
        timestamp: 1,
        event_type: "created",
        src_path: "a.mrc",
        size: 5_000_000_000,
        is_placeholder: true,
        content_hash: hashOf("?"),
      };
      const { verification } = await replayEvents(folder, [image, createdFile("b", "b")]);
      expect(verification).toMatchObject({ matching: 1, placeholders: 1, different: 0 });
      const { size, blocks } = await stat(join(folder, "target", "a.mrc"));
      expect([size, blocks]).toEqual([5_000_000_000, 0]);
    }));

  test("a placeholder that grows has its new size", () =>
    withFolder(async (folder) => {
      const image = { src_path: "a.mrc", is_placeholder: true };
      const { failed, verification } = await replayEvents(folder, [
        { ...image, timestamp: 1, event_type: "created", size: 1_000 },
        { ...image, timestamp: 2, event_type: "appended", file_position: 1_000, operation_data: { append_size: 500 } },
        { ...image, timestamp: 3, event_type: "appended", file_position: 1_500, size: 4_000_000_000 },
        { ...image, src_path: "b.mrc", timestamp: 4, event_type: "created", size: 10 },
        { ...image, src_path: "b.mrc", timestamp: 5, event_type: "appended", operation_data: { append_size: 5 } },
      ]);
      expect(failed).toBe(0);
      expect(verification).toMatchObject({ placeholders: 2, different: 0 });
      const sizes = await Promise.all(["a.mrc", "b.mrc"].map((name) => stat(join(folder, "target", name))));
      expect(sizes.map(({ size }) => size)).toEqual([4_000_000_000, 15]);
    }));

  const unreadable = { timestamp: 1, event_type: "created", src_path: "a", size: 3, content_hash: "unreadable_3_1.5" };

  test("an unreadable file has its size, or is left out", () =>
    withFolder(async (folder) => {
      expect((await replayEvents(folder, [unreadable])).verification).toMatchObject({ unreadable: 1, different: 0 });
      expect(await read(folder, "a")).toBe("\0\0\0");
      const again = await replayRecording(join(folder, "recording.json"), join(folder, "other"), {
        ...BURST,
        skipUnreadable: true,
      });
      expect(again).toMatchObject({ skipped: 1, verification: { unreadable: 1, different: 0 } });
      expect(await readdir(join(folder, "other"))).toEqual([]);
    }));

  test("an event that cannot be made to happen is named, and the others happen", () =>
    withFolder(async (folder) => {
      const summary = await replayEvents(folder, [
        createdFile("a", "file"),
        createdFile("a/b", "in a file"),
        createdFile("c", "c"),
      ]);
      expect(summary).toMatchObject({ failed: 1, failures: [{ path: "a/b" }] });
      expect(await read(folder, "c")).toBe("c");
    }));

  test("content that is not what its hash says is a difference", () =>
    withFolder(async (folder) => {
      const { verification } = await replayEvents(folder, [
        createdFile("a", "line\n", { content_hash: hashOf("line\r\n"), size: 5 }),
      ]);
      expect(verification).toMatchObject({ different: 1, differences: [{ path: "a", reason: "has other content" }] });
      const unverified = await replayRecording(join(folder, "recording.json"), join(folder, "target"), {
        ...BURST,
        verify: false,
      });
      expect(unverified.verification).toBeNull();
    }));
});

describe("archives", () => {
  const chunk = Buffer.from([0, 1, 2, 255]);
  const events = [
    {
      timestamp: 1,
      event_type: "created",
      src_path: "a.jpg",
      size: 4,
      binary_chunk_id: "chunk_0",
      content_hash: hashOf(chunk),
    },
    {
      timestamp: 2,
      event_type: "appended",
      src_path: "a.jpg",
      size: 8,
      file_position: 4,
      binary_chunk_id: "chunk_0",
      content_hash: hashOf(Buffer.concat([chunk, chunk])),
    },
  ];
  const json = { header: { name: "recording.json" }, content: recordingJson(events) };
  const bin = { header: { name: "chunks/chunk_0.bin" }, content: chunk };

  test.each([
    ["recording.json first", [json, bin]],
    ["chunks first", [bin, json]],
    [
      "folders and a leading ./",
      [
        { header: { name: "./chunks/", type: "directory" as const } },
        { ...bin, header: { name: "./chunks/chunk_0.bin" } },
        { ...json, header: { name: "./recording.json" } },
      ],
    ],
  ])("with %s are replayed and nothing is left of them", (_, entries) =>
    withFolder(async (folder) => {
      const recording = await writeTar(join(folder, "some.name"), entries);
      expect(await replayRecording(recording, join(folder, "target"), BURST)).toMatchObject({
        failed: 0,
        verification: { matching: 1, different: 0 },
      });
      expect((await readdir(folder)).sort()).toEqual(["some.name", "target"]);
    }),
  );

  test.each([
    ["a path out of the archive", { name: "../outside" }],
    ["an absolute path", { name: "/tmp/outside" }],
    ["a chunk out of its folder", { name: "chunks/../../outside.bin" }],
    ["a symbolic link", { name: "chunks/chunk_1.bin", type: "symlink" as const, linkname: "/etc/passwd" }],
    ["a link in place of recording.json", { name: "recording.json", type: "link" as const, linkname: "/etc/passwd" }],
    ["any other file", { name: "chunks/readme.txt" }],
  ])("with %s are refused before anything is written", (_, header) =>
    withFolder(async (folder) => {
      const recording = await writeTar(join(folder, "r.tar.gz"), [json, bin, { header }]);
      const replaying = replayRecording(recording, join(folder, "target"), BURST);
      await expect(replaying).rejects.toMatchObject({ code: "recording_unsafe" });
      expect(await readdir(folder)).toEqual(["r.tar.gz"]);
    }),
  );

  test("that were cut off anywhere are refused before anything is written", () =>
    withFolder(async (folder) => {
      const recording = await writeTar(join(folder, "r.tar.gz"), [json, bin]);
      const { size } = await stat(recording);
      for (const left of [size - 1, size - 30, Math.floor(size / 2), 20, 5]) {
        await truncate(recording, left);
        const replaying = replayRecording(recording, join(folder, "target"), BURST);
        await expect(replaying, `${left} of ${size} bytes`).rejects.toMatchObject({ code: "recording_invalid" });
        expect(await readdir(folder)).toEqual(["r.tar.gz"]);
      }
    }));

  test("without recording.json, or without a chunk, are refused", () =>
    withFolder(async (folder) => {
      for (const entries of [[bin], [json]]) {
        const recording = await writeTar(join(folder, "r.tar.gz"), entries);
        const replaying = replayRecording(recording, join(folder, "target"), BURST);
        await expect(replaying).rejects.toMatchObject({ code: "recording_invalid" });
      }
      expect(await readdir(folder)).toEqual(["r.tar.gz"]);
    }));
});

describe("a hostile recording", () => {
  test("with a path out of the target is refused whole, before anything is written", () =>
    withFolder(async (folder) => {
      for (const hostile of [
        createdFile("../evil", "x"),
        createdFile("/tmp/evil", "x"),
        { timestamp: 1, event_type: "moved", src_path: "a", dest_path: "b/../../evil" },
      ]) {
        await expect(replayEvents(folder, [createdFile("a", "a"), hostile])).rejects.toMatchObject({
          code: "recording_unsafe",
        });
        expect(await readdir(folder)).toEqual(["recording.json"]);
      }
    }));

  test("cannot write through symbolic links in the target", () =>
    withFolder(async (folder) => {
      const outside = join(folder, "outside");
      await mkdir(join(folder, "target"));
      await mkdir(outside);
      await writeFile(join(outside, "file"), "untouched");
      await symlink(outside, join(folder, "target", "folder"));
      await symlink(join(outside, "file"), join(folder, "target", "file"));
      const summary = await replayEvents(folder, [
        createdFile("folder/evil", "x"),
        createdFile("folder/deep/evil", "x"),
        createdFile("file", "evil"),
        { timestamp: 1, event_type: "truncated", src_path: "file", operation_data: { new_size: 0 } },
        { timestamp: 1, event_type: "deleted", src_path: "folder/file" },
        createdFile("fine", "fine"),
        { timestamp: 1, event_type: "moved", src_path: "fine", dest_path: "folder/evil" },
      ]);
      expect(summary.failed).toBe(6);
      expect(await treeOf(outside)).toEqual({ file: `9 bytes, ${hashOf("untouched").slice(0, 16)}` });
    }));

  test("of no recording at all is refused by name", () =>
    withFolder(async (folder) => {
      const target = join(folder, "target");
      await expect(replayRecording(join(folder, "none"), target)).rejects.toMatchObject({
        code: "recording_not_found",
      });
      await expect(replayRecording(folder, target)).rejects.toMatchObject({ code: "recording_invalid" });
      for (const content of ["", "text", "\u001f\u008b"]) {
        await writeFile(join(folder, "file"), content);
        await expect(replayRecording(join(folder, "file"), target)).rejects.toMatchObject({
          code: "recording_invalid",
        });
      }
    }));
});

describe("time", () => {
  function fakeClock(): ReplayClock & { readonly sleeps: number[]; advance(ms: number): void } {
    let nowMs = 5_000;
    const sleeps: number[] = [];
    return {
      sleeps,
      now: () => nowMs,
      advance(ms) {
        nowMs += ms;
      },
      async sleep(ms) {
        sleeps.push(ms);
        nowMs += ms;
      },
    };
  }
  const at = (timestamp: number) => ({ ...createdFile(`f${timestamp}`, ""), timestamp });

  test("events come exactly when they are due, however long each one took", () =>
    withFolder(async (folder) => {
      const clock = fakeClock();
      const moments: number[] = [];
      const events = [10, 11, 11.5, 20, 90_000].map(at);
      await replayEvents(folder, events, {
        pace: EXACT,
        clock,
        onProgress(phase) {
          if (phase !== "replaying") return;
          moments.push(clock.now() - 5_000);
          clock.advance(100);
        },
      });
      expect(moments).toEqual([0, 1_000, 1_500, 10_000, 89_990_000]);
      expect(clock.sleeps).toEqual([900, 400, 8_400, 89_979_900]);
    }));

  test("on a slow disk events that are late follow at once until they have caught up", () =>
    withFolder(async (folder) => {
      const clock = fakeClock();
      const moments: number[] = [];
      await replayEvents(folder, [0, 1, 2, 3, 10].map(at), {
        pace: EXACT,
        clock,
        onProgress(phase) {
          if (phase !== "replaying") return;
          moments.push(clock.now() - 5_000);
          clock.advance(1_500);
        },
      });
      expect(moments).toEqual([0, 1_500, 3_000, 4_500, 10_000]);
    }));

  test("real time is kept to a few milliseconds", () =>
    withFolder(async (folder) => {
      const started = performance.now();
      await replayEvents(folder, [0, 0.1, 0.2, 0.3, 0.4, 0.5].map(at), { pace: EXACT });
      expect(performance.now() - started).toBeGreaterThanOrEqual(500);
    }));

  test("a replay that is given up ends within a wait and leaves nothing unpacked", () =>
    withFolder(async (folder) => {
      const recording = await writeTar(join(folder, "r.tar.gz"), [
        { header: { name: "recording.json" }, content: recordingJson([at(0), at(1e6)]) },
      ]);
      const stop = new AbortController();
      const replaying = replayRecording(recording, join(folder, "target"), {
        pace: EXACT,
        signal: stop.signal,
        onProgress(phase) {
          if (phase === "replaying") setTimeout(() => stop.abort(), 10);
        },
      });
      await expect(replaying).rejects.toMatchObject({ name: "AbortError" });
      expect((await readdir(folder)).sort()).toEqual(["r.tar.gz", "target"]);
    }));
});

describe("verification", () => {
  test("names what is missing, changed, of another size or kind, and minds nothing else", () =>
    withFolder(async (folder) => {
      await replayEvents(
        folder,
        ["a", "b", "c", "d", "e"].map((name) => createdFile(`in/${name}`, "content")),
      );
      const target = join(folder, "target");
      expect(await verifyReplay(join(folder, "recording.json"), target)).toMatchObject({
        matching: 5,
        folders: 1,
        different: 0,
      });
      await writeFile(join(target, "in/b"), "CONTENT");
      await writeFile(join(target, "in/c"), "more content");
      await writeFile(join(target, "in/more"), "?");
      await rm(join(target, "in/d"));
      await rm(join(target, "in/e"));
      await mkdir(join(target, "in/e"));
      expect(await verifyReplay(join(folder, "recording.json"), target)).toMatchObject({
        matching: 1,
        different: 4,
        differences: [
          { path: "in/b", reason: "has other content" },
          { path: "in/c", reason: "has 12 bytes instead of 7" },
          { path: "in/d", reason: "is missing" },
          { path: "in/e", reason: "is no file" },
        ],
      });
    }));

  test("names what was deleted or moved away and is there all the same", () =>
    withFolder(async (folder) => {
      const moved = { timestamp: 1001, event_type: "moved", src_path: "in", dest_path: "out", is_directory: true };
      const deleted = { timestamp: 1002, event_type: "deleted", src_path: "b" };
      await replayEvents(folder, [createdFile("in/a", "a"), createdFile("b", "b"), moved, deleted]);
      const [recording, target] = [join(folder, "recording.json"), join(folder, "target")];
      expect(await verifyReplay(recording, target)).toMatchObject({ matching: 1, folders: 1, different: 0 });
      await mkdir(join(target, "in"));
      await writeFile(join(target, "in/a"), "a");
      await writeFile(join(target, "b"), "b");
      await writeFile(join(target, "other"), "?");
      expect(await verifyReplay(recording, target)).toMatchObject({
        matching: 1,
        different: 2,
        differences: [
          { path: "in", reason: "should not be there" },
          { path: "b", reason: "should not be there" },
        ],
      });
    }));
});
