import { Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Effect, Grid, Interval } from "../api/additions.js";
import { effectQuery } from "../api/queries.js";
import { saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatDuration, formatShare, UNKNOWN } from "../shared/format.js";
import { Failure, LoadingRows, Nothing } from "../shared/states.js";
import classes from "./decisions-page.module.css";

/** What decisions were worth: what was collected, against what the plan would have and what nothing could exceed. */
export function DecisionEffect({ grid }: { grid: Grid }): ReactNode {
  const effect = useQuery(effectQuery(grid.uuid));
  if (effect.isPending) {
    return (
      <>
        <Text size="sm" c="var(--ink-soft)" role="status">
          Plays the session again under the plan; this takes a while on large grids.
        </Text>
        <LoadingRows rows={4} />
      </>
    );
  }
  if (effect.isError) return <Failure error={effect.error} onRetry={() => void effect.refetch()} />;
  if (effect.data.imaged_holes === 0) {
    return <Nothing title="Nothing to compare yet">The effect is worked out as soon as a hole was imaged.</Nothing>;
  }
  const rows = rowsOf(effect.data);
  return (
    <section className={`panel ${classes.part}`} aria-labelledby="effect-title">
      <div className={classes.effectTitle}>
        <Title order={2} size="h4" id="effect-title">
          In {formatDuration(effect.data.minutes * 60_000)} of imaging and moving
        </Title>
        <ExportMenu
          label="Save the effect"
          size="sm"
          items={[{ label: "Table (CSV)", run: () => saveCsv(`effect-${grid.uuid}`, rows.map(tableRow)) }]}
        />
      </div>
      <Table fz="sm" verticalSpacing={5} maw={820} aria-labelledby="effect-title">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Order of holes</Table.Th>
            <Table.Th ta="right">Good micrographs</Table.Th>
            <Table.Th ta="right">Good per hour</Table.Th>
            <Table.Th ta="right">Share of the possible</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ name, good, perHour, share }) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td ta="right">{words(good, (value) => value.toFixed(0))}</Table.Td>
              <Table.Td ta="right">{words(perHour, (value) => value.toFixed(1))}</Table.Td>
              <Table.Td ta="right">{share === null ? UNKNOWN : words(share, formatShare)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {effect.data.explanation.map((sentence) => (
        <Text key={sentence} size="sm" c="var(--ink-soft)" mt={4}>
          {sentence}
        </Text>
      ))}
    </section>
  );
}

interface EffectRow {
  readonly name: string;
  readonly good: Interval;
  readonly perHour: Interval;
  readonly share: Interval | null;
}

function rowsOf(effect: Effect): EffectRow[] {
  const hours = effect.minutes / 60;
  const row = (name: string, good: Interval, share: Interval | null): EffectRow => ({
    name,
    good,
    perHour: { mean: good.mean / hours, low: good.low / hours, high: good.high / hours },
    share,
  });
  return [
    row("As it was collected", effect.collected, effect.collected_share_of_optimum),
    row("As the plan would have", effect.planned, effect.planned_share_of_optimum),
    row("Plan against collected", effect.planned_minus_collected, null),
    row("The most that is possible", effect.optimum, null),
  ];
}

function tableRow({ name, good, perHour, share }: EffectRow) {
  return {
    order: name,
    good: good.mean,
    good_low: good.low,
    good_high: good.high,
    good_per_hour: perHour.mean,
    good_per_hour_low: perHour.low,
    good_per_hour_high: perHour.high,
    share_of_possible: share?.mean,
    share_low: share?.low,
    share_high: share?.high,
  };
}

/** A number with its interval, which is left out where it says the same. */
function words({ mean, low, high }: Interval, format: (value: number) => string): string {
  return format(low) === format(high) ? format(mean) : `${format(mean)} (${format(low)} to ${format(high)})`;
}
