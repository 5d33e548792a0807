import type { AgentLog } from "../api/additions.js";
import type { ListPart } from "../api/client.js";

export const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const;

/** Which lines somebody wants to see. */
export interface WantedLines {
  /** The least severe. */
  readonly level: (typeof LEVELS)[number];
  /** What the agent, the logger or the message have in them, in whatever case; empty: any. */
  readonly text: string;
}

const SEVERITY: Readonly<Record<string, number>> = {
  TRACE: 0,
  DEBUG: 0,
  INFO: 1,
  WARN: 2,
  WARNING: 2,
  ERROR: 3,
  CRITICAL: 3,
  FATAL: 3,
};

/** Whether a line that has just been written is wanted, as the server says it of the others; levels that nobody knows are shown. */
export function isWanted({ level, agent_id, logger_name, message }: AgentLog, wanted: WantedLines): boolean {
  return (
    (SEVERITY[level.toUpperCase()] ?? 3) >= (SEVERITY[wanted.level] ?? 0) &&
    `${agent_id} ${logger_name} ${message}`.toLowerCase().includes(wanted.text.toLowerCase())
  );
}

/** What a page keeps in memory; older lines are with the server. */
const MOST_LINES = 2_000;

/** Adds lines as they arrive to those that are there, newest first, each once. */
export function withNew({ rows, total }: ListPart<AgentLog>, arrived: readonly AgentLog[]): ListPart<AgentLog> {
  const byId = new Map([...rows, ...arrived].map((line) => [line.id, line]));
  return {
    rows: [...byId.values()].sort((a, b) => b.id - a.id).slice(0, MOST_LINES),
    total: total + byId.size - rows.length,
  };
}
