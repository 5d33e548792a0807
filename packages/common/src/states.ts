/*
 * States and statuses that decide what becomes of an entity, without the schemas, which the pages have no use for.
 */

/** Statuses of acquisitions that are over. */
export const OVER_STATUSES = ["completed", "abandoned"] as const;

/** Whether an acquisition with this status is over; one of which none is known is not. */
export function isOver(status: string | null | undefined): boolean {
  return (OVER_STATUSES as readonly unknown[]).includes(status);
}

/** `state` of a foil hole that EPU lists no longer: where holes are found again, they have other ids. */
export const REMOVED = "Removed";
