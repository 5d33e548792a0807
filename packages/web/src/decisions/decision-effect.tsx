import { Button, Group, Select, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import type { Decision, DecisionSettings, Effect, Grid, Interval, Result } from "../api/additions.js";
import { effectQuery, resultsQuery, settingsQuery } from "../api/queries.js";
import { limitWords, METRICS } from "../quality/metrics.js";
import { useAddress } from "../shared/address.js";
import { type Cell, saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount, formatDuration, formatMoment, formatNumber, formatShare, UNKNOWN } from "../shared/format.js";
import { Failure, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import {
  aroundDecisions,
  baselineOf,
  changeWords,
  courseOf,
  type DecisionWithEffect,
  type Rate,
} from "./before-after.js";
import classes from "./decisions-page.module.css";
import { sameLimits } from "./state-at.js";

interface EffectProps {
  readonly grid: Grid;
  /** Newest first. */
  readonly decisions: readonly Decision[];
}

/** What decisions were worth: good micrographs per hour around each, and what other orders of holes would have brought. */
export function DecisionEffect({ grid, decisions }: EffectProps): ReactNode {
  const results = useQuery(resultsQuery(grid.uuid));
  const settings = useQuery({ ...settingsQuery(grid.acquisition_uuid ?? ""), enabled: grid.acquisition_uuid !== null });
  // What is new is worked in between what people do.
  const shown = useDeferredValue(results.data);
  const failed = results.isError && results.data === undefined;
  return (
    <>
      {failed && <Failure error={results.error} onRetry={() => void results.refetch()} />}
      {!failed && shown === undefined && <LoadingRows rows={4} />}
      {!failed && shown !== undefined && <AroundDecision grid={grid} decisions={decisions} results={shown} />}
      <OtherOrders grid={grid} results={shown} limits={settings.data?.limits} />
    </>
  );
}

interface AroundDecisionProps extends EffectProps {
  readonly results: readonly Result[];
}

function AroundDecision({ grid, decisions, results }: AroundDecisionProps): ReactNode {
  const address = useAddress();
  const course = useMemo(() => courseOf(results), [results]);
  const baseline = useMemo(() => baselineOf(course, decisions), [course, decisions]);
  const told = useMemo(() => aroundDecisions(course, decisions), [course, decisions]);
  const asked = address.get("decision");
  const chosen = told.find(({ decision }) => String(decision.id) === asked) ?? told[0];
  // Never told, too little around it, or none such: another is shown in its place.
  const unknown = <UnknownParts of={{ decision: String(chosen?.decision.id) !== asked }} />;
  if (chosen === undefined) {
    return (
      <section className="panel" aria-label="Around a decision">
        {unknown}
        <Nothing title="No decision to compare around">
          The microscope has to have been told of one, with at least ten minutes of micrographs before and after it.
        </Nothing>
      </section>
    );
  }
  const { before, after, change, interval } = chosen.effect;
  const lines: (readonly [name: string, rate: Rate])[] = [
    ["Before it", before],
    ["After it", after],
    ...(baseline === null ? [] : [["Baseline: before the microscope was told anything", baseline] as const]),
  ];
  return (
    <section className={`panel ${classes.part}`} aria-labelledby="around-title">
      {unknown}
      <div className={classes.effectTitle}>
        <Title order={2} size="h4" id="around-title">
          Good per hour around
        </Title>
        <Select
          aria-label="Decision"
          data={told.map(({ decision, moment }) => ({
            value: String(decision.id),
            label: `decision ${decision.id}, ${formatMoment(new Date(moment).toISOString())}`,
          }))}
          value={String(chosen.decision.id)}
          onChange={(id) => address.put("decision", id)}
          allowDeselect={false}
          searchable
          w={260}
          className="no-print"
        />
        <ExportMenu
          label="Save what was around each decision"
          size="sm"
          items={[{ label: "Table (CSV)", run: () => saveCsv(`around-decisions-${grid.uuid}`, told.map(aroundRow)) }]}
        />
      </div>
      <Table fz="sm" verticalSpacing={5} maw={820} aria-labelledby="around-title">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            <Table.Th ta="right">Length</Table.Th>
            <Table.Th ta="right">Taken</Table.Th>
            <Table.Th ta="right">Good of judged</Table.Th>
            <Table.Th ta="right">Good per hour</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map(([name, rate]) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td ta="right">{formatDuration(rate.to - rate.from)}</Table.Td>
              <Table.Td ta="right">{formatCount(rate.taken)}</Table.Td>
              <Table.Td ta="right">
                {formatCount(rate.good)} of {formatCount(rate.judged)}
              </Table.Td>
              <Table.Td ta="right">{withInterval(rate.perHour, rate.interval)}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td fw={600}>Change: {changeWords(chosen.effect)}</Table.Td>
            <Table.Td colSpan={3} />
            <Table.Td ta="right" fw={600}>
              {withInterval(change, interval)}
            </Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
      <Text size="sm" c="var(--ink-soft)" mt={4}>
        Equal spans of the microscope's time, an hour at most, by today's limits. Intervals hold 95 % of what may be if
        each micrograph came out by itself; neighbours are alike, so they are rather too narrow. What else changed in
        that time, other decisions too, is in it.
      </Text>
      {baseline === null && (
        <Text size="sm" c="var(--ink-soft)" mt={4}>
          There is no time before the microscope was told anything: the baseline is EPU's own order, below.
        </Text>
      )}
    </section>
  );
}

function withInterval(value: number | null, interval: readonly [number, number] | null): string {
  if (value === null || interval === null) return UNKNOWN;
  return `${formatNumber(value, 1)} (${formatNumber(interval[0], 1)} to ${formatNumber(interval[1], 1)})`;
}

function aroundRow({ decision, moment, effect: { before, after, change, interval } }: DecisionWithEffect) {
  const cells = (name: string, rate: Rate): Record<string, Cell> => ({
    [`${name}_taken`]: rate.taken,
    [`${name}_judged`]: rate.judged,
    [`${name}_good`]: rate.good,
    [`${name}_good_per_hour`]: rate.perHour,
    [`${name}_low`]: rate.interval?.[0],
    [`${name}_high`]: rate.interval?.[1],
  });
  return {
    decision: decision.id,
    moment: new Date(moment).toISOString(),
    span_min: (after.to - after.from) / 60_000,
    ...cells("before", before),
    ...cells("after", after),
    change_per_hour: change,
    change_low: interval?.[0],
    change_high: interval?.[1],
  };
}

interface OtherOrdersProps {
  readonly grid: Grid;
  /** Of now; undefined: not known. */
  readonly results: readonly Result[] | undefined;
  readonly limits: DecisionSettings["limits"] | undefined;
}

/** The session played again in other orders of its holes; asked for by hand, since it takes the server a while. */
function OtherOrders({ grid, results, limits }: OtherOrdersProps): ReactNode {
  const [asked, setAsked] = useState(false);
  const effect = useQuery({ ...effectQuery(grid.uuid), enabled: asked });
  const since = useMemo(() => changesSince(effect.data, results, limits), [effect.data, results, limits]);
  return (
    <section className={`panel ${classes.part} ${classes.orders}`} aria-labelledby="effect-title">
      <div className={classes.effectTitle}>
        <Title order={2} size="h4" id="effect-title">
          Other orders of holes
          {effect.data !== undefined && `, in ${formatDuration(effect.data.minutes * 60_000)} of imaging and moving`}
        </Title>
        {effect.data === undefined && !asked && (
          <Button variant="default" onClick={() => setAsked(true)}>
            Play the session again
          </Button>
        )}
        {effect.data !== undefined && effect.data.imaged_holes > 0 && (
          <ExportMenu
            label="Save the effect"
            size="sm"
            items={[
              {
                label: "Table (CSV)",
                run: () => {
                  const basis = basisCells(effect.data, effect.dataUpdatedAt);
                  saveCsv(
                    `effect-${grid.uuid}`,
                    rowsOf(effect.data).map((row) => ({ ...tableRow(row), ...basis })),
                  );
                },
              },
            ]}
          />
        )}
      </div>
      {effect.data !== undefined && (
        <Group gap="sm" mb={4}>
          <Text size="sm" c="var(--ink-soft)">
            Worked out at {formatMoment(new Date(effect.dataUpdatedAt).toISOString())} from{" "}
            {formatCount(effect.data.holes_with_results)} holes with results, a good one:{" "}
            {limitWords(effect.data.limits)}.
          </Text>
          {since !== null && (
            <>
              <Text size="sm" c="var(--warn)" role="status">
                ! Not up to date: {since} by now.
              </Text>
              <Button
                size="xs"
                variant="default"
                className="no-print"
                loading={effect.isFetching}
                onClick={() => void effect.refetch()}
              >
                Play again
              </Button>
            </>
          )}
        </Group>
      )}
      {effect.data === undefined && !asked && (
        <Text size="sm" c="var(--ink-soft)">
          What the plan would have collected, what EPU's own order would have, and the most that was possible in the
          same time. Takes up to a minute on large grids.
        </Text>
      )}
      {asked && effect.isPending && (
        <>
          <Text size="sm" c="var(--ink-soft)" role="status">
            Plays the session again under the plan; this takes a while on large grids.
          </Text>
          <LoadingRows rows={4} />
        </>
      )}
      {effect.isError && <Failure error={effect.error} onRetry={() => void effect.refetch()} />}
      {effect.data?.imaged_holes === 0 && (
        <Nothing title="Nothing to compare yet">The effect is worked out as soon as a hole was imaged.</Nothing>
      )}
      {effect.data !== undefined && effect.data.imaged_holes > 0 && <OrderTable effect={effect.data} />}
    </section>
  );
}

/** What is another now than when the session was played again, in words; null: nothing. */
function changesSince(
  effect: Effect | undefined,
  results: readonly Result[] | undefined,
  limits: DecisionSettings["limits"] | undefined,
): string | null {
  if (effect === undefined || results === undefined || limits === undefined) return null;
  if (!sameLimits(effect.limits, limits)) return "the limits are others";
  const known = new Set(results.flatMap((one) => (one.good === null ? [] : [one.foilhole_uuid])));
  return known.size === effect.holes_with_results ? null : `${formatCount(known.size)} holes have results`;
}

/** What the effect was worked out from, and when. */
function basisCells({ holes_with_results, limits }: Effect, workedOutAtMs: number): Record<string, Cell> {
  return {
    worked_out_at: new Date(workedOutAtMs).toISOString(),
    holes_with_results,
    ...Object.fromEntries(METRICS.map(({ name }) => [`limit_${name}`, limits[name]])),
  };
}

function OrderTable({ effect }: { effect: Effect }): ReactNode {
  return (
    <>
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
          {rowsOf(effect).map(({ name, good, perHour, share }) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td ta="right">{words(good, (value) => value.toFixed(0))}</Table.Td>
              <Table.Td ta="right">{words(perHour, (value) => value.toFixed(1))}</Table.Td>
              <Table.Td ta="right">{share === null ? UNKNOWN : words(share, formatShare)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {effect.explanation.map((sentence) => (
        <Text key={sentence} size="sm" c="var(--ink-soft)" mt={4}>
          {sentence}
        </Text>
      ))}
    </>
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
    row("Baseline: as EPU lists them, nothing skipped", effect.in_listed_order, null),
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
