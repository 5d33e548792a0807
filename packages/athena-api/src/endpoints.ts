import { type Static, type TObject, type TSchema, Type } from "@smartem/common/schema";
import {
  AlgorithmResultRecord,
  ApplicationState,
  ApplicationStateChange,
  Area,
  AreaDraft,
  AreaState,
  AreaStateChange,
  AreaStateDraft,
  DecisionDraft,
  DecisionRecord,
  DecisionServiceConfiguration,
  DecisionServiceConfigurationDraft,
  MAX_BULK_ITEMS,
  NameValueDraft,
  NameValueRecord,
  Parameters as P,
  Run,
  RunStart,
  RunStop,
  Session,
  SessionDraft,
  SmartPluginConfiguration,
  SmartPluginConfigurationDraft,
} from "./schemas.js";

/** One call of the Decision Service: where it is, what goes in, what comes out. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `{name}` stands for a path parameter. */
  readonly path: string;
  readonly params: TObject;
  readonly query: TObject;
  readonly body: TSchema | null;
  /** Null where the answer's body says nothing. */
  readonly answer: TSchema | null;
  readonly success: 200 | 201 | 204;
  /** Whether 204 is an answer that means "none". */
  readonly mayBeNone: boolean;
  /** The failures that the service documents. */
  readonly failures: readonly (400 | 404 | 409 | 500)[];
}

const list = <T extends TSchema>(item: T) => Type.Array(item);
const bulk = <T extends TSchema>(item: T) => Type.Array(item, { minItems: 1, maxItems: MAX_BULK_ITEMS });

const READ = { method: "GET", query: P.None, body: null, success: 200, mayBeNone: false } as const;
const CREATE = { method: "POST", params: P.None, query: P.None, success: 201, mayBeNone: false } as const;
const REPLACE = { ...CREATE, method: "PUT" } as const;
const CHANGE = { ...CREATE, method: "PATCH", success: 200 } as const;
const REMOVE = { ...READ, method: "DELETE", answer: null, success: 204 } as const;

/**
 * Every call of the Decision Service API v1: 46 on 38 paths. The client and the mock are both made from this table,
 * so that neither can know a call the other does not.
 */
export const ENDPOINTS = {
  /** The latest result of an algorithm for an area. */
  getAlgorithmResult: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/AlgorithmResult",
    params: P.SessionPath,
    query: P.ResultOfArea,
    answer: AlgorithmResultRecord,
    failures: [400, 404, 500],
  },
  /** All results for the areas within a parent area; null when there are none. */
  getAlgorithmResults: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/AlgorithmResults",
    params: P.SessionPath,
    query: P.ResultsOfParent,
    answer: list(AlgorithmResultRecord),
    mayBeNone: true,
    failures: [400, 404, 500],
  },
  /** The latest result for any area within a parent area; null when there is none. */
  getLatestAlgorithmResult: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/LatestAlgorithmResult",
    params: P.SessionPath,
    query: P.ResultsOfParent,
    answer: AlgorithmResultRecord,
    mayBeNone: true,
    failures: [400, 404, 500],
  },
  /** What EPU is doing now, or did last. */
  getCurrentApplicationState: {
    ...READ,
    path: "/api/v1/CurrentApplicationState",
    params: P.None,
    answer: ApplicationState,
    failures: [],
  },
  postCurrentApplicationState: {
    ...CREATE,
    path: "/api/v1/CurrentApplicationState",
    body: ApplicationStateChange,
    answer: ApplicationState,
    failures: [],
  },
  /** The history of EPU's states during a session, oldest first. */
  getApplicationStates: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/ApplicationStates",
    params: P.SessionPath,
    answer: list(ApplicationState),
    failures: [404],
  },
  getArea: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/Area/{areaId}",
    params: P.SessionArea,
    answer: Area,
    failures: [404],
  },
  getAreas: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/Areas",
    params: P.SessionPath,
    query: P.AreaFilter,
    answer: list(Area),
    failures: [404],
  },
  getChildAreas: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/Area/{parentAreaId}/Areas",
    params: P.SessionParentArea,
    answer: list(Area),
    failures: [404],
  },
  postArea: { ...CREATE, path: "/api/v1/Area", body: AreaDraft, answer: Area, failures: [400, 404, 409] },
  /** Registers the area or replaces what is registered under its id. */
  putArea: { ...REPLACE, path: "/api/v1/Area", body: AreaDraft, answer: list(Area), failures: [400, 404] },
  /** Registers all areas, or none when one of them is registered already. */
  postAreas: { ...CREATE, path: "/api/v1/Areas", body: bulk(AreaDraft), answer: list(Area), failures: [400, 404, 409] },
  /** Registers the areas, replacing those that are registered under the same ids. */
  putAreas: {
    ...REPLACE,
    path: "/api/v1/Areas",
    body: bulk(AreaDraft),
    answer: null,
    success: 204,
    failures: [400, 404],
  },
  getAreaState: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/AreaState/{areaStateId}",
    params: P.SessionAreaState,
    answer: AreaState,
    failures: [400, 404],
  },
  getLatestAreaState: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/Area/{areaId}/LatestAreaState",
    params: P.SessionArea,
    answer: AreaState,
    failures: [400, 404],
  },
  /** The history of area states, oldest first. */
  getAreaStates: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/AreaStates",
    params: P.SessionPath,
    query: P.AreaFilter,
    answer: list(AreaState),
    failures: [404],
  },
  postAreaState: { ...CREATE, path: "/api/v1/AreaState", body: AreaStateChange, answer: AreaState, failures: [404] },
  postAreaStates: {
    ...CREATE,
    path: "/api/v1/AreaStates",
    body: bulk(AreaStateDraft),
    answer: list(AreaState),
    failures: [400, 404],
  },
  getDecision: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/Decision/{decisionId}",
    params: P.SessionDecision,
    answer: DecisionRecord,
    failures: [400, 404],
  },
  /** The decision that arrived last among those asked for; null when there is none. */
  getLatestDecision: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/LatestDecision",
    params: P.SessionPath,
    query: P.DecisionFilter,
    answer: DecisionRecord,
    mayBeNone: true,
    failures: [400, 404],
  },
  /** As `getLatestDecision`, but waits up to `timeout` seconds for one; null when none came. */
  getTimedDecision: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/TimedDecision",
    params: P.SessionPath,
    query: P.TimedDecisionFilter,
    answer: DecisionRecord,
    mayBeNone: true,
    failures: [400, 404, 500],
  },
  /** Every decision ever registered for the areas, oldest first. */
  getDecisions: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/Decisions",
    params: P.SessionPath,
    query: P.DecisionsFilter,
    answer: list(DecisionRecord),
    failures: [400, 404],
  },
  /** Deletes the decisions of one area or of all, of one type or of all types. */
  deleteDecisions: {
    ...REMOVE,
    path: "/api/v1/Session/{sessionId}/Decisions",
    params: P.SessionPath,
    query: P.DecisionsToDelete,
    failures: [400, 404],
  },
  postDecision: { ...CREATE, path: "/api/v1/Decision", body: DecisionDraft, answer: DecisionRecord, failures: [404] },
  /** Registers all decisions or none. An unknown session or area is a conflict here, not a 404. */
  postDecisions: {
    ...CREATE,
    path: "/api/v1/Decisions",
    body: bulk(DecisionDraft),
    answer: list(DecisionRecord),
    failures: [400, 409],
  },
  deleteAllDecisions: {
    ...REMOVE,
    path: "/api/v1/Session/{sessionId}/AllDecisions",
    params: P.SessionPath,
    failures: [404],
  },
  getConfiguration: {
    ...READ,
    path: "/api/v1/Configuration",
    params: P.None,
    answer: DecisionServiceConfiguration,
    failures: [404, 500],
  },
  /** Replaces the whole configuration. */
  postConfiguration: {
    ...CREATE,
    path: "/api/v1/Configuration",
    body: DecisionServiceConfigurationDraft,
    answer: DecisionServiceConfiguration,
    failures: [400, 500],
  },
  deleteConfiguration: { ...REMOVE, path: "/api/v1/Configuration", params: P.None, failures: [404] },
  patchPlugin: {
    ...CHANGE,
    path: "/api/v1/Configuration/Plugin",
    body: SmartPluginConfigurationDraft,
    answer: SmartPluginConfiguration,
    failures: [404, 500],
  },
  getNameValue: {
    ...READ,
    path: "/api/v1/NameValueStore/{sessionId}/Value/{id}",
    params: P.SessionNameValue,
    answer: NameValueRecord,
    failures: [400, 404],
  },
  getNameValues: {
    ...READ,
    path: "/api/v1/NameValueStore/{sessionId}/Values",
    params: P.SessionPath,
    query: P.NameValueFilter,
    answer: list(NameValueRecord),
    failures: [400, 404],
  },
  postNameValue: {
    ...CREATE,
    path: "/api/v1/NameValueStore",
    body: NameValueDraft,
    answer: NameValueRecord,
    failures: [400, 404],
  },
  postNameValues: {
    ...CREATE,
    path: "/api/v1/NameValueStores",
    body: bulk(NameValueDraft),
    answer: list(NameValueRecord),
    failures: [400, 404],
  },
  getRun: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/Run/{runNumber}",
    params: P.SessionRun,
    answer: Run,
    failures: [404],
  },
  getRuns: {
    ...READ,
    path: "/api/v1/Session/{sessionId}/Runs",
    params: P.SessionPath,
    answer: list(Run),
    failures: [404],
  },
  startRun: { ...CREATE, path: "/api/v1/RunStart", body: RunStart, answer: Run, success: 200, failures: [404] },
  stopRun: { ...CHANGE, path: "/api/v1/RunStop", body: RunStop, answer: Run, failures: [404] },
  getSession: { ...READ, path: "/api/v1/Session/{id}", params: P.OneSession, answer: Session, failures: [404] },
  /** Deletes the session with everything that belongs to it. */
  deleteSession: {
    ...REMOVE,
    path: "/api/v1/Session/{id}",
    params: P.OneSession,
    answer: Session,
    success: 200,
    failures: [404],
  },
  getSessionByName: {
    ...READ,
    path: "/api/v1/Session",
    params: P.None,
    query: P.SessionName,
    answer: Session,
    failures: [400, 404],
  },
  /** Registers a session; neither its id nor its name may be taken. */
  postSession: { ...CREATE, path: "/api/v1/Session", body: SessionDraft, answer: Session, failures: [400, 409] },
  isSessionRegistered: {
    ...READ,
    path: "/api/v1/Session/{id}/IsRegistered",
    params: P.OneSession,
    answer: Type.Boolean(),
    failures: [],
  },
  getSessions: { ...READ, path: "/api/v1/Sessions", params: P.None, answer: list(Session), failures: [] },
  /** Whether Athena itself answers; says nothing but that. */
  getAthenaStatus: { ...READ, path: "/api/v1/Athena/Status", params: P.None, answer: null, failures: [] },
  getVersion: { ...READ, path: "/api/v1/Version", params: P.None, answer: Type.String(), failures: [404] },
} as const satisfies Record<string, Endpoint>;

export type Endpoints = typeof ENDPOINTS;
export type EndpointName = keyof Endpoints;

/** What goes into a call: its body, or else its path and query parameters as one object. */
export type Input<E extends Endpoint> = E["body"] extends TSchema
  ? Static<E["body"]>
  : Static<E["params"]> & Static<E["query"]>;

/** What a call is answered with; null where there is nothing to say or none to give. */
export type Answer<E extends Endpoint> =
  | (E["answer"] extends TSchema ? Static<E["answer"]> : null)
  | (E["mayBeNone"] extends true ? null : never);
