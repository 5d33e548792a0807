import type { QueryClient } from "@tanstack/react-query";
import type { Acquisition, AcquisitionProgress, GridSquare } from "../api/additions.js";
import { acquisitionsQuery, progressQuery } from "../api/queries.js";
import { coalesce } from "./coalesce.js";
import type { LiveEvent } from "./event-stream.js";

/** How often at most an answer is asked for again because of events, in milliseconds. */
const REFRESH_INTERVAL_MS = 2_000;

/** Keeps the answers that the pages show up to date with what the event stream says. */
export function liveUpdates(client: QueryClient): (event: LiveEvent) => void {
  const refresh = coalesce(REFRESH_INTERVAL_MS, (keys) => {
    for (const key of keys) void client.invalidateQueries({ queryKey: JSON.parse(key) as string[] });
  });
  const outdated = (...queryKey: string[]): void => refresh(JSON.stringify(queryKey));

  /** The squares that have been looked at; those of other grids have nothing to do with what happens on this one. */
  const squaresOf = (gridUuid: unknown): string[] =>
    client
      .getQueriesData<GridSquare>({ queryKey: ["square"] })
      .flatMap(([, square]) => (square === undefined || square.grid_uuid !== gridUuid ? [] : [square.uuid]));

  const resultsChanged = (gridUuid: unknown): void => {
    outdated("results", ...named(gridUuid));
    if (squaresOf(gridUuid).length > 0) outdated("results", "hole");
  };

  const entitiesChanged = ({ entity, acquisition_uuid, grid_uuid }: Record<string, unknown>): void => {
    switch (entity) {
      case "acquisition":
        outdated("acquisition", ...named(acquisition_uuid));
        break;
      case "grid":
      case "atlas":
        outdated("acquisition", ...named(acquisition_uuid));
        outdated("acquisitions", "grids");
        outdated("grid", ...named(grid_uuid));
        break;
      case "gridsquare":
        outdated("squares", ...named(grid_uuid));
        for (const square of squaresOf(grid_uuid)) outdated("square", square);
        break;
      case "foilhole":
        outdated("intensities", ...named(grid_uuid));
        for (const square of squaresOf(grid_uuid)) outdated("holes", square);
        break;
      case "micrograph":
        resultsChanged(grid_uuid);
        break;
    }
  };

  return ({ type, data }) => {
    const payload = data as Record<string, unknown>;
    switch (type) {
      case "acquisition.progress": {
        const progress = data as AcquisitionProgress;
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
        break;
      }
      case "entities.changed":
        entitiesChanged(payload);
        break;
      case "predictions.changed":
        outdated("predictions", ...named(payload.grid_uuid), ...named(payload.prediction_model_name));
        for (const square of squaresOf(payload.grid_uuid)) outdated("predictions", square);
        break;
      case "weights.changed":
        outdated("weights", ...named(payload.grid_uuid));
        break;
      case "decision.made":
        for (const part of ["plan", "decisions", "proposal"]) outdated(part, ...named(payload.grid_uuid));
        for (const square of squaresOf(payload.grid_uuid)) outdated("plan", "square", square);
        break;
      case "decision.answered":
        for (const part of ["decisions", "proposal"]) outdated(part, ...named(payload.grid_uuid));
        break;
      case "decision.settings":
        outdated("settings", ...named(payload.acquisition_uuid));
        // What is good is judged anew.
        outdated("results");
        break;
      case "operator.choice":
        outdated("choices");
        break;
      case "instruction.lifecycle":
        outdated("decisions");
        outdated("instructions");
        break;
      case "processing.metric":
        resultsChanged(payload.grid_uuid);
        break;
      case "note.created":
      case "note.updated":
      case "note.deleted":
        outdated("notes");
        break;
      case "agent.status":
        outdated("agents");
        break;
    }
  };
}

/** What is not named may be any. */
function named(uuid: unknown): string[] {
  return typeof uuid === "string" ? [uuid] : [];
}
