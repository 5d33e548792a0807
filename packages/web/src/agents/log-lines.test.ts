import { expect, test } from "vitest";
import type { AgentLog } from "../api/additions.js";
import { atLeast, withNew } from "./log-lines.js";

const line = (id: number): AgentLog => ({
  id,
  agent_id: "a",
  session_id: "s",
  timestamp: "2026-01-01T00:00:00Z",
  level: "INFO",
  logger_name: "l",
  message: String(id),
});

test("lines are shown once, newest first, however they arrive", () => {
  const lines = withNew([line(3), line(1)], [line(2), line(4), line(3)]);
  expect(lines.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
});

test("a page keeps the newest lines only", () => {
  const lines = withNew(
    [],
    Array.from({ length: 5_000 }, (_, n) => line(n)),
  );
  expect(lines).toHaveLength(2_000);
  expect(lines[0]?.id).toBe(4_999);
});

test("levels count from debug to error, and one that nobody knows is shown", () => {
  expect(atLeast("info", "WARNING")).toBe(false);
  expect(atLeast("WARN", "WARNING")).toBe(true);
  expect(atLeast("CRITICAL", "ERROR")).toBe(true);
  expect(atLeast("strange", "ERROR")).toBe(true);
});
