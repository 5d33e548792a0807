import { randomUUID } from "node:crypto";
import { err, ok, type Result } from "@smartem/common/result";
import type { Answer, Endpoint, EndpointName, Endpoints, Input } from "../endpoints.js";
import {
  type AlgorithmResultRecord,
  type Area,
  type AreaDraft,
  type AreaState,
  type AreaStateDraft,
  type AreaType,
  type DecisionDraft,
  type DecisionRecord,
  type NameValueDraft,
  type NameValueRecord,
  PLUGIN_NAMES,
} from "../schemas.js";
import { latestDecision, type SessionState } from "./state.js";
import type { AthenaStore } from "./store.js";

/** Why a call is refused. */
export interface Refusal {
  readonly status: 400 | 404 | 409 | 500 | 503;
  readonly detail: string;
}

type Outcome<E extends Endpoint> = Result<Answer<E>, Refusal>;

/** What the service does for each call; the input was checked against the call's schemas. */
export type Handlers = {
  readonly [Name in EndpointName]: (
    input: Input<Endpoints[Name]>,
    signal: AbortSignal,
  ) => Outcome<Endpoints[Name]> | Promise<Outcome<Endpoints[Name]>>;
};

/** What .NET clients send for an id that they leave to the service. */
const NO_ID = "00000000-0000-0000-0000-000000000000";
const SERVICE_VERSION = "v1";

export function createHandlers(store: AthenaStore): Handlers {
  const { state } = store;

  function session(sessionId: string): Result<SessionState, Refusal> {
    const held = state.sessions.get(sessionId);
    return held === undefined ? notFound(`Session ${sessionId} is not registered.`) : ok(held);
  }

  /** The session, and that the area, where one is named, is registered in it. */
  function sessionWithArea(sessionId: string, areaId: number | null | undefined): Result<SessionState, Refusal> {
    const held = session(sessionId);
    if (!held.ok || areaId === null || areaId === undefined || held.value.areas.has(areaId)) return held;
    return notFound(`Area ${areaId} is not registered in session ${sessionId}.`);
  }

  /** Checks areas that are to be registered together: their sessions, their parents, and no area within itself. */
  function newAreas(drafts: readonly AreaDraft[], mayExist: boolean): Result<Area[], Refusal> {
    const areas = drafts.map(({ id, sessionId, areaType, parentId }) => ({
      id,
      sessionId,
      areaType,
      parentId: parentId ?? null,
    }));
    const together = new Map<string, Area>();
    for (const area of areas) {
      const held = session(area.sessionId);
      if (!held.ok) return held;
      const key = `${area.sessionId}/${area.id}`;
      if (!mayExist && (together.has(key) || held.value.areas.has(area.id)))
        return conflict(`Area ${area.id} is already registered in session ${area.sessionId}.`);
      together.set(key, area);
    }
    const find = (sessionId: string, id: number): Area | undefined =>
      together.get(`${sessionId}/${id}`) ?? state.sessions.get(sessionId)?.areas.get(id);
    for (const area of areas) {
      const above = new Set([area.id]);
      for (let parentId = area.parentId; parentId !== null; ) {
        if (above.has(parentId)) return badRequest(`Area ${area.id} would lie within itself.`);
        above.add(parentId);
        const parent = find(area.sessionId, parentId);
        if (parent === undefined)
          return notFound(
            `Area ${parentId}, parent of area ${area.id}, is not registered in session ${area.sessionId}.`,
          );
        parentId = parent.parentId;
      }
    }
    return ok(areas);
  }

  function saveAreas(drafts: readonly AreaDraft[], mayExist: boolean): Result<Area[], Refusal> {
    const areas = newAreas(drafts, mayExist);
    if (areas.ok) store.commit({ kind: "areas", areas: areas.value });
    return areas;
  }

  function saveAreaStates(drafts: readonly AreaStateDraft[]): Result<AreaState[], Refusal> {
    const nextIds = new Map<string, number>();
    const areaStates: AreaState[] = [];
    for (const draft of drafts) {
      const held = sessionWithArea(draft.sessionId, draft.areaId);
      if (!held.ok) return held;
      const id = nextIds.get(draft.sessionId) ?? held.value.areaStates.size + 1;
      nextIds.set(draft.sessionId, id + 1);
      areaStates.push({
        id,
        sessionId: draft.sessionId,
        areaId: draft.areaId,
        state: draft.state,
        timestamp: draft.timestamp ?? store.now(),
      });
    }
    store.commit({ kind: "area_states", areaStates });
    return ok(areaStates);
  }

  function saveDecisions(drafts: readonly DecisionDraft[]): Result<DecisionRecord[], Refusal> {
    const ids = new Set<string>();
    const decisions: DecisionRecord[] = [];
    for (const draft of drafts) {
      const held = sessionWithArea(draft.sessionId, draft.areaId);
      if (!held.ok) return held;
      const id = givenId(draft.id);
      if (ids.has(id) || held.value.decisions.has(id)) return conflict(`Decision ${id} is already registered.`);
      ids.add(id);
      decisions.push({
        id,
        sessionId: draft.sessionId,
        areaId: draft.areaId,
        decisionType: draft.decisionType,
        pluginType: draft.pluginType ?? "default",
        decisionValue: draft.decisionValue ?? null,
        decidedBy: draft.decidedBy ?? null,
        details: draft.details ?? null,
        timestamp: draft.timestamp ?? store.now(),
      });
    }
    store.commit({ kind: "decisions", decisions });
    return ok(decisions);
  }

  function saveNameValues(drafts: readonly NameValueDraft[]): Result<NameValueRecord[], Refusal> {
    const nextIds = new Map<string, number>();
    const nameValues: NameValueRecord[] = [];
    for (const draft of drafts) {
      const held = sessionWithArea(draft.sessionId, draft.areaId);
      if (!held.ok) return held;
      const id = nextIds.get(draft.sessionId) ?? held.value.nameValues.size + 1;
      nextIds.set(draft.sessionId, id + 1);
      nameValues.push({
        id,
        sessionId: draft.sessionId,
        areaId: draft.areaId ?? null,
        name: draft.name ?? null,
        value: draft.value ?? null,
        timestamp: draft.timestamp ?? store.now(),
        setBy: draft.setBy ?? null,
      });
    }
    store.commit({ kind: "name_values", nameValues });
    return ok(nameValues);
  }

  function resultsWithin(
    held: SessionState,
    parentAreaId: number | undefined,
    name: string | undefined,
  ): AlgorithmResultRecord[] {
    return held.algorithmResults.filter(
      (one) =>
        (parentAreaId === undefined || held.areas.get(one.areaId)?.parentId === parentAreaId) &&
        (name === undefined || one.name === name),
    );
  }

  return {
    getAlgorithmResult({ sessionId, areaId, name }) {
      const held = sessionWithArea(sessionId, areaId);
      if (!held.ok) return held;
      const result = held.value.algorithmResults.findLast(
        (one) => (areaId === undefined || one.areaId === areaId) && (name === undefined || one.name === name),
      );
      return result === undefined ? notFound("There is no such algorithm result.") : ok(result);
    },
    getAlgorithmResults({ sessionId, parentAreaId, name }) {
      const held = sessionWithArea(sessionId, parentAreaId);
      if (!held.ok) return held;
      const results = resultsWithin(held.value, parentAreaId, name);
      return ok(results.length === 0 ? null : results);
    },
    getLatestAlgorithmResult({ sessionId, parentAreaId, name }) {
      const held = sessionWithArea(sessionId, parentAreaId);
      return held.ok ? ok(resultsWithin(held.value, parentAreaId, name).at(-1) ?? null) : held;
    },

    getCurrentApplicationState() {
      return ok(
        state.applicationState ?? {
          id: NO_ID,
          state: "unknown" as const,
          sessionId: null,
          areaId: null,
          details: null,
          timestamp: null,
        },
      );
    },
    postCurrentApplicationState(change) {
      const applicationState = {
        id: randomUUID(),
        state: change.state,
        sessionId: change.sessionId ?? null,
        areaId: change.areaId ?? null,
        details: change.details ?? null,
        timestamp: store.now(),
      };
      store.commit({ kind: "application_state", applicationState });
      return ok(applicationState);
    },
    getApplicationStates({ sessionId }) {
      const held = session(sessionId);
      return held.ok ? ok(held.value.applicationStates) : held;
    },

    getArea({ sessionId, areaId }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const area = held.value.areas.get(areaId);
      return area === undefined ? notFound(`Area ${areaId} is not registered in session ${sessionId}.`) : ok(area);
    },
    getAreas({ sessionId, areaType, parentAreaId }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      return ok([...held.value.areas.values()].filter((area) => fits(area, areaType, parentAreaId)));
    },
    getChildAreas({ sessionId, parentAreaId }) {
      const held = sessionWithArea(sessionId, parentAreaId);
      if (!held.ok) return held;
      return ok([...held.value.areas.values()].filter((area) => area.parentId === parentAreaId));
    },
    postArea: (draft) => first(saveAreas([draft], false)),
    putArea: (draft) => saveAreas([draft], true),
    postAreas: (drafts) => saveAreas(drafts, false),
    putAreas(drafts) {
      const areas = saveAreas(drafts, true);
      return areas.ok ? ok(null) : areas;
    },

    getAreaState({ sessionId, areaStateId }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const areaState = held.value.areaStates.get(areaStateId);
      return areaState === undefined ? notFound(`There is no area state ${areaStateId}.`) : ok(areaState);
    },
    getLatestAreaState({ sessionId, areaId }) {
      const held = sessionWithArea(sessionId, areaId);
      if (!held.ok) return held;
      const areaState = held.value.latestAreaStates.get(areaId);
      return areaState === undefined ? notFound(`Area ${areaId} has had no state yet.`) : ok(areaState);
    },
    getAreaStates({ sessionId, areaType, parentAreaId }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const { areas, areaStates } = held.value;
      return ok(
        [...areaStates.values()].filter((one) => {
          const area = areas.get(one.areaId);
          return area !== undefined && fits(area, areaType, parentAreaId);
        }),
      );
    },
    postAreaState: (change) => first(saveAreaStates([change])),
    postAreaStates: (drafts) => saveAreaStates(drafts),

    getDecision({ sessionId, decisionId }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const decision = held.value.decisions.get(decisionId);
      return decision === undefined ? notFound(`There is no decision ${decisionId}.`) : ok(decision);
    },
    getLatestDecision({ sessionId, ...filter }) {
      const held = sessionWithArea(sessionId, filter.areaId);
      return held.ok ? ok(latestDecision(state, held.value, filter) ?? null) : held;
    },
    async getTimedDecision({ sessionId, timeout, ...filter }, signal) {
      const held = sessionWithArea(sessionId, filter.areaId);
      if (!held.ok) return held;
      const latest = latestDecision(state, held.value, filter);
      if (latest !== undefined) return ok(latest);
      const awaited = await store.waitForDecision(sessionId, filter, (timeout ?? 0) * 1000, signal);
      if (awaited === "overloaded") return refuse(503, "Too many calls are waiting for decisions.");
      if (awaited !== null) return ok(awaited);
      const still = session(sessionId);
      return still.ok ? ok(null) : still;
    },
    getDecisions({ sessionId, areaIds, decisionType, pluginType }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const wanted = areaIds === undefined ? null : new Set(areaIds);
      return ok(
        [...held.value.decisions.values()].filter(
          (one) =>
            (wanted === null || wanted.has(one.areaId)) &&
            (decisionType === undefined || one.decisionType === decisionType) &&
            (pluginType === undefined || one.pluginType === pluginType),
        ),
      );
    },
    deleteDecisions({ sessionId, areaId, decisionType }) {
      const held = sessionWithArea(sessionId, areaId);
      if (!held.ok) return held;
      store.commit({
        kind: "decisions_deleted",
        sessionId,
        areaId: areaId ?? null,
        decisionType: decisionType ?? null,
      });
      return ok(null);
    },
    postDecision: (draft) => first(saveDecisions([draft])),
    postDecisions(drafts) {
      const decisions = saveDecisions(drafts);
      return decisions.ok || decisions.error.status !== 404 ? decisions : conflict(decisions.error.detail);
    },
    deleteAllDecisions({ sessionId }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      store.commit({ kind: "decisions_deleted", sessionId, areaId: null, decisionType: null });
      return ok(null);
    },

    getConfiguration: () =>
      state.configuration === null ? notFound("There is no configuration.") : ok(state.configuration),
    postConfiguration(draft) {
      const names = draft.smartPluginConfigurations.map((one) => one.pluginName);
      const unknown = names.find((name) => !(PLUGIN_NAMES as readonly string[]).includes(name));
      if (unknown !== undefined)
        return badRequest(`There is no plug-in "${unknown}". There are ${PLUGIN_NAMES.join(", ")}.`);
      if (new Set(names).size < names.length) return badRequest("A plug-in is configured more than once.");
      const timestamp = draft.timestamp ?? store.now();
      const configuration = {
        id: givenId(draft.id),
        smartPluginConfigurations: draft.smartPluginConfigurations.map((one) => ({
          pluginName: one.pluginName,
          customPluginSelection: one.customPluginSelection,
          timestamp: one.timestamp ?? timestamp,
        })),
        timestamp,
      };
      store.commit({ kind: "configuration", configuration });
      return ok(configuration);
    },
    deleteConfiguration() {
      if (state.configuration === null) return notFound("There is no configuration.");
      store.commit({ kind: "configuration", configuration: null });
      return ok(null);
    },
    patchPlugin({ pluginName, customPluginSelection }) {
      const { configuration } = state;
      if (configuration?.smartPluginConfigurations.some((one) => one.pluginName === pluginName) !== true)
        return notFound(`Plug-in "${pluginName}" is not in the configuration.`);
      const plugin = { pluginName, customPluginSelection, timestamp: store.now() };
      const smartPluginConfigurations = configuration.smartPluginConfigurations.map((one) =>
        one.pluginName === pluginName ? plugin : one,
      );
      store.commit({ kind: "configuration", configuration: { ...configuration, smartPluginConfigurations } });
      return ok(plugin);
    },

    getNameValue({ sessionId, id }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const record = held.value.nameValues.get(id);
      return record === undefined ? notFound(`There is no name-value record ${id}.`) : ok(record);
    },
    getNameValues({ sessionId, areaId, name }) {
      const held = sessionWithArea(sessionId, areaId);
      if (!held.ok) return held;
      return ok(
        [...held.value.nameValues.values()].filter(
          (one) => (areaId === undefined || one.areaId === areaId) && (name === undefined || one.name === name),
        ),
      );
    },
    postNameValue: (draft) => first(saveNameValues([draft])),
    postNameValues: (drafts) => saveNameValues(drafts),

    getRun({ sessionId, runNumber }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const run = held.value.runs.get(runNumber);
      return run === undefined ? notFound(`Session ${sessionId} has no run ${runNumber}.`) : ok(run);
    },
    getRuns({ sessionId }) {
      const held = session(sessionId);
      return held.ok ? ok([...held.value.runs.values()]) : held;
    },
    startRun({ sessionId }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const run = {
        sessionId,
        runNumber: held.value.runs.size + 1,
        startTime: store.now(),
        stopTime: null,
        stopReason: null,
      };
      store.commit({ kind: "run", run });
      return ok(run);
    },
    stopRun({ sessionId, runNumber, reason }) {
      const held = session(sessionId);
      if (!held.ok) return held;
      const started = held.value.runs.get(runNumber);
      if (started === undefined) return notFound(`Session ${sessionId} has no run ${runNumber}.`);
      // A run stops once; who says so again is told when and why it did.
      if (started.stopTime !== null) return ok(started);
      const run = { ...started, stopTime: store.now(), stopReason: reason ?? null };
      store.commit({ kind: "run", run });
      return ok(run);
    },

    getSession({ id }) {
      const held = session(id);
      return held.ok ? ok(held.value.session) : held;
    },
    deleteSession({ id }) {
      const held = session(id);
      if (!held.ok) return held;
      store.commit({ kind: "session_deleted", sessionId: id });
      return ok(held.value.session);
    },
    getSessionByName({ sessionName }) {
      for (const held of state.sessions.values()) {
        if (held.session.sessionName === sessionName) return ok(held.session);
      }
      return notFound(`There is no session "${sessionName}".`);
    },
    postSession(draft) {
      const sessionId = givenId(draft.sessionId);
      for (const held of state.sessions.values()) {
        if (held.session.sessionId === sessionId) return conflict(`Session ${sessionId} is already registered.`);
        if (draft.sessionName != null && held.session.sessionName === draft.sessionName)
          return conflict(`A session "${draft.sessionName}" is already registered.`);
      }
      const registered = {
        sessionId,
        sessionName: draft.sessionName ?? null,
        athenaId: draft.athenaId ?? null,
        timestamp: draft.timestamp ?? store.now(),
        gridType: draft.gridType ?? ("HoleyCarbon" as const),
      };
      store.commit({ kind: "session", session: registered });
      return ok(registered);
    },
    isSessionRegistered: ({ id }) => ok(state.sessions.has(id)),
    getSessions: () => ok([...state.sessions.values()].map((held) => held.session)),

    getAthenaStatus: () => ok(null),
    getVersion: () => ok(SERVICE_VERSION),
  };
}

function fits(area: Area, areaType: AreaType | undefined, parentAreaId: number | undefined): boolean {
  return (
    (areaType === undefined || area.areaType === areaType) &&
    (parentAreaId === undefined || area.parentId === parentAreaId)
  );
}

function givenId(id: string | undefined): string {
  return id === undefined || id === NO_ID ? randomUUID() : id;
}

function first<T>(results: Result<T[], Refusal>): Result<T, Refusal> {
  if (!results.ok) return results;
  const [one] = results.value;
  return one === undefined ? refuse(500, "Nothing was kept.") : ok(one);
}

function refuse(status: Refusal["status"], detail: string): Result<never, Refusal> {
  return err({ status, detail });
}

const badRequest = (detail: string): Result<never, Refusal> => refuse(400, detail);
const notFound = (detail: string): Result<never, Refusal> => refuse(404, detail);
const conflict = (detail: string): Result<never, Refusal> => refuse(409, detail);
