import { posix, win32 } from "node:path";
import { classifyPath } from "@smartem/epu/classify";
import { expect, test } from "vitest";
import { isAtOrBelow, locationOf, pathWithin } from "./file-location.js";
import { seenFile, UNSEEN } from "./seen-file.js";

const MANIFEST = "FoilHole_1_Data_2_3_20240406_105000.xml";

test.each([
  ["in a folder of a drive", "D:\\EPU\\visit 1\\Grid1", win32],
  ["directly on a drive", "D:\\Grid1", win32],
  ["on a server", "\\\\server\\share\\visit 1\\Grid1", win32],
  ["directly on a share", "\\\\server\\share\\Grid1", win32],
  ["whose folder is a share", "\\\\server\\share\\", win32],
  ["whose folder is a drive", "D:\\", win32],
  ["on Linux", "/data/visit 1/Grid1", posix],
  ["with Windows' separators in names on Linux", "/data/visit\\1/Grid1", posix],
])("files of a session %s are known by its folder, as the system writes it", (_, session, rules) => {
  const within = rules.join("Images-Disc1", "GridSquare_1", "Data");
  const folder = rules.join(session, within);
  const location = locationOf(folder, MANIFEST, rules);
  expect(location).toBe(rules.join(folder, MANIFEST));
  expect(seenFile(folder, MANIFEST, classifyPath(location), UNSEEN, rules).session).toBe(session);
  const file = locationOf(session, "EpuSession.dm", rules);
  expect(seenFile(session, "EpuSession.dm", classifyPath(file), UNSEEN, rules).session).toBe(session);
  expect(pathWithin(session, location, rules)).toBe(rules.join(within, MANIFEST));
  expect(isAtOrBelow(location, session, rules)).toBe(true);
  expect(isAtOrBelow(session, session, rules)).toBe(true);
  expect(isAtOrBelow(`${session}2`, session, rules)).toBe(session.endsWith("\\"));
  expect(isAtOrBelow(rules.dirname(session), session, rules)).toBe(session.endsWith("\\"));
});
