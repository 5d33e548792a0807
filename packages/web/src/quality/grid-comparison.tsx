import { Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useMemo } from "react";
import { Link } from "react-router";
import type { DecisionSettings, Grid } from "../api/additions.js";
import { gridsQuery } from "../api/queries.js";
import { saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount, formatNumber, formatShare, UNKNOWN } from "../shared/format.js";
import { Failures, LoadingRows } from "../shared/states.js";
import { compareGrids, type GridQualities, hasLimits } from "./compare-grids.js";
import { METRICS } from "./metrics.js";
import classes from "./quality-page.module.css";
import { useResultsOfGrids } from "./use-results-of-grids.js";

interface GridComparisonProps {
  readonly grid: Grid;
  readonly acquisitionUuid: string;
  readonly limits: DecisionSettings["limits"];
}

/** The grids of a session beside each other: how many are good, and where their metrics lie. */
export function GridComparison({ grid, acquisitionUuid, limits }: GridComparisonProps): ReactNode {
  const grids = useQuery(gridsQuery(acquisitionUuid));
  const results = useResultsOfGrids((grids.data ?? []).map(({ uuid }) => uuid));
  // What is new is worked in between what people do.
  const byGrid = useDeferredValue(results.byGrid);
  const rows = useMemo(
    () =>
      compareGrids(
        (grids.data ?? []).map((one, index) => ({ grid: one, results: byGrid[index] ?? [] })),
        limits,
      ),
    [grids.data, byGrid, limits],
  );
  const failures = <Failures of={{ "grids of this session": grids, "their micrographs": results.failed }} />;
  // A grid of which nothing is known would look like one of which nothing is good.
  if (results.failed.some(({ data }) => data === undefined) || (grids.isError && grids.data === undefined))
    return failures;
  if (grids.isPending || results.pending) return <LoadingRows rows={2} />;
  return (
    <>
      {failures}
      <section className={`panel ${classes.metric}`} aria-labelledby="comparison-title">
        <div className={classes.title}>
          <Title order={2} size="h4" id="comparison-title">
            Grids of this session
          </Title>
          <Text size="xs" c="var(--ink-soft)">
            Medians with the middle half.{" "}
            {hasLimits(limits)
              ? "Shares with 95 % intervals, by how much their squares differ; none below three squares."
              : "Without limits each grid is judged by its own median: shares can't be compared."}
          </Text>
          <ExportMenu
            label="Save the comparison"
            size="sm"
            items={[{ label: "Table (CSV)", run: () => saveCsv(`grids-${acquisitionUuid}`, rows.map(tableRow)) }]}
          />
        </div>
        <Table.ScrollContainer minWidth={640}>
          <Table fz="sm" verticalSpacing={5} aria-labelledby="comparison-title">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Grid</Table.Th>
                <Table.Th ta="right">Micrographs</Table.Th>
                <Table.Th ta="right">Good</Table.Th>
                {METRICS.map(({ name, label, unit }) => (
                  <Table.Th key={name} ta="right">
                    {unit === "" ? label : `${label} (${unit})`}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.uuid} aria-current={row.uuid === grid.uuid ? "true" : undefined}>
                  <Table.Td fw={row.uuid === grid.uuid ? 600 : 400}>
                    <Link to={`/ui/quality/${row.uuid}?compare=on`}>{row.name}</Link>
                  </Table.Td>
                  <Table.Td ta="right">{formatCount(row.micrographs)}</Table.Td>
                  <Table.Td ta="right">{shareWords(row)}</Table.Td>
                  {row.metrics.map(({ metric, summary: { median, quartiles } }) => (
                    <Table.Td key={metric.name} ta="right">
                      {formatNumber(median, metric.digits)}
                      {quartiles !== null && ` (${quartiles.map((value) => value.toFixed(metric.digits)).join("–")})`}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </section>
    </>
  );
}

function shareWords({ goodShare, interval, judged }: GridQualities): string {
  if (goodShare === null) return UNKNOWN;
  const between = interval === null ? UNKNOWN : `${formatShare(interval[0])} to ${formatShare(interval[1])}`;
  return `${formatShare(goodShare)} (${between}) of ${formatCount(judged)}`;
}

function tableRow({ uuid, name, micrographs, judged, goodShare, interval, metrics }: GridQualities) {
  return {
    grid: name,
    grid_uuid: uuid,
    micrographs,
    judged,
    good_share: goodShare,
    good_share_low: interval?.[0],
    good_share_high: interval?.[1],
    ...Object.fromEntries(
      metrics.flatMap(({ metric, summary: { median, quartiles } }) => [
        [`${metric.name}_median`, median],
        [`${metric.name}_q1`, quartiles?.[0]],
        [`${metric.name}_q3`, quartiles?.[1]],
      ]),
    ),
  };
}
