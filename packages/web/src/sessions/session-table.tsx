import { Skeleton } from "@mantine/core";
import {
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  type SortingState,
  useReactTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { formatCount, formatDateTime, formatDuration, formatNumber, isoTime, UNKNOWN } from "../shared/format.js";
import { Mark } from "../shared/mark.js";
import { MiddleCut } from "../shared/middle-cut.js";
import { useNow } from "../shared/use-now.js";
import { durationOf, imagedShare, quietFor, type SessionRow } from "./session-row.js";
import classes from "./sessions-page.module.css";
import { Status } from "./status.js";

const ROW_HEIGHT_PX = 31;

/** Micrographs, and how far the imaging of the holes that are known has come. */
function Imaged({ row }: { row: SessionRow }): ReactNode {
  const { micrographs, holes, imagedHoles } = row;
  if (micrographs === null) return UNKNOWN;
  const share = imagedShare(row);
  if (share === null) return formatCount(micrographs);
  return (
    <span title={`${formatCount(imagedHoles)} of ${formatCount(holes)} holes imaged`}>
      <span className={classes.progress} aria-hidden="true">
        <span className={classes.bar} style={{ width: `${share * 100}%` }} />
      </span>
      {formatCount(micrographs)}
    </span>
  );
}

const COLUMNS: ColumnDef<SessionRow>[] = [
  {
    id: "status",
    accessorFn: (row) => row.status ?? "",
    header: "Status",
    cell: ({ row, table }) => {
      const quietMs = quietFor(row.original, (table.options.meta as { now: number }).now);
      return quietMs === null ? (
        <Status status={row.original.status} />
      ) : (
        <span title={`Nobody has ended it; nothing has come of it for ${formatDuration(quietMs)}`}>
          <Mark mark="▷" tone="quiet">
            quiet
          </Mark>
        </span>
      );
    },
  },
  {
    id: "name",
    accessorFn: (row) => row.name.toLowerCase(),
    header: "Session",
    cell: ({ row }) => (
      <Link
        to={`/ui/sessions/${row.original.uuid}`}
        className={classes.name}
        title={row.original.name}
        aria-label={row.original.name}
      >
        <MiddleCut text={row.original.name} />
      </Link>
    ),
  },
  {
    id: "instrument",
    accessorFn: (row) => row.instrument ?? "",
    header: "Instrument",
    cell: ({ row }) => (
      <span className={classes.instrument} title={row.original.computer ?? undefined}>
        {row.original.instrument ?? UNKNOWN}
      </span>
    ),
  },
  {
    id: "start",
    accessorFn: (row) => row.startedAt ?? undefined,
    header: "Start",
    sortUndefined: "last",
    cell: ({ row }) => (
      <time dateTime={isoTime(row.original.startedAt) ?? ""}>{formatDateTime(isoTime(row.original.startedAt))}</time>
    ),
  },
  {
    id: "duration",
    accessorFn: (row) => durationOf(row, Date.now()) ?? undefined,
    header: "Duration",
    sortUndefined: "last",
    meta: { numeric: true },
    cell: ({ row, table }) => formatDuration(durationOf(row.original, (table.options.meta as { now: number }).now)),
  },
  {
    id: "grids",
    accessorFn: (row) => row.grids ?? undefined,
    header: "Grids",
    sortUndefined: "last",
    meta: { numeric: true },
    cell: ({ row }) => {
      const { grids, gridsDone } = row.original;
      if (grids === null) return UNKNOWN;
      return gridsDone === null || gridsDone === 0 ? formatCount(grids) : `${gridsDone} of ${grids} done`;
    },
  },
  {
    id: "squares",
    accessorFn: (row) => row.squares ?? undefined,
    header: "Squares",
    sortUndefined: "last",
    meta: { numeric: true },
    cell: ({ row }) => formatCount(row.original.squares),
  },
  {
    id: "holes",
    accessorFn: (row) => row.holes ?? undefined,
    header: "Holes",
    sortUndefined: "last",
    meta: { numeric: true },
    cell: ({ row }) => formatCount(row.original.holes),
  },
  {
    id: "micrographs",
    accessorFn: (row) => row.micrographs ?? undefined,
    header: "Micrographs",
    sortUndefined: "last",
    meta: { numeric: true },
    cell: ({ row }) => <Imaged row={row.original} />,
  },
  {
    id: "good",
    accessorFn: (row) => row.goodPerHour ?? undefined,
    header: "Good per hour",
    sortUndefined: "last",
    meta: { numeric: true },
    cell: ({ row: { original } }) => (
      <span
        title={
          original.judged === null
            ? "Not known"
            : original.good === null
              ? "No micrograph is judged yet"
              : `${formatCount(original.good)} good`
        }
      >
        {formatNumber(original.goodPerHour, 1)}
      </span>
    ),
  },
];

const NEWEST_FIRST: SortingState = [{ id: "start", desc: true }];

/** Whether a part of an address is a column and a direction, as `start.desc`. */
export function isSorting(query: string | null): boolean {
  const [id, direction] = (query ?? "").split(".");
  return COLUMNS.some((column) => column.id === id) && (direction === "asc" || direction === "desc");
}

function sortingOf(query: string | null): SortingState {
  if (query === null || !isSorting(query)) return NEWEST_FIRST;
  const [id = "", direction] = query.split(".");
  return [{ id, desc: direction === "desc" }];
}

interface SessionTableProps {
  readonly rows: SessionRow[];
  /** Which counts are still asked for. */
  readonly pending: { readonly grids: boolean; readonly counts: boolean; readonly rates: boolean };
}

/** The sessions as a table that is sorted by its heads. */
export function SessionTable({ rows, pending }: SessionTableProps): ReactNode {
  const awaited: Readonly<Record<string, boolean>> = {
    grids: pending.grids,
    squares: pending.counts,
    holes: pending.counts,
    micrographs: pending.counts,
    good: pending.rates,
  };
  const navigate = useNavigate();
  const now = useNow(15_000);
  const [query, setQuery] = useSearchParams();
  const sort = query.get("sort");
  const sorting = useMemo(() => sortingOf(sort), [sort]);
  const scroller = useRef<HTMLDivElement>(null);
  const table = useReactTable({
    data: rows,
    columns: COLUMNS,
    state: { sorting },
    meta: { now },
    enableSortingRemoval: false,
    onSortingChange(update) {
      const [next] = typeof update === "function" ? update(sorting) : update;
      if (next === undefined) return;
      setQuery(
        (before) => {
          const after = new URLSearchParams(before);
          after.set("sort", `${next.id}.${next.desc ? "desc" : "asc"}`);
          return after;
        },
        { replace: true },
      );
    },
    getRowId: (row) => row.uuid,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  const sorted = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 12,
    initialRect: { width: 1_000, height: 800 },
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);

  return (
    <section className={`panel ${classes.scroll}`} ref={scroller} aria-label="Sessions" tabIndex={-1}>
      <table className={classes.table} aria-rowcount={sorted.length + 1}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const sorted = header.column.getIsSorted();
                const numeric = (header.column.columnDef.meta as { numeric?: boolean } | undefined)?.numeric === true;
                return (
                  <th
                    key={header.id}
                    scope="col"
                    className={numeric ? classes.number : undefined}
                    aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
                  >
                    <button type="button" className={classes.sort} onClick={header.column.getToggleSortingHandler()}>
                      {flexRender(header.column.columnDef.header, header.getContext())}
                      <span aria-hidden="true">{sorted === "asc" ? " ↑" : sorted === "desc" ? " ↓" : ""}</span>
                    </button>
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {above > 0 && <tr style={{ height: above }} />}
          {items.map((item) => {
            const row = sorted[item.index];
            if (row === undefined) return null;
            return (
              // The name is a link, which serves the keyboard; the row is a larger target for the pointer.
              <tr
                key={row.id}
                aria-rowindex={item.index + 2}
                className={classes.row}
                onClick={(event) => {
                  if (event.target instanceof Element && event.target.closest("a") === null)
                    void navigate(`/ui/sessions/${row.id}`);
                }}
              >
                {row.getVisibleCells().map((cell) => {
                  const numeric = (cell.column.columnDef.meta as { numeric?: boolean } | undefined)?.numeric === true;
                  return (
                    <td key={cell.id} className={numeric ? classes.number : undefined}>
                      {awaited[cell.column.id] === true && cell.getValue() === undefined ? (
                        <Skeleton height={10} width={36} ml="auto" />
                      ) : (
                        flexRender(cell.column.columnDef.cell, cell.getContext())
                      )}
                    </td>
                  );
                })}
              </tr>
            );
          })}
          {below > 0 && <tr style={{ height: below }} />}
        </tbody>
      </table>
    </section>
  );
}
