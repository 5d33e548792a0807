import { REORDER_GRIDSQUARES } from "@smartem/common/instructions";
import type { GridTruth } from "@smartem/simulator/grid-truth";
import type { RandomStream } from "@smartem/simulator/random";

const TIMEOUT_MS = 5_000;

interface OpenSession {
  readonly agent_id: string;
  readonly session_id: string;
  readonly acquisition_uuid: string | null;
}

/**
 * Somebody who tells the microscopes which squares to take next, so that instructions do not depend on what there is to
 * decide.
 *
 * @param truths by the names of their sessions
 * @returns how many sessions were told something
 * @throws Error while the API does not answer
 */
export async function orderSquares(
  apiUrl: string,
  truths: ReadonlyMap<string, GridTruth>,
  random: RandomStream,
): Promise<number> {
  let told = 0;
  for (const session of await get<OpenSession[]>(`${apiUrl}/sessions?status=active`)) {
    const { agent_id: agent, session_id: id, acquisition_uuid: acquisition } = session;
    if (acquisition === null) continue;
    const { name } = await get<{ name: string }>(`${apiUrl}/acquisitions/${acquisition}`);
    const squares = truths.get(name)?.selectedSquares ?? [];
    if (squares.length === 0) continue;
    const first = random.integer(squares.length);
    const ordered = [...squares.slice(first), ...squares.slice(0, first)].map((square) => String(square.id));
    const body = {
      instruction_type: REORDER_GRIDSQUARES,
      payload: { gridsquare_ids: ordered, priority: "normal", reason: "An operator's." },
    };
    const response = await fetch(`${apiUrl}/agent/${agent}/sessions/${id}/instructions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) told++;
  }
  return told;
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return (await response.json()) as T;
}
