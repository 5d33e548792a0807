import { ok } from "@smartem/common/result";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AthenaClient, createAthenaClient } from "./client.js";
import { GRID_AREA_ID } from "./decisions.js";
import {
  ensureAreas,
  ensureDecisions,
  ensureGridArea,
  ensurePluginsGivenBack,
  ensurePluginsTakenOver,
  ensureSession,
} from "./ensure.js";
import type { AthenaErrorCode } from "./errors.js";
import { type AthenaMock, startAthenaMock } from "./mock/server.js";
import { PLUGIN_NAMES } from "./schemas.js";
import { codeOf, granted } from "./testing/values.js";

const SESSION = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const OTHER_SESSION = "b5cdbfb9-bd0f-414e-93f8-0abca3331f8e";

let mock: AthenaMock;
let athena: AthenaClient;

beforeEach(async () => {
  mock = await startAthenaMock();
  athena = createAthenaClient({ baseUrl: mock.url, retries: 0 });
});

afterEach(async () => {
  await athena.close();
  await mock.close();
});

/** A client whose next call of that name reaches the service, or does not, and loses the answer. */
function losing(
  name: "postSession" | "postDecisions",
  options: { arrives: boolean; times?: number; code?: AthenaErrorCode },
): AthenaClient {
  let left = options.times ?? 1;
  return new Proxy(athena, {
    get(target, property: keyof AthenaClient) {
      if (property !== name || left === 0) return target[property];
      return async (body: never) => {
        left -= 1;
        if (options.arrives) granted<unknown>(await target[name](body));
        const error = { code: options.code ?? "athena_timeout", message: "", call: "", status: null, problem: null };
        return { ok: false, error };
      };
    },
  });
}

describe("a session", () => {
  const draft = { sessionId: SESSION, sessionName: "lysozyme" };

  test("is registered once, however often and by however many it is asked for", async () => {
    const sessions = await Promise.all(Array.from({ length: 10 }, () => ensureSession(athena, draft)));
    expect(new Set(sessions.map((one) => granted(one).sessionName))).toEqual(new Set(["lysozyme"]));
    expect(mock.state.sessions.size).toBe(1);
  });

  test("whose name another session has gets its id added to it", async () => {
    granted(await ensureSession(athena, { ...draft, sessionId: OTHER_SESSION }));
    expect(granted(await ensureSession(athena, draft)).sessionName).toBe(`lysozyme (${SESSION})`);
  });

  test.each([true, false])("is there also when the answer was lost (request arrived: %s)", async (arrives) => {
    expect(granted(await ensureSession(losing("postSession", { arrives }), draft)).sessionId).toBe(SESSION);
    expect(mock.state.sessions.size).toBe(1);
  });

  test("is an error where the service refuses it or stays away", async () => {
    expect(codeOf(await ensureSession(athena, { ...draft, sessionName: "" }))).toBe("athena_bad_request");
    const client = losing("postSession", { arrives: false, times: 99 });
    expect(codeOf(await ensureSession(client, draft))).toBe("athena_timeout");
  });
});

describe("areas", () => {
  beforeEach(async () => void granted(await athena.postSession({ sessionId: SESSION, sessionName: "lysozyme" })));

  test("the grid is the atlas that EPU has registered, or one of ours", async () => {
    expect(granted(await ensureGridArea(athena, SESSION))).toBe(GRID_AREA_ID);
    expect(granted(await ensureGridArea(athena, SESSION))).toBe(GRID_AREA_ID);
    granted(await athena.postArea({ id: 4590000, sessionId: SESSION, areaType: "atlas" }));
    expect(granted(await ensureGridArea(athena, SESSION))).toBe(4590000);
    expect(codeOf(await ensureGridArea(athena, OTHER_SESSION))).toBe("athena_not_found");
  });

  test("only those that are missing are registered, parents first, in whatever order they come", async () => {
    granted(await athena.postArea({ id: 100, sessionId: SESSION, areaType: "gridsquare" }));
    const areas = [
      { id: 201, areaType: "foilhole" as const, parentId: 200 },
      { id: 101, areaType: "foilhole" as const, parentId: 100 },
      { id: 200, areaType: "gridsquare" as const, parentId: 1 },
      { id: 100, areaType: "foilhole" as const, parentId: 1 },
      { id: 1, areaType: "atlas" as const },
      { id: 201, areaType: "foilhole" as const, parentId: 200 },
    ];
    expect(granted(await ensureAreas(athena, SESSION, areas))).toEqual([1, 200, 201, 101]);
    expect(granted(await athena.getArea({ sessionId: SESSION, areaId: 100 })).areaType).toBe("gridsquare");
    expect(granted(await ensureAreas(athena, SESSION, areas))).toEqual([]);
  });

  test("50,000 of them are registered in bulk", async () => {
    const holes = Array.from({ length: 50_000 }, (_, index) => ({
      id: index + 2,
      areaType: "foilhole" as const,
      parentId: 1,
    }));
    expect(
      granted(await ensureAreas(athena, SESSION, [...holes, { id: 1, areaType: "gridsquare" as const }])),
    ).toHaveLength(50_001);
    expect(mock.state.sessions.get(SESSION)?.areas.size).toBe(50_001);
    expect(granted(await ensureAreas(athena, SESSION, holes))).toEqual([]);
  });

  test("a parent that is nowhere is an error", async () => {
    const orphan = { id: 5, areaType: "foilhole" as const, parentId: 4 };
    expect(codeOf(await ensureAreas(athena, SESSION, [orphan]))).toBe("athena_not_found");
  });
});

describe("plug-ins", () => {
  const ours = ["AutomaticFoilHoleSelection", "AutomaticGridSquareSelection"] as const;

  async function takenOver(): Promise<(string | null)[]> {
    const { smartPluginConfigurations } = granted(await athena.getConfiguration());
    return smartPluginConfigurations.filter((one) => one.customPluginSelection).map((one) => one.pluginName);
  }

  test("are taken over where there is no configuration yet, and nothing is said of others", async () => {
    expect(granted(await ensurePluginsTakenOver(athena, ours))).toEqual(ours);
    expect(await takenOver()).toEqual(ours);
    expect(granted(await athena.getConfiguration()).smartPluginConfigurations).toHaveLength(2);
  });

  test("of whatever name stay configured as they were where some are missing", async () => {
    const newer = { pluginName: "NewerEpuPlugin", customPluginSelection: true };
    let posted: unknown = null;
    const client = new Proxy(athena, {
      get(target, property: keyof AthenaClient) {
        if (property === "getConfiguration") return async () => ok({ smartPluginConfigurations: [newer] });
        if (property !== "postConfiguration") return target[property];
        return async (configuration: unknown) => {
          posted = configuration;
          return ok(null);
        };
      },
    });
    expect(granted(await ensurePluginsTakenOver(client, ours))).toEqual(ours);
    const added = ours.map((pluginName) => ({ pluginName, customPluginSelection: true }));
    expect(posted).toEqual({ smartPluginConfigurations: [newer, ...added] });
  });

  test("already taken over by others stay so, in a configuration that lacks some", async () => {
    const focus = { pluginName: "SmartFocusPrediction", customPluginSelection: true };
    granted(await athena.postConfiguration({ smartPluginConfigurations: [focus] }));
    expect(granted(await ensurePluginsTakenOver(athena, ours))).toEqual(ours);
    expect(await takenOver()).toEqual(["SmartFocusPrediction", ...ours]);
  });

  test("are patched one by one where they are configured, and given back", async () => {
    const all = PLUGIN_NAMES.map((pluginName) => ({ pluginName, customPluginSelection: false }));
    granted(await athena.postConfiguration({ smartPluginConfigurations: all }));
    granted(await ensurePluginsTakenOver(athena, ["SmartFocusPrediction"]));
    const { id } = granted(await athena.getConfiguration());
    expect(granted(await ensurePluginsTakenOver(athena, [...ours, "SmartFocusPrediction"]))).toEqual(ours);
    expect(granted(await ensurePluginsTakenOver(athena, ours))).toEqual([]);
    expect(granted(await ensurePluginsGivenBack(athena, ours))).toEqual(ours);
    expect(await takenOver()).toEqual(["SmartFocusPrediction"]);
    expect(granted(await athena.getConfiguration()).id).toBe(id);
  });
});

describe("decisions", () => {
  const draft = {
    sessionId: SESSION,
    areaId: 100,
    decisionType: "foilHoleSelection" as const,
    pluginType: "custom" as const,
    decisionValue: "[]",
  };
  const drafts = [draft, { ...draft, decisionType: "acquisitionOrder" as const }, { ...draft, areaId: 200 }];
  const count = (): number | undefined => mock.state.sessions.get(SESSION)?.decisions.size;

  beforeEach(async () => {
    granted(await athena.postSession({ sessionId: SESSION, sessionName: "lysozyme" }));
    granted(
      await athena.postAreas([100, 200].map((id) => ({ id, sessionId: SESSION, areaType: "gridsquare" as const }))),
    );
  });

  test("are posted once; those that are the latest already are not sent again", async () => {
    const first = granted(await ensureDecisions(athena, drafts));
    expect(first.map((one) => [one.areaId, one.decisionType])).toEqual(
      drafts.map((one) => [one.areaId, one.decisionType]),
    );
    expect(granted(await ensureDecisions(athena, drafts))).toEqual(first);
    expect(count()).toBe(3);
  });

  test("that were replaced since are posted again, alone", async () => {
    const first = granted(await ensureDecisions(athena, drafts));
    granted(await athena.postDecision({ ...draft, decisionValue: "[1]" }));
    const again = granted(await ensureDecisions(athena, drafts));
    expect(again.slice(1)).toEqual(first.slice(1));
    expect(again[0]).toMatchObject({ areaId: 100, decisionValue: "[]" });
    expect(count()).toBe(5);
  });

  test.each([
    [true, 3],
    [false, 3],
  ])("are there exactly once when an answer was lost (request arrived: %s)", async (arrives, expected) => {
    expect(granted(await ensureDecisions(losing("postDecisions", { arrives }), drafts))).toHaveLength(3);
    expect(count()).toBe(expected);
  });

  test("are an error when they cannot be: unknown area, refusal, no service", async () => {
    expect(codeOf(await ensureDecisions(athena, [{ ...draft, areaId: 999 }]))).toBe("athena_not_found");
    const refusing = losing("postDecisions", { arrives: false, code: "athena_conflict", times: 99 });
    expect(codeOf(await ensureDecisions(refusing, drafts))).toBe("athena_conflict");
    const away = losing("postDecisions", { arrives: false, times: 99 });
    expect(codeOf(await ensureDecisions(away, drafts))).toBe("athena_timeout");
    expect(count()).toBe(0);
  });

  test("none at all are no call and no error", async () => {
    expect(granted(await ensureDecisions(athena, []))).toEqual([]);
  });
});
