import type { Logger } from "@smartem/common/logging";
import type { PathMap } from "@smartem/epu/windows-paths";
import type { DestinationStream } from "pino";
import type { ClientCredentials } from "./auth/agent-env.js";
import type { Backoff } from "./backoff.js";
import type { ControlMode } from "./control/control-mode.js";
import type { MicroscopeControl } from "./control/microscope-control.js";
import type { ReadFile } from "./intake/read-file.js";
import type { Notifier } from "./watch/notifier.js";
import type { WatchTimes } from "./watch/tree-watcher.js";

/** How often and how long; every value has a default that suits a microscope. */
export interface AgentTimes {
  readonly watch: WatchTimes;
  /** For files that can't be read yet. */
  readonly fileBackoff: Backoff;
  /** While the API does not answer. */
  readonly apiBackoff: Backoff;
  /** While the microscope's control does not answer. */
  readonly controlBackoff: Backoff;
  readonly apiTimeoutMs: number;
  /** How long the instruction stream may stay silent beyond the API's heartbeats, and take to begin. */
  readonly sseTimeoutMs: number;
  /** How often the API sends heartbeats (wire contract: 30 s). */
  readonly streamHeartbeatMs: number;
  /** An instruction stream that lived so long was a good one: that it ends, as it does with its token, is no fault. */
  readonly goodStreamMs: number;
  /** 0: none are sent. */
  readonly heartbeatIntervalMs: number;
  readonly logIntervalMs: number;
  /** How often the microscope's record is looked at for whether decisions are followed. */
  readonly verifyIntervalMs: number;
  /** How often what was done long ago is dropped, and what was not found is looked for again. */
  readonly housekeepingMs: number;
  /** How often what the API has refused is tried again: it may be a newer one meanwhile. */
  readonly refusedAgainMs: number;
  /** How often the status file is written. */
  readonly statusIntervalMs: number;
  /** How often is looked whether the API still has what it has confirmed. */
  readonly lossLookMs: number;
  /** Such a look begins by chance within so long, also at the start and when the API was away. */
  readonly lossLookSpreadMs: number;
  /** A session of which all is completed is complete when nothing new was seen for so long. */
  readonly sessionQuietMs: number;
  /** A session in which nothing new was seen for so long is closed. */
  readonly sessionIdleMs: number;
}

export const AGENT_TIMES: AgentTimes = {
  watch: { gatherMs: 25, scanIntervalMs: 5_000, fullScanIntervalMs: 300_000 },
  fileBackoff: { initialMs: 200, maxMs: 120_000 },
  apiBackoff: { initialMs: 500, maxMs: 60_000 },
  controlBackoff: { initialMs: 500, maxMs: 30_000 },
  apiTimeoutMs: 30_000,
  sseTimeoutMs: 30_000,
  streamHeartbeatMs: 30_000,
  goodStreamMs: 10_000,
  heartbeatIntervalMs: 60_000,
  logIntervalMs: 10_000,
  verifyIntervalMs: 5_000,
  housekeepingMs: 15_000,
  statusIntervalMs: 5_000,
  refusedAgainMs: 24 * 3_600_000,
  lossLookMs: 3 * 3_600_000,
  lossLookSpreadMs: 60_000,
  sessionQuietMs: 600_000,
  sessionIdleMs: 24 * 3_600_000,
};

export interface AgentOptions {
  /** The folder that EPU writes to, or one above it. Nothing is ever written below it. */
  readonly watchFolder: string;
  /** e.g. `http://127.0.0.1:8000` */
  readonly apiUrl: string;
  /** Names this agent to the API; the same at every start. */
  readonly agentId: string;
  /** Where the journal is kept: a local folder outside of the watched one. One per watched folder and user by default. */
  readonly stateFolder?: string;
  /** Where folders that EPU names are on this computer. */
  readonly pathMaps?: readonly PathMap[];
  /** Null: the API asks for no token. */
  readonly credentials?: ClientCredentials | null;
  /** What instructions to the microscope are given to; without one they are declined. */
  readonly control?: MicroscopeControl;
  /** What becomes of such instructions; `automatic` by default. */
  readonly mode?: ControlMode;
  /** The API's session to use for the first acquisition, instead of one that follows from agent and acquisition. */
  readonly sessionId?: string;
  /**
   * A session folder whose EpuSession.dm has not come after so long is taken in under the folder's name; by default it is
   * held until it comes. When it comes after all, everything is read and uploaded again as the session that it names.
   */
  readonly assumeSessionAfterMs?: number;
  /** What the agent logs is said with it too. */
  readonly log?: Logger;
  /** Where log lines (JSON) go, beside the API. */
  readonly logTo?: readonly DestinationStream[];
  /** pino's names; `info` by default. */
  readonly logLevel?: string;
  readonly times?: Partial<AgentTimes>;
  readonly readFile?: ReadFile;
  /** Whether to ask the system for notifications of changes; scans find them too, later. */
  readonly notifications?: boolean;
  /** How it is asked; as suits the system by default. */
  readonly notifier?: Notifier;
}
