import { PLUGIN_OF } from "../decisions.js";
import type {
  AlgorithmResultRecord,
  ApplicationState,
  Area,
  AreaState,
  DecisionRecord,
  DecisionServiceConfiguration,
  DecisionType,
  NameValueRecord,
  PluginType,
  Run,
  Session,
} from "../schemas.js";

/** All that the service holds of one session. Lists are in order of arrival. */
export interface SessionState {
  session: Session;
  readonly areas: Map<number, Area>;
  readonly areaStates: Map<number, AreaState>;
  readonly latestAreaStates: Map<number, AreaState>;
  readonly applicationStates: ApplicationState[];
  readonly decisions: Map<string, DecisionRecord>;
  readonly nameValues: Map<number, NameValueRecord>;
  readonly runs: Map<number, Run>;
  readonly algorithmResults: AlgorithmResultRecord[];
}

/** All that the service holds. Changed by `applyChange` alone. */
export interface AthenaState {
  readonly sessions: Map<string, SessionState>;
  /** EPU's last state, of whatever session or none. */
  applicationState: ApplicationState | null;
  configuration: DecisionServiceConfiguration | null;
}

/** Something that happened to the state, complete in itself: ids and times are given before it is made. */
export type Change =
  | { readonly kind: "session"; readonly session: Session }
  | { readonly kind: "session_deleted"; readonly sessionId: string }
  | { readonly kind: "areas"; readonly areas: readonly Area[] }
  | { readonly kind: "area_states"; readonly areaStates: readonly AreaState[] }
  | { readonly kind: "application_state"; readonly applicationState: ApplicationState }
  | { readonly kind: "decisions"; readonly decisions: readonly DecisionRecord[] }
  | {
      readonly kind: "decisions_deleted";
      readonly sessionId: string;
      readonly areaId: number | null;
      readonly decisionType: DecisionType | null;
    }
  | { readonly kind: "configuration"; readonly configuration: DecisionServiceConfiguration | null }
  | { readonly kind: "name_values"; readonly nameValues: readonly NameValueRecord[] }
  | { readonly kind: "run"; readonly run: Run }
  | { readonly kind: "algorithm_results"; readonly algorithmResults: readonly AlgorithmResultRecord[] };

export function emptyState(): AthenaState {
  return { sessions: new Map(), applicationState: null, configuration: null };
}

/** Makes a change that was found valid. What refers to a session that is gone by now has no effect. */
export function applyChange(state: AthenaState, change: Change): void {
  switch (change.kind) {
    case "session":
      state.sessions.set(change.session.sessionId, {
        session: change.session,
        areas: new Map(),
        areaStates: new Map(),
        latestAreaStates: new Map(),
        applicationStates: [],
        decisions: new Map(),
        nameValues: new Map(),
        runs: new Map(),
        algorithmResults: [],
      });
      return;
    case "session_deleted":
      state.sessions.delete(change.sessionId);
      return;
    case "areas":
      for (const area of change.areas) state.sessions.get(area.sessionId)?.areas.set(area.id, area);
      return;
    case "area_states":
      for (const areaState of change.areaStates) {
        const held = state.sessions.get(areaState.sessionId);
        held?.areaStates.set(areaState.id, areaState);
        held?.latestAreaStates.set(areaState.areaId, areaState);
      }
      return;
    case "application_state": {
      const { applicationState } = change;
      state.applicationState = applicationState;
      if (applicationState.sessionId !== null)
        state.sessions.get(applicationState.sessionId)?.applicationStates.push(applicationState);
      return;
    }
    case "decisions":
      for (const decision of change.decisions) {
        state.sessions.get(decision.sessionId)?.decisions.set(decision.id, decision);
      }
      return;
    case "decisions_deleted": {
      const decisions = state.sessions.get(change.sessionId)?.decisions;
      for (const decision of decisions?.values() ?? []) {
        if (change.areaId !== null && decision.areaId !== change.areaId) continue;
        if (change.decisionType !== null && decision.decisionType !== change.decisionType) continue;
        decisions?.delete(decision.id);
      }
      return;
    }
    case "configuration":
      state.configuration = change.configuration;
      return;
    case "name_values":
      for (const record of change.nameValues) state.sessions.get(record.sessionId)?.nameValues.set(record.id, record);
      return;
    case "run":
      state.sessions.get(change.run.sessionId)?.runs.set(change.run.runNumber, change.run);
      return;
    case "algorithm_results":
      for (const result of change.algorithmResults) {
        state.sessions.get(result.sessionId)?.algorithmResults.push(result);
      }
      return;
  }
}

export interface DecisionFilter {
  readonly areaId?: number | undefined;
  readonly decisionType?: DecisionType | undefined;
  readonly pluginType?: PluginType | undefined;
}

/**
 * Whether a decision answers a question for the latest one. Who names no plug-in type gets the decisions in effect:
 * custom ones where the configuration has the plug-in taken over, all others where it says that it is not, and any
 * where it says nothing about it.
 */
export function answers(
  decision: DecisionRecord,
  filter: DecisionFilter,
  configuration: DecisionServiceConfiguration | null,
): boolean {
  if (filter.areaId !== undefined && decision.areaId !== filter.areaId) return false;
  if (filter.decisionType !== undefined && decision.decisionType !== filter.decisionType) return false;
  if (filter.pluginType !== undefined) return decision.pluginType === filter.pluginType;
  const plugin = PLUGIN_OF[decision.decisionType];
  const configured = configuration?.smartPluginConfigurations.find((one) => one.pluginName === plugin);
  return configured === undefined || configured.customPluginSelection === (decision.pluginType === "custom");
}

export function latestDecision(
  state: AthenaState,
  held: SessionState,
  filter: DecisionFilter,
): DecisionRecord | undefined {
  let latest: DecisionRecord | undefined;
  for (const decision of held.decisions.values()) if (answers(decision, filter, state.configuration)) latest = decision;
  return latest;
}
