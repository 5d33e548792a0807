import fc from "fast-check";
import { expect, test } from "vitest";
import { naturalId } from "./ids.js";

test("an id is 22 URL-safe characters and the same every time", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (path) => {
      expect(naturalId(path)).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(naturalId(path)).toBe(naturalId([...path]));
    }),
  );
});

test("ids are UUIDv5: version and variant bits are set", () => {
  const bytes = Buffer.from(naturalId(["gridsquare", "4590776"]), "base64url");
  expect(bytes.length).toBe(16);
  expect(bytes.readUInt8(6) >> 4).toBe(5);
  expect(bytes.readUInt8(8) >> 6).toBe(2);
});

test("different paths give different ids, also where their joined texts are alike", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b));
      expect(naturalId(a)).not.toBe(naturalId(b));
    }),
  );
  expect(naturalId(["a/b"])).not.toBe(naturalId(["a", "b"]));
});
