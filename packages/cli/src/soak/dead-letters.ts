import type { Pool } from "@smartem/backend/database/connection";
import { listDeadLetters } from "@smartem/backend/inbox/dead-letters";

/** What the backend gave up in vain: the pipelines of a soak run send nothing but what it can apply. One line for each reason. */
export async function deadLetterFailures(pool: Pool): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const { event_type: type, reason } of await listDeadLetters(pool)) {
    const which = `${type}: ${reason ?? "no reason"}`;
    counts.set(which, (counts.get(which) ?? 0) + 1);
  }
  return [...counts].map(([which, count]) => `${count} dead letters, ${which}`);
}
