/**
 * What the system's clock said when this process began, and the time since: ms since 1970, which no setting of the clock
 * makes jump or go back. For all that is scheduled or measured; what others are told is the system's time.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
