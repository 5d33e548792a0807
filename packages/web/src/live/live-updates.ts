import type { QueryClient } from "@tanstack/react-query";
import type { Acquisition, AcquisitionProgress } from "../api/additions.js";
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
        outdated("acquisition", progress.acquisition_uuid);
        // Which of its grids has grown, the event does not say: ask for what is shown of any.
        for (const part of ["squares", "holes", "results"]) outdated(part);
        break;
      }
      case "decision.made":
      case "decision.settings":
      case "decision.answered":
      case "operator.choice":
        for (const part of ["plan", "decisions", "weights", "settings", "proposal", "choices"]) outdated(part);
        break;
      case "instruction.lifecycle":
        outdated("decisions");
        outdated("instructions");
        break;
      case "processing.metric":
        outdated("results", ...(typeof payload.grid_uuid === "string" ? [payload.grid_uuid] : []));
        outdated("results", "hole");
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
