import type { ReactNode } from "react";
import type { PlannedHole } from "../api/additions.js";
import { type Measured, verdictOf } from "../map/layers.js";
import { Mark } from "../shared/mark.js";
import { PlaceInOrder } from "../shared/place-in-order.js";

interface HoleStandingProps {
  readonly planned: PlannedHole | undefined;
  readonly measured: Measured | undefined;
  /** By hand, the hole itself or its square. */
  readonly lockedOut: boolean;
}

/** What has become of a hole, or will: imaged and judged, locked out, skipped, or its place in the order. */
export function HoleStanding({ planned, measured, lockedOut }: HoleStandingProps): ReactNode {
  if (measured !== undefined) {
    const verdict = verdictOf(measured);
    // Several micrographs of one hole may differ.
    const count = Math.round((measured.goodShare ?? 0) * measured.judged);
    const words = measured.judged > 1 ? `${count} of ${measured.judged} good` : verdict;
    switch (verdict) {
      case null:
        return (
          <Mark mark="○" tone="quiet">
            imaged, not judged yet
          </Mark>
        );
      case "good":
        return (
          <Mark mark="✓" tone="live">
            {words}
          </Mark>
        );
      case "bad":
        return (
          <Mark mark="✕" tone="alarm">
            {words}
          </Mark>
        );
      case "mixed":
        return (
          <Mark mark="∼" tone="warn">
            {words}
          </Mark>
        );
    }
  }
  if (lockedOut) {
    return (
      <Mark mark="⊘" tone="warn">
        locked out
      </Mark>
    );
  }
  const number = planned?.suggested_acquisition_index ?? 0;
  return <PlaceInOrder skipped={planned?.skipped === true} place={number === 0 ? null : `number ${number}`} />;
}
