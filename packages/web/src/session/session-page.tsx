import { Anchor, Badge, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useMemo } from "react";
import { Link, useParams } from "react-router";
import type { Acquisition, DecisionSettings, Grid, Result } from "../api/additions.js";
import {
  acquisitionQuery,
  gridsQuery,
  instructionsQuery,
  progressQuery,
  resultsQuery,
  settingsQuery,
} from "../api/queries.js";
import { Trail } from "../app/trail.js";
import { useAddressLook } from "../charts/chart-look.js";
import { ProposalCard } from "../choices/proposal-card.js";
import { NewestInstructions, SaveInstructions } from "../instructions/instruction-table.js";
import { countGood, METRICS, NO_LIMITS, summarise } from "../quality/metrics.js";
import { useResultsOfGrids } from "../quality/use-results-of-grids.js";
import { durationOf } from "../sessions/session-row.js";
import { Status } from "../sessions/status.js";
import { ModeSwitch } from "../settings/mode-switch.js";
import { SettingsForm } from "../settings/settings-form.js";
import { type Fact, Facts as FactList } from "../shared/facts.js";
import {
  formatCount,
  formatDateTime,
  formatDuration,
  formatNumber,
  formatShare,
  parseTime,
  UNKNOWN,
} from "../shared/format.js";
import { Answered, Failures, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import { useNow } from "../shared/use-now.js";
import { Connections } from "./connections.js";
import { courseOf } from "./course.js";
import { GridCard } from "./grid-card.js";
import { Notes } from "./notes.js";
import { ReportButton } from "./report-button.js";
import classes from "./session-page.module.css";
import { hasEnded, throughput } from "./throughput.js";
import { THROUGHPUT_SERIES, ThroughputChart } from "./throughput-chart.js";

/** One session: what it is, how it goes, who decides, and what the microscope was told. */
export function SessionPage(): ReactNode {
  const { acquisitionUuid = "" } = useParams();
  // What is begun for one session does not stay on the page of another.
  return <Session key={acquisitionUuid} acquisitionUuid={acquisitionUuid} />;
}

function Session({ acquisitionUuid }: { acquisitionUuid: string }): ReactNode {
  const acquisition = useQuery(acquisitionQuery(acquisitionUuid));
  const grids = useQuery(gridsQuery(acquisitionUuid));
  const settings = useQuery(settingsQuery(acquisitionUuid));
  useDocumentTitle(`${acquisition.data?.name ?? "Session"} · SmartEM Decisions`);

  const failures = <Failures of={{ "the session": acquisition }} />;
  if (acquisition.isError && acquisition.data === undefined) return <div className={classes.page}>{failures}</div>;
  return (
    <div className={classes.page}>
      <Trail steps={[{ label: "Sessions", to: "/ui/sessions" }, { label: acquisition.data?.name ?? "…" }]} />
      <Group gap="sm" mt={2} mb="sm">
        <Title order={1}>{acquisition.data?.name ?? <Skeleton width={220} height={22} />}</Title>
        {acquisition.data !== undefined && <Status status={acquisition.data.status} />}
        <div style={{ marginLeft: "auto" }}>
          <ReportButton acquisitionUuid={acquisitionUuid} />
        </div>
      </Group>
      {failures}
      <div className={classes.columns}>
        <Stack gap="sm">
          <section className={`panel ${classes.part}`} aria-labelledby="mode-title">
            <Title order={2} size="h4" id="mode-title" mb={8}>
              Decisions
            </Title>
            <Answered query={settings} loading={<Skeleton height={30} />}>
              {({ mode }) => <ModeSwitch acquisitionUuid={acquisitionUuid} mode={mode} />}
            </Answered>
          </section>
          <section className={`panel ${classes.part}`} aria-labelledby="limits-title">
            <Title order={2} size="h4" id="limits-title" mb={8}>
              A good micrograph
            </Title>
            <Answered query={settings}>
              {(known) => <SettingsForm acquisitionUuid={acquisitionUuid} settings={known} />}
            </Answered>
          </section>
          <section className={`panel ${classes.part}`} aria-labelledby="facts-title">
            <Title order={2} size="h4" id="facts-title" mb={8}>
              Facts
            </Title>
            {acquisition.data === undefined ? (
              <LoadingRows />
            ) : (
              <Facts acquisition={acquisition.data} grids={grids.data ?? []} />
            )}
          </section>
          <Connections acquisitionUuid={acquisitionUuid} />
          <Notes acquisitionUuid={acquisitionUuid} />
        </Stack>
        <Stack gap="sm" miw={0}>
          <Answered query={grids} loading={<LoadingRows rows={4} height={60} />}>
            {(known) =>
              known.length === 0 ? (
                <div className="panel">
                  <Nothing title="No grid yet">Grids appear as soon as the microscope has taken an atlas.</Nothing>
                </div>
              ) : (
                <Grids
                  grids={known}
                  limits={settings.data?.limits}
                  ended={acquisition.data !== undefined && hasEnded(acquisition.data)}
                />
              )
            }
          </Answered>
          <Instructions acquisitionUuid={acquisitionUuid} />
        </Stack>
      </div>
    </div>
  );
}

function Facts({ acquisition, grids }: { acquisition: Acquisition; grids: readonly Grid[] }): ReactNode {
  const now = useNow(15_000);
  const counts = useQuery(progressQuery);
  const progress = counts.data?.[acquisition.uuid];
  const count = (known: number | undefined): ReactNode =>
    counts.isPending ? <Skeleton height={12} width={48} /> : formatCount(known);
  const course = useQueries({
    queries: grids.map((grid) => resultsQuery(grid.uuid)),
    combine: (queries) =>
      courseOf(
        acquisition,
        queries.map(({ data }) => data ?? []),
      ),
  });
  const planned = parseTime(acquisition.planned_end_time);
  const facts: readonly Fact[] = [
    [
      "Instrument",
      [acquisition.instrument_model, acquisition.instrument_id].filter((part) => part !== null).join(" · ") || UNKNOWN,
    ],
    ["Computer", acquisition.computer_name ?? UNKNOWN],
    ["Start", formatDateTime(acquisition.start_time)],
    ["Duration", formatDuration(durationOf(course, now))],
    ...(acquisition.end_time === null ? [] : ([["End", formatDateTime(acquisition.end_time)]] as const)),
    ...(planned === null ? [] : ([["Planned end", formatDateTime(acquisition.planned_end_time)]] as const)),
    ["Squares", count(progress?.gridsquare_count)],
    ["Holes", count(progress?.foilhole_count)],
    ["Micrographs", count(progress?.micrograph_count)],
    ["Clustering", acquisition.clustering_mode ?? UNKNOWN],
    ["Folder", acquisition.storage_path ?? UNKNOWN],
  ];
  return (
    <>
      <Failures of={{ "counts of squares, holes and micrographs": counts }} />
      <FactList facts={facts} />
    </>
  );
}

function Grids({
  grids,
  limits = NO_LIMITS,
  ended,
}: {
  grids: readonly Grid[];
  limits?: DecisionSettings["limits"] | undefined;
  ended: boolean;
}): ReactNode {
  const look = useAddressLook(THROUGHPUT_SERIES);
  const results = useResultsOfGrids(grids.map(({ uuid }) => uuid));
  // What is new is worked in between what people do.
  const byGrid = useDeferredValue(results.byGrid);
  const all = useMemo(() => byGrid.flatMap((rows) => rows ?? []), [byGrid]);
  const nothing = !results.pending && results.byGrid.every((rows) => rows?.length === 0);
  const rate = useMemo(
    () =>
      throughput(
        all.flatMap((result) =>
          result.taken_at_ms === null ? [] : [{ takenAt: result.taken_at_ms, good: result.good }],
        ),
        ended,
      ),
    [all, ended],
  );
  return (
    <>
      <section className={`panel ${classes.part}`} aria-labelledby="throughput-title">
        <Group justify="space-between" mb={4}>
          <Title order={2} size="h4" id="throughput-title">
            Throughput
          </Title>
          <Anchor component={Link} to={`/ui/quality/${grids[0]?.uuid ?? ""}`} size="sm" c="var(--accent)">
            Quality in detail
          </Anchor>
        </Group>
        {all.length === 0 && !nothing && results.failed.length === 0 && <Skeleton height={190} />}
        <Failures of={{ micrographs: results.failed }} />
        <UnknownParts of={look.unknown} />
        {nothing && <Nothing title="No micrograph yet" />}
        {all.length > 0 && (
          <>
            <QualitySummary results={all} limits={limits} />
            {rate.times.length > 0 && <ThroughputChart throughput={rate} look={look} />}
          </>
        )}
      </section>
      {grids.map((grid) => (
        <ProposalCard key={grid.uuid} gridUuid={grid.uuid} title={grids.length > 1 ? grid.name : undefined} />
      ))}
      <section aria-labelledby="grids-title">
        <Title order={2} size="h4" id="grids-title" mb={6}>
          Grids{" "}
          <Badge variant="default" size="sm">
            {grids.length}
          </Badge>
        </Title>
        <div className={classes.cards}>
          {grids.map((grid, index) => (
            <GridCard key={grid.uuid} grid={grid} results={byGrid[index] ?? null} />
          ))}
        </div>
      </section>
    </>
  );
}

/** Median and spread of each metric, and how many micrographs keep its limit. */
function QualitySummary({
  results,
  limits,
}: {
  results: readonly Result[];
  limits: DecisionSettings["limits"];
}): ReactNode {
  const { good, judged, share } = useMemo(() => countGood(results), [results]);
  const summaries = useMemo(
    () => METRICS.map((metric) => ({ metric, ...summarise(results, metric, limits[metric.name]) })),
    [results, limits],
  );
  return (
    <div className={classes.summary}>
      <div>
        <Text size="xs" c="var(--ink-soft)">
          Good
        </Text>
        <Text fw={600} size="lg">
          {formatShare(share)}
        </Text>
        <Text size="xs" c="var(--ink-soft)">
          {formatCount(good)} of {formatCount(judged)} judged
        </Text>
      </div>
      {summaries.map(({ metric, median, quartiles, failed, count, passShare }) => (
        <div key={metric.name}>
          <Text size="xs" c="var(--ink-soft)">
            {metric.label}
          </Text>
          <Text fw={600} size="lg">
            {formatNumber(median, metric.digits, metric.unit)}
          </Text>
          <Text size="xs" c="var(--ink-soft)">
            {quartiles === null
              ? `${formatCount(count)} measured`
              : `${quartiles.map((value) => value.toFixed(metric.digits)).join("–")}${passShare === null ? "" : `, ${formatShare(passShare)} within limit`}${failed === 0 ? "" : `, ${failed} failed`}`}
          </Text>
        </div>
      ))}
    </div>
  );
}

function Instructions({ acquisitionUuid }: { acquisitionUuid: string }): ReactNode {
  const instructions = useQuery(instructionsQuery(acquisitionUuid));
  return (
    <section className={`panel ${classes.part}`} aria-labelledby="instructions-title">
      <Group gap="sm" mb={4}>
        <Title order={2} size="h4" id="instructions-title">
          Told to the microscope
        </Title>
        {instructions.data !== undefined && instructions.data.total > 0 && (
          <SaveInstructions acquisitionUuid={acquisitionUuid} />
        )}
      </Group>
      <Answered query={instructions}>
        {(known) =>
          known.total === 0 ? (
            <Text size="sm" c="var(--ink-soft)">
              Nothing so far.
            </Text>
          ) : (
            <NewestInstructions known={known} most={12} />
          )
        }
      </Answered>
    </section>
  );
}
