import { appendFile, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, describe, expect, test, vi } from "vitest";
import { paceOf, registerEpuplayerCommands } from "./cli.js";
import { DEV_MODE, EXACT, FAST } from "./replay/pace.js";
import { createdFile, hashOf, writeJsonRecording } from "./testing/recordings.js";
import { treeOf, withFolder } from "./testing/trees.js";

interface Outcome {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number | null;
}

async function run(args: readonly string[], interruptWhen?: (output: string) => boolean): Promise<Outcome> {
  let output = "";
  let errors = "";
  let exitCode: number | null = null;
  const interruption = new AbortController();
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  registerEpuplayerCommands(command, {
    write: (text) => {
      output += text;
      if (interruptWhen?.(output) === true) interruption.abort();
    },
    writeError: (text) => {
      errors += text;
    },
    setExitCode: (code) => {
      exitCode = code;
    },
    interruption: () => ({ signal: interruption.signal, release: () => {} }),
  });
  for (const one of command.commands) one.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(args as string[], { from: "user" });
  return { output, errors, exitCode };
}

afterEach(() => {
  vi.restoreAllMocks();
});

test("a folder is recorded until the command is interrupted, described, replayed and verified", () =>
  withFolder(async (folder) => {
    const watched = join(folder, "watched");
    const recording = join(folder, "recording.tar.gz");
    const target = join(folder, "target");
    await mkdir(watched);
    await writeFile(join(watched, "EpuSession.dm"), "<session/>");
    await writeFile(join(watched, "a.mrc"), Buffer.alloc(100));
    await symlink("EpuSession.dm", join(watched, "link.dm"));
    const recorded = await run(["record", watched, "-o", recording], (output) => output.includes("initial_file a.mrc"));
    expect(recorded).toMatchObject({ exitCode: 0, errors: "" });
    expect(recorded.output).toContain("1 binary files recorded by their size alone");
    expect(recorded.output).toContain("1 symbolic links passed over");
    await rm(join(watched, "link.dm"));

    const info = await run(["info", recording]);
    expect(info.output).toMatch(/Events\s+2/);
    expect(JSON.parse((await run(["info", recording, "--json"])).output)).toMatchObject({ events: 2, placeholders: 1 });

    const replayed = await run(["replay", recording, target, "--dev-mode"]);
    expect(replayed).toMatchObject({ exitCode: 0, errors: "" });
    expect(replayed.output).toContain("1 files and 0 folders as recorded, 0 different");
    expect(replayed.output).toContain("1 placeholders");
    expect(await treeOf(target)).toEqual(await treeOf(watched));

    expect((await run(["verify", recording, target])).exitCode).toBe(0);
    await appendFile(join(target, "EpuSession.dm"), " ");
    const verified = await run(["verify", recording, target]);
    expect(verified.exitCode).toBe(1);
    expect(verified.output).toContain("EpuSession.dm: has 11 bytes instead of 10");
    expect(JSON.parse((await run(["verify", recording, target, "--json"])).output)).toMatchObject({ different: 1 });
  }));

test("binary files are recorded whole when that is asked", () =>
  withFolder(async (folder) => {
    const recording = join(folder, "recording.tar.gz");
    const watched = join(folder, "watched");
    await mkdir(watched);
    await writeFile(join(watched, "a.mrc"), Buffer.from([1, 0, 255]));
    await run(["record", watched, "-o", recording, "--no-skip-binary-content"], (output) => output.includes("a.mrc"));
    await run(["replay", recording, join(folder, "target"), "--burst"]);
    expect([...(await readFile(join(folder, "target/a.mrc")))]).toEqual([1, 0, 255]);
  }));

test("several extensions may follow one flag, and the folder these", () =>
  withFolder(async (folder) => {
    const recording = join(folder, "recording.tar.gz");
    const watched = join(folder, "watched");
    await mkdir(watched);
    for (const name of ["a.dat", "b.mrc", "c.txt", "d.xml"]) await writeFile(join(watched, name), "text");
    const output = ["-o", recording, "--overwrite"];
    const placeholders = async (args: readonly string[]): Promise<unknown> => {
      const recorded = await run(["record", ...args], (printed) => printed.includes("d.xml"));
      expect(recorded).toMatchObject({ exitCode: 0, errors: "" });
      return (JSON.parse((await run(["info", recording, "--json"])).output) as { placeholders: number }).placeholders;
    };
    expect(await placeholders([watched, ...output])).toBe(2);
    expect(await placeholders([watched, ...output, "--force-text-extensions", "dat", "mrc"])).toBe(0);
    expect(await placeholders(["--force-text-extensions", "dat", "mrc", ...output, watched])).toBe(0);
    expect(await placeholders([...output, "--force-text-extensions", "dat,mrc", watched])).toBe(0);
    const both = ["--force-text-extensions", "dat", "mrc", "--force-binary-extensions", ".txt", "xml", watched];
    expect(await placeholders([...output, ...both])).toBe(2);
    for (const args of [output, [...output, "--force-text-extensions", "dat"]]) {
      await expect(run(["record", ...args])).rejects.toMatchObject({ code: "commander.missingArgument" });
    }
  }));

test("a recording that tells of the recorded folder itself, as watchers of folders do, is taken", () =>
  withFolder(async (folder) => {
    const own = { timestamp: 1001, event_type: "modified", src_path: ".", is_directory: true };
    const made = { timestamp: 1001, event_type: "created", src_path: "Metadata", is_directory: true };
    const initial = { timestamp: 1000, event_type: "initial_dir", src_path: ".", is_directory: true };
    const recording = await writeJsonRecording(join(folder, "recording.json"), [initial, made, own]);
    expect(JSON.parse((await run(["info", recording, "--json"])).output)).toMatchObject({ events: 3 });
    const replayed = await run(["replay", recording, join(folder, "target"), "--dev-mode"]);
    expect(replayed).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining("0 files and 1 folders as recorded"),
    });
  }));

test("a replay that is not as recorded ends with 1, unless it is not to be verified", () =>
  withFolder(async (folder) => {
    const events = [createdFile("a", "text", { content_hash: "0".repeat(64) })];
    const recording = await writeJsonRecording(join(folder, "recording.json"), events);
    const replayed = await run(["replay", recording, join(folder, "target")]);
    expect(replayed.exitCode).toBe(1);
    expect(replayed.output).toContain("a: has other content");
    expect((await run(["replay", recording, join(folder, "target"), "--no-verify"])).exitCode).toBe(0);
  }));

test("text that was recorded with its line ends changed goes on at its end, without NULs, and is said to differ", () =>
  withFolder(async (folder) => {
    const [disk, added] = ["<a>\r\n<b/>\r\n", "<c/>\r\n</a>\r\n"];
    const made = { content: disk.replaceAll("\r", ""), size: disk.length, content_hash: hashOf(disk) };
    const whole = { content_hash: hashOf(disk + added), size: disk.length + added.length };
    const appended = { timestamp: 1001, event_type: "appended", src_path: "a.xml", file_position: disk.length };
    const recording = await writeJsonRecording(join(folder, "recording.json"), [
      createdFile("a.xml", "", made),
      { ...appended, ...whole, content: added, operation_data: { append_size: added.length } },
      createdFile("b.xml", "", made),
      { ...appended, event_type: "truncated", src_path: "b.xml", operation_data: { new_size: disk.length - 1 } },
    ]);
    const replayed = await run(["replay", recording, join(folder, "target"), "--dev-mode"]);
    expect(await readFile(join(folder, "target/a.xml"), "utf8")).toBe(`<a>\n<b/>\n${added}`);
    expect(await readFile(join(folder, "target/b.xml"), "utf8")).toBe("<a>\n<b/>\n");
    expect(replayed.exitCode).toBe(1);
    expect(replayed.output).toMatch(/2 files differ from what was recorded.*\n {2}a\.xml.*\n {2}b\.xml/);
    expect(replayed.output).toContain("a.xml: has 21 bytes instead of 23");
    const unverified = await run(["replay", recording, join(folder, "target"), "--dev-mode", "--no-verify"]);
    expect(unverified).toMatchObject({ exitCode: 0, output: expect.stringContaining("2 files differ") });
  }));

test("what fails ends with 1 and says what to do", () =>
  withFolder(async (folder) => {
    const missing = await run(["info", join(folder, "none")]);
    expect(missing).toMatchObject({ exitCode: 1, output: "" });
    expect(missing.errors).toContain("cannot be opened");
    await writeFile(join(folder, "exists.tar.gz"), "");
    const refused = await run(["record", folder, "-o", join(folder, "exists.tar.gz")]);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.errors).toContain("--overwrite");
    const evil = await writeJsonRecording(join(folder, "evil.json"), [createdFile("../evil", "")]);
    expect(await run(["replay", evil, join(folder, "target")])).toMatchObject({ exitCode: 1 });
    await rm(evil);
  }));

test("an interrupted replay ends with 130", () =>
  withFolder(async (folder) => {
    const events = [createdFile("a", ""), createdFile("b", "", { timestamp: 1e9 })];
    const recording = await writeJsonRecording(join(folder, "recording.json"), events);
    const interruption = new AbortController();
    const codes: number[] = [];
    const command = new Command();
    registerEpuplayerCommands(command, {
      write: () => {},
      writeError: () => {},
      setExitCode: (code) => void codes.push(code),
      interruption: () => ({ signal: interruption.signal, release: () => {} }),
    });
    const replaying = command.parseAsync(["replay", recording, join(folder, "target"), "--exact"], { from: "user" });
    await expect.poll(async () => Object.keys(await treeOf(join(folder, "target")).catch(() => ({})))).toEqual(["a"]);
    interruption.abort();
    await replaying;
    expect(codes).toEqual([130]);
  }));

test.each(["info", "verify"])("%s ends with 130 where it is interrupted", (name) =>
  withFolder(async (folder) => {
    // What comes later in the recording is not read any more.
    const events = [createdFile("a", ""), { event_type: "none" }];
    const recording = await writeJsonRecording(join(folder, "recording.json"), events);
    const codes: number[] = [];
    let written = "";
    const command = new Command();
    registerEpuplayerCommands(command, {
      write: (text) => {
        written += text;
      },
      writeError: () => {},
      setExitCode: (code) => void codes.push(code),
      interruption: () => ({ signal: AbortSignal.abort(), release: () => {} }),
    });
    await command.parseAsync([name, recording, ...(name === "verify" ? [folder] : [])], { from: "user" });
    expect(codes).toEqual([130]);
    expect(written).toBe("");
  }),
);

test("a second signal ends the process with 130 at once, whatever the first has begun", () =>
  withFolder(async (folder) => {
    const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const others = process.listeners("SIGINT");
    const output = join(folder, "recording.tar.gz");
    const command = new Command();
    registerEpuplayerCommands(command);
    const recorded = command.parseAsync(["record", folder, "-o", output], { from: "user" });
    const added = () => process.listeners("SIGINT").find((listener) => !others.includes(listener));
    await vi.waitUntil(added);
    const stop = added();
    stop?.("SIGINT");
    // npx passes on what the terminal has sent to both.
    stop?.("SIGINT");
    expect(exit).not.toHaveBeenCalled();
    stop?.("SIGTERM");
    expect(exit).toHaveBeenCalledWith(130);
    await recorded;
    process.exitCode = undefined;
  }));

describe("the pace", () => {
  test.each([
    [{}, FAST],
    [{ fast: true }, FAST],
    [{ exact: true }, EXACT],
    [{ devMode: true }, DEV_MODE],
    [{ speed: 5 }, { ...EXACT, speed: 5 }],
    [{ maxDelay: 2 }, { ...EXACT, maxDelayS: 2 }],
    [{ burst: true }, { ...EXACT, burst: true }],
    [
      { fast: true, maxDelay: 3 },
      { ...FAST, maxDelayS: 3 },
    ],
  ])("of %j is %j", (flags, pace) => {
    expect(paceOf(flags)).toEqual(pace);
  });

  test("cannot be two at once", () => {
    expect(() => paceOf({ exact: true, devMode: true })).toThrow("exclude one another");
  });

  test.each(["0", "-1", "fast", ""])("cannot have the speed %j", async (speed) => {
    await expect(run(["replay", "x", "y", "--speed", speed])).rejects.toMatchObject({
      code: "commander.invalidArgument",
    });
  });
});
