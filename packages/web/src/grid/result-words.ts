import type { Decision } from "../api/additions.js";
import { formatCount, formatShare } from "../shared/format.js";

/** What a decision rests on. Holes with several micrographs may be good in part, and the share is the mean of theirs: another one than micrographs have. */
export function resultWords({ results, good_share }: Pick<Decision["summary"], "results" | "good_share">): string {
  const holes = `${formatCount(results)} ${results === 1 ? "hole" : "holes"} with results`;
  return good_share === null ? holes : `${holes}, on average ${formatShare(good_share)} good`;
}
