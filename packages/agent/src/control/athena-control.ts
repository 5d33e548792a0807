import type { AthenaClient } from "@smartem/athena-api/client";
import {
  areaIdOf,
  decodeSelection,
  encodeAcquisitionOrder,
  encodeFoilHoleSelection,
  encodeGridSquareSelection,
  PLUGIN_OF,
  type Selection,
  withChoices,
} from "@smartem/athena-api/decisions";
import {
  ensureAreas,
  ensureDecisions,
  ensureGridArea,
  ensureOwner,
  ensurePluginsGivenBack,
  ensurePluginsTakenOver,
  ensureSession,
  heldDecisions,
  pluginsTakenOver,
} from "@smartem/athena-api/ensure";
import { type AthenaError, isTransient } from "@smartem/athena-api/errors";
import type { DecisionDraft, DecisionRecord, PluginName } from "@smartem/athena-api/schemas";
import { naturalId } from "@smartem/common/ids";
import { err, ok, type Result } from "@smartem/common/result";
import type { TakeoverJournal } from "../journal/takeovers.js";
import { type AthenaWatch, latestRun, type Verdict, verdictOf } from "./athena-verdict.js";
import type {
  ControlFailure,
  ControlledSession,
  GivenOrder,
  MicroscopeControl,
  MicroscopeOrder,
  Observation,
  WatchedOrder,
} from "./microscope-control.js";

const DECIDED_BY = "SmartEM Decisions";
const MAX_DETAILS_CHARACTERS = 4_000;

/** An order in Athena's terms. */
interface Areas {
  readonly parentAreaId: number;
  readonly ordered: readonly number[];
  readonly skipped: readonly number[];
}

/**
 * Passes orders on through Athena's Decision Service, from which EPU takes its decisions. The session there is the one
 * that has the EPU session's name; an order counts as given when Athena holds its decisions.
 *
 * Where an order selects, EPU's plug-in that does so must leave that to others: it then asks them for every square of every
 * session, so that it is taken over only for such orders, and for no longer than they are in force.
 */
export class AthenaControl implements MicroscopeControl {
  readonly name = "athena";
  readonly service: string;
  readonly #client: AthenaClient;
  /** Plug-ins that this object has seen to be taken over. */
  readonly #seenTakenOver = new Set<string>();
  /** Plug-ins are changed one after the other. */
  #pluginsChanged: Promise<unknown> = Promise.resolve();

  constructor(client: AthenaClient) {
    this.#client = client;
    this.service = client.baseUrl;
  }

  refuses(action: "move_stage" | "take_image" | MicroscopeOrder["kind"]): string | null {
    if (action !== "move_stage" && action !== "take_image") return null;
    return `Athena's Decision Service offers no way to ${action === "move_stage" ? "move the stage" : "take an image"}.`;
  }

  async give(
    session: ControlledSession,
    order: MicroscopeOrder,
    takeovers: TakeoverJournal,
    signal: AbortSignal,
    onBegin: () => void,
  ): Promise<Result<GivenOrder, ControlFailure>> {
    const given = await this.#give(session, order, takeovers, onBegin);
    if (!given.ok && signal.aborted) return err({ kind: "transient", message: "The agent is stopping." });
    return given;
  }

  async #give(
    session: ControlledSession,
    order: MicroscopeOrder,
    takeovers: TakeoverJournal,
    onBegin: () => void,
  ): Promise<Result<GivenOrder, ControlFailure>> {
    const client = this.#client;
    const prepared = await this.#prepare(session, order);
    if (!prepared.ok) return prepared;
    const { drafts, plugins, watch } = prepared.value;
    // All that can be read is read before, so that an order of which a part would fail is rarely given in part.
    const configured = plugins.length === 0 ? ok(null) : await pluginsTakenOver(client);
    if (!configured.ok) return failed(configured.error);
    onBegin();
    const held = await ensureDecisions(client, drafts);
    if (!held.ok) return failed(held.error);
    // Only now: once a plug-in is taken over, EPU finds nothing but what others have decided.
    const taken = await this.#inTurn(async () => {
      const done = await this.#takeOver(plugins, takeovers);
      // Only now: until then it is given back rather than taken over while nobody gives this order.
      if (done.ok) this.#need(plugins, session, takeovers);
      return done;
    });
    if (!taken.ok) return failed(taken.error);
    // It counts from now on, so that nothing may fail any more. What was acquired until the decision was there to be read is not
    // its doing: that is looked at again, if it can be.
    const states = await client.getAreaStates({ sessionId: watch.athenaSessionId });
    return ok(givenOrder(held.value, states.ok ? { ...watch, lastStateId: lastIdOf(states.value) } : watch));
  }

  async whatBecameOf(
    session: ControlledSession,
    order: MicroscopeOrder,
    takeovers: TakeoverJournal,
  ): Promise<Result<GivenOrder | null, ControlFailure>> {
    const prepared = await this.#prepare(session, order);
    if (!prepared.ok) return prepared;
    const { drafts, plugins, watch } = prepared.value;
    const held = await heldDecisions(this.#client, drafts);
    if (!held.ok) return failed(held.error);
    const records = held.value.filter((record) => record !== null);
    if (records.length < drafts.length) return ok(null);
    return this.#inTurn(async () => {
      const configured = plugins.length === 0 ? ok(new Set<string>()) : await pluginsTakenOver(this.#client);
      if (!configured.ok) return failed(configured.error);
      if (plugins.some((plugin) => !configured.value.has(plugin))) return ok(null);
      this.#need(plugins, session, takeovers);
      return ok(givenOrder(records, watch));
    });
  }

  #need(plugins: readonly PluginName[], { acquisition }: ControlledSession, takeovers: TakeoverJournal): void {
    for (const plugin of plugins) takeovers.need(this.service, plugin, acquisition);
  }

  /** What an order is in Athena's terms, with all that it speaks of registered there; nothing of it is passed on yet. */
  async #prepare(
    session: ControlledSession,
    order: MicroscopeOrder,
  ): Promise<
    Result<
      {
        readonly drafts: readonly DecisionDraft[];
        /** That have to be taken over for them to count. */
        readonly plugins: readonly PluginName[];
        readonly watch: AthenaWatch;
      },
      ControlFailure
    >
  > {
    const client = this.#client;
    const sessionId = await this.#sessionId(session);
    if (!sessionId.ok) return failed(sessionId.error);
    const gridAreaId = await ensureGridArea(client, sessionId.value);
    if (!gridAreaId.ok) return failed(gridAreaId.error);
    const areas = areasOf(order, gridAreaId.value);
    if (!areas.ok) return err({ kind: "permanent", message: areas.error });
    const made = await ensureAreas(client, sessionId.value, registrationsOf(order, areas.value, gridAreaId.value));
    if (!made.ok) return failed(made.error);
    const runs = await client.getRuns({ sessionId: sessionId.value });
    if (!runs.ok) return failed(runs.error);
    const states = await client.getAreaStates({ sessionId: sessionId.value });
    if (!states.ok) return failed(states.error);
    const drafts = await this.#drafts(sessionId.value, order, areas.value);
    if (!drafts.ok) return drafts;

    const run = latestRun(runs.value);
    const watch: AthenaWatch = {
      kind: order.kind,
      athenaSessionId: sessionId.value,
      ...areas.value,
      lastStateId: lastIdOf(states.value),
      runNumber: run === null ? 1 : run.runNumber + (run.stopTime === null ? 0 : 1),
    };
    const plugins = drafts.value.map((draft) => PLUGIN_OF[draft.decisionType]).filter((plugin) => plugin !== null);
    return ok({ drafts: drafts.value, plugins, watch });
  }

  settle(
    takeovers: TakeoverJournal,
    isInForce: (acquisition: string) => boolean,
  ): Promise<Result<null, ControlFailure>> {
    return this.#inTurn(async () => {
      const ours = takeovers.all().filter(({ service }) => service === this.service);
      const needed = new Set(ours.filter(({ acquisition }) => isInForce(acquisition)).map(({ plugin }) => plugin));
      const held = new Set(ours.filter(({ isHeld }) => isHeld).map(({ plugin }) => plugin));
      // One that this agent has taken over is not looked at again: who gives it back to EPU meanwhile has his reasons.
      const wanting = [...needed].filter((plugin) => !held.has(plugin) || !this.#seenTakenOver.has(plugin));
      const taken = await this.#takeOver(wanting as PluginName[], takeovers);
      if (!taken.ok) return failed(taken.error);
      for (const plugin of held) {
        if (needed.has(plugin)) continue;
        const given = await ensurePluginsGivenBack(this.#client, [plugin as PluginName]);
        if (!given.ok) return failed(given.error);
        takeovers.setHeld(this.service, plugin, false);
        this.#seenTakenOver.delete(plugin);
      }
      return ok(null);
    });
  }

  /** What others have taken over is theirs to give back. */
  async #takeOver(plugins: readonly PluginName[], takeovers: TakeoverJournal): Promise<Result<null, AthenaError>> {
    if (plugins.length === 0) return ok(null);
    const already = await pluginsTakenOver(this.#client);
    if (!already.ok) return already;
    const free = plugins.filter((plugin) => !already.value.has(plugin));
    // Noted first: nobody would know of it after a kill in between.
    for (const plugin of free) takeovers.setHeld(this.service, plugin, true);
    const taken = await ensurePluginsTakenOver(this.#client, free);
    if (!taken.ok) return taken;
    for (const plugin of plugins) this.#seenTakenOver.add(plugin);
    return ok(null);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#pluginsChanged.then(work);
    this.#pluginsChanged = done.catch(() => undefined);
    return done;
  }

  /**
   * EPU registers its sessions under their names; where it has not, the agent does. Of several EPU sessions of one name,
   * the first that is spoken of has Athena's session of that name: each other has one of its own, so that no order reaches
   * another's squares and holes.
   */
  async #sessionId(session: ControlledSession): Promise<Result<string, AthenaError>> {
    const found = await this.#client.getSessionByName({ sessionName: session.name });
    if (!found.ok && found.error.code !== "athena_not_found") return found;
    if (found.ok) {
      const { sessionId } = found.value;
      const owner = await ensureOwner(this.#client, sessionId, session.epuSessionId, DECIDED_BY);
      if (!owner.ok) return owner;
      if (owner.value === session.epuSessionId) return ok(sessionId);
    }
    const sessionId = uuidOf(["athena_session", session.epuSessionId, session.name]);
    const made = await ensureSession(this.#client, { sessionId, sessionName: session.name });
    if (!made.ok) return made;
    const owner = await ensureOwner(this.#client, sessionId, session.epuSessionId, DECIDED_BY);
    return owner.ok ? ok(sessionId) : owner;
  }

  /**
   * The decisions that say an order. What was chosen before stays chosen, by EPU itself where nobody else has, except
   * where the order says otherwise.
   */
  async #drafts(
    sessionId: string,
    order: MicroscopeOrder,
    areas: Areas,
  ): Promise<Result<readonly DecisionDraft[], ControlFailure>> {
    const origin = {
      sessionId,
      decidedBy: DECIDED_BY,
      details: order.reason.slice(0, MAX_DETAILS_CHARACTERS),
    };
    const drafts: DecisionDraft[] = [];
    const selectionType = order.kind === "reorder_foilholes" ? "foilHoleSelection" : "gridSquareSelection";
    const about = { sessionId, areaId: areas.parentAreaId, decisionType: selectionType } as const;
    const latest = await this.#client.getLatestDecision({ ...about, pluginType: "custom" });
    if (!latest.ok) return failed(latest.error);
    const before = selectionOf(latest.value);
    const choices = new Map<number, boolean>([
      ...areas.ordered.filter((areaId) => before?.get(areaId) === false).map((areaId) => [areaId, true] as const),
      ...areas.skipped.map((areaId) => [areaId, false] as const),
    ]);
    if (choices.size > 0) {
      const own =
        latest.value === null ? await this.#client.getLatestDecision({ ...about, pluginType: "default" }) : latest;
      if (!own.ok) return failed(own.error);
      const encode = order.kind === "reorder_foilholes" ? encodeFoilHoleSelection : encodeGridSquareSelection;
      const draft = encode(origin, areas.parentAreaId, withChoices(selectionOf(own.value), choices));
      if (!draft.ok) return err({ kind: "permanent", message: draft.error.message });
      drafts.push(draft.value);
    }
    if (areas.ordered.length > 0) {
      const draft = encodeAcquisitionOrder(origin, areas.parentAreaId, areas.ordered);
      if (!draft.ok) return err({ kind: "permanent", message: draft.error.message });
      drafts.push(draft.value);
    }
    return ok(drafts);
  }

  async observe(orders: readonly WatchedOrder[]): Promise<Result<readonly (Observation | null)[], ControlFailure>> {
    const observations: (Observation | null)[] = [];
    const seen = new Map<string, Awaited<ReturnType<typeof recordOf>>>();
    let unreadable: AthenaError | null = null;
    for (const order of orders) {
      const watch = order.watch as AthenaWatch;
      const key = `${watch.athenaSessionId}/${watch.parentAreaId}`;
      const record = seen.get(key) ?? (await recordOf(this.#client, watch));
      // Anything else concerns this order alone, and keeps no other from being told of.
      if (!record.ok && isTransient(record.error)) return failed(record.error);
      seen.set(key, record);
      if (!record.ok) unreadable = record.error;
      const verdict = record.ok
        ? verdictOf(watch, record.value.states, record.value.runs, order.later as AthenaWatch[])
        : verdictWithoutRecord(record.error);
      observations.push(
        verdict === null
          ? null
          : {
              outcome: verdict.outcome,
              observedAt: verdict.at ?? new Date().toISOString(),
              details: verdict.details,
              isLost: verdict.isLost === true,
              isFinal: verdict.isSoFar !== true,
            },
      );
    }
    const isNothingTold = observations.every((observation) => observation === null);
    if (unreadable !== null && isNothingTold) return err({ kind: "permanent", message: unreadable.message });
    return ok(observations);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

/** What is chosen within the area that a decision is about; null where it says nothing of that. */
function selectionOf(decision: DecisionRecord | null): Selection | null {
  const decoded = decision === null ? null : decodeSelection(decision);
  if (decoded?.ok !== true || decoded.value.has(decision?.areaId ?? 0)) return null;
  return decoded.value;
}

/** What Athena knows of the areas that an order is about, and of the session's runs. */
async function recordOf(client: AthenaClient, watch: AthenaWatch) {
  const { athenaSessionId: sessionId, parentAreaId } = watch;
  const states = await client.getAreaStates(
    watch.kind === "reorder_foilholes" ? { sessionId, parentAreaId } : { sessionId, areaType: "gridsquare" },
  );
  if (!states.ok) return states;
  const runs = await client.getRuns({ sessionId });
  return runs.ok ? ok({ states: states.value, runs: runs.value }) : runs;
}

/** An order whose session or area is gone has taken its record with it; of other failures nothing follows. */
function verdictWithoutRecord(error: AthenaError): Verdict | null {
  if (error.code !== "athena_not_found") return null;
  const details = `Athena has no record of it any more: ${error.message}`;
  return { outcome: "superseded", at: null, details, isLost: true };
}

function givenOrder(records: readonly DecisionRecord[], watch: AthenaWatch): GivenOrder {
  return { result: `Athena holds the decision (${records.map((record) => record.id).join(", ")}).`, watch };
}

function lastIdOf(states: readonly { readonly id: number }[]): number {
  return states.reduce((last, { id }) => Math.max(last, id), 0);
}

function areasOf(order: MicroscopeOrder, gridAreaId: number): Result<Areas, string> {
  if (order.kind === "reorder_foilholes") {
    const square = areaIdOf(order.gridSquareId);
    const ordered = allAreaIds(order.foilHoleIds);
    const skipped = allAreaIds(order.skipFoilHoleIds);
    if (!square.ok) return err(square.error.message);
    if (!ordered.ok) return ordered;
    return skipped.ok ? ok({ parentAreaId: square.value, ordered: ordered.value, skipped: skipped.value }) : skipped;
  }
  const squares = allAreaIds(order.gridSquareIds);
  if (!squares.ok) return squares;
  return order.kind === "skip_gridsquares"
    ? ok({ parentAreaId: gridAreaId, ordered: [], skipped: squares.value })
    : ok({ parentAreaId: gridAreaId, ordered: squares.value, skipped: [] });
}

function allAreaIds(naturalIds: readonly string[]): Result<number[], string> {
  const areaIds: number[] = [];
  for (const id of naturalIds) {
    const areaId = areaIdOf(id);
    if (!areaId.ok) return err(areaId.error.message);
    areaIds.push(areaId.value);
  }
  return ok(areaIds);
}

function registrationsOf(order: MicroscopeOrder, areas: Areas, gridAreaId: number) {
  const all = [...areas.ordered, ...areas.skipped];
  if (order.kind !== "reorder_foilholes") {
    return all.map((id) => ({ id, areaType: "gridsquare" as const, parentId: gridAreaId }));
  }
  const square = { id: areas.parentAreaId, areaType: "gridsquare" as const, parentId: gridAreaId };
  return [square, ...all.map((id) => ({ id, areaType: "foilhole" as const, parentId: areas.parentAreaId }))];
}

/** What is not Athena's word (a proxy's, or that of a service that is not up yet) may be gone a moment later. */
function failed(error: AthenaError): { readonly ok: false; readonly error: ControlFailure } {
  const mayPass = isTransient(error) || error.code === "athena_bad_response";
  return err({ kind: mayPass ? "transient" : "permanent", message: error.message });
}

/** A natural id in the form that Athena wants. */
function uuidOf(path: readonly string[]): string {
  const hex = Buffer.from(naturalId(path), "base64url").toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
