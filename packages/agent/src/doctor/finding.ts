/** What one check came to. */
export interface Finding {
  /** What was looked at, e.g. `API`. */
  readonly check: string;
  /** `warning`: the agent works, but not as well as it could. `failed`: it does not work like this. */
  readonly verdict: "ok" | "warning" | "failed";
  readonly message: string;
  /** What to do; null where there is nothing to do. */
  readonly hint: string | null;
}

export function isFine(check: string, message: string): Finding {
  return { check, verdict: "ok", message, hint: null };
}

export function warns(check: string, message: string, hint: string): Finding {
  return { check, verdict: "warning", message, hint };
}

export function fails(check: string, message: string, hint: string): Finding {
  return { check, verdict: "failed", message, hint };
}
