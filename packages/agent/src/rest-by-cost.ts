/** What is done over and over at rest must not cost the agent more than this part of its time. */
const COST_FACTOR = 400;
const US_PER_MS = 1_000;

/**
 * How long to leave something that is done over and over, by what it took of the processor: a process that was stopped, or had to wait
 * for a busy machine, has cost nobody anything meanwhile.
 *
 * @param before `process.cpuUsage()` when it began
 * @param mostMs longer only where `leastMs` is
 * @returns ms
 */
export function restByCostMs(before: NodeJS.CpuUsage, leastMs: number, mostMs: number): number {
  const { user, system } = process.cpuUsage(before);
  return Math.max(leastMs, Math.min(mostMs, ((user + system) / US_PER_MS) * COST_FACTOR));
}
