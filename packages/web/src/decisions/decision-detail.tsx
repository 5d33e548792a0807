import { Anchor, Stack, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Decision, DecisionOutcome, Grid } from "../api/additions.js";
import { resultWords } from "../grid/result-words.js";
import { instructionOutcome, instructionTitle } from "../instructions/words.js";
import { limitWords } from "../quality/metrics.js";
import { type Fact, Facts } from "../shared/facts.js";
import {
  formatCount,
  formatDateTime,
  formatDuration,
  formatMoment,
  formatNumber,
  formatShare,
  UNKNOWN,
} from "../shared/format.js";
import { Mark } from "../shared/mark.js";
import { wasTold } from "./before-after.js";
import { DecisionReplay } from "./decision-replay.js";
import classes from "./decisions-page.module.css";

const STEPS = ["hole", "cluster", "square", "grid"] as const;

/** What was done about a decision, where it was not an instruction. */
const OUTCOMES: Readonly<Record<DecisionOutcome, string>> = {
  told: "told",
  proposed: "proposed to the operator",
  waiting: "the same had been proposed already",
  rejected: "the same had been rejected",
  unchanged: "nothing that matters changed",
  too_soon: "the microscope was told something a moment ago",
  no_session: "no agent is connected",
  observing: "shown only",
  over: "the session is over, or its planned end has passed",
};

/** What was done about a decision of which there is no instruction. */
function outcomeWords({ outcome, answer }: Decision["summary"]): string {
  if (answer?.answer === "reject") return "rejected by the operator";
  return answer?.answer === "approve" ? "approved by the operator" : OUTCOMES[outcome];
}

/** Whether there were instructions for a decision: by itself, or with an operator's consent; also of such as the microscope never took. */
export function hadInstructions({ instructions, summary }: Decision): boolean {
  return instructions.length > 0 || summary.outcome === "told" || summary.answer?.answer === "approve";
}

/** What became of a decision, in a few words. */
export function toldWords(decision: Decision): ReactNode {
  const { instructions, summary } = decision;
  if (instructions.length > 0) {
    const outcomes = instructions.map((instruction) => instructionOutcome(instruction));
    const worst =
      outcomes.find(({ tone }) => tone === "alarm") ?? outcomes.find(({ tone }) => tone === "warn") ?? outcomes[0];
    if (worst !== undefined) {
      return (
        <Mark mark={worst.mark} tone={worst.tone}>
          {wasTold(decision) ? "told" : "instructed"}
          {instructions.length === 1 ? "" : ` ${instructions.length}`}: {worst.word}
        </Mark>
      );
    }
  }
  return outcomeWords(summary);
}

function Cause({ decision: { cause, summary } }: { decision: Decision }): ReactNode {
  if (summary.caused_by_micrograph === null) return "new squares, holes or settings";
  if (cause === null) return "a result of a micrograph that is no longer there";
  return (
    <>
      a result of{" "}
      <Anchor
        component={Link}
        to={`/ui/squares/${cause.gridsquare_uuid}?hole=${cause.foilhole_uuid}`}
        size="sm"
        c="var(--accent)"
      >
        hole {cause.foilhole_id} on square {cause.gridsquare_id}
      </Anchor>
    </>
  );
}

/** One decision: what it rests on, what it came to, and what followed. */
export function DecisionDetail({ decision, grid }: { decision: Decision; grid: Grid }): ReactNode {
  const { summary } = decision;
  const facts: Fact[] = [
    ["Made", formatDateTime(decision.created_at)],
    ["Mode", decision.mode],
    ["Grid", grid.name],
    ["Cause", <Cause key="cause" decision={decision} />],
    ["Rests on", resultWords(summary)],
    ["Time left", summary.time_left_min === null ? "no end in sight" : formatDuration(summary.time_left_min * 60_000)],
    [
      "Planned",
      `${formatCount(summary.planned_holes)} holes in ${formatDuration(summary.planned_minutes * 60_000)}, ${formatNumber(summary.expected_good, 0)} good holes expected`,
    ],
    ["A good one", summary.limits === undefined ? UNKNOWN : limitWords(summary.limits)],
    ["Hour's worth", `${formatNumber(summary.price_per_minute * 60, 1)} good holes elsewhere`],
    ["Costs", `${STEPS.map((step) => `${step} ${formatNumber(summary.costs_min[step], 1)}`).join(", ")} min`],
    ...(summary.answer === undefined
      ? []
      : ([
          [
            "Answer",
            `${summary.answer.answer === "approve" ? "approved" : "rejected"} ${formatDateTime(summary.answer.at)}`,
          ],
        ] as const)),
    ["Stored", decision.replayable ? "with all its inputs" : "its summary"],
  ];
  return (
    <section className={`panel ${classes.detail}`} aria-label={`Decision ${decision.id}`}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          Decision {decision.id}
        </Title>
        <Facts facts={facts} />
        {summary.warnings.map((warning) => (
          <Text key={warning} size="sm" c="var(--warn)">
            ! {warning}
          </Text>
        ))}
        {summary.models.length > 0 && (
          <div>
            <Text size="sm" fw={600}>
              Models
            </Text>
            {summary.models.map(({ name, metric, weight, weight_sd }) => (
              <Text size="sm" key={`${name} ${metric}`}>
                {name}
                {metric === null ? "" : ` (${metric})`}: {formatShare(weight)} ± {formatShare(weight_sd)}
              </Text>
            ))}
          </div>
        )}
        <div>
          <Text size="sm" fw={600}>
            Told to the microscope
          </Text>
          {decision.instructions.length === 0 ? (
            <Text size="sm" c="var(--ink-soft)">
              Nothing: {outcomeWords(summary)}.
            </Text>
          ) : (
            <Table fz="sm" verticalSpacing={3} aria-label="Instructions">
              <Table.Tbody>
                {decision.instructions.map((instruction) => {
                  const { mark, tone, word } = instructionOutcome(instruction);
                  const seen = instruction.verification?.observed_at;
                  return (
                    <Table.Tr key={instruction.instruction_id}>
                      <Table.Td>{instructionTitle(instruction.instruction_type)}</Table.Td>
                      <Table.Td>
                        <Mark mark={mark} tone={tone}>
                          {word}
                        </Mark>
                      </Table.Td>
                      <Table.Td c="var(--ink-soft)">
                        {seen === undefined ? UNKNOWN : `seen ${formatMoment(seen)}`}
                      </Table.Td>
                    </Table.Tr>
                  );
                })}
              </Table.Tbody>
            </Table>
          )}
        </div>
        {decision.replayable && <DecisionReplay key={decision.id} gridUuid={grid.uuid} decisionId={decision.id} />}
      </Stack>
    </section>
  );
}
