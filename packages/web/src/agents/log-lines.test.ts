import { expect, test } from "vitest";
import type { AgentLog } from "../api/additions.js";
import { isWanted, withNew } from "./log-lines.js";

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
  const { rows, total } = withNew({ rows: [line(3), line(1)], total: 10 }, [line(2), line(4), line(3)]);
  expect(rows.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  expect(total).toBe(12);
});

test("a page keeps the newest lines only", () => {
  const { rows, total } = withNew(
    { rows: [], total: 0 },
    Array.from({ length: 5_000 }, (_, n) => line(n)),
  );
  expect(rows).toHaveLength(2_000);
  expect(total).toBe(5_000);
  expect(rows[0]?.id).toBe(4_999);
});

test("levels count from debug to error, and one that nobody knows is shown", () => {
  const isAtLeast = (level: string, least: "WARNING" | "ERROR"): boolean =>
    isWanted({ ...line(1), level }, { level: least, text: "" });
  expect(isAtLeast("info", "WARNING")).toBe(false);
  expect(isAtLeast("WARN", "WARNING")).toBe(true);
  expect(isAtLeast("CRITICAL", "ERROR")).toBe(true);
  expect(isAtLeast("strange", "ERROR")).toBe(true);
});

test("words are looked for in agent, logger and message, in whatever case", () => {
  const found = (text: string): boolean =>
    isWanted({ ...line(1), agent_id: "Krios", message: "Batch 3" }, { level: "INFO", text });
  expect(["krios", "BATCH 3", "krios l batch", ""].map(found)).toEqual([true, true, true, true]);
  expect(found("batch 4")).toBe(false);
});
