import type { Query, QueryClient } from "@tanstack/react-query";
import type { Acquisition, AcquisitionProgress, GridSquare } from "../api/additions.js";
import { acquisitionsQuery, atlasImage, modelsQuery, progressQuery, squareImage } from "../api/queries.js";
import { coalesce } from "./coalesce.js";

/** How often at most an answer is asked for again because of events, in milliseconds. */
const REFRESH_INTERVAL_MS = 2_000;

/** The same of answers about all that a grid's models have said, which one more micrograph hardly changes. */
const SELDOM_INTERVAL_MS = 30_000;

type Payload = Readonly<Record<string, unknown>>;

/** What keeps the answers that the pages show up to date with what the event stream says, by the type of event. */
export function liveUpdates(client: QueryClient): Readonly<Record<string, (payload: Payload) => void>> {
  const refresh = (key: string): Promise<void> => askAgain(client, JSON.parse(key) as string[]);
  const often = coalesce(REFRESH_INTERVAL_MS, refresh);
  const seldom = coalesce(SELDOM_INTERVAL_MS, refresh);
  const outdated = (...queryKey: string[]): void => often(JSON.stringify(queryKey));

  /** The squares that have been looked at; those of other grids have nothing to do with what happens on this one. */
  const squaresOf = (gridUuid: unknown): string[] =>
    client
      .getQueriesData<GridSquare>({ queryKey: ["square"] })
      .flatMap(([, square]) => (square === undefined || square.grid_uuid !== gridUuid ? [] : [square.uuid]));

  /** The images of squares that have been looked at, on their own pages or beside the grid's map. */
  const squareImagesOf = (gridUuid: unknown): string[] => {
    const listed = client
      .getQueriesData<GridSquare[]>({ queryKey: ["squares", ...named(gridUuid)] })
      .flatMap(([, squares]) => squares ?? []);
    const paths = new Set([...squaresOf(gridUuid), ...listed.map(({ uuid }) => uuid)].map(squareImage));
    const asked = client.getQueryCache().findAll({ queryKey: ["image"] });
    return asked.map(({ queryKey }) => String(queryKey[1])).filter((path) => paths.has(path));
  };

  const notesChanged = (): void => outdated("notes");

  return {
    "acquisition.progress"(payload) {
      const progress = payload as unknown as AcquisitionProgress;
      const before = client.getQueryData(progressQuery.queryKey)?.[progress.acquisition_uuid];
      // Beside counts that could not be had, those of one session would look as if the others had none.
      if (client.getQueryData(progressQuery.queryKey) === undefined) outdated("progress");
      client.setQueryData(
        progressQuery.queryKey,
        (known) => known && { ...known, [progress.acquisition_uuid]: progress },
      );
      const listed = client
        .getQueryData<Acquisition[]>(acquisitionsQuery.queryKey)
        ?.find(({ uuid }) => uuid === progress.acquisition_uuid);
      if (listed === undefined || listed.status !== progress.status) outdated("acquisitions");
      if (before?.grid_count !== progress.grid_count) outdated("acquisitions", "grid-counts");
    },
    "entities.changed"({ entity, acquisition_uuid, grid_uuid }) {
      switch (entity) {
        case "acquisition":
          outdated("acquisition", ...named(acquisition_uuid));
          outdated("acquisitions");
          // A session that is over follows no plan any more.
          outdated("proposal");
          break;
        case "grid":
        case "atlas":
          outdated("acquisition", ...named(acquisition_uuid));
          outdated("acquisitions", "grids");
          if (entity === "grid") outdated("acquisitions", "grid-counts");
          outdated("grid", ...named(grid_uuid));
          outdated("image", ...named(grid_uuid).map(atlasImage));
          break;
        case "gridsquare":
          outdated("squares", ...named(grid_uuid));
          for (const square of squaresOf(grid_uuid)) outdated("square", square);
          for (const image of squareImagesOf(grid_uuid)) outdated("image", image);
          break;
        case "foilhole":
          outdated("intensities", ...named(grid_uuid));
          for (const square of squaresOf(grid_uuid)) outdated("holes", square);
          break;
        case "micrograph":
          outdated("results", ...named(grid_uuid));
          // It may be of a hole that was not imaged before.
          seldom(JSON.stringify(["foreseen", ...named(grid_uuid)]));
          if (squaresOf(grid_uuid).length > 0) outdated("results", "hole");
          break;
      }
    },
    "predictions.changed"({ grid_uuid, prediction_model_name }) {
      // A model that has not been heard of registers itself with its first prediction.
      const models = client.getQueryData(modelsQuery.queryKey);
      if (models?.some(({ name }) => name === prediction_model_name) === false) outdated("models");
      outdated("predictions", ...named(grid_uuid), ...named(prediction_model_name));
      outdated("predictions", "square", ...named(grid_uuid));
      for (const square of squaresOf(grid_uuid)) outdated("predictions", square);
    },
    "weights.changed"({ grid_uuid }) {
      outdated("weights", ...named(grid_uuid));
    },
    "decision.made"({ grid_uuid }) {
      for (const part of ["plan", "decisions", "proposal"]) outdated(part, ...named(grid_uuid));
      for (const square of squaresOf(grid_uuid)) outdated("plan", "square", square);
    },
    "decision.answered"({ grid_uuid }) {
      for (const part of ["decisions", "proposal"]) outdated(part, ...named(grid_uuid));
    },
    "decision.settings"({ acquisition_uuid }) {
      outdated("settings", ...named(acquisition_uuid));
      // What is good is judged anew.
      outdated("results");
    },
    "operator.choice"() {
      outdated("choices");
    },
    "instruction.lifecycle"() {
      outdated("decisions");
      outdated("instructions");
    },
    "note.created": notesChanged,
    "note.updated": notesChanged,
    "note.deleted": notesChanged,
    // Log lines come on a stream of their own.
    "agent.status"() {
      outdated("agents", "sessions");
    },
  };
}

/**
 * Asks again for what is shown of a key's answers, and for the others when they are shown next.
 *
 * @returns when what is shown has been answered
 */
export async function askAgain(client: QueryClient, queryKey: readonly string[] = []): Promise<void> {
  // An answer that is on its way for the first time is waited for, though it may have been made before what has changed since.
  const isFirst = ({ state }: Query): boolean => state.data === undefined && state.fetchStatus !== "idle";
  const underWay = client.getQueryCache().findAll({ queryKey, predicate: isFirst });
  await client.invalidateQueries({ queryKey });
  await Promise.all(underWay.map(({ queryKey: own }) => client.invalidateQueries({ queryKey: own, exact: true })));
}

/** What is not named may be any. */
function named(uuid: unknown): string[] {
  return typeof uuid === "string" ? [uuid] : [];
}
