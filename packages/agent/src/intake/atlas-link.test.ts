import { dirname, join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { atlasXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

const FILES = sessionFiles(SMALL_SESSION);
const OWN = FILES.filter(({ path }) => path.endsWith("Atlas.dm"));
const WITHOUT = FILES.filter(({ path }) => !path.startsWith("atlas"));
const OTHER = {
  content: atlasXml({ id: "1", tileIds: ["1"], nodes: [{ id: "901", x: 100, y: 200, tileIds: ["1"] }] }),
  /** Of the same run and slot, but of another place. */
  alike: join("copied", "Supervisor_4600928", "Sample4", "Atlas", "Atlas.dm"),
  foreign: join("atlas", "Supervisor_9999999", "Sample4", "Atlas", "Atlas.dm"),
};

const squares = () => workplace.api.all("gridsquare").map((square) => square.gridsquare_id);
const atlases = () => workplace.api.all("atlas").map((atlas) => atlas.atlas_id);

test("a session is linked to a likelier atlas that comes later, and what the first one says is no longer its own", async () => {
  const { api, watched } = workplace;
  await api.stop();
  writeFiles(watched, [...WITHOUT, { path: OTHER.alike, content: OTHER.content }]);
  const agent = await workplace.agent();
  await until("its squares are to be uploaded", () => (agent.status().entities.gridsquare?.known ?? 0) === 5);
  writeFiles(watched, OWN);
  await until("the other's is not any more", () => agent.status().entities.gridsquare?.known === 4);
  await api.start();
  await until("the atlas", () => api.counts().tile_position === 6);
  await agent.settled();
  expect(squares()).toEqual(SMALL_SESSION.squareIds);
  expect(atlases()).toEqual(["94600928"]);
  const own = join(watched, OWN[0]?.path ?? "");
  expect(api.all("acquisition")[0]?.atlas_path).toBe(own);
  expect(api.all("grid")[0]?.atlas_dir).toBe(dirname(own));
});

test("an atlas that an earlier version took for a session's is not its any more when it is another's", async () => {
  const { api, watched, stateFolder } = workplace;
  writeFiles(watched, [...WITHOUT, { path: OTHER.foreign, content: OTHER.content }]);
  const before = await workplace.agent();
  await before.settled();
  await before.stop();
  const journal = new Database(join(stateFolder, "journal.db"));
  journal.prepare("update sessions set atlas_file = ?").run(join(watched, OTHER.foreign));
  journal.close();
  const after = await workplace.agent();
  await until("it is reported", () => after.status().orphans.atlases_not_found.length === 1);
  await after.settled();
  expect(after.status().errors.latest).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining("not the session's") }),
  );
  writeFiles(watched, OWN);
  await until("its own", () => api.counts().tile_position === 6);
  expect(atlases()).toEqual(["94600928"]);
});

test.each(["first", "last"])(
  "squares that have no image of their own are those of the atlas, also when it comes %s",
  async (when) => {
    const { api, watched } = workplace;
    const atlas = FILES.filter(({ path }) => path.startsWith("atlas"));
    const [before, after] = when === "first" ? [atlas, WITHOUT] : [WITHOUT, atlas];
    writeFiles(watched, before);
    const agent = await workplace.agent();
    await agent.settled();
    writeFiles(watched, after);
    await agent.settled();
    const lowmag = api.all("gridsquare").filter((square) => square.lowmag === true);
    expect(lowmag.map((square) => square.gridsquare_id).sort()).toEqual(["103", "104"]);
  },
);
