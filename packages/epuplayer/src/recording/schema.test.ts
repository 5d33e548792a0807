import { expect, test } from "vitest";
import { parseEvent, parseMetadata } from "./schema.js";

const EVENT = { timestamp: 1.5, event_type: "created", src_path: "a/b.xml" };

test.each([
  "/etc/passwd",
  "../a",
  "a/../../b",
  "a/..",
  "..",
  "C:/a",
  "c:a",
  "\\\\server\\share",
  "\\a",
  "a\\..\\..\\b",
  "..\\a",
  "a\0b",
])("the path %j leaves the target and is refused, as source and as destination", (path) => {
  expect(parseEvent({ ...EVENT, src_path: path })).toMatchObject({ ok: false, error: { code: "recording_unsafe" } });
  const moved = { ...EVENT, event_type: "moved", dest_path: path };
  expect(parseEvent(moved)).toMatchObject({ ok: false, error: { code: "recording_unsafe" } });
});

test.each(["../x", "a/b", "", "a.b", "x".repeat(129)])("%j is no id of a chunk", (binary_chunk_id) => {
  expect(parseEvent({ ...EVENT, binary_chunk_id })).toMatchObject({ ok: false, error: { code: "recording_unsafe" } });
});

test.each([
  null,
  [],
  "text",
  {},
  { ...EVENT, event_type: "patched" },
  { ...EVENT, timestamp: "now" },
  { ...EVENT, timestamp: null },
  { ...EVENT, src_path: "" },
  { ...EVENT, src_path: "." },
  { ...EVENT, event_type: "modified", src_path: "." },
  { ...EVENT, event_type: "deleted", src_path: ".", is_directory: true },
  { ...EVENT, event_type: "moved", src_path: ".", dest_path: "a", is_directory: true },
  { ...EVENT, event_type: "moved", dest_path: ".", is_directory: true },
  { ...EVENT, src_path: 5 },
  { ...EVENT, src_path: "x".repeat(5000) },
  { ...EVENT, event_type: "moved" },
  { ...EVENT, size: -1 },
  { ...EVENT, size: 1.5 },
  { ...EVENT, size: 1e18 },
  { ...EVENT, file_position: -1 },
  { ...EVENT, operation_data: { new_size: 1e18 } },
])("%j is no event", (value) => {
  expect(parseEvent(value)).toMatchObject({ ok: false, error: { code: "recording_invalid" } });
});

test("what an older recording leaves out is null or false, what it has beyond is passed over", () => {
  expect(parseEvent({ ...EVENT, src_path: "./a//b..xml", operation_data: { mtime: 5, patch: "x" }, extra: 1 })).toEqual(
    {
      ok: true,
      value: {
        timestamp: 1.5,
        event_type: "created",
        src_path: "a/b..xml",
        dest_path: null,
        is_directory: false,
        content: null,
        size: null,
        content_hash: null,
        binary_chunk_id: null,
        operation_data: { mtime: 5 },
        file_position: null,
        is_placeholder: false,
      },
    },
  );
  expect(parseMetadata({ watch_dir: "/data" })).toMatchObject({ watch_dir: "/data", version: "1.0", total_events: 0 });
});
