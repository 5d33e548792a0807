import { err, ok, type Result } from "@smartem/common/result";
import type { AthenaClient } from "./client.js";
import { GRID_AREA_ID } from "./decisions.js";
import { type AthenaError, isTransient } from "./errors.js";
import type { AreaDraft, DecisionDraft, DecisionRecord, PluginName, Session, SessionDraft } from "./schemas.js";

/**
 * What decision software needs to be so in Athena, made so where it is not. Each function may be called again at any
 * time, also after a failure of which nobody knows how far it got, and by several processes at once.
 */

const ATTEMPTS = 3;
const AREAS_PER_CALL = 5_000;
const CALLS_AT_ONCE = 8;

/** The session, registered if need be. Where another session has its name, its id is added to the name. */
export function ensureSession(
  client: AthenaClient,
  draft: SessionDraft & { readonly sessionId: string },
): Promise<Result<Session, AthenaError>> {
  let { sessionName = null } = draft;
  return readOrMake(
    () => client.getSession({ id: draft.sessionId }),
    async () => {
      const made = await client.postSession({ ...draft, sessionName });
      if (!made.ok && made.error.code === "athena_conflict") sessionName = `${draft.sessionName} (${draft.sessionId})`;
      return made;
    },
  );
}

/** A name and its value at the session that says whose it is. */
const OWNER = "smartem.epu_session";

/**
 * Whose an Athena session is, among those that may be meant by its name: `owner`'s, if nobody has said otherwise before.
 *
 * @param owner e.g. the id of an EPU session
 * @param setBy who says so
 * @returns the owner, of whom only the first counts
 */
export async function ensureOwner(
  client: AthenaClient,
  sessionId: string,
  owner: string,
  setBy: string,
): Promise<Result<string, AthenaError>> {
  const read = await ownerOf(client, sessionId);
  if (!read.ok) return read;
  if (read.value !== null) return ok(read.value);
  const made = await client.postNameValue({ sessionId, name: OWNER, value: owner, setBy });
  // Whether or not the answer was lost, and whoever else has said something meanwhile: what is there counts.
  const now = await ownerOf(client, sessionId);
  if (!now.ok) return now;
  if (now.value !== null) return ok(now.value);
  return made.ok ? ok(owner) : made;
}

async function ownerOf(client: AthenaClient, sessionId: string): Promise<Result<string | null, AthenaError>> {
  const said = await client.getNameValues({ sessionId, name: OWNER });
  if (!said.ok) return said;
  const [first] = said.value.filter(({ name }) => name === OWNER).sort((a, b) => a.id - b.id);
  return ok(first?.value ?? null);
}

/**
 * The area that stands for the session's grid: the one of type atlas that EPU has registered, or else one of ours.
 *
 * @returns its area id
 */
export async function ensureGridArea(client: AthenaClient, sessionId: string): Promise<Result<number, AthenaError>> {
  const atlases = await client.getAreas({ sessionId, areaType: "atlas" });
  if (!atlases.ok) return atlases;
  const [first] = atlases.value.map((area) => area.id).sort((a, b) => a - b);
  if (first !== undefined) return ok(first);
  const made = await client.putArea({ id: GRID_AREA_ID, sessionId, areaType: "atlas", parentId: null });
  return made.ok ? ok(GRID_AREA_ID) : made;
}

/**
 * Registers those areas that are not, in bulk, and leaves the others as they are. A parent must be registered or among
 * the areas; their order does not matter.
 *
 * @returns the ids of those it registered
 */
export async function ensureAreas(
  client: AthenaClient,
  sessionId: string,
  areas: readonly Omit<AreaDraft, "sessionId">[],
): Promise<Result<readonly number[], AthenaError>> {
  const registered = await client.getAreas({ sessionId });
  if (!registered.ok) return registered;
  const known = new Set(registered.value.map((area) => area.id));
  const missing = new Map(areas.filter((area) => !known.has(area.id)).map((area) => [area.id, area]));
  const parentsFirst: AreaDraft[] = [];
  for (const area of missing.values()) {
    const line = [];
    for (
      let next: Omit<AreaDraft, "sessionId"> | undefined = area;
      next !== undefined && missing.delete(next.id);
      next = next.parentId ? missing.get(next.parentId) : undefined
    ) {
      line.push({ ...next, sessionId });
    }
    parentsFirst.push(...line.reverse());
  }
  for (let start = 0; start < parentsFirst.length; start += AREAS_PER_CALL) {
    // PUT rather than POST: it may be repeated, and does not fail where EPU has just registered one of them itself.
    const made = await client.putAreas(parentsFirst.slice(start, start + AREAS_PER_CALL));
    if (!made.ok) return made;
  }
  return ok(parentsFirst.map((area) => area.id));
}

/** The plug-ins whose decisions are left to custom ones, whoever has taken them over. */
export async function pluginsTakenOver(client: AthenaClient): Promise<Result<ReadonlySet<string>, AthenaError>> {
  const configured = await configuredPlugins(client);
  if (!configured.ok) return configured;
  return ok(new Set(configured.value.filter((one) => one.customPluginSelection).map((one) => one.pluginName)));
}

/**
 * Makes custom decisions count for these plug-ins.
 *
 * @returns those that were not taken over before
 */
export function ensurePluginsTakenOver(
  client: AthenaClient,
  plugins: readonly PluginName[],
): Promise<Result<readonly PluginName[], AthenaError>> {
  return selectPlugins(client, plugins, true);
}

/**
 * Gives these plug-ins back to EPU.
 *
 * @returns those that were taken over before
 */
export function ensurePluginsGivenBack(
  client: AthenaClient,
  plugins: readonly PluginName[],
): Promise<Result<readonly PluginName[], AthenaError>> {
  return selectPlugins(client, plugins, false);
}

/**
 * Makes each decision the latest of its area, type and plug-in type, in one bulk, so that the microscope never sees a
 * part of them; those that are already are not sent again. Where an answer was lost it looks whether they arrived.
 *
 * @param drafts of one session and at most one for each area and type
 * @returns the records that Athena holds, in the order of the drafts
 */
export async function ensureDecisions(
  client: AthenaClient,
  drafts: readonly DecisionDraft[],
): Promise<Result<readonly DecisionRecord[], AthenaError>> {
  let failure: AthenaError | null = null;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const held = await heldDecisions(client, drafts);
    if (!held.ok) return held;
    const missing = drafts.filter((_, index) => held.value[index] === null);
    if (missing.length === 0) return ok(held.value.filter((record) => record !== null));
    const posted = await client.postDecisions(missing);
    if (posted.ok) {
      const made = posted.value.values();
      return ok(held.value.map((record) => record ?? made.next().value).filter((record) => record !== undefined));
    }
    failure = posted.error;
    if (!isTransient(failure)) break;
  }
  return failure === null ? ok([]) : err(failure);
}

/** For each draft the record that says the same and is the latest, or null. */
export async function heldDecisions(
  client: AthenaClient,
  drafts: readonly DecisionDraft[],
): Promise<Result<(DecisionRecord | null)[], AthenaError>> {
  const records: (DecisionRecord | null)[] = [];
  for (let start = 0; start < drafts.length; start += CALLS_AT_ONCE) {
    const some = await Promise.all(
      drafts.slice(start, start + CALLS_AT_ONCE).map(async (draft) => {
        const { sessionId, areaId, decisionType, pluginType = "default" } = draft;
        const latest = await client.getLatestDecision({ sessionId, areaId, decisionType, pluginType });
        if (!latest.ok) return latest;
        return ok(latest.value?.decisionValue === (draft.decisionValue ?? null) ? latest.value : null);
      }),
    );
    for (const one of some) {
      if (!one.ok) return one;
      records.push(one.value);
    }
  }
  return ok(records);
}

async function selectPlugins(
  client: AthenaClient,
  plugins: readonly PluginName[],
  custom: boolean,
): Promise<Result<readonly PluginName[], AthenaError>> {
  const configured = await configuredPlugins(client);
  if (!configured.ok) return configured;
  const changed = plugins.filter(
    (name) => configured.value.some((one) => one.pluginName === name && one.customPluginSelection) !== custom,
  );
  const isConfigured = (name: PluginName): boolean => configured.value.some((one) => one.pluginName === name);
  const missing = changed.filter((name) => !isConfigured(name));
  if (missing.length > 0) {
    // It takes the place of the one that is there: what others have configured, of whatever plug-in, stays in it.
    const added = missing.map((pluginName) => ({ pluginName, customPluginSelection: custom }));
    const made = await client.postConfiguration({ smartPluginConfigurations: [...configured.value, ...added] });
    if (!made.ok) return made;
  }
  for (const pluginName of changed.filter(isConfigured)) {
    const patched = await client.patchPlugin({ pluginName, customPluginSelection: custom });
    if (!patched.ok) return patched;
  }
  return ok(changed);
}

async function configuredPlugins(client: AthenaClient) {
  const read = await client.getConfiguration();
  if (!read.ok) return read.error.code === "athena_not_found" ? ok([]) : read;
  return ok(
    read.value.smartPluginConfigurations.flatMap(({ pluginName, ...rest }) =>
      pluginName === null ? [] : [{ pluginName, ...rest }],
    ),
  );
}

/** Reads; makes where there is none; reads again where making it failed in a way that may mean that it is there. */
async function readOrMake<T>(
  read: () => Promise<Result<T, AthenaError>>,
  make: () => Promise<Result<T, AthenaError>>,
): Promise<Result<T, AthenaError>> {
  let outcome = await read();
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (outcome.ok || outcome.error.code !== "athena_not_found") return outcome;
    const made = await make();
    if (made.ok) return made;
    if (made.error.code !== "athena_conflict" && !isTransient(made.error)) return made;
    outcome = await read();
    if (attempt === ATTEMPTS && !outcome.ok) return made;
  }
  return outcome;
}
