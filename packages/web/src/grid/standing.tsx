import type { ReactNode } from "react";
import type { GridSquare, PlannedSquare } from "../api/additions.js";
import { formatCount } from "../shared/format.js";
import { Mark } from "../shared/mark.js";
import { PlaceInOrder } from "../shared/place-in-order.js";

interface StandingProps {
  readonly square: GridSquare | undefined;
  readonly planned: PlannedSquare | undefined;
  /** How many were taken in it. */
  readonly micrographs: number;
}

/** What has become of a square, or will, in a few words: one that was imaged, and is not gone to again, was not skipped. */
export function Standing({ square, planned, micrographs }: StandingProps): ReactNode {
  if (micrographs > 0 && (planned?.rank == null || planned.skipped)) {
    return (
      <Mark mark="✓" tone="quiet">
        imaged, {formatCount(micrographs)}
      </Mark>
    );
  }
  if (square?.unusable === true) {
    return (
      <Mark mark="⊘" tone="warn">
        unusable
      </Mark>
    );
  }
  const rank = planned?.rank ?? null;
  return (
    <PlaceInOrder
      skipped={planned?.skipped === true}
      place={rank === null ? null : rank === 1 ? "next" : `number ${rank}`}
      {...(planned?.foilhole_count === 0 ? { otherwise: "no holes yet" } : {})}
    />
  );
}
