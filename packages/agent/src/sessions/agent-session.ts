import type { InstructionMessage } from "@smartem/common/instructions";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { type ApiClient, type ApiFailure, isUnknown } from "../api/api-client.js";
import { backoffMs } from "../backoff.js";
import type { ControlMode } from "../control/control-mode.js";
import { persevering } from "../persevering.js";
import type { Settings } from "../settings.js";
import { steadyNow } from "../steady-clock.js";
import { AGENT_VERSION } from "../version.js";
import { followInstructions } from "./instruction-stream.js";

/** What the API is told of how an agent takes orders to the microscope. */
export interface SaidOfControl {
  readonly name: string;
  readonly mode: ControlMode;
}

export interface AgentSessionOptions {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly settings: Settings;
  readonly agentId: string;
  readonly sessionId: string;
  readonly acquisitionUuid: string;
  readonly name: string | null;
  /** By which the API chooses whom it tells, of several agents. */
  readonly control: SaidOfControl;
  readonly onInstruction: (message: InstructionMessage, acquisition: string) => void;
  /** Another connection than the first is there; whether that before had failed, and not ended in an orderly way. */
  readonly onReconnected: (wasLost: boolean) => void;
  /** The API does not know the acquisition. */
  readonly onAcquisitionUnknown: (acquisition: string) => void;
}

export type AgentSessionState = "registering" | "connecting" | "connected" | "waiting" | "closed";

/** What the API answers where an operator has closed the session. */
const CLOSED_BY_OPERATOR = 409;

const MOST_WAIT_MS = 3_600_000;

const WITHOUT_REASON = { silent: "nothing was heard for too long", closed: "closed" } as const;

/**
 * The agent's session at the API for one acquisition: registered, kept alive by heartbeats, and listening for
 * instructions for as long as it runs, whatever happens to connections.
 */
export class AgentSession {
  readonly #options: AgentSessionOptions;
  readonly #stopping = new AbortController();
  #state: AgentSessionState = "registering";
  #lastError: string | null = null;
  #connections = 0;
  /** At which it listens. */
  #connectionId: string | null = null;
  #lastBeatMs = 0;
  #beatWake = new AbortController();
  #cut = new AbortController();
  #work: Promise<unknown> | null = null;

  constructor(options: AgentSessionOptions) {
    this.#options = options;
  }

  get status(): {
    session_id: string;
    acquisition_uuid: string;
    name: string | null;
    state: AgentSessionState;
    connections: number;
    last_error: string | null;
  } {
    const { sessionId, acquisitionUuid, name } = this.#options;
    return {
      session_id: sessionId,
      acquisition_uuid: acquisitionUuid,
      name,
      state: this.#state,
      connections: this.#connections,
      last_error: this.#lastError,
    };
  }

  /** Whether the API knows the session, so that it may be spoken of. */
  get isRegistered(): boolean {
    return this.#state === "connecting" || this.#state === "connected";
  }

  start(): void {
    const { log } = this.#options;
    const run = (part: string, work: (signal: AbortSignal) => Promise<void>) =>
      persevering(part, log, this.#stopping.signal, work);
    this.#work = Promise.all([
      run("session", (signal) => this.#listen(signal)),
      run("heartbeats", (signal) => this.#beat(signal)),
    ]);
  }

  /** Leaves the connection for a new one, on which the API gives everything again that it has no answer to. */
  listenAgain(): void {
    this.#cut.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cut.abort();
    await this.#work;
    this.#state = "closed";
  }

  /** Ends the session at the API too; it is this agent's to open again. */
  async close(): Promise<void> {
    const { api, agentId, sessionId } = this.#options;
    await this.stop();
    await api.call({
      method: "POST",
      path: `/agent/${encodeURIComponent(agentId)}/sessions/${sessionId}/close?closed_by=agent`,
    });
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { api, log, settings, agentId, sessionId, onInstruction, onReconnected, acquisitionUuid } = this.#options;
    // A journal that was lost had instructions that the API holds for received.
    const path = `/agent/${encodeURIComponent(agentId)}/session/${sessionId}/instructions/stream?unanswered=true`;
    let failures = 0;
    let registered = false;
    const pause = async (reason: string): Promise<void> => {
      failures++;
      if (failures === 1 || failures % 20 === 0) log.warn({ sessionId, reason, failures }, "instruction stream lost");
      this.#lastError = reason;
      this.#state = "waiting";
      await delay(backoffMs(failures, settings.times.apiBackoff), signal);
    };
    while (!signal.aborted) {
      if (!registered) {
        // Whether somebody has opened a closed one is only asked.
        if (this.#state !== "closed") this.#state = "registering";
        const failure = await this.#register();
        if (failure?.kind === "refused" && failure.status === CLOSED_BY_OPERATOR) {
          if (this.#lastError !== failure.message)
            log.warn({ sessionId, reason: failure.message }, "session is closed");
          this.#lastError = failure.message;
          this.#state = "closed";
          // Nothing tells when somebody opens it: it is looked for, at the longest interval.
          await delay(backoffMs(Number.MAX_SAFE_INTEGER, settings.times.apiBackoff), signal);
          continue;
        }
        if (failure !== null) {
          await pause(failure.message);
          continue;
        }
        registered = true;
      }
      this.#state = "connecting";
      const { times } = settings;
      const begunAt = steadyNow();
      this.#cut = new AbortController();
      if (signal.aborted) return;
      const end = await followInstructions(
        api,
        path,
        { connectMs: times.sseTimeoutMs, silenceMs: times.streamHeartbeatMs + times.sseTimeoutMs },
        this.#cut.signal,
        ({ event, data }) => {
          if (event === "connection") {
            this.#state = "connected";
            this.#connections++;
            this.#connectionId = typeof data.connection_id === "string" ? data.connection_id : null;
            // Told at once: until then the API may send to an earlier connection, which a cut network has left half-open.
            this.#lastBeatMs = 0;
            this.#beatWake.abort();
            this.#lastError = null;
            if (failures > 0) log.info({ sessionId, failures }, "instruction stream is back");
            // Also after an orderly end: an API that is restarted within a moment fails in nothing else.
            if (this.#connections > 1) onReconnected(failures > 0);
          } else if (event === "instruction") {
            const message = instructionOf(data, sessionId);
            if (message === null) log.error({ sessionId, data }, "an instruction that can't be understood");
            else onInstruction(message, acquisitionUuid);
          }
        },
      );
      if (signal.aborted) return;
      const wasGood = steadyNow() - begunAt > times.goodStreamMs;
      if (wasGood) failures = 0;
      if (wasGood && end.is === "closed") {
        log.debug({ sessionId }, "instruction stream ended; it is opened again");
        this.#state = "waiting";
        await delay(backoffMs(1, times.apiBackoff), signal);
        continue;
      }
      if (end.is === "session_refused") registered = false;
      await pause("reason" in end ? end.reason : WITHOUT_REASON[end.is]);
    }
  }

  /** @returns why it failed; null when it did not */
  async #register(): Promise<ApiFailure | null> {
    const { api, agentId, sessionId, acquisitionUuid, name, control, onAcquisitionUnknown, log } = this.#options;
    const answer = await api.call({
      method: "POST",
      path: `/agent/${encodeURIComponent(agentId)}/sessions`,
      body: {
        session_id: sessionId,
        acquisition_uuid: acquisitionUuid,
        name,
        experimental_parameters: { agent_version: AGENT_VERSION, control: control.name, control_mode: control.mode },
      },
    });
    if (answer.ok) {
      log.info({ sessionId, acquisitionUuid }, "session registered");
      return null;
    }
    if (isUnknown(answer.error)) onAcquisitionUnknown(acquisitionUuid);
    return answer.error;
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { api, agentId, sessionId, settings } = this.#options;
    const path = `/agent/${encodeURIComponent(agentId)}/session/${sessionId}/heartbeat`;
    const wake = () => this.#beatWake.abort();
    signal.addEventListener("abort", wake, { once: true });
    const unsubscribe = settings.onChange(wake);
    try {
      while (!signal.aborted) {
        this.#beatWake = new AbortController();
        const { heartbeatIntervalMs: interval } = settings.times;
        // Nothing is to be said where nothing is listened at: the next connection wakes it.
        const isBeating = interval > 0 && this.#state === "connected";
        const waitMs = isBeating ? this.#lastBeatMs + interval - steadyNow() : MOST_WAIT_MS;
        if (waitMs > 0) {
          await delay(Math.min(MOST_WAIT_MS, waitMs), this.#beatWake.signal);
          continue;
        }
        this.#lastBeatMs = steadyNow();
        const cut = this.#cut;
        const connection = this.#connectionId;
        const query = connection === null ? "" : `?connection_id=${encodeURIComponent(connection)}`;
        const answer = await api.call({ method: "POST", path: path + query });
        // The API has dropped the connection that this side believes in, if it still does: the next one is another.
        if (!answer.ok && answer.error.status === 404) cut.abort();
      }
    } finally {
      unsubscribe();
      signal.removeEventListener("abort", wake);
    }
  }
}

function instructionOf(data: Readonly<Record<string, unknown>>, sessionId: string): InstructionMessage | null {
  const { instruction_id: id, instruction_type: type, payload } = data;
  if (typeof id !== "string" || id === "" || typeof type !== "string") return null;
  return {
    type: "instruction",
    instruction_id: id,
    agent_id: typeof data.agent_id === "string" ? data.agent_id : "",
    session_id: sessionId,
    instruction_type: type,
    payload: typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {},
    sequence_number: typeof data.sequence_number === "number" ? data.sequence_number : null,
    priority: data.priority === "high" || data.priority === "low" ? data.priority : "normal",
    created_at: typeof data.created_at === "string" ? data.created_at : new Date().toISOString(),
    expires_at: typeof data.expires_at === "string" ? data.expires_at : null,
    metadata: null,
  };
}
