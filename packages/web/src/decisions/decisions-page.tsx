import { Checkbox, Group, SegmentedControl, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import type { Decision, Grid } from "../api/additions.js";
import { isNotFound } from "../api/problem.js";
import { decisionQuery, decisionsQuery } from "../api/queries.js";
import { GridScope } from "../app/grid-scope.js";
import { useAddressLook } from "../charts/chart-look.js";
import { instructionOutcome } from "../instructions/words.js";
import { useAddress } from "../shared/address.js";
import { type Cell, saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount, formatMoment, formatNumber } from "../shared/format.js";
import { PickList } from "../shared/pick-list.js";
import { Failures, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import { DECISION_SERIES, DecisionChart } from "./decision-chart.js";
import { DecisionDetail, hadInstructions, toldWords } from "./decision-detail.js";
import { DecisionEffect } from "./decision-effect.js";
import classes from "./decisions-page.module.css";
import { SessionReplay } from "./session-replay.js";

/** What was decided on a grid, when and why, what the microscope was told, and what it made of it. */
export function DecisionsPage(): ReactNode {
  return (
    <GridScope title="Decisions" path="/ui/decisions">
      {(grid) => <GridDecisions key={grid.uuid} grid={grid} />}
    </GridScope>
  );
}

function GridDecisions({ grid }: { grid: Grid }): ReactNode {
  const address = useAddress();
  const charts = useAddressLook(DECISION_SERIES);
  const toldOnly = address.get("told") === "on";
  const all = useQuery(decisionsQuery(grid.uuid));
  const decisions = all.data?.decisions ?? NONE;
  const complete = all.data?.complete === true;
  const shown = useMemo(() => (toldOnly ? decisions.filter(hadInstructions) : decisions), [decisions, toldOnly]);

  if (all.isPending) return <LoadingRows rows={8} />;
  const failures = <Failures of={{ decisions: all }} />;
  if (all.isError && decisions.length === 0) return failures;
  if (decisions.length === 0) {
    return (
      <Nothing title="No decision yet">The first is made as soon as squares or holes of this grid are known.</Nothing>
    );
  }
  const asked = address.get("decision");
  const selected = asked ?? String(shown[0]?.id ?? "");
  const chosen = decisions.find(({ id }) => String(id) === selected);
  const view = address.get("view");
  const look = view === "replay" || view === "effect" ? view : "decisions";
  const views = (
    <>
      {failures}
      <UnknownParts of={{ view: look !== view, ...charts.unknown }} />
      <SegmentedControl
        aria-label="View"
        mb="sm"
        className="no-print"
        data={[
          { value: "decisions", label: "Decisions" },
          { value: "replay", label: "Replay of the session" },
          { value: "effect", label: "Effect" },
        ]}
        value={look}
        onChange={(next) => address.put("view", next === "decisions" ? null : next)}
      />
    </>
  );
  if (look !== "decisions") {
    return (
      <>
        {views}
        {!complete && !all.isError && <LoadingRows rows={8} />}
        {complete && look === "effect" && <DecisionEffect grid={grid} decisions={decisions} />}
        {complete && look === "replay" && <SessionReplay grid={grid} decisions={decisions} />}
      </>
    );
  }
  return (
    <>
      {views}
      <section className={`panel ${classes.part}`} aria-label="Course of the plans">
        <DecisionChart decisions={decisions} look={charts} />
      </section>
      <div className={classes.columns}>
        <section className={`panel ${classes.list}`} aria-labelledby="list-title">
          <Group gap="md" className={classes.bar}>
            <Title order={2} size="h4" id="list-title">
              Newest first
            </Title>
            <Checkbox
              size="xs"
              label="Only what there were instructions for"
              checked={toldOnly}
              onChange={(event) => address.put("told", event.currentTarget.checked ? "on" : null)}
            />
            <Text size="xs" c="var(--ink-soft)" ml="auto">
              {formatCount(shown.length)} of {complete ? "" : "the last "}
              {formatCount(decisions.length)}
            </Text>
            <ExportMenu
              items={[{ label: "Decisions (CSV)", run: () => saveCsv(`decisions-${grid.uuid}`, shown.map(tableRow)) }]}
            />
          </Group>
          {shown.length === 0 ? (
            <Nothing title="There were no instructions" />
          ) : (
            <PickList
              label="Decisions, newest first"
              items={shown}
              idOf={({ id }) => String(id)}
              selected={selected}
              onSelect={(id) => address.put("decision", id)}
              row={(decision) => (
                <div className={classes.row}>
                  <time dateTime={decision.created_at}>{formatMoment(decision.created_at)}</time>
                  <span className={classes.number}>{formatNumber(decision.summary.expected_good, 0)} good of</span>
                  <span className={classes.number}>{formatCount(decision.summary.planned_holes)} holes</span>
                  <span className={classes.told}>{toldWords(decision)}</span>
                </div>
              )}
            />
          )}
        </section>
        {chosen !== undefined && <DecisionDetail decision={chosen} grid={grid} />}
        {chosen === undefined && asked !== null && <AskedDecision asked={asked} grid={grid} />}
      </div>
    </>
  );
}

const NONE: readonly Decision[] = [];

/** A decision that the address names and the list does not hold: it is older than what has come, or there is none. */
function AskedDecision({ asked, grid }: { asked: string; grid: Grid }): ReactNode {
  const valid = /^\d{1,15}$/.test(asked);
  const decision = useQuery({ ...decisionQuery(grid.uuid, Number(asked)), enabled: valid });
  if (decision.isSuccess) return <DecisionDetail decision={decision.data} grid={grid} />;
  const missing = !valid || isNotFound(decision.error);
  return (
    <section className={`panel ${classes.detail}`} aria-label="Decision">
      {missing && (
        <Nothing title="There is no such decision">This grid has none of the number that the address names.</Nothing>
      )}
      {!missing && <Failures of={{ "the decision": decision }} />}
      {!missing && decision.isPending && <LoadingRows rows={6} />}
    </section>
  );
}

function tableRow({ id, created_at, mode, summary, instructions }: Decision): Record<string, Cell> {
  return {
    id,
    created_at,
    mode,
    planned_holes: summary.planned_holes,
    planned_minutes: summary.planned_minutes,
    good_holes_expected: summary.expected_good,
    good_holes_per_minute_elsewhere: summary.price_per_minute,
    holes_with_results: summary.results,
    mean_share_good: summary.good_share,
    caused_by_micrograph: summary.caused_by_micrograph,
    instructions: instructions.map((instruction) => instruction.instruction_type).join(" "),
    outcomes: instructions.map((instruction) => instructionOutcome(instruction).word).join(" "),
  };
}
