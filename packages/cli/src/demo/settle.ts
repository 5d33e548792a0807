import type { Agent } from "@smartem/agent/agent";
import type { Pool } from "@smartem/backend/database/connection";
import { IS_OPEN } from "@smartem/backend/instructions/store";
import { SmartemError } from "@smartem/common/errors";
import { delay } from "@smartem/common/time";
import type { Microscope } from "@smartem/simulator/microscope";
import type { Pipelines } from "@smartem/simulator/pipelines";

export interface Loop {
  readonly microscope: Microscope;
  readonly agent: Agent;
  readonly pipelines: Pipelines;
  readonly pool: Pool;
}

const TIMEOUT_MS = 60_000;
const POLL_MS = 5;

/**
 * Waits until everything that the microscope has done so far has gone round the loop: read, stored, predicted, processed, decided,
 * told and acknowledged. Simulated time stands still meanwhile, so a slow machine plays the same session as a fast one.
 *
 * @throws SmartemError `loop_stuck` that names what does not come to rest
 */
export async function settle({ microscope, agent, pipelines, pool }: Loop): Promise<void> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const within = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const result = await Promise.race([
      work.then((value) => ({ value })),
      new Promise<null>((resolve) => deadline.addEventListener("abort", () => resolve(null), { once: true })),
    ]);
    if (result === null) throw new SmartemError("loop_stuck", 500, `The loop does not come to rest: ${what}.`);
    return result.value;
  };
  await within("the agent still reads or uploads", agent.settled());
  const { wrote } = microscope;
  await pipelines.advanceTo(microscope.clockMs);
  await within(
    "the pipelines have not heard of everything that was stored",
    pipelines.settled({
      gridSquares: wrote.gridSquares.size,
      foilHoles: wrote.foilHoles.size,
      micrographs: wrote.micrographs.size,
    }),
  );
  await within("messages, decisions or instructions are left over", settledDatabase(pool, deadline));
  await within("the agent still carries out instructions", agent.settled());
}

/** Nothing to apply, nothing to decide, nothing to acknowledge. */
async function settledDatabase(pool: Pool, deadline: AbortSignal): Promise<void> {
  while (!deadline.aborted) {
    const { rows } = await pool.query<{ left: number }>(
      `select (select count(*) from inbox where status = 'ready') + (select count(*) from decision_requests)
         + (select count(*) from instructions i where ${IS_OPEN}) as left`,
    );
    if (rows[0]?.left === 0) return;
    await delay(POLL_MS);
  }
}
