import { join } from "node:path";
import { silentLogger } from "@smartem/common/logging";
import { err, ok, type Result } from "@smartem/common/result";
import { expect, test } from "vitest";
import type { ControlFailure, MicroscopeControl, Observation, WatchedOrder } from "../control/microscope-control.js";
import { NO_CONTROL } from "../control/no-control.js";
import { openJournal } from "../journal/journal.js";
import { Settings } from "../settings.js";
import { steadyNow } from "../steady-clock.js";
import { FAST_TIMES } from "../testing/harness.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { Verifier } from "./verifier.js";

const workplace = useWorkplace();

const DAY_MS = 24 * 3_600_000;

test.each<[string, Result<null, ControlFailure>, string[]]>([
  ["nothing is seen", ok(null), ["young"]],
  ["the record makes no sense", err({ kind: "permanent", message: "It is no record." }), ["young"]],
  ["the control is away", err({ kind: "transient", message: "It does not answer." }), ["old", "young"]],
])("where %s, only orders of the last days go on being looked at", async (_, seen, left) => {
  const journal = openJournal(join(workplace.folder, "own-state"));
  try {
    const add = (instructionId: string, createdAtMs: number) =>
      journal.verifications.add({ instructionId, sessionId: "s", acquisition: "a", watch: {}, createdAtMs });
    add("old", steadyNow() - 4 * DAY_MS);
    add("young", steadyNow() - DAY_MS);
    const control: MicroscopeControl = {
      ...NO_CONTROL,
      observe: async (orders) => (seen.ok ? ok(orders.map(() => seen.value)) : seen),
    };
    let answers = 0;
    const verifier = new Verifier({
      journal,
      control,
      settings: new Settings(FAST_TIMES),
      log: silentLogger,
      agentId: "agent-1",
      onAnswer: () => answers++,
    });
    await verifier.step();
    expect(journal.verifications.open().map((order) => order.instructionId)).toEqual(left);
    const said = journal.outbox.due(steadyNow(), 10);
    expect(answers).toBe(said.length);
    expect(said.map(({ body }) => body)).toEqual(
      left.includes("old")
        ? []
        : [expect.objectContaining({ outcome: "superseded", details: expect.stringContaining("within 3 days") })],
    );
  } finally {
    journal.close();
  }
});

test("an order that stays open is looked at with the later ones that do, not with all that ever came", async () => {
  const journal = openJournal(join(workplace.folder, "own-state"));
  try {
    for (const [at, instructionId] of ["skip", "first", "second", "third"].entries()) {
      const createdAtMs = steadyNow() + at;
      const sessionId = instructionId === "third" ? "other" : "session";
      journal.verifications.add({ instructionId, sessionId, acquisition: "a", watch: instructionId, createdAtMs });
    }
    let looks: (readonly WatchedOrder[])[] = [];
    const open = new Set<unknown>(["skip", "second", "third"]);
    const followed = {
      outcome: "followed",
      observedAt: "2024-04-06T12:00:00Z",
      details: "",
      isLost: false,
      isFinal: true,
    } as const;
    const control: MicroscopeControl = {
      ...NO_CONTROL,
      async observe(orders) {
        looks.push(orders);
        return ok(orders.map(({ watch }) => (open.has(watch) ? null : followed)));
      },
    };
    const settings = new Settings(FAST_TIMES);
    const parts = { journal, control, settings, log: silentLogger, agentId: "agent-1", onAnswer: () => undefined };
    const verifier = new Verifier(parts);
    await verifier.step();
    await verifier.step();
    expect(looks).toEqual([
      [
        { watch: "skip", later: ["first", "second"] },
        { watch: "first", later: ["second"] },
        { watch: "second", later: [] },
        { watch: "third", later: [] },
      ],
      [
        { watch: "skip", later: ["second"] },
        { watch: "second", later: [] },
        { watch: "third", later: [] },
      ],
    ]);
    open.clear();
    looks = [];
    await verifier.step();
    await verifier.step();
    expect(looks).toHaveLength(1);
    expect(journal.verifications.count()).toBe(0);
  } finally {
    journal.close();
  }
});

test("an order that was followed so far is looked at again now and then, and with each new order, until that is final", async () => {
  const journal = openJournal(join(workplace.folder, "own-state"));
  try {
    let createdAtMs = steadyNow();
    const add = (instructionId: string) =>
      journal.verifications.add({
        instructionId,
        sessionId: "s",
        acquisition: "a",
        watch: instructionId,
        createdAtMs: createdAtMs++,
      });
    const seen = new Map<unknown, Observation>();
    const see = (watch: string, outcome: Observation["outcome"], isFinal: boolean) =>
      seen.set(watch, { outcome, observedAt: "2024-04-06T12:00:00Z", details: "", isLost: false, isFinal });
    let looks: unknown[][] = [];
    const control: MicroscopeControl = {
      ...NO_CONTROL,
      async observe(orders) {
        looks.push(orders.map(({ watch }) => watch));
        return ok(orders.map(({ watch }) => seen.get(watch) ?? null));
      },
    };
    const settings = new Settings(FAST_TIMES);
    const parts = { journal, control, settings, log: silentLogger, agentId: "agent-1", onAnswer: () => undefined };
    const verifier = new Verifier(parts);
    const told = () =>
      journal.outbox.due(steadyNow(), 10).map(({ path, body }) => {
        return [/instructions\/(\w+)/.exec(path)?.[1], (body as { outcome: string }).outcome];
      });
    add("first");
    add("kept");
    see("first", "followed", false);
    see("kept", "followed", false);
    await verifier.step();
    expect(told()).toEqual([
      ["first", "followed"],
      ["kept", "followed"],
    ]);
    expect(journal.verifications.count()).toBe(0);

    looks = [];
    see("first", "not_followed", true);
    for (let step = 0; step < 100; step++) await verifier.step();
    expect(looks).toEqual([["first", "kept"]]);
    // What has not been delivered yet is not to come after it.
    expect(told()).toEqual([
      ["kept", "followed"],
      ["first", "not_followed"],
    ]);

    looks = [];
    add("next");
    see("kept", "followed", true);
    await verifier.step();
    await verifier.step();
    expect(looks).toEqual([["kept", "next"], ["next"]]);
    expect(told()).toHaveLength(2);
    expect(journal.verifications.open().map(({ instructionId }) => instructionId)).toEqual(["next"]);
  } finally {
    journal.close();
  }
});

test("an order that was followed so far is no longer looked at after some days", async () => {
  const journal = openJournal(join(workplace.folder, "own-state"));
  try {
    const createdAtMs = steadyNow() - 4 * DAY_MS;
    journal.verifications.add({ instructionId: "old", sessionId: "s", acquisition: "a", watch: {}, createdAtMs });
    const observedAt = "2024-04-06T12:00:00Z";
    const followed: Observation = { outcome: "followed", observedAt, details: "", isLost: false, isFinal: false };
    const control: MicroscopeControl = { ...NO_CONTROL, observe: async (orders) => ok(orders.map(() => followed)) };
    const settings = new Settings(FAST_TIMES);
    const parts = { journal, control, settings, log: silentLogger, agentId: "agent-1", onAnswer: () => undefined };
    await new Verifier(parts).step();
    expect(journal.verifications.open()).toEqual([]);
    expect(journal.outbox.due(steadyNow(), 10)).toMatchObject([{ body: { outcome: "followed" } }]);
  } finally {
    journal.close();
  }
});
