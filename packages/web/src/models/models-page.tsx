import { Group, Table, Text, Title } from "@mantine/core";
import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import type { Grid, LatentPoint, ModelWeights, PredictionModel } from "../api/additions.js";
import {
  foreseenQuery,
  latentQuery,
  modelsQuery,
  planQuery,
  rawPredictionQuery,
  resultsQuery,
  settingsQuery,
  weightsQuery,
} from "../api/queries.js";
import { GridScope } from "../app/grid-scope.js";
import { useAddressLook } from "../charts/chart-look.js";
import { NO_LIMITS } from "../quality/metrics.js";
import { saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount, formatNumber, formatShare, UNKNOWN } from "../shared/format.js";
import { Failures, failedOf, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import type { Calibration } from "./calibration.js";
import { CalibrationChart, PERFECT } from "./calibration-chart.js";
import classes from "./models-page.module.css";
import { type Calibrations, isOf, type Predictor, useCalibrations } from "./use-calibrations.js";
import { WeightChart } from "./weight-chart.js";
import { weightSeries } from "./weight-series.js";

/** Which models predict, how far they are trusted, and how often they were right. */
export function ModelsPage(): ReactNode {
  return (
    <GridScope title="Models" path="/ui/models">
      {(grid) => <GridModels key={grid.uuid} grid={grid} />}
    </GridScope>
  );
}

function GridModels({ grid }: { grid: Grid }): ReactNode {
  const models = useQuery(modelsQuery);
  const plan = useQuery(planQuery(grid.uuid));
  const weights = useQuery(weightsQuery(grid.uuid));
  const results = useQuery(resultsQuery(grid.uuid));
  const settings = useQuery(settingsQuery(grid.acquisition_uuid ?? ""));
  const limits = settings.data?.limits ?? NO_LIMITS;
  // Models need not be registered to predict: whatever has a weight is one too.
  const names = useMemo(
    () => [...new Set([...(models.data ?? []).map(({ name }) => name), ...Object.keys(weights.data ?? {})])],
    [models.data, weights.data],
  );
  const predictions = useQueries({
    queries: names.map((name) => rawPredictionQuery(grid.uuid, name)),
    combine: inOrderOfModels,
  });
  const predictors = useMemo(
    () => predictorsOf(names, weights.data ?? {}, plan.data?.decision.summary.models ?? []),
    [names, weights.data, plan.data],
  );
  const foreseen = useQueries({
    queries: predictors.map(({ model, metric }) => foreseenQuery(grid.uuid, model, metric)),
    combine: inOrderOfModels,
  });
  const spaces = useQueries({
    queries: names.map((name) => latentQuery(grid.uuid, name)),
    combine: (queries) => queries.map((query) => query.data ?? []),
  });
  const levels = useMemo(
    () => new Map(names.map((name, index) => [name, levelsOf(predictions.byModel[index] ?? [], spaces[index] ?? [])])),
    [names, predictions.byModel, spaces],
  );
  const calibrations = useCalibrations(predictors, foreseen.byModel, results.data, limits);
  const afterwards = useMemo(
    () => new Set(foreseen.byModel.flatMap((own) => own?.afterwards ?? [])).size,
    [foreseen.byModel],
  );
  const series = useMemo(() => weightSeries(weights.data ?? {}, names), [weights.data, names]);

  const named = calibrations.made.map(({ model, metric, calibration: own }) => ({
    name: metric === null ? model : `${model} · ${metric}`,
    calibration: own,
  }));
  const look = useAddressLook([...series.map(({ label }) => label), ...named.map(({ name }) => name), PERFECT]);

  const failures = (
    <Failures
      of={{
        models,
        "the plan": plan,
        weights,
        micrographs: results,
        "limits of quality": settings,
        predictions: predictions.failed,
        "what was predicted before": foreseen.failed,
      }}
    />
  );
  if (models.data === undefined || weights.data === undefined)
    return models.isError || weights.isError ? failures : <LoadingRows rows={6} height={60} />;
  if (names.length === 0) {
    return (
      <Nothing title="No model yet">
        Models appear as soon as a pipeline registers one or sends its first prediction. Until then decisions go by
        EPU's own figures.
      </Nothing>
    );
  }
  const outcomesFailed = results.isError || foreseen.failed.length > 0;
  return (
    <>
      {failures}
      {calibrations.complete && <UnknownParts of={look.unknown} />}
      <section className={`panel ${classes.part}`} aria-label="Models">
        <Group justify="flex-end">
          <ExportMenu
            label="Save the models"
            size="sm"
            items={[
              {
                label: "Table (CSV)",
                run: () =>
                  saveCsv(
                    `models-${grid.uuid}`,
                    names.map((name) => ({
                      model: name,
                      description: models.data.find((model) => model.name === name)?.description,
                      ...Object.fromEntries(
                        (plan.data?.decision.summary.models ?? [])
                          .filter((model) => model.name === name)
                          .flatMap(({ metric, weight, weight_sd }) => {
                            const of = metric === null ? "" : `_${metric}`;
                            return [
                              [`weight${of}`, weight],
                              [`weight_sd${of}`, weight_sd],
                            ];
                          }),
                      ),
                      ...Object.fromEntries(
                        predictors
                          .filter(({ model }) => model === name)
                          .flatMap((predictor) => {
                            const own = calibrations.made.find((each) => isOf(each, predictor))?.calibration;
                            const of = predictor.metric === null ? "" : `_${predictor.metric}`;
                            return [
                              [`outcomes${of}`, own?.count ?? (calibrations.complete ? 0 : null)],
                              [`auc${of}`, own?.auc],
                              [`brier${of}`, own?.brier],
                            ];
                          }),
                      ),
                    })),
                  ),
              },
            ]}
          />
        </Group>
        <ModelTable
          names={names}
          levels={levels}
          models={models.data}
          weightOf={(name) => plan.data?.decision.summary.models.filter((model) => model.name === name) ?? []}
          calibrations={calibrations}
        />
      </section>
      <div className={classes.charts}>
        <section className={`panel ${classes.part}`} aria-labelledby="weights-title">
          <Title order={2} size="h4" id="weights-title">
            Weight over time
          </Title>
          <Text size="xs" c="var(--ink-soft)" mb={4}>
            Learned from the results of this grid; the bands are one standard deviation.
          </Text>
          {series.length === 0 ? (
            <Nothing title="No result has moved a weight yet" />
          ) : (
            <WeightChart series={series} look={look} />
          )}
        </section>
        <section className={`panel ${classes.part}`} aria-labelledby="calibration-title">
          <Title order={2} size="h4" id="calibration-title">
            Predicted and measured
          </Title>
          <Text size="xs" c="var(--ink-soft)" mb={4}>
            What each model had predicted before a hole was imaged, against what its micrographs showed; the bands are
            95 % intervals, by how much squares differ, where there are three of them.
            {afterwards > 0 &&
              ` Of ${afterwards.toLocaleString("en")} ${afterwards === 1 ? "hole" : "holes"} nothing had been predicted by then: there the first prediction counts.`}
          </Text>
          {named.length > 0 && <CalibrationChart models={named} look={{ ...look, zoom: null }} />}
          {named.length === 0 && calibrations.complete && <Nothing title="No prediction has an outcome yet" />}
          {named.length === 0 && !calibrations.complete && !outcomesFailed && <LoadingRows rows={1} height={260} />}
        </section>
      </div>
    </>
  );
}

interface ModelTableProps {
  readonly names: readonly string[];
  readonly levels: ReadonlyMap<string, readonly string[]>;
  readonly models: readonly PredictionModel[];
  readonly weightOf: (
    name: string,
  ) => readonly { readonly metric: string | null; readonly weight: number; readonly weight_sd: number }[];
  readonly calibrations: Calibrations;
}

function ModelTable({ names, levels, models, weightOf, calibrations }: ModelTableProps): ReactNode {
  const byName = new Map(models.map((model) => [model.name, model]));
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table fz="sm" verticalSpacing={5} aria-label="Models">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Model</Table.Th>
            <Table.Th>Description</Table.Th>
            <Table.Th>Level</Table.Th>
            <Table.Th>Can</Table.Th>
            <Table.Th ta="right">Weight</Table.Th>
            <Table.Th ta="right">Outcomes</Table.Th>
            <Table.Th ta="right">Told apart (AUC)</Table.Th>
            <Table.Th ta="right">Error (Brier)</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {names.map((name) => {
            const model = byName.get(name);
            const own = calibrations.made.filter((each) => each.model === name);
            const ofEach = (number: (of: Calibration) => string): string =>
              own
                .map(({ metric, calibration: of }) => `${metric === null ? "" : `${metric} `}${number(of)}`)
                .join(", ");
            const weights = weightOf(name);
            return (
              <Table.Tr key={name}>
                <Table.Td fw={600}>{name}</Table.Td>
                <Table.Td c="var(--ink-soft)">{model === undefined ? "not registered" : model.description}</Table.Td>
                <Table.Td>{levels.get(name)?.join(", ") || UNKNOWN}</Table.Td>
                <Table.Td>{model === undefined ? UNKNOWN : abilities(model)}</Table.Td>
                <Table.Td ta="right">
                  {weights.length === 0
                    ? UNKNOWN
                    : weights
                        .map(
                          ({ metric, weight, weight_sd }) =>
                            `${metric === null ? "" : `${metric} `}${formatShare(weight)} ± ${formatShare(weight_sd)}`,
                        )
                        .join(", ")}
                </Table.Td>
                <Table.Td ta="right">
                  {ofEach(({ count }) => formatCount(count)) || formatCount(calibrations.complete ? 0 : null)}
                </Table.Td>
                <Table.Td ta="right">{ofEach(({ auc }) => formatNumber(auc, 2)) || UNKNOWN}</Table.Td>
                <Table.Td ta="right">{ofEach(({ brier }) => formatNumber(brier, 2)) || UNKNOWN}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function abilities({ can_infer, can_train, can_update }: PredictionModel): string {
  const all = [can_infer && "predict", can_train && "train", can_update && "update"].filter(
    (ability) => ability !== false,
  );
  return all.length === 0 ? UNKNOWN : all.join(", ");
}

/** What was asked for each model, as one answer. */
function inOrderOfModels<T>(queries: UseQueryResult<T>[]) {
  return {
    byModel: queries.map((query) => query.data),
    failed: failedOf(queries),
    isPending: queries.some((query) => query.isPending),
  };
}

/** What a model speaks of on this grid: each hole, whole squares, or how the squares of the grid are alike. */
function levelsOf(
  predictions: readonly { readonly foilhole_uuid?: string | null; readonly gridsquare_uuid?: string | null }[],
  space: readonly LatentPoint[],
): string[] {
  return [
    ...(predictions.some(({ foilhole_uuid }) => foilhole_uuid != null) ? ["hole"] : []),
    ...(predictions.some(({ foilhole_uuid, gridsquare_uuid }) => foilhole_uuid == null && gridsquare_uuid != null)
      ? ["square"]
      : []),
    ...(space.length > 0 ? ["grid"] : []),
  ];
}

/** In the order of the models, each of which may speak of several metrics; one that has no weight yet, of quality as such. */
function predictorsOf(
  models: readonly string[],
  weights: ModelWeights,
  planned: readonly { readonly name: string; readonly metric: string | null }[],
): Predictor[] {
  return models.flatMap((model) => {
    const metrics = new Set([
      ...(weights[model] ?? []).map(({ metric_name }) => metric_name ?? null),
      ...planned.filter(({ name }) => name === model).map(({ metric }) => metric),
    ]);
    return (metrics.size === 0 ? [null] : [...metrics]).map((metric) => ({ model, metric }));
  });
}
