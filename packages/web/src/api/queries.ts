import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type {
  AcquisitionProgress,
  AgentLog,
  AgentSession,
  ChosenEntity,
  Decision,
  DecisionSettings,
  DecisionSettingsUpdate,
  GridPlan,
  Health,
  InboxMessage,
  Instruction,
  LatentPoint,
  ModelWeights,
  OperatorChoice,
  PlannedHole,
  Proposal,
  QualityPrediction,
  Replay,
  Result,
  ServerStatus,
} from "./additions.js";
import { answer, api, getJson, sendJson } from "./client.js";
import { ApiProblem, isNotFound, isNotOffered } from "./problem.js";

/*
 * Every question that the pages ask, with the key under which its answer is kept. live/live-updates.ts says which events
 * make which answers old.
 */

export const acquisitionsQuery = queryOptions({
  queryKey: ["acquisitions"],
  queryFn: ({ signal }) => answer(api.GET("/acquisitions", { signal })),
});

export const gridCountsQuery = queryOptions({
  queryKey: ["acquisitions", "grid-counts"],
  queryFn: ({ signal }) => answer(api.GET("/acquisitions/grid-counts", { signal })),
});

/** Counts by acquisition; empty until events bring them where the server has no such list. */
export const progressQuery = queryOptions({
  queryKey: ["progress"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal, client, queryKey }): Promise<Readonly<Record<string, AcquisitionProgress>>> => {
    try {
      const rows = await getJson<AcquisitionProgress[]>("/acquisitions/progress", signal);
      return Object.fromEntries(rows.map((row) => [row.acquisition_uuid, row]));
    } catch (error) {
      const known = client.getQueryData<Record<string, AcquisitionProgress>>(queryKey);
      // A server without the list looks for an acquisition of that name.
      if (isNotFound(error)) return known ?? {};
      throw error;
    }
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
        return await getJson<GridPlan>(`/grids/${encodeURIComponent(gridUuid)}/plan`, signal);
      } catch (error) {
        if (error instanceof ApiProblem && error.code === "no_plan") return null;
        throw error;
      }
    },
  });

/** null: this server has no such list. */
export const resultsQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["results", gridUuid],
    queryFn: ({ signal }) => orNotOffered(getJson<Result[]>(`/grids/${encodeURIComponent(gridUuid)}/results`, signal)),
  });

/** null: this server has no such list. */
export const instructionsQuery = (acquisitionUuid: string | null) =>
  queryOptions({
    queryKey: ["instructions", acquisitionUuid ?? ""],
    queryFn: ({ signal }) =>
      orNotOffered(
        getJson<Instruction[]>(
          `/instructions?limit=100${acquisitionUuid === null ? "" : `&acquisition_uuid=${encodeURIComponent(acquisitionUuid)}`}`,
          signal,
        ),
      ),
  });

async function orNotOffered<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isNotOffered(error)) return null;
    throw error;
  }
}

export type PredictionSeries = Readonly<Record<string, readonly QualityPrediction[]>>;

/** What each model has said of a square, oldest first; empty where the server has no such list. */
export const squarePredictionsQuery = (squareUuid: string) =>
  queryOptions({
    queryKey: ["predictions", squareUuid],
    queryFn: async ({ signal }): Promise<PredictionSeries> =>
      (await orNotOffered(
        getJson<PredictionSeries>(`/gridsquares/${encodeURIComponent(squareUuid)}/quality_predictions`, signal),
      )) ?? {},
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
    queryFn: ({ signal }) => getJson<PlannedHole[]>(`/gridsquares/${encodeURIComponent(squareUuid)}/plan`, signal),
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
    queryFn: ({ signal }) => getJson<ModelWeights>(`/grid/${encodeURIComponent(gridUuid)}/model_weights`, signal),
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

/** null: this server has no such list. */
export const agentSessionsQuery = queryOptions({
  queryKey: ["agents", "sessions"],
  queryFn: ({ signal }) => orNotOffered(getJson<AgentSession[]>("/agents/sessions", signal)),
});

/** Newest first; null: this server has no such list. */
export const agentLogsQuery = queryOptions({
  queryKey: ["agents", "logs"],
  queryFn: ({ signal }) => orNotOffered(getJson<AgentLog[]>("/agents/logs?limit=500", signal)),
});

/** Messages that were given up, or that wait for what they speak of; null: this server has no such list. */
export const inboxQuery = (status: "dead" | "parked") =>
  queryOptions({
    queryKey: ["inbox", status],
    refetchInterval: 15_000,
    queryFn: ({ signal }) => orNotOffered(getJson<InboxMessage[]>(`/inbox?status=${status}&limit=200`, signal)),
  });

/** A server that is not well answers with 503 and the same body under `detail`. */
export const healthQuery = queryOptions({
  queryKey: ["health"],
  refetchInterval: 15_000,
  queryFn: async ({ signal }): Promise<Health> => {
    const response = await fetch("/health", { signal });
    const body = (await response.json()) as Health | { detail: Health };
    return "detail" in body ? body.detail : body;
  },
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => getJson<ServerStatus>("/status", signal),
});

const DECISIONS_PER_PAGE = 200;

/** Decisions in pages, newest first. */
export const decisionPagesQuery = (gridUuid: string) =>
  infiniteQueryOptions({
    queryKey: ["decisions", gridUuid, "pages"],
    initialPageParam: null as number | null,
    queryFn: ({ signal, pageParam }) =>
      getJson<Decision[]>(
        `/grids/${encodeURIComponent(gridUuid)}/decisions?limit=${DECISIONS_PER_PAGE}${pageParam === null ? "" : `&before=${pageParam}`}`,
        signal,
      ),
    getNextPageParam: (last) => (last.length < DECISIONS_PER_PAGE ? null : (last.at(-1)?.id ?? null)),
  });

/** Where a model sees the squares of a grid in its latent space; empty where it has no such view. */
export const latentQuery = (gridUuid: string, model: string) =>
  queryOptions({
    queryKey: ["predictions", gridUuid, model, "latent"],
    queryFn: async ({ signal }): Promise<readonly LatentPoint[]> =>
      (await orNotOffered(
        getJson<LatentPoint[]>(
          `/prediction_model/${encodeURIComponent(model)}/grid/${encodeURIComponent(gridUuid)}/latent_representation`,
          signal,
        ),
      )) ?? [],
  });

/** What people have decided about squares and holes of a grid, by uuid. */
export const choicesQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["choices", gridUuid],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, OperatorChoice>> => {
      const rows = await getJson<ChosenEntity[]>(`/grids/${encodeURIComponent(gridUuid)}/choices`, signal);
      return new Map(rows.map(({ entity_uuid, choice }) => [entity_uuid, choice]));
    },
  });

export function choose(
  entity: "gridsquares" | "foilholes",
  uuid: string,
  choice: OperatorChoice | null,
): Promise<unknown> {
  return sendJson("PUT", `/${entity}/${encodeURIComponent(uuid)}/choice`, { choice });
}

export const proposalQuery = (gridUuid: string) =>
  queryOptions({
    queryKey: ["proposal", gridUuid],
    queryFn: ({ signal }) => getJson<Proposal | null>(`/grids/${encodeURIComponent(gridUuid)}/proposal`, signal),
  });

export function answerProposal(gridUuid: string, decisionId: number, verdict: "approve" | "reject"): Promise<unknown> {
  return sendJson("POST", `/grids/${encodeURIComponent(gridUuid)}/proposal/${verdict}`, { decision_id: decisionId });
}

export const replayQuery = (gridUuid: string, decisionId: number) =>
  queryOptions({
    queryKey: ["replay", gridUuid, decisionId],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      getJson<Replay>(`/grids/${encodeURIComponent(gridUuid)}/decisions/${decisionId}/replay`, signal),
  });
