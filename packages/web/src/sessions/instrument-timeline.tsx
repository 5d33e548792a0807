import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { drawingExports } from "../shared/drawing-exports.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatDateTime, formatDuration, formatShare, isoTime, zoneOf } from "../shared/format.js";
import { Nothing } from "../shared/states.js";
import { useNow } from "../shared/use-now.js";
import classes from "./instrument-timeline.module.css";
import { durationOf, endOf, quietFor, type SessionRow, sessionCells } from "./session-row.js";
import { type AskedTime, type TimelineBar, timelineOf } from "./timeline.js";

const MINUTE_MS = 60_000;
const DAYS_FROM_MS = 12 * 86_400_000;

function when(time: number | null): string {
  return formatDateTime(isoTime(time));
}

function words(row: SessionRow, now: number): string {
  const { name, status, startedAt, endedAt } = row;
  const quiet = quietFor(row, now) !== null;
  const end = endOf(row, now);
  const duration = durationOf(row, now);
  const until =
    endedAt === null && end === now ? "now" : `${when(end)}${duration === null ? "" : `, ${formatDuration(duration)}`}`;
  return `${name}, ${quiet ? "quiet" : (status ?? "unknown")}, ${when(startedAt)} to ${until}`;
}

/** Whether what is written right of a line is seen. */
function hasRoom({ place }: { readonly place: number }): boolean {
  return place < 0.93;
}

interface InstrumentTimelineProps {
  /** The sessions that are shown. */
  readonly rows: readonly SessionRow[];
  readonly all: readonly SessionRow[];
  readonly asked: AskedTime;
}

/** When each instrument was used, and for which session. */
export function InstrumentTimeline({ rows, all, asked }: InstrumentTimelineProps): ReactNode {
  const now = useNow(MINUTE_MS);
  const timeline = timelineOf(rows, now, all, asked);
  if (timeline === null) return <Nothing title="No session has a start yet" />;
  return (
    <section className={`panel ${classes.timeline}`} aria-label="Instruments over time">
      <ExportMenu
        label="Save the timeline"
        size="sm"
        className={classes.save}
        items={drawingExports(() => ({
          name: "instruments",
          rows: () => timeline.lanes.flatMap(({ bars }) => bars.map(({ row }) => sessionCells(row, now))),
          drawing: async () => (await import("./timeline-svg.js")).timelineSvg(timeline, "Instruments over time"),
        }))}
      />
      <Text size="xs" c="var(--ink-soft)" ml={30} mb={4}>
        {when(timeline.from)} to {when(timeline.to)} ({zoneOf(timeline.from, timeline.to)}). Use counts all sessions in
        this time, shown or not.
      </Text>
      <div className={classes.lane} aria-hidden="true">
        <span />
        <div className={classes.axis}>
          {timeline.ticks.filter(hasRoom).map(({ time, place }) => (
            <Text key={time} size="xs" c="var(--ink-soft)" className={classes.tick} style={{ left: `${place * 100}%` }}>
              {timeline.to - timeline.from > DAYS_FROM_MS ? when(time).split(",")[0] : when(time)}
            </Text>
          ))}
        </div>
      </div>
      {timeline.lanes.map(({ instrument, bars, tracks, used }) => (
        <div key={instrument} className={classes.lane}>
          <div className={classes.name}>
            <Text size="sm" fw={600}>
              {instrument}
            </Text>
            <Text size="xs" c="var(--ink-soft)">
              in use {formatShare(used)} of the time
            </Text>
          </div>
          <ul className={classes.bars} style={{ height: Math.max(1, tracks) * 26 + 6 }} aria-label={instrument}>
            {timeline.ticks.map(({ time, place }) => (
              <li key={time} className={classes.line} style={{ left: `${place * 100}%` }} aria-hidden="true" />
            ))}
            {bars.map((bar) => (
              <Bar key={bar.row.uuid} bar={bar} now={now} />
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function Bar({ bar: { row, start, length, track }, now }: { bar: TimelineBar; now: number }): ReactNode {
  const said = words(row, now);
  return (
    <li
      className={classes.bar}
      style={{ left: `min(${start * 100}%, 100% - 6px)`, width: `max(6px, ${length * 100}%)`, top: track * 26 + 4 }}
    >
      <Link
        to={`/ui/sessions/${row.uuid}`}
        className={classes.link}
        data-status={row.status}
        title={said}
        aria-label={said}
      >
        {row.name}
      </Link>
    </li>
  );
}
