import { queryOptions } from "@tanstack/react-query";
import type { AcquisitionProgress } from "./additions.js";
import { answer, api, getJson } from "./client.js";
import { isNotOffered } from "./problem.js";

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
      // An acquisition named "progress" is what an older server looks for.
      if (isNotOffered(error) || (error as { status?: number }).status === 404) return known ?? {};
      throw error;
    }
  },
});
