import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { registerAgentTools } from "./tools-command.js";

const workplace = useWorkplace();
let printed: string;

beforeEach(() => {
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** What a tool prints as JSON, and its exit code. */
async function tool(...args: string[]): Promise<{ code: number; json: unknown }> {
  printed = "";
  process.exitCode = 0;
  const program = new Command().exitOverride();
  registerAgentTools(program);
  await program.parseAsync([...args, "--json"], { from: "user" });
  return { code: Number(process.exitCode), json: printed === "" ? null : JSON.parse(printed) };
}

test("a journal can be looked into while its agent works on it", async () => {
  const { watched, stateFolder } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  writeFileSync(join(watched, "Supervisor_1", "Metadata", "GridSquare_999.dm"), "<GridSquareXml");
  cpSync(join(watched, "Supervisor_1"), join(watched, "copy", "Supervisor_1"), { recursive: true });
  const agent = await workplace.agent();
  await agent.settled();
  const { json: journal } = await tool("journal", watched, "--state-dir", stateFolder);
  expect(journal).toMatchObject({
    sessions: [{ folder: join(watched, "Supervisor_1") }, { folder: join(watched, "copy", "Supervisor_1") }],
    tallies: expect.arrayContaining([{ what: "entities: micrograph", state: "confirmed", count: 12 }]),
  });
  const { json: waiting } = await tool("waiting", watched, "--state-dir", stateFolder);
  expect(waiting).toContainEqual(
    expect.objectContaining({
      what: "file",
      name: join(watched, "Supervisor_1", "Metadata", "GridSquare_999.dm"),
      state: "pending",
      next_attempt: expect.any(String),
    }),
  );
  const { json: duplicates } = await tool("duplicates", watched, "--state-dir", stateFolder);
  expect(duplicates).toContainEqual({
    what: "session",
    name: "Supervisor_1",
    places: [join(watched, "Supervisor_1"), join(watched, "copy", "Supervisor_1")],
  });
  expect((await tool("journal", join(watched, "nowhere"))).code).toBe(1);
});

test("a file is replayed with what it adds to which entities, or with what is wrong with it", async () => {
  const { watched } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const metadata = join(watched, "Supervisor_1", "Metadata", "GridSquare_101.dm");
  const { code, json } = await tool("replay", metadata);
  expect(code).toBe(0);
  expect(json).toMatchObject({
    path: { kind: "gridSquareMetadata", gridSquareId: "101" },
    session: join(watched, "Supervisor_1"),
    says: expect.arrayContaining([expect.objectContaining({ kind: "foilhole", asserts: true })]),
  });
  writeFileSync(metadata, "<GridSquareXml");
  expect(await tool("replay", metadata)).toMatchObject({ code: 1, json: { problem: { code: "incomplete" } } });
  for (const missing of [join(watched, "notes.txt"), join(metadata, "..", "GridSquare_999.dm")]) {
    expect(await tool("replay", missing)).toMatchObject({ code: 1, json: { problem: { code: "missing" } } });
  }
  writeFileSync(join(watched, "notes.txt"), "a user's own");
  expect(await tool("replay", join(watched, "notes.txt"))).toMatchObject({
    code: 1,
    json: { problem: { code: "not_needed" } },
  });
  expect(await tool("replay", join(watched, "Supervisor_1", "EpuSession.dm"))).toMatchObject({
    code: 0,
    json: { says: [{ kind: "acquisition" }, { kind: "grid" }] },
  });
});
