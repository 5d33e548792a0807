import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { Link } from "react-router";
import type { Grid, Result } from "../api/additions.js";
import { atlasImage, planQuery, squaresQuery } from "../api/queries.js";
import { placeInPlan } from "../grid/plan-place.js";
import { useImage } from "../map/use-image.js";
import { countGood } from "../quality/metrics.js";
import { formatCount, formatNumber, formatShare } from "../shared/format.js";
import { Failures } from "../shared/states.js";
import { AtlasThumbnail } from "./atlas-thumbnail.js";
import classes from "./session-page.module.css";

/** As many as a thumbnail has on screens with several pixels to a point. */
const THUMBNAIL_IMAGE_PX = 256;

interface GridCardProps {
  readonly grid: Grid;
  readonly results: readonly Result[] | null;
}

/** One grid in small: its squares, what was measured, and what the plan expects. */
export function GridCard({ grid, results }: GridCardProps): ReactNode {
  const squares = useQuery(squaresQuery(grid.uuid));
  const plan = useQuery(planQuery(grid.uuid));
  const { image, asked: atlas } = useImage(atlasImage(grid.uuid), THUMBNAIL_IMAGE_PX);
  const good = useMemo(() => countGood(results ?? []).share, [results]);
  const planned = plan.data?.squares.filter((square) => placeInPlan(square) !== null).length;
  const imaged = useMemo(() => new Set((results ?? []).map((result) => result.gridsquare_uuid)), [results]);
  const skipped = plan.data?.squares.filter((square) => square.skipped && !imaged.has(square.gridsquare_uuid)).length;
  return (
    <Stack gap={4}>
      <Link to={`/ui/grids/${grid.uuid}`} className={`panel ${classes.card}`}>
        <AtlasThumbnail squares={squares.data ?? []} plan={plan.data ?? null} image={image} />
        <Stack gap={2} miw={0}>
          <Text fw={600} size="sm" truncate>
            {grid.name}
          </Text>
          <Text size="xs" c="var(--ink-soft)">
            {grid.status ?? "status unknown"}
          </Text>
          <Text size="xs">
            {formatCount(squares.data?.length)} squares
            {plan.data != null && ` · ${formatCount(planned)} planned · ${formatCount(skipped)} skipped`}
          </Text>
          {results !== null && (
            <Text size="xs">
              {formatCount(results.length)} micrographs{good !== null && ` · ${formatShare(good)} good`}
            </Text>
          )}
          {plan.data != null && (
            <Text size="xs">
              {plan.data.decision.summary.planned_holes === 0
                ? "Nothing more is planned"
                : `${formatNumber(plan.data.decision.summary.expected_good, 0)} more good holes expected from ${formatCount(plan.data.decision.summary.planned_holes)} holes`}
            </Text>
          )}
          {plan.data === null && (
            <Text size="xs" c="var(--ink-soft)">
              No plan yet
            </Text>
          )}
        </Stack>
      </Link>
      <Failures of={{ squares, "the plan": plan, "the atlas image": atlas }} />
    </Stack>
  );
}
