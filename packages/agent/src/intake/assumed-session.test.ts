import { join } from "node:path";
import { expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

const FILES = sessionFiles(SMALL_SESSION);
const SESSION_FILE = FILES.filter(({ path }) => path.endsWith("EpuSession.dm"));

test("a session without EpuSession.dm is held and reported, unless it is to be taken in after a while", async () => {
  const { api, watched } = workplace;
  writeFiles(
    watched,
    FILES.filter((file) => !SESSION_FILE.includes(file)),
  );
  const holding = await workplace.agent();
  await holding.settled();
  expect(api.counts().acquisition ?? 0).toBe(0);
  expect(holding.status().orphans.sessions_without_epu_session).toMatchObject([
    { folder: join(watched, "Supervisor_1") },
  ]);
  await holding.stop();
  const agent = await workplace.agent({ assumeSessionAfterMs: 0, stateFolder: join(workplace.folder, "other") });
  await until("the session is taken in", () => api.counts().micrograph === 12);
  await agent.settled();
  expect(api.all("acquisition")).toMatchObject([{ name: "Supervisor_1", epu_session_id: "Supervisor_1" }]);
  expect(api.counts()).toMatchObject({ grid: 1, gridsquare: 4, foilhole: 12, micrograph: 12 });
  expect(agent.status().orphans.sessions_without_epu_session).toEqual([]);

  const [assumed] = api.all("acquisition");
  // It comes after all: everything is of the session that it names.
  writeFiles(watched, SESSION_FILE);
  await until("the real session", () => api.all("acquisition").some((each) => each.epu_session_id === "4600928"));
  await agent.settled();
  const real = api.all("acquisition").find((each) => each.epu_session_id === "4600928");
  const grid = api.all("grid").find((each) => each.acquisition_uuid === real?.uuid);
  const squares = api.all("gridsquare").filter((each) => each.grid_uuid === grid?.uuid);
  expect(squares).toHaveLength(4);
  expect(agent.status().errors.latest).toContainEqual(
    expect.objectContaining({ facts: expect.objectContaining({ former: assumed?.uuid, acquisition: real?.uuid }) }),
  );
});

test("sessions without EpuSession.dm in folders of the same name are several, each one and the same for every agent", async () => {
  const { api, watched, folder } = workplace;
  const without = FILES.filter((file) => !SESSION_FILE.includes(file) && !file.path.startsWith("atlas"));
  for (const visit of ["visit1", "visit2"]) writeFiles(join(watched, visit), without);
  const places = () => api.all("acquisition").map((each) => each.epu_session_id);
  for (const state of ["one", "another"]) {
    const agent = await workplace.agent({ assumeSessionAfterMs: 0, stateFolder: join(folder, state) });
    await until("both are taken in", () => agent.status().entities.micrograph?.confirmed === 24);
    await agent.settled();
    expect(api.counts()).toMatchObject({ acquisition: 2, grid: 2, gridsquare: 8, micrograph: 24 });
    expect(places().sort()).toEqual(["visit1/Supervisor_1", "visit2/Supervisor_1"]);
    expect(new Set(api.all("acquisition").map(({ name }) => name))).toEqual(new Set(["Supervisor_1"]));
    await agent.stop();
  }
});

test("a session that was taken in before, under the folder's name alone, stays the one that it is", async () => {
  const { api, watched } = workplace;
  const visit = join(watched, "visit1");
  writeFiles(
    visit,
    FILES.filter((file) => !SESSION_FILE.includes(file) && !file.path.startsWith("atlas")),
  );
  for (const watchFolder of [visit, watched]) {
    const agent = await workplace.agent({ watchFolder, assumeSessionAfterMs: 0 });
    await until("it is taken in", () => agent.status().entities.micrograph?.confirmed === 12);
    await agent.settled();
    await agent.stop();
  }
  expect(api.all("acquisition")).toMatchObject([{ name: "Supervisor_1", epu_session_id: "Supervisor_1" }]);
});
