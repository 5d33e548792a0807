import type { AgentTimes } from "./agent-options.js";

/** What may be changed while the agent runs, in seconds as everywhere on the outside. */
const CHANGEABLE = {
  log_interval: { time: "logIntervalMs", minS: 0.1 },
  heartbeat_interval: { time: "heartbeatIntervalMs", minS: 0 },
  sse_timeout: { time: "sseTimeoutMs", minS: 1 },
  verify_interval: { time: "verifyIntervalMs", minS: 0.1 },
} as const satisfies Record<string, { time: keyof AgentTimes; minS: number }>;

const MAX_S = 86_400;

export interface SettingsChange {
  /** By name: what it was and what it is, in seconds. */
  readonly changed: Readonly<Record<string, { readonly from: number; readonly to: number }>>;
  /** By name: why it was left as it is. */
  readonly refused: Readonly<Record<string, string>>;
}

/** The agent's times, of which instructions may change some. */
export class Settings {
  #times: AgentTimes;
  readonly #listeners = new Set<() => void>();

  constructor(times: AgentTimes) {
    this.#times = times;
  }

  get times(): AgentTimes {
    return this.#times;
  }

  /** Has a listener called when any of them is changed. @returns what ends that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param wanted in seconds, e.g. `{ log_interval: 5 }` */
  change(wanted: Readonly<Record<string, unknown>>): SettingsChange {
    const changed: Record<string, { from: number; to: number }> = {};
    const refused: Record<string, string> = {};
    for (const [name, value] of Object.entries(wanted)) {
      const setting = Object.hasOwn(CHANGEABLE, name) ? CHANGEABLE[name as keyof typeof CHANGEABLE] : null;
      if (setting === null) {
        refused[name] = `not a setting of the agent; there are ${Object.keys(CHANGEABLE).join(", ")}`;
      } else if (typeof value !== "number" || !(value >= setting.minS && value <= MAX_S)) {
        refused[name] = `not a number of seconds from ${setting.minS} to ${MAX_S}`;
      } else {
        changed[name] = { from: this.#times[setting.time] / 1_000, to: value };
        this.#times = { ...this.#times, [setting.time]: value * 1_000 };
      }
    }
    if (Object.keys(changed).length > 0) for (const listener of this.#listeners) listener();
    return { changed, refused };
  }
}
