import { useQuery } from "@tanstack/react-query";
import { useLocation } from "react-router";
import { gridsQuery, squareQuery } from "../api/queries.js";
import { subjectOf } from "./shell-pages.js";

/**
 * The grid that the page is about: the one that its address names, that of its square, or the newest of its session. null where there
 * is none, or it is not known yet.
 */
export function useGrid(): string | null {
  const { pathname } = useLocation();
  const subject = subjectOf(pathname);
  const uuidOf = (kind: "grid" | "square" | "session"): string | null => (subject?.kind === kind ? subject.uuid : null);
  // The page itself asks for the same.
  const square = useQuery({ ...squareQuery(uuidOf("square") ?? ""), enabled: uuidOf("square") !== null });
  const grids = useQuery({ ...gridsQuery(uuidOf("session") ?? ""), enabled: uuidOf("session") !== null });
  return uuidOf("grid") ?? square.data?.grid_uuid ?? grids.data?.at(-1)?.uuid ?? null;
}
