import type { ReactNode } from "react";
import { Mark } from "../shared/mark.js";

const MARKS = {
  planned: { mark: "○", tone: "quiet" },
  started: { mark: "▶", tone: "live" },
  paused: { mark: "‖", tone: "warn" },
  completed: { mark: "✓", tone: "quiet" },
  abandoned: { mark: "✕", tone: "alarm" },
} as const;

/** The status of a session. */
export function Status({ status }: { status: keyof typeof MARKS | null }): ReactNode {
  const { mark, tone } = status === null ? ({ mark: "?", tone: "quiet" } as const) : MARKS[status];
  return (
    <Mark mark={mark} tone={tone}>
      {status ?? "unknown"}
    </Mark>
  );
}
