import type { ReactNode } from "react";
import classes from "./mark.module.css";

/** A word with a sign before it: told apart by shape first, by colour second. */
export function Mark({
  mark,
  tone,
  children,
}: {
  mark: string;
  tone: "quiet" | "live" | "warn" | "alarm";
  children: ReactNode;
}): ReactNode {
  return (
    <span className={classes.marked} data-tone={tone}>
      <span aria-hidden="true" className={classes.mark}>
        {mark}
      </span>
      {children}
    </span>
  );
}
