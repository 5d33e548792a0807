import type { ReactNode } from "react";
import classes from "./middle-cut.module.css";

/** How much of the end is always there: of EPU's names, what tells the session of a visit. */
const END_LENGTH = 16;

/** A name on one line that keeps its beginning and its end where there is no room for all of it. Its parent says the whole of it. */
export function MiddleCut({ text }: { text: string }): ReactNode {
  if (text.length <= 2 * END_LENGTH) return <span className={classes.begin}>{text}</span>;
  return (
    <>
      <span className={classes.begin}>{text.slice(0, -END_LENGTH)}</span>
      <span className={classes.end}>{text.slice(-END_LENGTH)}</span>
    </>
  );
}
