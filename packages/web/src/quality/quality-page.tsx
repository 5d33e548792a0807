import { Anchor, Button, Group, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useEffect, useEffectEvent, useMemo, useState } from "react";
import { Link } from "react-router";
import type { DecisionSettings, Grid, Result } from "../api/additions.js";
import { changeSettings, fullResults, resultsQuery, settingsQuery } from "../api/queries.js";
import { GridScope } from "../app/grid-scope.js";
import { usePermission } from "../auth/use-permission.js";
import { type ChartLook, useAddressLook } from "../charts/chart-look.js";
import { useAddress } from "../shared/address.js";
import { saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount, formatNumber, formatShare } from "../shared/format.js";
import { sayNotDone } from "../shared/not-done.js";
import { NumberField } from "../shared/number-field.js";
import { Failures, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import { GridComparison } from "./grid-comparison.js";
import { LimitHistogram } from "./limit-histogram.js";
import { shownRange } from "./metric-histogram.js";
import { METRIC_SERIES, MetricTimeChart } from "./metric-time-chart.js";
import {
  countGood,
  distribution,
  judgedBy,
  METRICS,
  type Metric,
  type MetricName,
  NO_LIMITS,
  summaryOf,
} from "./metrics.js";
import classes from "./quality-page.module.css";
import { allTried, formatTried, parseTried } from "./tried-limits.js";

/** What was measured on a grid, over time and in distribution, and the limits of what is good. */
export function QualityPage(): ReactNode {
  return (
    <GridScope title="Quality" path="/ui/quality">
      {(grid) => <GridQuality key={grid.uuid} grid={grid} />}
    </GridScope>
  );
}

const NO_RESULTS: readonly Result[] = [];

const REMEMBERED_MS = 400;

function GridQuality({ grid }: { grid: Grid }): ReactNode {
  const client = useQueryClient();
  const operate = usePermission("operate");
  const address = useAddress();
  const look = useAddressLook(METRIC_SERIES);
  const comparing = address.get("compare") === "on";
  const acquisitionUuid = grid.acquisition_uuid ?? "";
  const results = useQuery(resultsQuery(grid.uuid));
  const settings = useQuery(settingsQuery(acquisitionUuid));
  const written = address.get("try");
  const [draft, setDraft] = useState(() => parseTried(written));
  const remember = useEffectEvent(() => {
    const tried = formatTried(draft);
    if (tried !== formatTried(parseTried(written))) address.put("try", tried);
  });
  // A limit that is dragged changes faster than browsers let an address change.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is tried is what there is to remember.
  useEffect(() => {
    const timer = setTimeout(() => remember(), REMEMBERED_MS);
    return () => clearTimeout(timer);
  }, [draft, written]);
  const save = useMutation({
    mutationFn: () => changeSettings(acquisitionUuid, { limits: draft }),
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery(acquisitionUuid).queryKey, saved);
      void client.invalidateQueries({ queryKey: ["results"] });
      setDraft({});
      notifications.show({ message: "Saved. Plans are computed anew.", autoClose: 4_000 });
    },
    onError: (error) => sayNotDone("The limits were not saved", error),
  });

  const exportResults = useMutation({
    mutationFn: () => fullResults(grid.uuid),
    onSuccess: (rows) =>
      saveCsv(
        `results-${grid.uuid}`,
        rows.map((row) => ({ ...row })),
      ),
    onError: (error) => sayNotDone("No file of results", error),
  });
  // What is new is worked in between what people do.
  const shown = useDeferredValue(results.data ?? NO_RESULTS);
  const saved = settings.data?.limits ?? NO_LIMITS;
  const limits = useMemo(() => ({ ...saved, ...draft }), [saved, draft]);

  const failures = <Failures of={{ micrographs: results, "limits of quality": settings }} />;
  if (results.data === undefined && results.isError) return failures;
  if (results.data?.length === 0) {
    return (
      <Nothing title="No micrograph yet">Metrics appear as soon as the first micrograph has been processed.</Nothing>
    );
  }
  if (shown.length === 0) return <LoadingRows rows={4} height={150} />;
  const changed = Object.keys(draft).length > 0;
  const set = (name: MetricName, value: number | null): void => {
    const { [name]: _before, ...others } = draft;
    setDraft(value === saved[name] ? others : { ...others, [name]: value });
  };
  return (
    <>
      {failures}
      <UnknownParts of={{ try: !allTried(written), ...look.unknown }} />
      <Group gap="lg" mb="sm" className={classes.head}>
        <Verdict results={shown} preview={changed ? limits : null} />
        {changed && (
          <Group gap="xs">
            <Button
              onClick={() => save.mutate()}
              loading={save.isPending}
              disabled={operate.missing}
              aria-describedby={operate.describedBy}
            >
              Save limits
            </Button>
            <Button variant="default" onClick={() => setDraft({})}>
              Discard
            </Button>
            {operate.note}
          </Group>
        )}
        <Group ml="auto" gap="xs">
          <Anchor component={Link} to={`/ui/models/${grid.uuid}`} size="sm" c="var(--accent)" className="no-print">
            Predicted against measured
          </Anchor>
          {grid.acquisition_uuid !== null && (
            <Button
              variant={comparing ? "filled" : "default"}
              aria-pressed={comparing}
              className="no-print"
              onClick={() => address.put("compare", comparing ? null : "on", "back undoes it")}
            >
              Compare grids
            </Button>
          )}
          <ExportMenu
            items={[
              {
                label: "Results (CSV)",
                run: () => exportResults.mutate(),
              },
            ]}
          />
        </Group>
      </Group>
      {comparing && grid.acquisition_uuid !== null && (
        <GridComparison grid={grid} acquisitionUuid={grid.acquisition_uuid} limits={saved} />
      )}
      {METRICS.map((metric) => (
        <MetricPart
          key={metric.name}
          gridUuid={grid.uuid}
          metric={metric}
          results={shown}
          limit={limits[metric.name]}
          look={look}
          onLimit={settings.data !== undefined ? (value) => set(metric.name, value) : null}
        />
      ))}
    </>
  );
}

/** How many micrographs are good, and how many would be under the limits that are being tried. */
function Verdict({
  results,
  preview,
}: {
  results: readonly Result[];
  preview: DecisionSettings["limits"] | null;
}): ReactNode {
  const { good, judged, share } = useMemo(() => countGood(results), [results]);
  const wouldBe = useMemo(() => (preview === null ? null : countGood(judgedBy(preview, results))), [results, preview]);
  return (
    <Text size="sm" role="status">
      <strong>{formatShare(share)}</strong> good: {formatCount(good)} of {formatCount(judged)} judged,{" "}
      {formatCount(results.length)} micrographs.
      {wouldBe !== null && wouldBe.judged > 0 && (
        <>
          {" "}
          With these limits <strong>{formatShare(wouldBe.share)}</strong> ({formatCount(wouldBe.good)} of{" "}
          {formatCount(wouldBe.judged)}).
        </>
      )}
    </Text>
  );
}

interface MetricPartProps {
  readonly gridUuid: string;
  readonly metric: Metric;
  readonly results: readonly Result[];
  readonly limit: number | null;
  readonly look: ChartLook;
  /** null: it can't be changed. */
  readonly onLimit: ((limit: number | null) => void) | null;
}

function MetricPart({ gridUuid, metric, results, limit, look, onLimit }: MetricPartProps): ReactNode {
  const values = useMemo(() => distribution(results, metric), [results, metric]);
  const [low, high] = shownRange(values, limit);
  const domain = useMemo((): [number, number] => [low, high], [low, high]);
  const { count, median, quartiles, failed, passShare } = useMemo(
    () => summaryOf(values, metric, limit),
    [values, metric, limit],
  );
  if (count === 0) return null;
  return (
    <section className={`panel ${classes.metric}`} aria-label={metric.label}>
      <Group gap="md" mb={4}>
        <Title order={2} size="h4">
          {metric.label}
        </Title>
        <Text size="sm" c="var(--ink-soft)">
          median {formatNumber(median, metric.digits, metric.unit)}
          {quartiles !== null && `, middle half ${quartiles.map((value) => value.toFixed(metric.digits)).join("–")}`}
          {failed > 0 && `, ${failed} failed`}
          {passShare !== null && `, ${formatShare(passShare)} within the limit`}
        </Text>
        <Anchor
          component={Link}
          to={`/ui/grids/${gridUuid}?layer=measured:${metric.name}`}
          size="sm"
          c="var(--accent)"
          aria-label={`${metric.label} in space`}
          className="no-print"
        >
          in space
        </Anchor>
        {onLimit !== null && (
          <NumberField
            ml="auto"
            w={170}
            aria-label={`Limit of ${metric.label}`}
            prefix={metric.better === "lower" ? "≤ " : "≥ "}
            suffix={metric.unit === "" ? "" : ` ${metric.unit}`}
            placeholder="no fixed limit"
            min={0}
            decimalScale={3}
            value={limit}
            onChange={onLimit}
          />
        )}
      </Group>
      <div className={classes.charts}>
        <MetricTimeChart metric={metric} results={results} limit={limit} domain={domain} look={look} />
        <LimitHistogram
          metric={metric}
          values={values.sorted}
          domain={domain}
          limit={limit}
          onLimit={(value) => onLimit?.(value)}
        />
      </div>
    </section>
  );
}
