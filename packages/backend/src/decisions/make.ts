import type { Logger } from "@smartem/common/logging";
import { isOver } from "@smartem/common/states";
import { decide } from "@smartem/decision/decide";
import { explainHole, explainSquare } from "@smartem/decision/explain";
import { type DecisionInput, type DecisionOutput, SquareState } from "@smartem/decision/types";
import type { DecisionMode } from "../config.js";
import type { Transaction } from "../database/connection.js";
import { advanceOnDecision, type DecidedGrid } from "../entities/statuses.js";
import { recordEvents } from "../events/outbox.js";
import { currentOtherGrid, gridsLeftBehind, timeWarnings } from "./acquisition-time.js";
import { type Decided, openSquares, seenSquares } from "./decided.js";
import { decisionInput } from "./input.js";
import { type CompletedByDecisions, readLegacies, storeLegacy } from "./legacy.js";
import { type GridFacts, loadGrid } from "./load.js";
import { awaitAnswer, propose, withdrawProposal } from "./proposals.js";
import type { GridVerdicts } from "./quality.js";
import { encodeRecord } from "./record.js";
import { requestDecisions } from "./requests.js";
import { readSettings } from "./settings.js";
import { changesOf, isTooSoon, type TellOutcome, tell, tellingsOf, withdrawTold } from "./tell.js";
import { weightsChanged } from "./weights-changed.js";

export interface MakeOptions {
  readonly logger: Logger;
  readonly defaultMode: DecisionMode;
  readonly instructionIntervalMs: number;
}

/** The outcomes of decisions that leave operators with what they have been asked, or have answered. */
const PROPOSING: ReadonlySet<TellOutcome> = new Set(["proposed", "waiting", "rejected"]);

/**
 * Decides on a grid: reads what is known, computes belief and plan, stores both, and, where the acquisition's mode says so, tells
 * the microscope. All in the caller's transaction, so that a plan is never half there.
 *
 * @param micrographUuid the micrograph whose result is the cause, where it is one
 */
export async function makeDecision(
  tx: Transaction,
  gridUuid: string,
  micrographUuid: string | null,
  options: MakeOptions,
): Promise<TellOutcome> {
  const startedAt = performance.now();
  const facts = await loadGrid(tx, gridUuid);
  if (facts === null || facts.squares.length === 0) return "unchanged";
  const settings = await readSettings(tx, facts.acquisition.uuid, options.defaultMode);
  const { previous, carriedOver, others } = await readLegacies(tx, facts);
  const { input, verdicts } = decisionInput(facts, settings, previous?.plan ?? null, carriedOver, others);
  const loadedAt = performance.now();
  const output = decide(input);
  const decided: Decided = { facts, input, output };
  const decidedAt = performance.now();

  const workingOn = currentOtherGrid(facts, others);
  const id = await nextDecisionId(tx);
  await storeSquarePlans(tx, facts, input, output, id);
  await awaitAnswer(tx, gridUuid);
  const { outcome, told } = await act(
    tx,
    decided,
    id,
    settings.mode as DecisionMode,
    options.instructionIntervalMs,
    workingOn?.gridUuid ?? null,
  );
  // Whoever still answered an earlier proposal would have the microscope told what is not the plan.
  if (!PROPOSING.has(outcome))
    await withdrawProposal(tx, gridUuid, outcome === "unchanged" || settings.mode !== "advise");
  const remembered = told.length > 0;
  const summary = {
    price_per_minute: output.pricePerMin,
    planned_holes: output.plannedHoles,
    planned_minutes: output.plannedMin,
    expected_good: output.expectedGood,
    time_left_min: Number.isFinite(input.timeLeftMin) ? input.timeLeftMin : null,
    time_elsewhere_min: output.elsewhereMin,
    costs_min: input.costsMin,
    results: output.calibration.results,
    good_share: output.calibration.results === 0 ? null : output.calibration.meanObserved,
    models: output.models.map(({ name, metric, weight, weightSd, coefficient }) => ({
      name,
      metric,
      weight,
      weight_sd: weightSd,
      coefficient,
    })),
    warnings: [...verdicts.warnings, ...timeWarnings(facts), ...output.warnings],
    told,
    outcome,
    caused_by_micrograph: micrographUuid,
    imaged_until: facts.imaged === null ? null : new Date(facts.imaged.lastMs).toISOString(),
    limits: settings.limits,
    load_ms: Math.round(loadedAt - startedAt),
    decide_ms: Math.round(decidedAt - loadedAt),
  };
  await tx.query(
    `insert into decisions (id, grid_uuid, mode, summary, input, output) overriding system value values ($1, $2, $3, $4, $5, $6)`,
    [
      id,
      gridUuid,
      settings.mode,
      JSON.stringify(summary),
      remembered ? await encodeRecord(input) : null,
      remembered ? await encodeRecord(output) : null,
    ],
  );
  if (micrographUuid !== null) await storeModelWeights(tx, facts, input, output, micrographUuid, verdicts);
  const { grid, completed } = decidedOn(decided, previous?.completed);
  await advanceOnDecision(tx, grid);
  await storeLegacy(tx, gridUuid, summary.time_left_min, {
    plan: output.plan,
    carryOver: output.carryOver,
    demand: output.demand,
    imaged: facts.imaged,
    results: summary.results,
    completed,
  });
  await requestDecisions(tx, gridsLeftBehind(others, workingOn, input.timeLeftMin));
  await recordEvents(tx, [
    {
      eventType: "decision.made",
      acquisitionUuid: facts.acquisition.uuid,
      gridUuid,
      payload: {
        decision_id: id,
        grid_uuid: gridUuid,
        acquisition_uuid: facts.acquisition.uuid,
        mode: settings.mode,
        planned_holes: output.plannedHoles,
        expected_good: output.expectedGood,
        price_per_minute: output.pricePerMin,
        told,
      },
    },
  ]);
  return outcome;
}

/** Tells the microscope, or asks its operators, as the mode says. @returns what was told or proposed, by target */
async function act(
  tx: Transaction,
  decided: Decided,
  decisionId: number,
  mode: DecisionMode,
  intervalMs: number,
  workingOn: string | null,
): Promise<{ outcome: TellOutcome; told: string[] }> {
  const { facts, input } = decided;
  // A decision that was under way while the mode was changed told by the earlier one. Of this grid only: what is known here may be
  // older than what another one was told meanwhile.
  if (mode !== "automatic") await withdrawTold(tx, facts.gridUuid, "automatic");
  if (mode === "observe") return { outcome: "observing", told: [] };
  const { status } = facts.acquisition;
  // Nobody is there any more to follow a plan, or no time to follow it in.
  if (isOver(status) || input.timeLeftMin < input.costsMin.hole) {
    await withdrawTold(tx, facts.gridUuid);
    return { outcome: "over", told: [] };
  }
  const changed = await changesOf(tx, decided, tellingsOf(decided));
  if (changed.length === 0) return { outcome: "unchanged", told: [] };
  const targets = changed.map((telling) => telling.target);
  if (mode === "advise") {
    const outcome = await propose(tx, decided, changed, decisionId);
    return { outcome, told: outcome === "proposed" ? targets : [] };
  }
  if (await isTooSoon(tx, facts.acquisition.uuid, workingOn, intervalMs)) return { outcome: "too_soon", told: [] };
  const told = await tell(tx, facts.acquisition.uuid, facts.gridUuid, changed, decisionId);
  return told ? { outcome: "told", told: targets } : { outcome: "no_session", told: [] };
}

async function nextDecisionId(tx: Transaction): Promise<number> {
  const { rows } = await tx.query<{ id: number }>("select nextval(pg_get_serial_sequence('decisions', 'id')) as id");
  return rows[0]?.id ?? 0;
}

async function storeSquarePlans(
  tx: Transaction,
  facts: GridFacts,
  input: DecisionInput,
  output: DecisionOutput,
  decisionId: number,
): Promise<void> {
  const holesOf: number[][] = facts.squares.map(() => []);
  for (const [index, { square }] of facts.holes.entries()) holesOf[square]?.push(index);
  // A column of a square is one string: taking tens of thousands of JSON values apart costs the database more than the plan.
  const rows = facts.squares.map((square, index) => {
    const holes = holesOf[index] ?? [];
    const column = (of: (hole: number) => string | number | boolean): string => arrayLiteral(holes.map(of));
    return {
      gridsquare_uuid: square.uuid,
      rank: output.squares.rank[index] === 0 ? null : output.squares.rank[index],
      skipped: output.squares.skip[index] === 1,
      value: output.squares.expectedGood[index] ?? 0,
      rate: output.squares.ratePerMin[index] ?? 0,
      reason: explainSquare(output, index),
      foilhole_uuids: column((hole) => facts.holes[hole]?.uuid ?? ""),
      probabilities: column((hole) => output.holes.probability[hole] ?? 0),
      deviations: column((hole) => output.holes.sd[hole] ?? 0),
      indices: column((hole) => output.holes.rank[hole] ?? 0),
      skips: column((hole) => output.holes.skip[hole] === 1),
      reasons: column((hole) => explainHole(input, output, hole)),
    };
  });
  await tx.query(
    `insert into square_plans as t (gridsquare_uuid, grid_uuid, decision_id, rank, skipped, value, rate_per_minute, reason,
       foilhole_uuids, probabilities, deviations, acquisition_indices, hole_skips, hole_reasons)
     select gridsquare_uuid, $2, $3, rank, skipped, value, rate, reason, foilhole_uuids::text[],
       probabilities::float8[], deviations::float8[], indices::int[], skips::boolean[], reasons::text[]
     from jsonb_to_recordset($1::jsonb) as r(gridsquare_uuid text, rank int, skipped boolean, value float8, rate float8, reason text,
       foilhole_uuids text, probabilities text, deviations text, indices text, skips text, reasons text)
     on conflict (gridsquare_uuid) do update set decision_id = excluded.decision_id, rank = excluded.rank, skipped = excluded.skipped,
       value = excluded.value, rate_per_minute = excluded.rate_per_minute, reason = excluded.reason,
       foilhole_uuids = excluded.foilhole_uuids, probabilities = excluded.probabilities, deviations = excluded.deviations,
       acquisition_indices = excluded.acquisition_indices, hole_skips = excluded.hole_skips, hole_reasons = excluded.hole_reasons`,
    [JSON.stringify(rows), facts.gridUuid, decisionId],
  );
}

/** An array as PostgreSQL writes it. */
function arrayLiteral(values: readonly (string | number | boolean)[]): string {
  const items = values.map((value) => (typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : value));
  return `{${items.join(",")}}`;
}

/** One row per model, with the micrograph whose result moved it: what clients chart over time. */
async function storeModelWeights(
  tx: Transaction,
  facts: GridFacts,
  input: DecisionInput,
  output: DecisionOutput,
  micrographUuid: string,
  verdicts: GridVerdicts,
): Promise<void> {
  const micrograph = facts.micrographs.find(({ uuid }) => uuid === micrographUuid);
  const verdict = verdicts.byMicrograph.get(micrographUuid) ?? null;
  const rows = output.models.map(({ name, metric, weight, weightSd }) => {
    const model = input.models.find((candidate) => candidate.name === name && candidate.metric === metric);
    const score = micrograph === undefined ? Number.NaN : (model?.scores[micrograph.hole] ?? Number.NaN);
    return {
      model: name,
      metric,
      weight,
      weight_sd: weightSd,
      quality: verdict,
      score: verdict === null ? null : Number(verdict),
      prediction: Number.isNaN(score) ? null : score,
    };
  });
  await tx.query(
    `insert into model_weights (grid_uuid, prediction_model_name, metric_name, micrograph_uuid, micrograph_quality, quality_score, prediction_value, weight, weight_sd)
     select $2, model, metric, $3, quality, score, prediction, weight, weight_sd
     from jsonb_to_recordset($1::jsonb) as r(model text, metric text, weight float8, weight_sd float8, quality boolean, score float8, prediction float8)`,
    [JSON.stringify(rows), facts.gridUuid, micrographUuid],
  );
  if (rows.length === 0) return;
  const grid = { gridUuid: facts.gridUuid, acquisitionUuid: facts.acquisition.uuid };
  await recordEvents(tx, [weightsChanged(grid, micrographUuid, rows)]);
}

/**
 * Where the plan leaves the squares of its grid: begun, or with nothing left to decide. What was done stays so until holes are planned
 * there again, or a square is to be looked at: that some are neither planned nor left out does not turn a status to and fro.
 *
 * @param before what earlier decisions had found to be completed
 */
function decidedOn(
  decided: Decided,
  before: CompletedByDecisions = { grid: false, squares: [] },
): { grid: DecidedGrid; completed: CompletedByDecisions } {
  const { facts, input, output } = decided;
  const open = openSquares(decided);
  const begun = new Set(facts.micrographs.map(({ hole }) => facts.holes[hole]?.square ?? -1));
  const seen = seenSquares(facts);
  const squaresStarted: string[] = [];
  const squaresCompleted: string[] = [];
  const squaresStartedAgain: string[] = [];
  const squaresLeft: string[] = [];
  const wasCompleted = new Set(before.squares);
  let undecided = 0;
  let wanted = 0;
  for (const [index, { uuid, selected }] of facts.squares.entries()) {
    const completed = begun.has(index) && !open.has(index);
    const isPlanned = !completed && (output.squares.plannedHoles[index] ?? 0) > 0;
    if (completed) squaresCompleted.push(uuid);
    if (isPlanned) squaresStarted.push(uuid);
    if (wasCompleted.has(uuid) && !completed) (isPlanned ? squaresStartedAgain : squaresLeft).push(uuid);
    const isOut =
      output.squares.skip[index] === 1 ||
      input.squares.state[index] === SquareState.lockedOut ||
      // EPU has not looked at it, and is not going to.
      (!seen.has(index) && selected === false);
    if (!completed && !isOut) undecided += 1;
    if (isPlanned || (!seen.has(index) && !isOut)) wanted += 1;
  }
  const completed = squaresCompleted.length > 0 && undecided === 0;
  const startedAgain = before.grid && wanted > 0;
  return {
    grid: {
      gridUuid: facts.gridUuid,
      squaresStarted,
      squaresCompleted,
      squaresStartedAgain,
      completed,
      startedAgain,
    },
    completed: {
      grid: completed || (before.grid && !startedAgain),
      squares: [...squaresCompleted, ...squaresLeft],
    },
  };
}
