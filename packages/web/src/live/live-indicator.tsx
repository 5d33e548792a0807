import { Group, Text, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { formatAgo } from "../shared/format.js";
import { useNow } from "../shared/use-now.js";
import type { LiveState } from "./event-stream.js";
import { useLive } from "./live-context.js";
import classes from "./live-indicator.module.css";

const WORDS: Record<LiveState, { label: string; help: string }> = {
  connecting: { label: "Connecting", help: "Asking the server for its events" },
  live: { label: "Live", help: "What you see is updated as it happens" },
  stale: { label: "Stale", help: "Connected, but the server has been silent for longer than it should be" },
  offline: { label: "Offline", help: "The server can't be reached; trying again. What you see may be out of date" },
  paused: { label: "Paused", help: "Updates rest while the page is hidden" },
};

/** Says whether what the page shows is up to date. */
export function LiveIndicator(): ReactNode {
  const { state, heardAt } = useLive();
  const now = useNow(1_000);
  const { label, help } = WORDS[state];
  const since = state === "live" || heardAt === null ? "" : ` · ${formatAgo(now - heardAt)}`;
  return (
    <Tooltip label={help} multiline maw={260}>
      <Group gap={6} wrap="nowrap" className={classes.indicator} data-state={state} data-testid="live-indicator">
        <span className={classes.mark} aria-hidden="true" />
        <Text size="sm" component="span">
          <span role="status">{label}</span>
          {since}
        </Text>
      </Group>
    </Tooltip>
  );
}
