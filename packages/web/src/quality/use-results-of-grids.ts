import { useQueries } from "@tanstack/react-query";
import { useRef } from "react";
import type { Result } from "../api/additions.js";
import { resultsQuery } from "../api/queries.js";
import { type Asked, failedOf } from "../shared/states.js";

/** The micrographs of several grids. */
export interface ResultsOfGrids {
  /** In the grids' order; undefined where they are not known. The same array for as long as nothing new has come. */
  readonly byGrid: readonly (readonly Result[] | undefined)[];
  readonly pending: boolean;
  readonly failed: Asked[];
}

export function useResultsOfGrids(gridUuids: readonly string[]): ResultsOfGrids {
  // Not by `combine`, whose results are compared with those of before down to the last value: that takes longer than using them.
  const queries = useQueries({ queries: gridUuids.map((uuid) => resultsQuery(uuid)) });
  const known = queries.map(({ data }) => data);
  const byGrid = useRef(known);
  if (known.length !== byGrid.current.length || known.some((rows, index) => rows !== byGrid.current[index]))
    byGrid.current = known;
  return {
    byGrid: byGrid.current,
    pending: queries.some(({ isPending }) => isPending),
    failed: failedOf(queries),
  };
}
