import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { GridPlan } from "../api/additions.js";
import classes from "../map/map-page.module.css";
import { formatAgo, formatCount, formatDuration, formatNumber, parseTime } from "../shared/format.js";
import { LoadingRows } from "../shared/states.js";
import { useNow } from "../shared/use-now.js";
import { resultWords } from "./result-words.js";

/** What the current plan comes to, and how old it is. */
export function PlanHead({ plan, pending }: { plan: GridPlan | null; pending: boolean }): ReactNode {
  const now = useNow(1_000);
  if (pending) {
    return (
      <div className={classes.message}>
        <LoadingRows rows={2} />
      </div>
    );
  }
  if (plan === null) {
    return (
      <Text size="sm" c="var(--ink-soft)" p="sm">
        No plan yet: it is made as soon as squares or holes are known.
      </Text>
    );
  }
  const { summary, created_at } = plan.decision;
  const time = parseTime(created_at);
  return (
    <div className={classes.plan}>
      {summary.planned_holes === 0 ? (
        <Text size="sm">Nothing more is planned on this grid.</Text>
      ) : (
        <Text size="sm">
          <strong>{formatNumber(summary.expected_good, 0)}</strong> good holes expected from{" "}
          <strong>{formatCount(summary.planned_holes)}</strong> holes in{" "}
          <strong>{formatDuration(summary.planned_minutes * 60_000)}</strong>.
        </Text>
      )}
      <Text size="xs" c="var(--ink-soft)">
        {summary.planned_holes > 0 &&
          `An hour is worth ${formatNumber(summary.price_per_minute * 60, 0)} good holes elsewhere · `}
        {resultWords(summary)}
        {time !== null && ` · decided ${formatAgo(now - time)}`}
      </Text>
      {summary.warnings.map((warning) => (
        <Text key={warning} size="xs" c="var(--warn)">
          ! {warning}
        </Text>
      ))}
    </div>
  );
}
