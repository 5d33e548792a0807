import type { ReactNode } from "react";
import type { GridSquare, OperatorChoice, PlannedSquare } from "../api/additions.js";
import { formatCount } from "../shared/format.js";
import { Mark } from "../shared/mark.js";
import { PlaceInOrder } from "../shared/place-in-order.js";
import { isMerelyKept, placeInPlan } from "./plan-place.js";

interface StandingProps {
  readonly square: GridSquare | undefined;
  readonly planned: PlannedSquare | undefined;
  /** How many were taken in it. */
  readonly micrographs: number;
  /** A person's word about it, which the next decision follows and the list says at once. */
  readonly choice: OperatorChoice | null;
}

/** What has become of a square, or will, in a few words: one that was imaged, and is not gone to again, was not skipped. */
export function Standing({ square, planned, micrographs, choice }: StandingProps): ReactNode {
  if (choice === "locked") {
    return (
      <Mark mark="⊘" tone="warn">
        locked out{micrographs > 0 && `; ${formatCount(micrographs)} imaged`}
      </Mark>
    );
  }
  const number = placeInPlan(planned);
  if (micrographs > 0 && number === null) {
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
  const place = number === null ? null : number === 1 ? "next" : `number ${number}`;
  if (choice === "selected") {
    return (
      <Mark mark="★" tone="live">
        first{place !== null && `, ${place}`}
      </Mark>
    );
  }
  return (
    <PlaceInOrder
      skipped={planned?.skipped === true}
      place={place}
      {...(planned?.foilhole_count === 0
        ? { otherwise: "no holes yet" }
        : isMerelyKept(planned)
          ? { otherwise: "kept, not planned" }
          : {})}
    />
  );
}
