import { queryOptions } from "@tanstack/react-query";
import type {
  AcquisitionProgress,
  Decision,
  DecisionSettings,
  DecisionSettingsUpdate,
  GridPlan,
  Instruction,
  Result,
} from "./additions.js";
import { answer, api, getJson } from "./client.js";
import { ApiProblem, isNotFound, isNotOffered } from "./problem.js";

/*
 * Every question that the pages ask, with the key under which its answer is kept. live/live-updates.ts says which events
 * make which answers old.
 */

export const acquisitionsQuery = queryOptions({
  queryKey: ["acquisitions"],
  queryFn: ({ signal }) => answer(api.GET("/acquisitions", { signal })),
});

export const gridCountsQuery = queryOptions({
  queryKey: ["acquisitions", "grid-counts"],
  queryFn: ({ signal }) => answer(api.GET("/acquisitions/grid-counts", { signal })),
});

/** Counts by acquisition; empty until events bring them where the server has no such list. */
export const progressQuery = queryOptions({
  queryKey: ["progress"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal, client, queryKey }): Promise<Readonly<Record<string, AcquisitionProgress>>> => {
    try {
      const rows = await getJson<AcquisitionProgress[]>("/acquisitions/progress", signal);
      return Object.fromEntries(rows.map((row) => [row.acquisition_uuid, row]));
    } catch (error) {
      const known = client.getQueryData<Record<string, AcquisitionProgress>>(queryKey);
      // A server without the list looks for an acquisition of that name.
      if (isNotFound(error)) return known ?? {};
      throw error;
    }
  },
});

export const acquisitionQuery = (uuid: string) =>
  queryOptions({
    queryKey: ["acquisition", uuid],
    queryFn: ({ signal }) =>
      answer(api.GET("/acquisitions/{acquisition_uuid}", { params: { path: { acquisition_uuid: uuid } }, signal })),
  });

export const gridsQuery = (acquisitionUuid: string) =>
  queryOptions({
    queryKey: ["acquisition", acquisitionUuid, "grids"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/acquisitions/{acquisition_uuid}/grids", {
          params: { path: { acquisition_uuid: acquisitionUuid } },
          signal,
        }),
      ),
  });

export const settingsQuery = (acquisitionUuid: string) =>
  queryOptions({
    queryKey: ["settings", acquisitionUuid],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/acquisitions/{acquisition_uuid}/decision_settings", {
          params: { path: { acquisition_uuid: acquisitionUuid } },
          signal,
        }),
      ),
  });

export function changeSettings(acquisitionUuid: string, changes: DecisionSettingsUpdate): Promise<DecisionSettings> {
  return answer(
    api.PUT("/acquisitions/{acquisition_uuid}/decision_settings", {
      params: { path: { acquisition_uuid: acquisitionUuid } },
      body: changes,
    }),
  );
}

export const gridQuery = (uuid: string) =>
  queryOptions({
    queryKey: ["grid", uuid],
    queryFn: ({ signal }) => answer(api.GET("/grids/{grid_uuid}", { params: { path: { grid_uuid: uuid } }, signal })),
  });

export const squaresQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["squares", gridUuid],
    queryFn: ({ signal }) =>
      answer(api.GET("/grids/{grid_uuid}/gridsquares", { params: { path: { grid_uuid: gridUuid } }, signal })),
  });

/** null: no plan has been made yet. */
export const planQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["plan", gridUuid],
    queryFn: async ({ signal }): Promise<GridPlan | null> => {
      try {
        return await getJson<GridPlan>(`/grids/${encodeURIComponent(gridUuid)}/plan`, signal);
      } catch (error) {
        if (error instanceof ApiProblem && error.code === "no_plan") return null;
        throw error;
      }
    },
  });

export const decisionsQuery = (gridUuid: string, limit = 200) =>
  queryOptions({
    queryKey: ["decisions", gridUuid, limit],
    queryFn: ({ signal }) =>
      getJson<Decision[]>(`/grids/${encodeURIComponent(gridUuid)}/decisions?limit=${limit}`, signal),
  });

/** null: this server has no such list. */
export const resultsQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["results", gridUuid],
    queryFn: ({ signal }) => orNotOffered(getJson<Result[]>(`/grids/${encodeURIComponent(gridUuid)}/results`, signal)),
  });

/** null: this server has no such list. */
export const instructionsQuery = (acquisitionUuid: string | null) =>
  queryOptions({
    queryKey: ["instructions", acquisitionUuid ?? ""],
    queryFn: ({ signal }) =>
      orNotOffered(
        getJson<Instruction[]>(
          `/instructions?limit=100${acquisitionUuid === null ? "" : `&acquisition_uuid=${encodeURIComponent(acquisitionUuid)}`}`,
          signal,
        ),
      ),
  });

async function orNotOffered<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isNotOffered(error)) return null;
    throw error;
  }
}
