import { expect, test } from "vitest";
import { defaultStateFolder } from "./state-folder.js";

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
