import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { DecisionSettings, GridSquare, OperatorChoice, PlannedSquare } from "../api/additions.js";
import { squarePredictionsQuery } from "../api/queries.js";
import { ChoiceControl } from "../choices/choice-control.js";
import { type Layer, type Measured, wordsOf } from "../map/layers.js";
import { METRICS, summarise } from "../quality/metrics.js";
import { type Fact, Facts } from "../shared/facts.js";
import { formatCount, formatNumber, formatShare, UNKNOWN } from "../shared/format.js";
import { Failures } from "../shared/states.js";
import { placeInPlan } from "./plan-place.js";
import { SquarePreview, useAskedPreview } from "./square-preview.js";
import { Standing } from "./standing.js";

interface SquareDetailProps {
  readonly square: GridSquare;
  readonly planned: PlannedSquare | undefined;
  readonly measured: Measured | undefined;
  readonly limits: DecisionSettings["limits"];
  readonly choice: OperatorChoice | null;
  /** By which the map is coloured. */
  readonly layer: Layer;
}

/** One square: what the plan makes of it and why, what was predicted, and what was measured. */
export function SquareDetail({ square, planned, measured, limits, choice, layer }: SquareDetailProps): ReactNode {
  const predictions = useQuery(squarePredictionsQuery(square.grid_uuid ?? "", square.uuid));
  const preview = useAskedPreview(square.uuid);
  const facts: Fact[] = [[layer.label, wordsOf(layer, square.uuid)]];
  if (planned !== undefined) {
    facts.push(
      ["Holes", formatCount(planned.foilhole_count)],
      ["Good holes expected", formatNumber(planned.value, 1)],
      [
        "Good holes per hour",
        placeInPlan(planned) === null ? UNKNOWN : formatNumber((planned.rate_per_minute ?? 0) * 60, 0),
      ],
    );
  }
  for (const [model, rows] of Object.entries(predictions.data ?? {})) {
    const latest = rows.at(-1);
    if (latest !== undefined) facts.push([`Predicted by ${model}`, formatNumber(latest.value, 2)]);
  }
  if (measured !== undefined) {
    facts.push(["Micrographs", formatCount(measured.results.length)], ["Good", goodWords(measured)]);
    for (const metric of METRICS) {
      const { median, failed } = summarise(measured.results, metric, limits[metric.name]);
      if (median !== null) {
        facts.push([
          metric.label,
          `${formatNumber(median, metric.digits, metric.unit)}${failed === 0 ? "" : `, ${failed} failed`}`,
        ]);
      }
    }
  }
  return (
    <Stack gap={6} p="sm" component="section" aria-label={`Square ${square.gridsquare_id}`}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <SquarePreview key={square.uuid} uuid={square.uuid} number={square.gridsquare_id} />
        <Stack gap={4} flex={1} miw={0}>
          <Group justify="space-between" wrap="nowrap">
            <Title order={2} size="h4">
              Square {square.gridsquare_id}
            </Title>
            <Anchor component={Link} to={`/ui/squares/${square.uuid}`} size="sm" c="var(--accent)">
              Open
            </Anchor>
          </Group>
          <Text size="sm" component="div">
            <Standing square={square} planned={planned} micrographs={measured?.results.length ?? 0} choice={choice} />
          </Text>
          {planned !== undefined && (
            <Text size="xs" c="var(--ink-soft)">
              {planned.reason}
            </Text>
          )}
        </Stack>
      </Group>
      <Failures of={{ predictions, "the square's image": preview }} />
      <ChoiceControl entity="gridsquares" uuid={square.uuid} gridUuid={square.grid_uuid ?? ""} choice={choice} />
      <Facts facts={facts} />
    </Stack>
  );
}

function goodWords({ goodShare, judged }: Measured): string {
  return goodShare === null ? "not judged yet" : `${formatShare(goodShare)} of ${judged}`;
}
