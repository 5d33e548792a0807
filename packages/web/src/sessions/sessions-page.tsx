import { Button, Code, Group, MultiSelect, SegmentedControl, Text, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useSearchParams } from "react-router";
import { acquisitionsQuery, gridCountsQuery, progressQuery, throughputQuery } from "../api/queries.js";
import { Icon } from "../app/icons.js";
import { saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { Failures, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import { useNow } from "../shared/use-now.js";
import { InstrumentTimeline } from "./instrument-timeline.js";
import {
  filterFromQuery,
  filterSessions,
  filterToQuery,
  isFiltering,
  NO_FILTER,
  quietFor,
  type SessionFilter,
  sessionCells,
  sessionRows,
  timeOf,
} from "./session-row.js";
import { isSorting, SessionTable } from "./session-table.js";
import classes from "./sessions-page.module.css";

const STATUSES = ["started", "quiet", "paused", "planned", "completed", "abandoned", "unknown"];

/** Every session that the server knows, as it is at this moment. */
export function SessionsPage(): ReactNode {
  useDocumentTitle("Sessions · SmartEM Decisions");
  const [query, setQuery] = useSearchParams();
  const acquisitions = useQuery(acquisitionsQuery);
  const gridCounts = useQuery(gridCountsQuery);
  const progress = useQuery(progressQuery);
  const throughput = useQuery(throughputQuery);
  const filter = useMemo(() => filterFromQuery(query), [query]);
  const rows = useMemo(
    () => sessionRows(acquisitions.data ?? [], gridCounts.data ?? [], progress.data ?? {}, throughput.data ?? {}),
    [acquisitions.data, gridCounts.data, progress.data, throughput.data],
  );
  const now = useNow(60_000);
  const shown = useMemo(() => filterSessions(rows, filter, now), [rows, filter, now]);
  const instruments = useMemo(() => [...new Set(rows.map((row) => row.instrument ?? "unknown"))].sort(), [rows]);
  const narrow = (change: Partial<SessionFilter>): void => {
    setQuery(
      (before) => ({
        ...Object.fromEntries(
          ["sort", "view"].flatMap((name) => (before.has(name) ? [[name, before.get(name) ?? ""]] : [])),
        ),
        ...filterToQuery({ ...filter, ...change }),
      }),
      {
        replace: true,
      },
    );
  };
  const view = query.get("view") === "timeline" ? "timeline" : "table";
  const look = (next: string): void => {
    setQuery(
      (before) => {
        const after = new URLSearchParams(before);
        if (next === "table") after.delete("view");
        else after.set("view", next);
        return after;
      },
      { replace: true },
    );
  };
  const running = rows.filter((row) => row.status === "started" && quietFor(row, now) === null).length;

  return (
    <div className={classes.page}>
      <Group gap="sm" align="baseline" mb="xs">
        <Title order={1}>Sessions</Title>
        {acquisitions.data !== undefined && (
          <Text size="sm" c="var(--ink-soft)" role="status">
            {shown.length === rows.length ? `${rows.length}` : `${shown.length} of ${rows.length}`} · {running} running
          </Text>
        )}
      </Group>
      <Failures
        of={{
          sessions: acquisitions,
          "counts of grids": gridCounts,
          "counts of squares, holes and micrographs": progress,
          "good per hour": throughput,
        }}
      />
      <UnknownParts
        of={{
          from: filter.from === "",
          to: filter.to === "",
          view: query.get("view") !== "timeline",
          sort: !isSorting(query.get("sort")),
        }}
      />
      {rows.length > 0 && (
        <Group gap="xs" mb="sm" align="flex-end" role="search" aria-label="Narrow down the sessions">
          <TextInput
            aria-label="Search by name, instrument or computer"
            placeholder="Name, instrument, computer"
            leftSection={<Icon name="search" size={14} />}
            value={filter.text}
            onChange={(event) => narrow({ text: event.currentTarget.value })}
            w={230}
          />
          <MultiSelect
            aria-label="Status"
            placeholder={filter.statuses.length === 0 ? "Any status" : ""}
            data={STATUSES}
            value={[...filter.statuses]}
            onChange={(statuses) => narrow({ statuses })}
            clearable
            clearButtonProps={{ "aria-label": "Any status" }}
            miw={150}
          />
          <MultiSelect
            aria-label="Instrument"
            placeholder={filter.instruments.length === 0 ? "Any instrument" : ""}
            data={instruments}
            value={[...filter.instruments]}
            onChange={(chosen) => narrow({ instruments: chosen })}
            clearable
            clearButtonProps={{ "aria-label": "Any instrument" }}
            miw={170}
          />
          <TextInput
            type="date"
            aria-label="From day"
            value={filter.from}
            max={filter.to}
            onChange={(event) => narrow({ from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            aria-label="To day"
            value={filter.to}
            min={filter.from}
            onChange={(event) => narrow({ to: event.currentTarget.value })}
          />
          {isFiltering(filter) && (
            <Button variant="subtle" onClick={() => narrow(NO_FILTER)}>
              Show all
            </Button>
          )}
          <SegmentedControl
            aria-label="View"
            ml="auto"
            data={[
              { value: "table", label: "Table" },
              { value: "timeline", label: "Instruments" },
            ]}
            value={view}
            onChange={look}
          />
          {view === "table" && shown.length > 0 && (
            <ExportMenu
              label="Save the list"
              items={[
                {
                  label: "Table (CSV)",
                  run: () =>
                    saveCsv(
                      "sessions",
                      shown.map((row) => sessionCells(row, now)),
                    ),
                },
              ]}
            />
          )}
        </Group>
      )}
      {acquisitions.isPending && <LoadingRows rows={8} />}
      {acquisitions.data?.length === 0 && (
        <Nothing title="No session yet">
          As soon as an agent on a microscope PC reports a session, it appears here. To try it without a microscope,
          start the server with a simulated one: <Code>npm start</Code>.
        </Nothing>
      )}
      {rows.length > 0 && shown.length === 0 && (
        <Nothing
          title="No session matches"
          actions={
            <Button variant="default" onClick={() => narrow(NO_FILTER)}>
              Show all {rows.length}
            </Button>
          }
        />
      )}
      {shown.length > 0 &&
        (view === "table" ? (
          <SessionTable
            rows={shown}
            pending={{ grids: gridCounts.isPending, counts: progress.isPending, rates: throughput.isPending }}
          />
        ) : (
          <InstrumentTimeline rows={shown} all={rows} asked={timeOf(filter)} />
        ))}
    </div>
  );
}
