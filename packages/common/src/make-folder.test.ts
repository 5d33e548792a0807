import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder } from "./make-folder.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "smartem-folder-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("making a folder", () => {
  it("makes those above it, and leaves one that is there", () => {
    const folder = join(dir, "a", "b", "c");
    makeFolder(folder);
    writeFileSync(join(folder, "kept"), "");
    makeFolder(folder);
    makeFolder(`${folder}/`);
    expect(statSync(join(folder, "kept")).isFile()).toBe(true);
  });

  it("takes a link to a folder for a folder", () => {
    makeFolder(join(dir, "real"));
    symlinkSync(join(dir, "real"), join(dir, "link"));
    makeFolder(join(dir, "link"));
    makeFolder(join(dir, "link", "below"));
    expect(statSync(join(dir, "real", "below")).isDirectory()).toBe(true);
  });

  it("fails where a file is in the way, and where a link leads nowhere", () => {
    writeFileSync(join(dir, "file"), "");
    expect(() => makeFolder(join(dir, "file"))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(dir, "file", "below"))).toThrow(/ENOTDIR/);
    symlinkSync(join(dir, "nowhere"), join(dir, "broken"));
    expect(() => makeFolder(join(dir, "broken"))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(dir, "broken", "below"))).toThrow(/E[A-Z]+/);
  });

  it.runIf(process.platform === "linux")("fails, and does not try for ever, where the system makes none", () => {
    expect(() => makeFolder("/proc/nope")).toThrow(/ENOENT|EACCES|EPERM/);
    expect(() => makeFolder("/proc/nope/a/b")).toThrow(/ENOENT|EACCES|EPERM/);
  });
});
