import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { defaultStateFolder, requireLogOutside, requireOutside } from "./state-folder.js";

test("on Windows a folder has one state folder, in whatever case and with whatever slashes it is named", () => {
  const of = (folder: string) => defaultStateFolder(folder, { LOCALAPPDATA: "C:\\Local" }, "win32");
  expect(of("D:\\EPU")).toMatch(/^C:\\Local\\smartem-agent\\[0-9a-f]{12}$/);
  expect([of("d:\\epu"), of("D:/EPU/"), of("D:\\EPU\\visit\\..")]).toEqual(Array(3).fill(of("D:\\EPU")));
  expect(of("D:\\EPU2")).not.toBe(of("D:\\EPU"));
});

test("elsewhere names in another case are other folders", () => {
  const of = (folder: string) => defaultStateFolder(folder, { XDG_STATE_HOME: "/state" }, "linux");
  expect(of("/mnt/EPU")).toMatch(/^\/state\/smartem-agent\/[0-9a-f]{12}$/);
  expect(of("/mnt/EPU/")).toBe(of("/mnt/EPU"));
  expect(of("/mnt/epu")).not.toBe(of("/mnt/EPU"));
});

test("a state folder or log file that links lead into the watched folder lies in it, be it there already or not", () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "state-folder-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (path: string): string => join(folder, path);
  mkdirSync(at("data/epu/session"), { recursive: true });
  mkdirSync(at("mnt"));
  symlinkSync(at("data/epu"), at("mnt/epu"));
  symlinkSync("../data/epu/session", at("mnt/session"));
  symlinkSync("epu/not-there-yet", at("mnt/dangling"));
  symlinkSync("circle", at("mnt/circle"));
  for (const [place, watched] of [
    ["data/epu/state", "mnt/epu"],
    ["data/epu/session", "mnt/epu"],
    ["mnt/epu/state", "data/epu"],
    ["mnt/session/a/b", "data/epu"],
    ["mnt/session/a/b", "mnt/epu"],
    ["mnt/dangling", "data/epu"],
    ["mnt/dangling/a", "mnt/epu"],
  ] as const) {
    expect(() => requireOutside(at(place), at(watched))).toThrow("lies in the watched folder");
    expect(() => requireLogOutside(at(place), at(watched))).toThrow("lies in the watched folder");
  }
  for (const place of ["data/epu2", "mnt/state", "data/state/a", "mnt/circle/state"]) {
    expect(() => requireOutside(at(place), at("mnt/epu"))).not.toThrow();
  }
});
