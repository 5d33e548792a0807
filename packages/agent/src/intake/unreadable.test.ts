import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { imageXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

interface Line {
  readonly msg: string;
  readonly first?: readonly { readonly file: string; readonly code: string; readonly reason: string }[];
  readonly place?: string;
  readonly reason?: string;
}

test("what can't be read, and what waits for others, is in the log with its reason", async () => {
  const { watched } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const images = join(watched, SMALL_SESSION.folder, "Images-Disc1", "GridSquare_101", "Data");
  const whole = imageXml({ uniqueId: "image" });
  const bad: Readonly<Record<string, string>> = {
    empty: "",
    incomplete: whole.slice(0, whole.length / 2),
    malformed: whole.replace("<uniqueID", "<other"),
  };
  const names = Object.keys(bad).map(
    (code, n) => [code, `FoilHole_101000_Data_900${n}_0_20240406_12000${n}.xml`] as const,
  );
  for (const [code, name] of names) writeFileSync(join(images, name), bad[code] ?? "");
  const orphans = join(watched, "no session", "Images-Disc1", "GridSquare_7", "Data");
  mkdirSync(orphans, { recursive: true });
  for (const n of [0, 1])
    writeFileSync(join(orphans, `FoilHole_7_Data_8_${n}_20240406_120000.xml`), "<MicroscopeImage/>");

  const lines: Line[] = [];
  const agent = await workplace.agent({ logTo: [{ write: (line: string) => lines.push(JSON.parse(line) as Line) }] });
  const toldOf = () =>
    lines.filter(({ msg }) => msg.startsWith("files that can't be read")).flatMap(({ first }) => first ?? []);
  await until("all of them to be told of", () => new Set(toldOf().map(({ file }) => file)).size === names.length);
  for (const [code, name] of names) {
    expect(toldOf()).toContainEqual({ file: join(images, name), code, reason: expect.stringMatching(/\w/) });
  }
  const waiting = lines.filter(({ msg }) => msg.startsWith("files wait"));
  expect(waiting).toMatchObject([
    { place: join(watched, "no session"), reason: expect.stringContaining("waiting for EpuSession.dm") },
  ]);
  // As the status has them.
  const unread = agent.status().unread.map(({ code }) => code);
  expect(unread).toEqual(expect.arrayContaining(["empty", "incomplete", "malformed", "waiting_for_session"]));
});
