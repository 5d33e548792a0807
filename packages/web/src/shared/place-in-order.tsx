import type { ReactNode } from "react";
import { Mark } from "./mark.js";

interface PlaceInOrderProps {
  readonly skipped: boolean;
  /** What its place is called; null: it has none. */
  readonly place: string | null;
  /** What it is instead, without one. */
  readonly otherwise?: string;
}

/** What the plan has for a square or a hole: to be skipped, or its place in the order. */
export function PlaceInOrder({ skipped, place, otherwise = "not planned" }: PlaceInOrderProps): ReactNode {
  if (skipped) {
    return (
      <Mark mark="╱" tone="warn">
        skipped
      </Mark>
    );
  }
  if (place === null) {
    return (
      <Mark mark="○" tone="quiet">
        {otherwise}
      </Mark>
    );
  }
  return (
    <Mark mark="●" tone="live">
      {place}
    </Mark>
  );
}
