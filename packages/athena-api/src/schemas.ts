import { nullable, type Static, Type } from "@smartem/common/schema";

/**
 * The schemas of Athena's Decision Service API v1, named and spelled as the service does (camelCase JSON).
 *
 * What the service answers has every field, unknown ones as null. What is sent to it, the drafts, may leave out
 * whatever the service fills in itself: ids, times, defaults.
 */

const MAX_NAME_CHARACTERS = 4_096;
const MAX_DETAILS_CHARACTERS = 65_536;
/** A selection of 100,000 holes as JSON takes 4 MB. */
const MAX_VALUE_CHARACTERS = 8_388_608;
export const MAX_BULK_ITEMS = 100_000;
export const MAX_TIMED_DECISION_TIMEOUT_S = 86_400;

const Id = Type.String({ format: "uuid" });
/** .NET writes up to seven fraction digits and, for times without a zone, no offset; those are UTC. */
const Timestamp = Type.String({
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:?\\d{2})?$",
});
const Int32 = Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 });
const Name = Type.String({ maxLength: MAX_NAME_CHARACTERS });
const NonEmptyName = Type.String({ minLength: 1, maxLength: MAX_NAME_CHARACTERS, pattern: "\\S" });
const Details = Type.String({ maxLength: MAX_DETAILS_CHARACTERS });
const Value = Type.String({ maxLength: MAX_VALUE_CHARACTERS });
const optional = <T extends Parameters<typeof nullable>[0]>(schema: T) => Type.Optional(nullable(schema));

/** The natural EPU id of a grid square, foil hole or atlas as a positive int32; zero and less are illegal. */
export const AreaId = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

export const AlgorithmResultType = Type.Enum(["motioncorrection", "ctf", "gridsquare", "micrograph", "atlas"]);
export type AlgorithmResultType = Static<typeof AlgorithmResultType>;
export const EngineState = Type.Enum(["unknown", "idle", "running"]);
export type EngineState = Static<typeof EngineState>;
export const AreaType = Type.Enum(["gridsquare", "foilhole", "atlas", "particle"]);
export type AreaType = Static<typeof AreaType>;
export const AcquisitionState = Type.Enum(["unknown", "ignore", "queued", "started", "completed", "skipped"]);
export type AcquisitionState = Static<typeof AcquisitionState>;
export const DecisionType = Type.Enum([
  "include",
  "focus",
  "stageWaitingTime",
  "acquisitionOrder",
  "foilHoleSelection",
  "gridSquareSelection",
  "iceThicknessFoilHolePrediction",
  "automaticFoilHoleFinding",
]);
export type DecisionType = Static<typeof DecisionType>;
export const PluginType = Type.Enum(["default", "custom", "dummy"]);
export type PluginType = Static<typeof PluginType>;
export const GridType = Type.Enum(["HoleyCarbon", "HoleyGold", "LaceyCarbon"]);
export type GridType = Static<typeof GridType>;

/** The smart plug-ins of EPU that decision software can take over. */
export const PLUGIN_NAMES = [
  "StageSettlingTimePrediction",
  "SkipGridSquarePrediction",
  "SmartFocusPrediction",
  "AutomaticFoilHoleSelection",
  "AutomaticGridSquareSelection",
  "IceThicknessFoilHolePrediction",
  "AutomaticFoilHoleFinding",
] as const;
export type PluginName = (typeof PLUGIN_NAMES)[number];

export const ProblemDetails = Type.Object({
  type: nullable(Type.String()),
  title: nullable(Type.String()),
  status: nullable(Type.Integer()),
  detail: nullable(Type.String()),
  instance: nullable(Type.String()),
  extensions: nullable(Type.Record(Type.String(), Type.Unknown())),
});
export type ProblemDetails = Static<typeof ProblemDetails>;

export const AlgorithmResultRecord = Type.Object({
  sessionId: Id,
  areaId: Int32,
  name: nullable(Type.String()),
  result: nullable(Type.Record(Type.String(), Type.Unknown())),
  timestamp: Timestamp,
});
export type AlgorithmResultRecord = Static<typeof AlgorithmResultRecord>;

/** A result as EPU hands it over; the service stamps it when it has no time of its own. */
export const AlgorithmResultDraft = Type.Object({
  sessionId: Id,
  areaId: AreaId,
  name: AlgorithmResultType,
  result: optional(Type.Record(Type.String(), Type.Unknown())),
  timestamp: optional(Timestamp),
});
export type AlgorithmResultDraft = Static<typeof AlgorithmResultDraft>;

export const ApplicationState = Type.Object({
  id: Id,
  state: EngineState,
  sessionId: nullable(Id),
  areaId: nullable(Int32),
  details: nullable(Type.String()),
  timestamp: nullable(Timestamp),
});
export type ApplicationState = Static<typeof ApplicationState>;

export const ApplicationStateChange = Type.Object({
  state: EngineState,
  sessionId: optional(Id),
  areaId: optional(AreaId),
  details: optional(Details),
});
export type ApplicationStateChange = Static<typeof ApplicationStateChange>;

export const Area = Type.Object({ id: Int32, sessionId: Id, areaType: AreaType, parentId: nullable(Int32) });
export type Area = Static<typeof Area>;

export const AreaDraft = Type.Object({ id: AreaId, sessionId: Id, areaType: AreaType, parentId: optional(AreaId) });
export type AreaDraft = Static<typeof AreaDraft>;

export const AreaState = Type.Object({
  id: Int32,
  sessionId: Id,
  areaId: Int32,
  state: AcquisitionState,
  timestamp: nullable(Timestamp),
});
export type AreaState = Static<typeof AreaState>;

export const AreaStateChange = Type.Object({ sessionId: Id, areaId: AreaId, state: AcquisitionState });
export type AreaStateChange = Static<typeof AreaStateChange>;

/** An area state sent in bulk; its id is the service's to give, whatever is sent. */
export const AreaStateDraft = Type.Object({
  id: Type.Optional(Int32),
  sessionId: Id,
  areaId: AreaId,
  state: AcquisitionState,
  timestamp: optional(Timestamp),
});
export type AreaStateDraft = Static<typeof AreaStateDraft>;

export const DecisionRecord = Type.Object({
  id: Id,
  sessionId: Id,
  areaId: Int32,
  decisionType: DecisionType,
  pluginType: PluginType,
  decisionValue: nullable(Type.String()),
  decidedBy: nullable(Type.String()),
  details: nullable(Type.String()),
  timestamp: Timestamp,
});
export type DecisionRecord = Static<typeof DecisionRecord>;

/** A decision to be registered. Without `pluginType` it counts as EPU's own (`default`). */
export const DecisionDraft = Type.Object({
  id: Type.Optional(Id),
  sessionId: Id,
  areaId: AreaId,
  decisionType: DecisionType,
  pluginType: Type.Optional(PluginType),
  decisionValue: optional(Value),
  decidedBy: optional(Name),
  details: optional(Details),
  timestamp: Type.Optional(Timestamp),
});
export type DecisionDraft = Static<typeof DecisionDraft>;

export const SmartPluginConfiguration = Type.Object({
  pluginName: nullable(Type.String()),
  customPluginSelection: Type.Boolean(),
  timestamp: nullable(Timestamp),
});
export type SmartPluginConfiguration = Static<typeof SmartPluginConfiguration>;

export const SmartPluginConfigurationDraft = Type.Object({
  pluginName: NonEmptyName,
  customPluginSelection: Type.Boolean(),
  timestamp: optional(Timestamp),
});
export type SmartPluginConfigurationDraft = Static<typeof SmartPluginConfigurationDraft>;

export const DecisionServiceConfiguration = Type.Object({
  id: Id,
  smartPluginConfigurations: Type.Array(SmartPluginConfiguration),
  timestamp: Timestamp,
});
export type DecisionServiceConfiguration = Static<typeof DecisionServiceConfiguration>;

export const DecisionServiceConfigurationDraft = Type.Object({
  id: Type.Optional(Id),
  smartPluginConfigurations: Type.Array(SmartPluginConfigurationDraft, { maxItems: 1_000 }),
  timestamp: Type.Optional(Timestamp),
});
export type DecisionServiceConfigurationDraft = Static<typeof DecisionServiceConfigurationDraft>;

export const NameValueRecord = Type.Object({
  id: Int32,
  sessionId: Id,
  areaId: nullable(Int32),
  name: nullable(Type.String()),
  value: nullable(Type.String()),
  timestamp: Timestamp,
  setBy: nullable(Type.String()),
});
export type NameValueRecord = Static<typeof NameValueRecord>;

/** A name and its value to be kept; its id is the service's to give, whatever is sent. */
export const NameValueDraft = Type.Object({
  id: Type.Optional(Int32),
  sessionId: Id,
  areaId: optional(AreaId),
  name: optional(NonEmptyName),
  value: optional(Value),
  timestamp: Type.Optional(Timestamp),
  setBy: optional(Name),
});
export type NameValueDraft = Static<typeof NameValueDraft>;

export const Run = Type.Object({
  sessionId: Id,
  runNumber: Int32,
  startTime: nullable(Timestamp),
  stopTime: nullable(Timestamp),
  stopReason: nullable(Type.String()),
});
export type Run = Static<typeof Run>;

export const RunStart = Type.Object({ sessionId: Id });
export type RunStart = Static<typeof RunStart>;

export const RunStop = Type.Object({ sessionId: Id, runNumber: Int32, reason: optional(Details) });
export type RunStop = Static<typeof RunStop>;

export const Session = Type.Object({
  sessionId: Id,
  sessionName: nullable(Type.String()),
  athenaId: nullable(Type.String()),
  timestamp: Timestamp,
  gridType: GridType,
});
export type Session = Static<typeof Session>;

/** A session to be registered; without `sessionId` the service makes one up, without `gridType` it is holey carbon. */
export const SessionDraft = Type.Object({
  sessionId: Type.Optional(Id),
  sessionName: optional(NonEmptyName),
  athenaId: optional(Name),
  timestamp: Type.Optional(Timestamp),
  gridType: Type.Optional(GridType),
});
export type SessionDraft = Static<typeof SessionDraft>;

const SessionPath = Type.Object({ sessionId: Id });
const OneSession = Type.Object({ id: Id });
const SessionArea = Type.Object({ sessionId: Id, areaId: AreaId });

/** What path and query parameters hold, by the call they belong to. */
export const Parameters = {
  None: Type.Object({}),
  SessionPath,
  OneSession,
  SessionArea,
  SessionParentArea: Type.Object({ sessionId: Id, parentAreaId: AreaId }),
  SessionAreaState: Type.Object({ sessionId: Id, areaStateId: Int32 }),
  SessionDecision: Type.Object({ sessionId: Id, decisionId: Id }),
  SessionNameValue: Type.Object({ sessionId: Id, id: Int32 }),
  SessionRun: Type.Object({ sessionId: Id, runNumber: Int32 }),
  ResultOfArea: Type.Object({ areaId: Type.Optional(AreaId), name: Type.Optional(AlgorithmResultType) }),
  ResultsOfParent: Type.Object({ parentAreaId: Type.Optional(AreaId), name: Type.Optional(AlgorithmResultType) }),
  AreaFilter: Type.Object({ areaType: Type.Optional(AreaType), parentAreaId: Type.Optional(AreaId) }),
  DecisionFilter: Type.Object({
    areaId: Type.Optional(AreaId),
    decisionType: Type.Optional(DecisionType),
    pluginType: Type.Optional(PluginType),
  }),
  TimedDecisionFilter: Type.Object({
    areaId: Type.Optional(AreaId),
    decisionType: Type.Optional(DecisionType),
    pluginType: Type.Optional(PluginType),
    /** Seconds; none is answered at once. */
    timeout: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_TIMED_DECISION_TIMEOUT_S })),
  }),
  DecisionsFilter: Type.Object({
    areaIds: Type.Optional(Type.Array(AreaId, { maxItems: 10_000 })),
    decisionType: Type.Optional(DecisionType),
    pluginType: Type.Optional(PluginType),
  }),
  DecisionsToDelete: Type.Object({ areaId: Type.Optional(AreaId), decisionType: Type.Optional(DecisionType) }),
  NameValueFilter: Type.Object({ areaId: Type.Optional(AreaId), name: Type.Optional(NonEmptyName) }),
  SessionName: Type.Object({ sessionName: NonEmptyName }),
};
