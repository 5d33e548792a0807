import { messageOf, SmartemError } from "@smartem/common/errors";
import { naturalId } from "@smartem/common/ids";
import { type Logger, silentLogger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { EventSourceMessage } from "eventsource-parser";
import { request } from "undici";
import type { Channel, OutgoingMessage } from "./channel.js";
import { DueQueue } from "./due-queue.js";
import { followEvents } from "./event-source.js";
import type { GridTruth, HoleTruth, MicrographTruth, SquareTruth } from "./grid-truth.js";
import {
  createPredictor,
  DEFAULT_PREDICTORS,
  LATENT_MODEL_NAME,
  type LatentRepresentation,
  latentRepresentation,
  type Predictor,
  type PredictorOptions,
} from "./predictors.js";
import {
  ctfMessage,
  holePredictionMessages,
  latentMessages,
  type MessageForm,
  type MicrographReference,
  motionMessage,
  pickingMessage,
  selectionMessage,
  squarePredictionMessage,
} from "./processing-messages.js";
import { randomStream } from "./random.js";
import { at } from "./statistics.js";

/** How long programs take, in simulated seconds. */
export interface DelaysS {
  readonly prediction: number;
  readonly motion: number;
  readonly ctf: number;
  readonly picking: number;
  readonly selection: number;
}

export const DEFAULT_DELAYS_S: DelaysS = { prediction: 15, motion: 20, ctf: 40, picking: 180, selection: 240 };

export interface PipelinesOptions {
  readonly apiUrl: string;
  /** e.g. an authorization header */
  readonly headers?: Readonly<Record<string, string>>;
  readonly channel: Channel;
  /** The truth of an acquisition; undefined where it is not a simulated one: it is then left alone. */
  readonly truthOf: (acquisition: { readonly uuid: string; readonly name: string }) => GridTruth | undefined;
  /** Chooses delays, losses and doublings, independently of the truth. */
  readonly seed?: number;
  readonly startMs: number;
  readonly predictors?: readonly PredictorOptions[];
  /** Whether latent groups and coordinates are sent. */
  readonly latent?: boolean;
  readonly delaysS?: DelaysS;
  /** Spread of the delays, as the standard deviation of their logarithm: what makes results overtake each other. */
  readonly delaySpread?: number;
  /** Share of messages that never come, 0–1. */
  readonly lostShare?: number;
  /** Share of messages that come twice, with the same id, 0–1. */
  readonly doubledShare?: number;
  /** Form of the messages; "mixed": now one, now the other. */
  readonly form?: MessageForm | "mixed";
  /** Events after this one; default: all there ever were. */
  readonly afterEventId?: number;
  readonly logger?: Logger;
  /** Gives up whatever is under way, the start included, as `stop` does. */
  readonly signal?: AbortSignal;
}

/** How many entities the pipelines must have heard of. */
export interface Expected {
  readonly gridSquares?: number;
  readonly foilHoles?: number;
  readonly micrographs?: number;
}

/** The external programs around the backend: they predict, process, and report, each in its time. */
export interface Pipelines {
  /**
   * Lets simulated time pass: sends, in order, what becomes due. Resolves when the other side has taken it over. Time
   * does not run backwards: an earlier time than the last is taken for the last.
   */
  advanceTo(simulatedMs: number): Promise<void>;
  /** Messages that wait for their time. */
  pending(): number;
  /** When the next of them is due, simulated; Infinity when none is. */
  nextDueMs(): number;
  /**
   * Resolves when as many entities as expected are known, their messages are scheduled, and everything that is due has
   * been taken over.
   */
  settled(expected?: Expected): Promise<void>;
  readonly counts: PipelineCounts;
  /** Gives up what is under way, also where the other side is away: pipelines that are started again send it again. */
  stop(): Promise<void>;
}

export interface PipelineCounts {
  /** Distinct entities heard of. */
  readonly gridSquares: number;
  readonly foilHoles: number;
  readonly micrographs: number;
  /** Messages taken over, by type; doubles count. */
  readonly sent: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly doubled: number;
  /** Entities of simulated acquisitions that the truth does not know. */
  readonly unknown: number;
}

const EVENT_TYPES = [
  "gridsquare.created",
  "gridsquare_lowmag.created",
  "foilhole.created",
  "micrograph.created",
  "micrograph.updated",
] as const;
/** The stream is not read on while so many messages wait. */
const MAX_PENDING = 200_000;
const MAX_KNOWN_ENTITIES = 1_000_000;
const MAX_ACQUISITIONS = 16;
const SEND_BATCH = 2_000;
const RETRY_MS = 500;

/**
 * Registers the prediction models and starts to follow the backend's events. Whatever is sent depends on the truth and
 * the seed alone, message ids included: pipelines that are started again send the same messages again, which the backend
 * recognises.
 *
 * @throws SmartemError `pipelines_refused` where the API refuses the prediction models, `pipelines_stopped` where
 *   `signal` is aborted before the API was there
 */
export async function startPipelines(options: PipelinesOptions): Promise<Pipelines> {
  const pipelines = new RunningPipelines(options);
  await pipelines.registerModels();
  pipelines.start();
  return pipelines;
}

/** A grid by its natural ids. */
interface KnownGrid {
  readonly truth: GridTruth;
  readonly predictors: readonly Predictor[];
  readonly latent: LatentRepresentation;
  readonly squares: ReadonlyMap<string, SquareTruth>;
  readonly holes: ReadonlyMap<string, HoleTruth>;
  readonly micrographs: ReadonlyMap<string, { readonly hole: HoleTruth; readonly micrograph: MicrographTruth }>;
}

type EventData = Readonly<Record<string, unknown>>;

/** Holes of a square whose predictions one program makes together. */
interface HoleBatch {
  readonly known: KnownGrid;
  readonly gridUuid: string;
  readonly square: SquareTruth;
  readonly predictor: Predictor;
  readonly holes: { readonly uuid: string; readonly hole: HoleTruth }[];
}

type Due =
  | { readonly kind: "messages"; readonly messages: readonly OutgoingMessage[] }
  | { readonly kind: "holes"; readonly key: string };

class RunningPipelines implements Pipelines {
  readonly #options: Required<Omit<PipelinesOptions, "headers" | "afterEventId" | "logger" | "signal">>;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #afterEventId: number;
  readonly #logger: Logger;
  readonly #abort = new AbortController();
  readonly #due = new DueQueue<Due>();
  readonly #batches = new Map<string, HoleBatch>();
  readonly #grids = new Map<string, KnownGrid | null>();
  readonly #known = { gridSquares: new Set<string>(), foilHoles: new Set<string>(), micrographs: new Set<string>() };
  readonly #sent: Record<string, number> = {};
  readonly #waiters = new Set<() => void>();
  #nowMs: number;
  #sending: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  #handling = 0;
  #lost = 0;
  #doubled = 0;
  #unknown = 0;

  constructor(options: PipelinesOptions) {
    const { headers, afterEventId, logger, signal, ...rest } = options;
    this.#options = {
      seed: 0,
      predictors: DEFAULT_PREDICTORS,
      latent: true,
      delaysS: DEFAULT_DELAYS_S,
      delaySpread: 0.3,
      lostShare: 0.01,
      doubledShare: 0.02,
      form: "mixed",
      ...rest,
    };
    this.#headers = headers ?? {};
    this.#afterEventId = afterEventId ?? 0;
    this.#logger = logger ?? silentLogger;
    this.#nowMs = options.startMs;
    if (signal?.aborted === true) this.#abort.abort();
    signal?.addEventListener("abort", () => this.#abort.abort(), { once: true });
  }

  get counts(): PipelineCounts {
    return {
      gridSquares: this.#known.gridSquares.size,
      foilHoles: this.#known.foilHoles.size,
      micrographs: this.#known.micrographs.size,
      sent: { ...this.#sent },
      lost: this.#lost,
      doubled: this.#doubled,
      unknown: this.#unknown,
    };
  }

  pending(): number {
    let inBatches = 0;
    for (const batch of this.#batches.values()) inBatches += batch.holes.length;
    return this.#due.size + inBatches;
  }

  nextDueMs(): number {
    return this.#due.nextMs;
  }

  async registerModels(): Promise<void> {
    const { predictors, latent } = this.#options;
    // Clients take the first model for the predictor and the second for the latent one.
    const [first, ...others] = predictors.map(({ name, description }) => ({ name, description }));
    const models = [
      ...(first === undefined ? [] : [first]),
      ...(latent ? [{ name: LATENT_MODEL_NAME, description: "Groups squares and holes that look alike" }] : []),
      ...others,
    ];
    for (const model of models) {
      const { status, body } = await this.#call("POST", "/prediction_models", model);
      // A model that is there already is what is wanted.
      if (status >= 400 && status !== 409) {
        throw new SmartemError(
          "pipelines_refused",
          500,
          `POST /prediction_models was answered with ${status}: ${body.slice(0, 300)}`,
        );
      }
    }
  }

  start(): void {
    const query = new URLSearchParams({ event_types: EVENT_TYPES.join(","), after: String(this.#afterEventId) });
    this.#following = followEvents({
      url: `${this.#base()}/events/stream?${query}`,
      headers: this.#headers,
      signal: this.#abort.signal,
      onEvent: (event) => this.#onEvent(event),
      onProblem: (reason) => this.#logger.warn({ reason }, "the stream of events broke off; it is taken up again"),
    });
  }

  async advanceTo(simulatedMs: number): Promise<void> {
    this.#nowMs = Math.max(this.#nowMs, simulatedMs);
    await this.#sendDue();
  }

  settled(expected: Expected = {}): Promise<void> {
    const isSettled = (): boolean =>
      this.#handling === 0 &&
      this.#known.gridSquares.size >= (expected.gridSquares ?? 0) &&
      this.#known.foilHoles.size >= (expected.foilHoles ?? 0) &&
      this.#known.micrographs.size >= (expected.micrographs ?? 0);
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (this.#failure !== null) {
          this.#waiters.delete(check);
          reject(this.#failure);
        } else if (this.#abort.signal.aborted) {
          this.#waiters.delete(check);
          reject(new SmartemError("pipelines_stopped", 503, "The pipelines were stopped."));
        } else if (isSettled()) {
          this.#waiters.delete(check);
          this.#sendDue().then(resolve, reject);
        }
      };
      this.#waiters.add(check);
      check();
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#changed();
    await this.#following;
    await this.#sending.catch(() => undefined);
  }

  #base(): string {
    return this.#options.apiUrl.replace(/\/+$/, "");
  }

  #changed(): void {
    for (const check of [...this.#waiters]) check();
  }

  /** Sends what is due; one caller after the other, so that nothing overtakes. */
  #sendDue(): Promise<void> {
    this.#sending = this.#sending.then(async () => {
      try {
        for (;;) {
          const due = this.#due.takeDue(this.#nowMs, SEND_BATCH);
          if (due.length === 0) break;
          const messages = due.flatMap((one) =>
            one.kind === "messages" ? one.messages : this.#holePredictions(one.key),
          );
          await this.#options.channel.send(messages, this.#abort.signal);
          for (const { event_type: type } of messages) this.#sent[type] = (this.#sent[type] ?? 0) + 1;
        }
      } catch (thrown) {
        if (this.#abort.signal.aborted) return;
        this.#failure = thrown instanceof Error ? thrown : new Error(messageOf(thrown));
        this.#logger.error({ reason: messageOf(thrown) }, "messages could not be sent");
      } finally {
        this.#changed();
      }
    });
    return this.#sending;
  }

  async #onEvent(event: EventSourceMessage): Promise<void> {
    const type = event.event ?? "";
    if (!EVENT_TYPES.some((known) => known === type)) return;
    this.#handling++;
    try {
      await this.#handle(type, fieldsOf(event.data));
    } finally {
      this.#handling--;
      this.#changed();
    }
    // What waits is bounded by not reading on.
    while (this.pending() > MAX_PENDING && !this.#abort.signal.aborted) await delay(RETRY_MS, this.#abort.signal);
  }

  async #handle(type: string, data: EventData): Promise<void> {
    const uuid = text(data.uuid);
    const gridUuid = text(data.grid_uuid);
    const acquisitionUuid = text(data.acquisition_uuid);
    if (uuid === null || gridUuid === null || acquisitionUuid === null) return;
    const known = await this.#gridOf(acquisitionUuid);
    if (known === null) return;
    if (type.startsWith("micrograph.")) this.#onMicrograph(known, uuid, gridUuid, data);
    else if (type.startsWith("foilhole.")) this.#onHole(known, uuid, gridUuid, data);
    else this.#onSquare(known, uuid, gridUuid, data);
  }

  #onSquare(known: KnownGrid, uuid: string, gridUuid: string, data: EventData): void {
    if (!this.#isNew("gridSquares", uuid)) return;
    const gridSquareId = text(data.gridsquare_id) ?? "";
    const square = known.squares.get(gridSquareId);
    if (square === undefined) {
      this.#unknown++;
      return;
    }
    for (const predictor of known.predictors) {
      if (predictor.options.level !== "square") continue;
      this.#schedule(`square:${uuid}:${predictor.options.name}`, this.#options.delaysS.prediction, (origin) => [
        squarePredictionMessage(origin, { uuid, gridUuid, gridSquareId }, predictor.options, predictor.square(square)),
      ]);
    }
    if (!this.#options.latent) return;
    this.#schedule(`latent:${uuid}`, this.#options.delaysS.prediction, ({ messageId }) =>
      latentMessages(messageId, gridUuid, LATENT_MODEL_NAME, uuid, known.latent.square(square)),
    );
  }

  #onHole(known: KnownGrid, uuid: string, gridUuid: string, data: EventData): void {
    if (!this.#isNew("foilHoles", uuid)) return;
    const hole = known.holes.get(text(data.foilhole_id) ?? "");
    if (hole === undefined) {
      this.#unknown++;
      return;
    }
    const square = at(known.truth.squares, hole.square);
    for (const predictor of known.predictors) {
      if (predictor.options.level !== "hole") continue;
      // The holes of a square become known together and are predicted together.
      const key = `holes:${gridUuid}:${square.id}:${predictor.options.name}`;
      const batch = this.#batches.get(key);
      if (batch !== undefined) {
        batch.holes.push({ uuid, hole });
        continue;
      }
      this.#batches.set(key, { known, gridUuid, square, predictor, holes: [{ uuid, hole }] });
      this.#due.add(this.#nowMs + this.#takesMs(key, this.#options.delaysS.prediction), { kind: "holes", key });
    }
    if (!this.#options.latent) return;
    this.#schedule(`latent:${uuid}`, this.#options.delaysS.prediction, ({ messageId }) =>
      latentMessages(messageId, gridUuid, LATENT_MODEL_NAME, uuid, known.latent.hole(hole)),
    );
  }

  /** The predictions of all holes that have gathered under a key. */
  #holePredictions(key: string): OutgoingMessage[] {
    const batch = this.#batches.get(key);
    if (batch === undefined) return [];
    this.#batches.delete(key);
    const { square, gridUuid, predictor, holes } = batch;
    // Named by the holes in it: pipelines that are started again may gather them differently.
    const members = naturalId(holes.map((hole) => hole.uuid));
    const origin = { messageId: messageId(`${key}:${members}`), form: this.#formOf(key), atMs: this.#nowMs };
    return holePredictionMessages(
      origin,
      { gridUuid, gridSquareId: String(square.id) },
      predictor.options,
      holes.map(({ uuid, hole }) => ({ uuid, foilHoleId: String(hole.id), value: predictor.hole(hole) })),
    );
  }

  #onMicrograph(known: KnownGrid, uuid: string, gridUuid: string, data: EventData): void {
    if (this.#known.micrographs.has(uuid)) return;
    // A micrograph may become known before its manifest, and so before its id.
    const micrographId = text(data.micrograph_id);
    if (micrographId === null) return;
    const found = known.micrographs.get(micrographId);
    if (found === undefined) {
      if (this.#isNew("micrographs", uuid)) this.#unknown++;
      return;
    }
    this.#isNew("micrographs", uuid);
    const { hole, micrograph } = found;
    const of: MicrographReference = {
      uuid,
      gridUuid,
      gridSquareId: String(at(known.truth.squares, hole.square).id),
      foilHoleId: String(hole.id),
      micrographId,
    };
    const { delaysS } = this.#options;
    this.#schedule(`motion:${uuid}`, delaysS.motion, (origin) => [motionMessage(origin, of, micrograph)]);
    this.#schedule(`ctf:${uuid}`, delaysS.ctf, (origin) => [ctfMessage(origin, of, micrograph)]);
    this.#schedule(`picking:${uuid}`, delaysS.picking, (origin) => [pickingMessage(origin, of, micrograph)]);
    this.#schedule(`selection:${uuid}`, delaysS.selection, (origin) => [selectionMessage(origin, of, micrograph)]);
  }

  #schedule(
    key: string,
    delayS: number,
    make: (origin: { messageId: string; form: MessageForm; atMs: number }) => OutgoingMessage[],
  ): void {
    const random = randomStream(this.#options.seed, "fate", key);
    if (random.chance(this.#options.lostShare)) {
      this.#lost++;
      return;
    }
    const dueMs = this.#nowMs + this.#takesMs(key, delayS);
    const messages = make({ messageId: messageId(key), form: this.#formOf(key), atMs: dueMs });
    this.#due.add(dueMs, { kind: "messages", messages });
    if (!random.chance(this.#options.doubledShare)) return;
    this.#doubled++;
    this.#due.add(dueMs + delayS * 1000 * random.uniform(), { kind: "messages", messages });
  }

  #takesMs(key: string, delayS: number): number {
    const random = randomStream(this.#options.seed, "duration", key);
    return delayS * 1000 * random.lognormal(0, this.#options.delaySpread);
  }

  #formOf(key: string): MessageForm {
    const { form, seed } = this.#options;
    if (form !== "mixed") return form;
    return randomStream(seed, "form", key).chance(0.5) ? "flat" : "enveloped";
  }

  #isNew(kind: "gridSquares" | "foilHoles" | "micrographs", uuid: string): boolean {
    const known = this.#known[kind];
    if (known.has(uuid)) return false;
    if (known.size >= MAX_KNOWN_ENTITIES)
      for (const oldest of known) {
        known.delete(oldest);
        break;
      }
    known.add(uuid);
    return true;
  }

  async #gridOf(acquisitionUuid: string): Promise<KnownGrid | null> {
    const cached = this.#grids.get(acquisitionUuid);
    if (cached !== undefined) return cached;
    const name = await this.#nameOf(acquisitionUuid);
    const truth = name === null ? undefined : this.#options.truthOf({ uuid: acquisitionUuid, name });
    const grid = truth === undefined ? null : knownGrid(truth, this.#options.predictors);
    if (this.#grids.size >= MAX_ACQUISITIONS) {
      const [oldest] = this.#grids.keys();
      if (oldest !== undefined) this.#grids.delete(oldest);
    }
    this.#grids.set(acquisitionUuid, grid);
    return grid;
  }

  /** The acquisition's name; null where there is no such acquisition any more. */
  async #nameOf(acquisitionUuid: string): Promise<string | null> {
    while (!this.#abort.signal.aborted) {
      const { status, body } = await this.#call("GET", `/acquisitions/${encodeURIComponent(acquisitionUuid)}`);
      if (status === 404) return null;
      if (status === 200) return text((JSON.parse(body) as { name?: unknown }).name);
      this.#logger.warn({ status }, "an acquisition could not be looked up; it is tried again");
      await delay(RETRY_MS, this.#abort.signal);
    }
    return null;
  }

  /** Repeats while the API is away. */
  async #call(method: "GET" | "POST", path: string, body?: unknown): Promise<{ status: number; body: string }> {
    while (!this.#abort.signal.aborted) {
      try {
        const response = await request(`${this.#base()}${path}`, {
          method,
          signal: this.#abort.signal,
          headers: { ...this.#headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const answer = { status: response.statusCode, body: await response.body.text() };
        if (answer.status < 500) return answer;
        this.#logger.warn({ path, status: answer.status }, "the API failed; the call is repeated");
      } catch (thrown) {
        this.#logger.warn({ path, reason: messageOf(thrown) }, "the API could not be reached; the call is repeated");
      }
      await delay(RETRY_MS, this.#abort.signal);
    }
    throw new SmartemError("pipelines_stopped", 503, "The pipelines were stopped.");
  }
}

function knownGrid(truth: GridTruth, predictors: readonly PredictorOptions[]): KnownGrid {
  const holes = truth.squares.flatMap((square) => square.holes);
  return {
    truth,
    predictors: predictors.map((options) => createPredictor(truth, options)),
    latent: latentRepresentation(truth),
    squares: new Map(truth.squares.map((square) => [String(square.id), square])),
    holes: new Map(holes.map((hole) => [String(hole.id), hole])),
    micrographs: new Map(
      holes.flatMap((hole) =>
        hole.micrographs.map((micrograph) => [micrograph.uniqueId, { hole, micrograph }] as const),
      ),
    ),
  };
}

/** The fields of an event; none where its data is not a JSON object. */
function fieldsOf(data: string): EventData {
  try {
    const parsed: unknown = JSON.parse(data);
    return typeof parsed === "object" && parsed !== null ? (parsed as EventData) : {};
  } catch {
    return {};
  }
}

function messageId(key: string): string {
  return `simulated:${key}`;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : null;
}
