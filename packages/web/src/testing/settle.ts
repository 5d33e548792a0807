import type { Pool } from "@smartem/backend/database/connection";

const POLL_MS = 50;

/** Waits until everything that was sent to a server has been applied, and every grid has its plan. */
export async function settled(pool: Pool, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { rows } = await pool.query<{ count: number }>(
      `select (select count(*) from inbox where status = 'ready')::int
            + (select count(*) from decision_requests where not_before <= now())::int as count`,
    );
    const count = rows[0]?.count ?? 0;
    if (count === 0) return;
    if (performance.now() > deadline) throw new Error(`${count} messages and requests are still waiting.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
