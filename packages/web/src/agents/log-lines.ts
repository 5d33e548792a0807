import type { AgentLog } from "../api/additions.js";

export const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const;

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

/** Whether a line's level is at least as severe as another; levels that nobody knows are shown. */
export function atLeast(level: string, least: string): boolean {
  return (SEVERITY[level.toUpperCase()] ?? 3) >= (SEVERITY[least] ?? 0);
}

/** What a page keeps in memory; older lines are with the server. */
const MOST_LINES = 2_000;

/** Adds lines as they arrive to those that are there, newest first, each once. */
export function withNew(known: readonly AgentLog[], arrived: readonly AgentLog[]): AgentLog[] {
  const byId = new Map([...known, ...arrived].map((line) => [line.id, line]));
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, MOST_LINES);
}
