import { type AthenaClient, createAthenaClient } from "@smartem/athena-api/client";
import { type AreaPlan, decodeAcquisitionOrder, decodeSelection } from "@smartem/athena-api/decisions";
import { ensureAreas } from "@smartem/athena-api/ensure";
import type { AthenaError } from "@smartem/athena-api/errors";
import {
  type AcquisitionState,
  type AreaDraft,
  type DecisionRecord,
  type DecisionType,
  type EngineState,
  PLUGIN_NAMES,
  type PluginName,
} from "@smartem/athena-api/schemas";
import { ok, type Result } from "@smartem/common/result";

/** Plug-ins whose take-over makes custom selections count. */
const SQUARE_PLUGINS: readonly PluginName[] = ["AutomaticGridSquareSelection", "SkipGridSquarePrediction"];
const HOLE_PLUGINS: readonly PluginName[] = ["AutomaticFoilHoleSelection"];
const MAX_STATES_PER_CALL = 5_000;

export interface AthenaSession {
  readonly sessionId: string;
  readonly sessionName: string;
  /** EPU's id of the atlas, which stands for the grid. */
  readonly atlasId: number;
}

/**
 * EPU's side of the Decision Service for one session: it registers what there is, says what becomes of it, and pulls
 * decisions. What can't be said while the service is away is said as soon as it is back, the latest state of each area
 * only; decisions that can't be pulled are none.
 */
export class AthenaLink {
  readonly #client: AthenaClient;
  readonly #wanted: AthenaSession;
  #sessionId: string | null = null;
  #gridAreaId: number;
  #runNumber: number | null = null;
  readonly #areas = new Map<number, Omit<AreaDraft, "sessionId">>();
  readonly #states = new Map<number, { readonly state: AcquisitionState; readonly atMs: number }>();
  #engine: { readonly state: EngineState; readonly areaId: number | null; readonly details: string } | null = null;
  #problem: AthenaError | null = null;
  #takenOver: ReadonlySet<string | null> = new Set();
  #squaresDecidedAt = "";

  constructor(baseUrl: string, session: AthenaSession) {
    this.#client = createAthenaClient({ baseUrl, timeoutMs: 5_000, retries: 1 });
    this.#wanted = session;
    this.#gridAreaId = session.atlasId;
  }

  /** Why the service could not be spoken to last time; null when all went well. */
  get problem(): AthenaError | null {
    return this.#problem;
  }

  addAreas(areas: readonly Omit<AreaDraft, "sessionId">[]): void {
    for (const area of areas) this.#areas.set(area.id, area);
  }

  setState(areaId: number, state: AcquisitionState, atMs: number): void {
    this.#states.set(areaId, { state, atMs });
  }

  setEngine(state: EngineState, areaId: number | null, details: string): void {
    this.#engine = { state, areaId, details };
  }

  /** Says everything that has not been said. */
  async flush(): Promise<void> {
    const outcome = await this.#say();
    this.#problem = outcome.ok ? null : outcome.error;
  }

  /** What is decided about the squares of the grid. */
  async squarePlan(): Promise<AreaPlan> {
    await this.#readConfiguration();
    return this.#plan(this.#gridAreaId, "gridSquareSelection", SQUARE_PLUGINS);
  }

  /** What is decided about the holes of a square. */
  async holePlan(squareId: number): Promise<AreaPlan> {
    return this.#plan(squareId, "foilHoleSelection", HOLE_PLUGINS);
  }

  /** What is decided about one square by itself, after the decision on all of them; null where nothing is. */
  async squareSelected(squareId: number): Promise<boolean | null> {
    const alone = await this.#latest(squareId, "gridSquareSelection", SQUARE_PLUGINS);
    if (alone === null || alone.timestamp < this.#squaresDecidedAt) return null;
    const selection = decodeSelection(alone);
    return selection.ok ? (selection.value.get(squareId) ?? null) : null;
  }

  /** Ends the run. */
  async stop(reason: string): Promise<void> {
    await this.flush();
    if (this.#sessionId === null || this.#runNumber === null) return;
    await this.#client.stopRun({ sessionId: this.#sessionId, runNumber: this.#runNumber, reason });
    this.#runNumber = null;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #say(): Promise<Result<null, AthenaError>> {
    if (this.#sessionId === null) {
      const registered = await this.#register();
      if (!registered.ok) return registered;
    }
    const sessionId = this.#sessionId ?? this.#wanted.sessionId;
    if (this.#areas.size > 0) {
      const made = await ensureAreas(this.#client, sessionId, [...this.#areas.values()]);
      if (!made.ok) return made;
      this.#areas.clear();
    }
    const states = [...this.#states];
    for (let start = 0; start < states.length; start += MAX_STATES_PER_CALL) {
      const part = states.slice(start, start + MAX_STATES_PER_CALL);
      const drafts = part.map(([areaId, { state, atMs }]) => ({
        sessionId,
        areaId,
        state,
        timestamp: new Date(atMs).toISOString(),
      }));
      const posted = await this.#client.postAreaStates(drafts);
      if (!posted.ok) return posted;
      for (const [areaId, sent] of part) if (this.#states.get(areaId) === sent) this.#states.delete(areaId);
    }
    if (this.#engine !== null) {
      const posted = await this.#client.postCurrentApplicationState({ sessionId, ...this.#engine });
      if (!posted.ok) return posted;
      this.#engine = null;
    }
    return ok(null);
  }

  async #register(): Promise<Result<null, AthenaError>> {
    const { sessionName, atlasId } = this.#wanted;
    let found = await this.#client.getSessionByName({ sessionName });
    if (!found.ok && found.error.code === "athena_not_found") {
      const made = await this.#client.postSession({ ...this.#session(), gridType: "HoleyCarbon" });
      // Decision software may have registered it in the meantime.
      found =
        made.ok || made.error.code !== "athena_conflict" ? made : await this.#client.getSessionByName({ sessionName });
    }
    if (!found.ok) return found;
    const { sessionId } = found.value;
    const configured = await this.#ensureConfiguration();
    if (!configured.ok) return configured;
    const atlases = await this.#client.getAreas({ sessionId, areaType: "atlas" });
    if (!atlases.ok) return atlases;
    const [standing] = atlases.value.map((area) => area.id).sort((a, b) => a - b);
    if (standing === undefined) this.#areas.set(atlasId, { id: atlasId, areaType: "atlas", parentId: null });
    this.#gridAreaId = standing ?? atlasId;
    const running = await this.#runOf(sessionId);
    if (!running.ok) return running;
    const told = await this.#forgetWhatIsKnown(sessionId);
    if (!told.ok) return told;
    this.#runNumber = running.value;
    this.#sessionId = sessionId;
    return ok(null);
  }

  /** The run that was interrupted, or else a new one. */
  async #runOf(sessionId: string): Promise<Result<number, AthenaError>> {
    const runs = await this.#client.getRuns({ sessionId });
    if (!runs.ok) return runs;
    const open = runs.value.find((run) => run.stopTime === null);
    if (open !== undefined) return ok(open.runNumber);
    const started = await this.#client.startRun({ sessionId });
    return started.ok ? ok(started.value.runNumber) : started;
  }

  /** A state said twice would look like something that happened again. */
  async #forgetWhatIsKnown(sessionId: string): Promise<Result<null, AthenaError>> {
    const known = await this.#client.getAreaStates({ sessionId });
    if (!known.ok) return known;
    const latest = new Map([...known.value].sort((a, b) => a.id - b.id).map(({ areaId, state }) => [areaId, state]));
    for (const [areaId, { state }] of [...this.#states]) if (latest.get(areaId) === state) this.#states.delete(areaId);
    return ok(null);
  }

  #session(): { readonly sessionId: string; readonly sessionName: string } {
    return { sessionId: this.#wanted.sessionId, sessionName: this.#wanted.sessionName };
  }

  /** All plug-ins EPU's own, where nobody has configured any. */
  async #ensureConfiguration(): Promise<Result<null, AthenaError>> {
    const read = await this.#client.getConfiguration();
    if (read.ok) return ok(null);
    if (read.error.code !== "athena_not_found") return read;
    const made = await this.#client.postConfiguration({
      smartPluginConfigurations: PLUGIN_NAMES.map((pluginName) => ({ pluginName, customPluginSelection: false })),
    });
    return made.ok ? ok(null) : made;
  }

  async #readConfiguration(): Promise<void> {
    if (this.#sessionId === null) return;
    const configuration = await this.#client.getConfiguration();
    if (!configuration.ok) this.#problem = configuration.error;
    const plugins = configuration.ok ? configuration.value.smartPluginConfigurations : [];
    this.#takenOver = new Set(plugins.filter((one) => one.customPluginSelection).map((one) => one.pluginName));
  }

  async #plan(
    areaId: number,
    selectionType: "gridSquareSelection" | "foilHoleSelection",
    plugins: readonly PluginName[],
  ): Promise<AreaPlan> {
    const [selected, ordered] = await Promise.all([
      this.#latest(areaId, selectionType, plugins),
      this.#latest(areaId, "acquisitionOrder", null),
    ]);
    if (areaId === this.#gridAreaId) this.#squaresDecidedAt = selected?.timestamp ?? "";
    const selection = selected === null ? null : decodeSelection(selected);
    const order = ordered === null ? null : decodeAcquisitionOrder(ordered);
    return { selection: selection?.ok ? selection.value : null, order: order?.ok ? order.value : null };
  }

  /** @param plugins of which one has to be taken over for the decision to count; null: it is no plug-in's */
  async #latest(
    areaId: number,
    decisionType: DecisionType,
    plugins: readonly PluginName[] | null,
  ): Promise<DecisionRecord | null> {
    const sessionId = this.#sessionId;
    if (sessionId === null) return null;
    if (plugins !== null && !plugins.some((name) => this.#takenOver.has(name))) return null;
    const latest = await this.#client.getLatestDecision({ sessionId, areaId, decisionType, pluginType: "custom" });
    if (latest.ok) return latest.value;
    // Nothing can have been decided about an area that is not registered yet.
    if (latest.error.code !== "athena_not_found") this.#problem = latest.error;
    return null;
  }
}
