import { expect, test } from "vitest";
import { createExpectedTree, type ExpectedTree } from "./expected.js";
import { parseEvent } from "./schema.js";

function treeAfter(events: readonly object[]): Record<string, unknown> {
  return Object.fromEntries([...made(events).entries()].map(([path, file]) => [path, file?.size ?? null]));
}

function made(events: readonly object[]): ExpectedTree {
  const tree = createExpectedTree();
  for (const one of events) {
    const event = parseEvent({ timestamp: 0, ...one });
    if (!event.ok) throw new Error(event.error.message);
    tree.apply(event.value);
  }
  return tree;
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

test("what was deleted or moved away is gone unless it came again, with a folder all that was in it", () => {
  const deleted = (src_path: string) => ({ event_type: "deleted", src_path });
  const moved = { event_type: "moved", src_path: "d", dest_path: "e" };
  expect([
    ...made([created("a/b", 1), created("c", 1), created("d", 1), deleted("a"), deleted("c"), moved]).gone(),
  ]).toEqual(["a", "c", "d"]);
  expect([...made([created("a/b", 1), deleted("a"), created("a/c", 1)]).gone()]).toEqual(["a/b"]);
  expect([...made([created("c", 1), deleted("c"), created("c", 2)]).gone()]).toEqual([]);
});
