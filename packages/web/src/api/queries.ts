import { queryOptions } from "@tanstack/react-query";
import { type WantedLines, withNew } from "../agents/log-lines.js";
import { isSettled } from "../instructions/words.js";
import type {
  AcquisitionProgress,
  AgentLog,
  Decision,
  DecisionSettings,
  DecisionSettingsUpdate,
  FullResult,
  GridPlan,
  Health,
  Instruction,
  OperatorChoice,
  Result,
  Throughput,
} from "./additions.js";
import { answer, answerOfList, api, type FetchedImage, getImage, type ListPart, reached } from "./client.js";
import { ApiProblem, isNotOffered, problemOf } from "./problem.js";
import { resultRows } from "./result-rows.js";

/*
 * Every question that the pages ask, with the key under which its answer is kept. live/live-updates.ts says which events
 * make which answers old.
 */

/** What the person at the screen may do: asked once, and after each login, when everything is asked again. */
export const callerQuery = queryOptions({
  queryKey: ["caller"],
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => answer(api.GET("/auth/caller", { signal })),
});

export const acquisitionsQuery = queryOptions({
  queryKey: ["acquisitions"],
  queryFn: ({ signal }) => answer(api.GET("/acquisitions", { signal })),
});

export const gridCountsQuery = queryOptions({
  queryKey: ["acquisitions", "grid-counts"],
  queryFn: ({ signal }) => answer(api.GET("/acquisitions/grid-counts", { signal })),
});

/** Counts by acquisition. */
export const progressQuery = queryOptions({
  queryKey: ["progress"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }): Promise<Readonly<Record<string, AcquisitionProgress>>> => {
    const rows = await answer(api.GET("/acquisitions/progress", { signal }));
    return Object.fromEntries(rows.map((row) => [row.acquisition_uuid, row]));
  },
});

/** How fast a rate over a whole session can change. */
const THROUGHPUT_INTERVAL_MS = 30_000;

/** What each acquisition has brought, by acquisition. No event tells of it: asked for now and then. */
export const throughputQuery = queryOptions({
  queryKey: ["throughput"],
  refetchInterval: THROUGHPUT_INTERVAL_MS,
  queryFn: async ({ signal }): Promise<Readonly<Record<string, Throughput>>> => {
    const rows = await answer(api.GET("/acquisitions/throughput", { signal }));
    return Object.fromEntries(rows.map((row) => [row.acquisition_uuid, row]));
  },
});

export const acquisitionQuery = (uuid: string) =>
  queryOptions({
    queryKey: ["acquisition", uuid],
    queryFn: ({ signal }) =>
      answer(api.GET("/acquisitions/{acquisition_uuid}", { params: { path: { acquisition_uuid: uuid } }, signal })),
  });

export const gridsQuery = (acquisitionUuid: string) =>
  queryOptions({
    queryKey: ["acquisition", acquisitionUuid, "grids"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/acquisitions/{acquisition_uuid}/grids", {
          params: { path: { acquisition_uuid: acquisitionUuid } },
          signal,
        }),
      ),
  });

export const settingsQuery = (acquisitionUuid: string) =>
  queryOptions({
    queryKey: ["settings", acquisitionUuid],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/acquisitions/{acquisition_uuid}/decision_settings", {
          params: { path: { acquisition_uuid: acquisitionUuid } },
          signal,
        }),
      ),
  });

export function changeSettings(acquisitionUuid: string, changes: DecisionSettingsUpdate): Promise<DecisionSettings> {
  return answer(
    api.PUT("/acquisitions/{acquisition_uuid}/decision_settings", {
      params: { path: { acquisition_uuid: acquisitionUuid } },
      body: changes,
    }),
  );
}

export const gridQuery = (uuid: string) =>
  queryOptions({
    queryKey: ["grid", uuid],
    queryFn: ({ signal }) => answer(api.GET("/grids/{grid_uuid}", { params: { path: { grid_uuid: uuid } }, signal })),
  });

export const squaresQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["squares", gridUuid],
    queryFn: ({ signal }) =>
      answer(api.GET("/grids/{grid_uuid}/gridsquares", { params: { path: { grid_uuid: gridUuid } }, signal })),
  });

/** null: no plan has been made yet. */
export const planQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["plan", gridUuid],
    queryFn: async ({ signal }): Promise<GridPlan | null> => {
      try {
        return await answer(api.GET("/grids/{grid_uuid}/plan", { params: { path: { grid_uuid: gridUuid } }, signal }));
      } catch (error) {
        if (error instanceof ApiProblem && error.code === "no_plan") return null;
        throw error;
      }
    },
  });

/** The micrographs of a grid, in the order in which they were taken. */
export const resultsQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["results", gridUuid],
    // Comparing what is new with what was there would take longer than using it.
    structuralSharing: false,
    queryFn: async ({ signal }): Promise<readonly Result[]> =>
      resultRows(
        await answer(
          api.GET("/grids/{grid_uuid}/results/columns", { params: { path: { grid_uuid: gridUuid } }, signal }),
        ),
      ),
  });

/** Every micrograph of a grid with all that is known of it, for tables that are saved. */
export function fullResults(gridUuid: string): Promise<FullResult[]> {
  return answer(api.GET("/grids/{grid_uuid}/results", { params: { path: { grid_uuid: gridUuid } } }));
}

const NEWEST_INSTRUCTIONS = 100;

const toldTo = (acquisitionUuid: string | null) =>
  acquisitionUuid === null ? {} : { acquisition_uuid: acquisitionUuid };

/** The newest of what the microscope of an acquisition was told, or all of them; newest first. */
export const instructionsQuery = (acquisitionUuid: string | null) =>
  queryOptions({
    queryKey: ["instructions", acquisitionUuid ?? ""],
    queryFn: ({ signal }) =>
      answerOfList(
        api.GET("/instructions/newest", {
          params: { query: { limit: NEWEST_INSTRUCTIONS, ...toldTo(acquisitionUuid) } },
          signal,
        }),
      ),
  });

/** All that the microscope of an acquisition was told, or all of them, for files; newest first. */
export function allInstructions(acquisitionUuid: string | null): Promise<Instruction[]> {
  return answer(api.GET("/instructions/newest", { params: { query: toldTo(acquisitionUuid) } }));
}

async function forAdministrators<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await orNotOffered(request);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 403) return null;
    throw error;
  }
}

async function orNotOffered<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isNotOffered(error)) return null;
    throw error;
  }
}

/** What each model has said of a square, oldest first. */
export const squarePredictionsQuery = (gridUuid: string, squareUuid: string) =>
  queryOptions({
    queryKey: ["predictions", "square", gridUuid, squareUuid],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/gridsquares/{gridsquare_uuid}/quality_predictions", {
          params: { path: { gridsquare_uuid: squareUuid } },
          signal,
        }),
      ),
  });

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => answer(api.GET("/prediction_models", { signal })),
});

/** A model's newest prediction for each square of a grid; where it predicts holes, the mean of each square's. */
export const gridPredictionQuery = (gridUuid: string, model: string) =>
  queryOptions({
    queryKey: ["predictions", gridUuid, model],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, number>> => {
      const rows = await answer(
        api.GET("/prediction_model/{prediction_model_name}/grid/{grid_uuid}/prediction", {
          params: { path: { prediction_model_name: model, grid_uuid: gridUuid } },
          signal,
        }),
      );
      return meanBySquare(rows);
    },
  });

function meanBySquare(
  rows: readonly { readonly gridsquare_uuid?: string | null; readonly value: number }[],
): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { gridsquare_uuid, value } of rows) {
    if (gridsquare_uuid == null) continue;
    const held = sums.get(gridsquare_uuid) ?? { sum: 0, count: 0 };
    sums.set(gridsquare_uuid, { sum: held.sum + value, count: held.count + 1 });
  }
  return new Map([...sums].map(([uuid, { sum, count }]) => [uuid, sum / count]));
}

export const squareQuery = (uuid: string) =>
  queryOptions({
    queryKey: ["square", uuid],
    queryFn: ({ signal }) =>
      answer(api.GET("/gridsquares/{gridsquare_uuid}", { params: { path: { gridsquare_uuid: uuid } }, signal })),
  });

export const holesQuery = (squareUuid: string) =>
  queryOptions({
    queryKey: ["holes", squareUuid],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/gridsquares/{gridsquare_uuid}/foilholes", {
          params: { path: { gridsquare_uuid: squareUuid } },
          signal,
        }),
      ),
  });

/** Empty where no plan has been made yet. */
export const squarePlanQuery = (squareUuid: string) =>
  queryOptions({
    queryKey: ["plan", "square", squareUuid],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/gridsquares/{gridsquare_uuid}/plan", { params: { path: { gridsquare_uuid: squareUuid } }, signal }),
      ),
  });

export const micrographsQuery = (holeUuid: string) =>
  queryOptions({
    queryKey: ["results", "hole", holeUuid],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/foilholes/{foilhole_uuid}/micrographs", { params: { path: { foilhole_uuid: holeUuid } }, signal }),
      ),
  });

/** A model's newest prediction for each hole of a square. */
export const holePredictionQuery = (squareUuid: string, model: string) =>
  queryOptions({
    queryKey: ["predictions", squareUuid, model],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, number>> => {
      const rows = await answer(
        api.GET("/prediction_model/{prediction_model_name}/gridsquare/{gridsquare_uuid}/prediction", {
          params: { path: { prediction_model_name: model, gridsquare_uuid: squareUuid } },
          signal,
        }),
      );
      return new Map(
        rows.flatMap(({ foilhole_uuid, value }) => (foilhole_uuid == null ? [] : [[foilhole_uuid, value]])),
      );
    },
  });

export const allGridsQuery = queryOptions({
  queryKey: ["acquisitions", "grids"],
  queryFn: ({ signal }) => answer(api.GET("/grids", { signal })),
});

export const weightsQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["weights", gridUuid],
    queryFn: ({ signal }) =>
      answer(api.GET("/grid/{grid_uuid}/model_weights", { params: { path: { grid_uuid: gridUuid } }, signal })),
  });

/** A model's newest predictions on a grid: of squares, or else of holes. */
export const rawPredictionQuery = (gridUuid: string, model: string) =>
  queryOptions({
    queryKey: ["predictions", gridUuid, model, "raw"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/prediction_model/{prediction_model_name}/grid/{grid_uuid}/prediction", {
          params: { path: { prediction_model_name: model, grid_uuid: gridUuid } },
          signal,
        }),
      ),
  });

/** What a model had predicted of the holes that were imaged since, or of a metric of them. */
export interface Foreseen {
  readonly ofHole: ReadonlyMap<string, number>;
  /** Holes of which it had said nothing by then: there its first prediction counts. */
  readonly afterwards: readonly string[];
}

export const foreseenQuery = (gridUuid: string, model: string, metric: string | null) =>
  queryOptions({
    queryKey: ["foreseen", gridUuid, model, metric],
    // Comparing what is new with what was there would take longer than using it.
    structuralSharing: false,
    queryFn: async ({ signal }): Promise<Foreseen> => {
      const { foilhole, value, before } = await answer(
        api.GET("/prediction_model/{prediction_model_name}/grid/{grid_uuid}/before_imaging", {
          params: {
            path: { prediction_model_name: model, grid_uuid: gridUuid },
            query: metric === null ? {} : { metric },
          },
          signal,
        }),
      );
      // Once for each answer, and not in what draws the page.
      return {
        ofHole: new Map(foilhole.map((uuid, index) => [uuid, value[index] ?? Number.NaN])),
        afterwards: foilhole.filter((_, index) => before[index] !== true),
      };
    },
  });

/** Newest first. */
export const agentSessionsQuery = queryOptions({
  queryKey: ["agents", "sessions"],
  queryFn: ({ signal }) => answer(api.GET("/agents/sessions", { params: { query: { limit: 200 } }, signal })),
});

/** The agents' sessions of one acquisition, newest first. */
export const connectionsQuery = (acquisitionUuid: string) =>
  queryOptions({
    queryKey: ["agents", "sessions", acquisitionUuid],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/agents/sessions", { params: { query: { limit: 20, acquisition_uuid: acquisitionUuid } }, signal }),
      ),
  });

/** The mean of what EPU saw in the holes of each square, by square. */
export const intensitiesQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["intensities", gridUuid],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, number>> => {
      const rows = await answer(
        api.GET("/grids/{grid_uuid}/intensities", { params: { path: { grid_uuid: gridUuid } }, signal }),
      );
      return new Map(rows.map((row) => [row.gridsquare_uuid, row.pixel_intensity_mean]));
    },
  });

/** How soon an image is seen whose file has come, been finished or taken again without an event. */
const IMAGE_INTERVAL_MS = 30_000;

export const atlasImage = (gridUuid: string): string => `/grids/${encodeURIComponent(gridUuid)}/atlas_image`;
export const squareImage = (uuid: string): string => `/gridsquares/${encodeURIComponent(uuid)}/gridsquare_image`;

/**
 * An image of the server; null as long as there is none. It may be taken again, and while the microscope writes it, a preview stands
 * for it: it is asked for again, and is the same object for as long as the server says that it is the same image.
 */
export const imageQuery = (path: string, maxSizePx: number) =>
  queryOptions({
    queryKey: ["image", path, maxSizePx],
    queryFn: ({ signal }): Promise<FetchedImage | null> => getImage(`${path}?max_size=${maxSizePx}`, signal),
    structuralSharing: (before, now) => (isSameImage(before, now) ? before : now),
    retry: false,
    refetchInterval: IMAGE_INTERVAL_MS,
  });

function isSameImage(before: unknown, now: unknown): boolean {
  const [held, fetched] = [before, now] as (FetchedImage | null | undefined)[];
  return held != null && held.version !== null && held.version === fetched?.version;
}

/**
 * What the plan would have made of a grid's time. Takes a while to work out: asked for when somebody wants to see it, and
 * by itself never again. The answer says what it was worked out from.
 */
export const effectQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["effect", gridUuid],
    staleTime: "static",
    queryFn: ({ signal }) =>
      answer(api.GET("/grids/{grid_uuid}/decisions/report", { params: { path: { grid_uuid: gridUuid } }, signal })),
  });

const NEWEST_LOG_LINES = 500;

/** The newest lines of agents' logs that match, newest first, and those that have been had before, as far as they are all there in between. */
export const agentLogsQuery = (wanted: WantedLines) =>
  queryOptions({
    queryKey: ["agents", "logs", wanted.level, wanted.text],
    queryFn: async ({ client, queryKey, signal }): Promise<ListPart<AgentLog>> => {
      const held = (): readonly AgentLog[] => client.getQueryData<ListPart<AgentLog>>(queryKey)?.rows ?? [];
      const newestHeld = held()[0]?.id ?? 0;
      const query = {
        ...{ limit: NEWEST_LOG_LINES, level: wanted.level },
        ...(wanted.text === "" ? {} : { contains: wanted.text }),
      };
      const newest = await answerOfList(api.GET("/agents/logs", { params: { query }, signal }));
      const oldest = newest.rows.at(-1)?.id ?? 0;
      const gap = newest.rows.length === NEWEST_LOG_LINES && oldest > newestHeld;
      const before = { rows: gap ? held().filter(({ id }) => id > oldest) : held(), total: 0 };
      const since = before.rows.filter(({ id }) => id > (newest.rows[0]?.id ?? 0)).length;
      return { ...withNew(before, newest.rows), total: newest.total + since };
    },
  });

/** The queue of messages from outside; null: not for this person, or not on this server. */
export const queueQuery = queryOptions({
  queryKey: ["queue"],
  refetchInterval: 15_000,
  queryFn: ({ signal }) => forAdministrators(answer(api.GET("/admin/queue", { signal }))),
});

/** Messages that could not be applied; null: not for this person, or not on this server. */
export const deadLettersQuery = queryOptions({
  queryKey: ["queue", "dead-letters"],
  refetchInterval: 15_000,
  queryFn: ({ signal }) =>
    forAdministrators(answer(api.GET("/admin/queue/dead-letters", { params: { query: { limit: 200 } }, signal }))),
});

/** Applies messages again that could not be applied, or removes them for good. */
export function handleDeadLetters(what: "retry" | "drop", ids: number[]): Promise<unknown> {
  return what === "retry"
    ? answer(api.POST("/admin/queue/dead-letters/retry", { body: { ids } }))
    : answer(api.POST("/admin/queue/dead-letters/drop", { body: { ids } }));
}

/** What people wrote down about a session, oldest first; null: this server keeps no notes. */
export const notesQuery = (acquisitionUuid: string) =>
  queryOptions({
    queryKey: ["notes", acquisitionUuid],
    queryFn: ({ signal }) =>
      orNotOffered(
        answer(
          api.GET("/acquisitions/{acquisition_uuid}/notes", {
            params: { path: { acquisition_uuid: acquisitionUuid } },
            signal,
          }),
        ),
      ),
  });

export function writeNote(acquisitionUuid: string, text: string, author: string | null): Promise<unknown> {
  return answer(
    api.POST("/acquisitions/{acquisition_uuid}/notes", {
      params: { path: { acquisition_uuid: acquisitionUuid } },
      body: { text, author },
    }),
  );
}

/** A server that is not well answers with 503 and the same body under `detail`. */
export const healthQuery = queryOptions({
  queryKey: ["health"],
  refetchInterval: 15_000,
  queryFn: async ({ signal }): Promise<Health> => {
    const { data, error, response } = await reached(api.GET("/health", { signal }));
    const health = data ?? error?.detail;
    // A proxy that does not reach the server answers with 502 or 503 of its own.
    if (typeof health !== "object" || !("services" in health)) throw problemOf(response.status, error);
    return health;
  },
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  refetchInterval: 15_000,
  queryFn: ({ signal }) => answer(api.GET("/status", { signal })),
});

const NEWEST_DECISIONS = 200;
/** As many as the server gives at a time. */
const OLDER_DECISIONS = 1_000;
/** As many as have room in an address. */
const DECISIONS_BY_ID = 500;

/** Decisions on a grid, newest first. */
export interface Decisions {
  readonly decisions: readonly Decision[];
  /** Whether they are all there; else older ones are on their way. */
  readonly complete: boolean;
}

/**
 * All decisions on a grid: the newest are there first. They are asked for again, and of the others those of which more becomes known:
 * what the microscope made of them, and what operators say.
 */
export const decisionsQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["decisions", gridUuid],
    queryFn: async ({ client, queryKey, signal }): Promise<Decisions> => {
      const before = client.getQueryData<Decisions>(queryKey);
      const held = before?.complete === true ? before.decisions : [];
      const read: Decision[] = [];
      for (;;) {
        const oldest = read.at(-1)?.id;
        const limit = oldest === undefined ? NEWEST_DECISIONS : OLDER_DECISIONS;
        const page = await answer(
          api.GET("/grids/{grid_uuid}/decisions", {
            params: {
              path: { grid_uuid: gridUuid },
              query: { limit, ...(oldest === undefined ? {} : { before: oldest }) },
            },
            signal,
          }),
        );
        read.push(...page);
        const reached = page.at(-1)?.id;
        if (page.length < limit || reached === undefined) return { decisions: read, complete: true };
        const older = held.filter(({ id }) => id < reached);
        if (older.length > 0) {
          const now = await decisionsById(gridUuid, unsettled(older), signal);
          return { decisions: [...read, ...older.map((decision) => now.get(decision.id) ?? decision)], complete: true };
        }
        if (before === undefined) client.setQueryData<Decisions>(queryKey, { decisions: [...read], complete: false });
      }
    },
  });

/** Decisions of which more may become known: with instructions on their way, and the last one that was put before operators. */
function unsettled(decisions: readonly Decision[]): number[] {
  const proposed = decisions.find(({ summary }) => summary.outcome === "proposed");
  return decisions
    .filter(
      (decision) =>
        (decision === proposed && decision.summary.answer === undefined) || !decision.instructions.every(isSettled),
    )
    .map(({ id }) => id);
}

async function decisionsById(
  gridUuid: string,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Decision>> {
  const found = new Map<number, Decision>();
  for (let from = 0; from < ids.length; from += DECISIONS_BY_ID) {
    const id = ids.slice(from, from + DECISIONS_BY_ID);
    const some = await answer(
      api.GET("/grids/{grid_uuid}/decisions", {
        params: { path: { grid_uuid: gridUuid }, query: { id, limit: DECISIONS_BY_ID } },
        signal,
      }),
    );
    for (const decision of some) found.set(decision.id, decision);
  }
  return found;
}

export const decisionQuery = (gridUuid: string, decisionId: number) =>
  queryOptions({
    queryKey: ["decision", gridUuid, decisionId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/grids/{grid_uuid}/decisions/{decision_id}", {
          params: { path: { grid_uuid: gridUuid, decision_id: decisionId } },
          signal,
        }),
      ),
  });

/** Where a model sees the squares of a grid in its latent space; empty where it has no such view. */
export const latentQuery = (gridUuid: string, model: string) =>
  queryOptions({
    queryKey: ["predictions", gridUuid, model, "latent"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/prediction_model/{prediction_model_name}/grid/{grid_uuid}/latent_representation", {
          params: { path: { prediction_model_name: model, grid_uuid: gridUuid } },
          signal,
        }),
      ),
  });

/** What people have decided about squares and holes of a grid, by uuid. */
export const choicesQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["choices", gridUuid],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, OperatorChoice>> => {
      const rows = await answer(
        api.GET("/grids/{grid_uuid}/choices", { params: { path: { grid_uuid: gridUuid } }, signal }),
      );
      return new Map(rows.map(({ entity_uuid, choice }) => [entity_uuid, choice]));
    },
  });

export function choose(
  entity: "gridsquares" | "foilholes",
  uuid: string,
  choice: OperatorChoice | null,
): Promise<unknown> {
  const body = { choice };
  return entity === "gridsquares"
    ? answer(api.PUT("/gridsquares/{gridsquare_uuid}/choice", { params: { path: { gridsquare_uuid: uuid } }, body }))
    : answer(api.PUT("/foilholes/{foilhole_uuid}/choice", { params: { path: { foilhole_uuid: uuid } }, body }));
}

/** The same choice about many squares or holes of a grid. */
export function chooseMany(
  gridUuid: string,
  entity: "gridsquares" | "foilholes",
  uuids: string[],
  choice: OperatorChoice | null,
): Promise<unknown> {
  return answer(
    api.PUT("/grids/{grid_uuid}/choices", {
      params: { path: { grid_uuid: gridUuid } },
      body: { choice, ...(entity === "gridsquares" ? { gridsquare_uuids: uuids } : { foilhole_uuids: uuids }) },
    }),
  );
}

export const proposalQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["proposal", gridUuid],
    queryFn: ({ signal }) =>
      answer(api.GET("/grids/{grid_uuid}/proposal", { params: { path: { grid_uuid: gridUuid } }, signal })),
  });

export function answerProposal(gridUuid: string, decisionId: number, verdict: "approve" | "reject"): Promise<unknown> {
  const request = { params: { path: { grid_uuid: gridUuid } }, body: { decision_id: decisionId } };
  return verdict === "approve"
    ? answer(api.POST("/grids/{grid_uuid}/proposal/approve", request))
    : answer(api.POST("/grids/{grid_uuid}/proposal/reject", request));
}

export const replayQuery = (gridUuid: string, decisionId: number) =>
  queryOptions({
    queryKey: ["replay", gridUuid, decisionId],
    staleTime: "static",
    queryFn: ({ signal }) =>
      answer(
        api.GET("/grids/{grid_uuid}/decisions/{decision_id}/replay", {
          params: { path: { grid_uuid: gridUuid, decision_id: decisionId } },
          signal,
        }),
      ),
  });
