import { expect, test } from "vitest";
import { createExpectedTree } from "./expected.js";
import { parseEvent } from "./schema.js";

function treeAfter(events: readonly object[]): Record<string, unknown> {
  const tree = createExpectedTree();
  for (const one of events) {
    const event = parseEvent({ timestamp: 0, ...one });
    if (!event.ok) throw new Error(event.error.message);
    tree.apply(event.value);
  }
  return Object.fromEntries([...tree.entries()].map(([path, file]) => [path, file === null ? null : file.size]));
}

const created = (src_path: string, size: number) => ({ event_type: "created", src_path, size, content_hash: "h" });

test("folders are there once something is in them, and go with all that is", () => {
  expect(treeAfter([created("a/b/c", 1), created("a/d", 2)])).toEqual({ a: null, "a/b": null, "a/b/c": 1, "a/d": 2 });
  expect(treeAfter([created("a/b/c", 1), { event_type: "deleted", src_path: "a" }])).toEqual({});
});

test("a folder takes along what is in it, and moving what is not there is nothing", () => {
  const moved = { event_type: "moved", src_path: "a", dest_path: "x/y", is_directory: true };
  const child = { event_type: "moved", src_path: "a/b", dest_path: "x/y/b" };
  expect(treeAfter([created("a/b", 1), moved, child])).toEqual({ x: null, "x/y": null, "x/y/b": 1 });
});

test("sizes follow what was appended and cut off", () => {
  const appended = { event_type: "appended", src_path: "f", file_position: 5, operation_data: { append_size: 3 } };
  const truncated = { event_type: "truncated", src_path: "f", size: 99, operation_data: { new_size: 2 } };
  expect(treeAfter([created("f", 5), appended])).toEqual({ f: 8 });
  expect(treeAfter([created("f", 5), truncated])).toEqual({ f: 2 });
});
