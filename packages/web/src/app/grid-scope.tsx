import { Group, Select, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { Navigate, useNavigate, useParams } from "react-router";
import type { Acquisition, Grid } from "../api/additions.js";
import { acquisitionsQuery, allGridsQuery } from "../api/queries.js";
import { groupBy } from "../shared/group-by.js";
import { Failures, LoadingRows, Nothing } from "../shared/states.js";
import classes from "./grid-scope.module.css";

interface GridScopeProps {
  readonly title: string;
  /** The page's address without the grid. */
  readonly path: string;
  readonly children: (grid: Grid) => ReactNode;
}

/** A page about one grid, which can be chosen; without a choice, the grid of the session that started last. */
export function GridScope({ title, path, children }: GridScopeProps): ReactNode {
  useDocumentTitle(`${title} · SmartEM Decisions`);
  const { gridUuid } = useParams();
  const navigate = useNavigate();
  const grids = useQuery(allGridsQuery);
  const acquisitions = useQuery(acquisitionsQuery);
  const options = useMemo(() => grouped(grids.data ?? [], acquisitions.data ?? []), [grids.data, acquisitions.data]);

  const failures = <Failures of={{ grids, sessions: acquisitions }} />;
  if (grids.data === undefined || acquisitions.data === undefined) {
    return (
      <div className={classes.page}>
        <Title order={1} mb="sm">
          {title}
        </Title>
        {grids.isError || acquisitions.isError ? failures : <LoadingRows />}
      </div>
    );
  }
  const newest = options[0]?.items[0]?.value;
  if (newest === undefined)
    return <Nothing title="No grid yet">Grids appear as soon as the microscope has taken an atlas.</Nothing>;
  if (gridUuid === undefined) return <Navigate to={`${path}/${newest}`} replace />;
  const grid = grids.data.find(({ uuid }) => uuid === gridUuid);
  return (
    <div className={classes.page}>
      <Group gap="sm" mb="sm" align="center">
        <Title order={1}>{title}</Title>
        <Select
          aria-label="Grid"
          data={options}
          value={gridUuid}
          onChange={(value) => value !== null && void navigate(`${path}/${value}`)}
          searchable
          allowDeselect={false}
          maxDropdownHeight={420}
          className={`${classes.grid} no-print`}
        />
      </Group>
      {failures}
      {grid === undefined ? <Nothing title="There is no such grid" /> : children(grid)}
    </div>
  );
}

interface GridGroup {
  readonly group: string;
  readonly items: { readonly value: string; readonly label: string }[];
}

/** The grids by their sessions: the session that started last first, its newest grid first. */
function grouped(grids: readonly Grid[], acquisitions: readonly Acquisition[]): GridGroup[] {
  const byAcquisition = groupBy(grids, (grid) => grid.acquisition_uuid);
  const names = new Map<string, number>();
  return acquisitions
    .toSorted((a, b) => (b.start_time ?? "").localeCompare(a.start_time ?? ""))
    .flatMap((acquisition) => {
      const own = byAcquisition.get(acquisition.uuid);
      if (own === undefined) return [];
      // Groups are told apart by their names: a name that comes again is numbered.
      const count = (names.get(acquisition.name) ?? 0) + 1;
      names.set(acquisition.name, count);
      const name = count === 1 ? acquisition.name : `${acquisition.name} (${count})`;
      return {
        group: name,
        items: own.toReversed().map((grid) => ({ value: grid.uuid, label: labelOf(name, grid) })),
      };
    });
}

/** EPU calls the grid of a session after it: then the name is there once. */
function labelOf(session: string, { name }: Grid): string {
  return name === session ? session : `${session} · ${name}`;
}
