import type { ReactNode } from "react";
import classes from "./status.module.css";

/** What marks a status beside its word: shape first, colour second. */
const MARKS: Readonly<Record<string, { mark: string; tone: string }>> = {
  planned: { mark: "○", tone: "quiet" },
  started: { mark: "▶", tone: "live" },
  paused: { mark: "‖", tone: "warn" },
  completed: { mark: "✓", tone: "quiet" },
  abandoned: { mark: "✕", tone: "alarm" },
};

export function Status({ status }: { status: string | null }): ReactNode {
  const { mark, tone } = MARKS[status ?? ""] ?? { mark: "?", tone: "quiet" };
  return (
    <span className={classes.status} data-tone={tone}>
      <span aria-hidden="true" className={classes.mark}>
        {mark}
      </span>
      {status ?? "unknown"}
    </span>
  );
}
