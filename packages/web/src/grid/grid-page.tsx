import { Checkbox, Group, SegmentedControl, Select } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useMemo, useRef } from "react";
import { useNavigate, useParams } from "react-router";
import type { GridPlan, GridSquare, LatentPoint, PlannedSquare, Result } from "../api/additions.js";
import {
  acquisitionQuery,
  atlasImage,
  choicesQuery,
  gridPredictionQuery,
  gridQuery,
  intensitiesQuery,
  latentQuery,
  modelsQuery,
  planQuery,
  resultsQuery,
  settingsQuery,
  squaresQuery,
} from "../api/queries.js";
import { Trail } from "../app/trail.js";
import { NO_CHOICES } from "../choices/choice-control.js";
import { MarkedBar, useMarks } from "../choices/marked-bar.js";
import { ProposalCard } from "../choices/proposal-card.js";
import { Distribution } from "../map/distribution.js";
import { extentOf } from "../map/extent.js";
import { type Layer, measuredBy, wordsOf } from "../map/layers.js";
import { Legend } from "../map/legend.js";
import { mapExports } from "../map/map-exports.js";
import classes from "../map/map-page.module.css";
import { formatPlace, parsePlace } from "../map/map-place.js";
import { type MapHandle, MapView } from "../map/map-view.js";
import type { MapItem } from "../map/scene.js";
import { useImageInParts } from "../map/use-image.js";
import { NO_LIMITS } from "../quality/metrics.js";
import { useAddress } from "../shared/address.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatNumber } from "../shared/format.js";
import { PickList } from "../shared/pick-list.js";
import { Scrollable } from "../shared/scrollable.js";
import { Failures, failedOf, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import { gridScene } from "./grid-scene.js";
import { LATENT_SIDE, latentScene } from "./latent-scene.js";
import { PlanHead } from "./plan-head.js";
import { placeInPlan } from "./plan-place.js";
import { SquareDetail } from "./square-detail.js";
import { EXPECTED_LAYERS, squareLayers } from "./square-layers.js";
import { Standing } from "./standing.js";

/** A grid as the atlas shows it: its squares, what they are believed to be worth, and in which order they come. */
export function GridPage(): ReactNode {
  const { gridUuid = "" } = useParams();
  const grid = useQuery(gridQuery(gridUuid));
  const acquisition = useQuery({
    ...acquisitionQuery(grid.data?.acquisition_uuid ?? ""),
    enabled: grid.data?.acquisition_uuid != null,
  });
  const squares = useQuery(squaresQuery(gridUuid));
  useDocumentTitle(`${grid.data?.name ?? "Grid"} · SmartEM Decisions`);

  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <Trail
          heading
          steps={[
            { label: "Sessions", to: "/ui/sessions" },
            ...(grid.data?.acquisition_uuid == null
              ? []
              : [{ label: acquisition.data?.name ?? "…", to: `/ui/sessions/${grid.data.acquisition_uuid}` }]),
            { label: grid.data?.name ?? "…" },
          ]}
        />
      </div>
      <Failures of={{ "the grid": grid, "the session": acquisition, squares }} />
      {!grid.isError && squares.isPending && (
        <div className={classes.message}>
          <LoadingRows rows={10} />
        </div>
      )}
      {squares.data?.length === 0 && (
        <Nothing title="No square yet">
          Squares appear as soon as the atlas has been taken and the agent has read it.
        </Nothing>
      )}
      {squares.data !== undefined && squares.data.length > 0 && (
        <GridMap
          key={gridUuid}
          gridUuid={gridUuid}
          acquisitionUuid={grid.data?.acquisition_uuid ?? null}
          squares={squares.data}
        />
      )}
    </div>
  );
}

const NO_POINTS: readonly LatentPoint[] = [];
const NO_RESULTS: readonly Result[] = [];
const LATENT_EXTENT = { x: -60, y: -60, width: LATENT_SIDE + 120, height: LATENT_SIDE + 120 };

interface GridMapProps {
  readonly gridUuid: string;
  readonly acquisitionUuid: string | null;
  readonly squares: readonly GridSquare[];
}

function GridMap({ gridUuid, acquisitionUuid, squares }: GridMapProps): ReactNode {
  const navigate = useNavigate();
  const address = useAddress();
  const withPath = address.get("path") !== "off";
  const uuids = useMemo(() => new Map(squares.map(({ uuid, gridsquare_id }) => [gridsquare_id, uuid])), [squares]);
  const marks = useMarks(uuids);
  const map = useRef<MapHandle>(null);
  const latentPlace = useRef<MapHandle>(null);
  const plan = useQuery(planQuery(gridUuid));
  const choices = useQuery(choicesQuery(gridUuid));
  const chosenByHand = choices.data ?? NO_CHOICES;
  const taken = useQuery(resultsQuery(gridUuid));
  // What is new is worked in between what people do.
  const results = useDeferredValue(taken.data ?? NO_RESULTS);
  const settings = useQuery({ ...settingsQuery(acquisitionUuid ?? ""), enabled: acquisitionUuid !== null });
  const { image, asked: atlas } = useImageInParts(atlasImage(gridUuid));
  const models = useQuery(modelsQuery);
  const names = useMemo(() => models.data?.map(({ name }) => name) ?? [], [models.data]);
  const predictions = useQueries({
    queries: names.map((name) => gridPredictionQuery(gridUuid, name)),
    combine: (queries) => ({
      byModel: queries.map((one) => one.data),
      failed: failedOf(queries),
      isPending: queries.some((one) => one.isPending),
    }),
  });

  const { spaces, ...latents } = useQueries({
    queries: names.map((name) => latentQuery(gridUuid, name)),
    combine: (queries) => ({
      spaces: queries.map((one) => one.data ?? []),
      failed: failedOf(queries),
      isPending: queries.some((one) => one.isPending),
    }),
  });
  const latentIndex = spaces.findIndex((points) => points.length > 0);
  const latent = spaces[latentIndex] ?? NO_POINTS;
  const asked = address.get("panel");
  const panel = asked === "distribution" || (asked === "latent" && latent.length > 0) ? asked : "list";
  const latentModel = names[latentIndex] ?? "";

  const clusters = useMemo(
    () => spaces.find((points) => points.some(({ index }) => index !== null)) ?? NO_POINTS,
    [spaces],
  );
  const ice = useQuery(intensitiesQuery(gridUuid));
  const intensities = ice.data;

  const limits = settings.data?.limits ?? NO_LIMITS;
  const measured = useMemo(() => measuredBy("gridsquare_uuid", results), [results]);
  const layers = useMemo(() => {
    const byModel = new Map(
      names.flatMap((name, index) => {
        const values = predictions.byModel[index];
        return values === undefined || values.size === 0 ? [] : [[name, values] as const];
      }),
    );
    return squareLayers(squares, plan.data ?? null, measured, {
      predictions: byModel,
      clusters,
      ...(intensities === undefined ? {} : { intensities }),
    });
  }, [squares, plan.data, measured, predictions.byModel, names, clusters, intensities]);
  const layer = layers.find(({ id }) => id === address.get("layer")) ?? layers[0];
  const scene = useMemo(
    () =>
      layer === undefined
        ? { items: [], path: [] }
        : gridScene(squares, plan.data ?? null, layer, measured, chosenByHand, withPath),
    [squares, plan.data, layer, measured, chosenByHand, withPath],
  );
  const latentMap = useMemo(() => latentScene(latent, scene.items), [latent, scene]);
  const extent = useMemo(() => extentOf(squares), [squares]);
  const planned = useMemo(
    () => new Map((plan.data?.squares ?? []).map((square) => [square.gridsquare_uuid, square])),
    [plan.data],
  );
  const byUuid = useMemo(() => new Map(squares.map((square) => [square.uuid, square])), [squares]);
  const listed = useMemo(() => inPlanOrder(squares, plan.data ?? null), [squares, plan.data]);

  const selected = address.get("square");
  const chosen = selected === null ? undefined : byUuid.get(selected);
  const select = (id: string | null): void => {
    address.put("square", id);
    const item = scene.items.find((candidate) => candidate.id === id);
    if (item !== undefined) map.current?.show(item);
  };
  const open = (id: string): void => void navigate(`/ui/squares/${id}`);

  if (layer === undefined) return null;
  const hint = (item: MapItem): ReactNode => (
    <>
      <strong>Square {byUuid.get(item.id)?.gridsquare_id}</strong>
      <br />
      {layer.label}: {wordsOf(layer, item.id)}
      <br />
      {planned.get(item.id)?.reason}
    </>
  );
  const waiting = [taken, settings].some(({ isPending }) => isPending) || predictions.isPending;
  const pending = [plan, models, latents, ice].some(({ isPending }) => isPending);
  return (
    <>
      <Failures
        of={{
          "the plan": plan,
          micrographs: taken,
          choices,
          "limits of quality": settings,
          "the atlas image": atlas,
          models,
          predictions: predictions.failed,
          "look-alikes": latents.failed,
          intensities: ice,
        }}
      />
      <UnknownParts
        of={{
          square: chosen === undefined,
          layer: layer.id !== address.get("layer") && !pending && !waiting,
          panel: panel !== asked && !(asked === "latent" && latents.isPending),
          view: parsePlace(address.get("view")) === null,
          alike: parsePlace(address.get("alike")) === null,
        }}
      />
      <div className={classes.columns}>
        <section className={`panel ${classes.mapPanel}`} aria-label="Atlas">
          <Group gap="sm" className={`${classes.bar} no-print`}>
            <Select
              aria-label="Colour by"
              data={layerChoices(layers, pending)}
              value={layer.id}
              onChange={(value) => address.put("layer", value, "back undoes it")}
              allowDeselect={false}
              w={290}
            />
            {plan.data != null && (
              <Checkbox
                size="xs"
                label="Path"
                checked={withPath}
                onChange={(event) => address.put("path", event.currentTarget.checked ? null : "off")}
              />
            )}
            <Group gap="xs" ml="auto">
              <ExportMenu
                items={mapExports({
                  name: `grid-${gridUuid}`,
                  title: `Squares coloured by ${layer.label}`,
                  map,
                  scene,
                  extent,
                  image,
                  layer,
                  rows: () =>
                    listed.map(({ square, planned: own }) => ({
                      gridsquare_id: square.gridsquare_id,
                      gridsquare_uuid: square.uuid,
                      rank: own?.rank,
                      skipped: own?.skipped,
                      good_holes_expected: own?.value,
                      good_holes_per_minute: own?.rate_per_minute,
                      reason: own?.reason,
                      holes: own?.foilhole_count,
                      micrographs: measured.get(square.uuid)?.results.length ?? 0,
                      good_share: measured.get(square.uuid)?.goodShare,
                      [layer.label]: layer.values.get(square.uuid),
                      center_x: square.center_x,
                      center_y: square.center_y,
                    })),
                })}
              />
            </Group>
          </Group>
          {extent === null ? (
            <Nothing title="No place on the atlas">
              {squares.length} squares are known, but not yet where on the atlas they are.
            </Nothing>
          ) : (
            <MapView
              ref={map}
              description={`Atlas with ${scene.items.length} squares, coloured by ${layer.label}.`}
              scene={scene}
              extent={extent}
              image={image}
              selected={selected}
              onSelect={(item) => address.put("square", item?.id ?? null)}
              place={parsePlace(address.get("view"))}
              onPlace={(place) => address.put("view", place === null ? null : formatPlace(place))}
              onOpen={(item) => open(item.id)}
              marked={marks.marked}
              onLasso={(items) => marks.add(items.map(({ id }) => id))}
              hint={hint}
            />
          )}
          <Legend layer={layer} of="squares" />
        </section>
        <aside className={`panel ${classes.side}`} aria-label="Plan">
          {(plan.data !== undefined || plan.isPending) && (
            <PlanHead plan={plan.data ?? null} pending={plan.isPending} />
          )}
          <ProposalCard gridUuid={gridUuid} inset />
          {chosen !== undefined && (
            <Scrollable className={classes.detail} label="The chosen square">
              <SquareDetail
                square={chosen}
                planned={planned.get(chosen.uuid)}
                measured={measured.get(chosen.uuid)}
                limits={limits}
                choice={chosenByHand.get(chosen.uuid) ?? null}
                layer={layer}
              />
            </Scrollable>
          )}
          <MarkedBar entity="gridsquares" gridUuid={gridUuid} marks={marks} />
          <div className={classes.panelSwitch}>
            <SegmentedControl
              fullWidth
              aria-label="Panel"
              data={[
                { value: "list", label: "In order" },
                { value: "distribution", label: "Distribution" },
                ...(latent.length === 0 ? [] : [{ value: "latent", label: "Look-alikes" }]),
              ]}
              value={panel}
              onChange={(value) => address.put("panel", value === "list" ? null : value, "back undoes it")}
            />
          </div>
          {panel === "distribution" && (
            <div className={classes.message}>
              <Distribution layer={layer} selected={selected} />
            </div>
          )}
          {panel === "latent" && (
            <>
              <Group justify="flex-end" px={8} py={4} className="no-print">
                <ExportMenu
                  label="Save the look-alikes"
                  size="sm"
                  items={mapExports({
                    name: `look-alikes-${gridUuid}`,
                    title: `Squares by likeness, coloured by ${layer.label}`,
                    map: latentPlace,
                    scene: latentMap,
                    extent: LATENT_EXTENT,
                    image: null,
                    layer,
                    rows: () =>
                      latent.map(({ gridsquare_uuid = "", x, y, index }) => ({
                        gridsquare_id: byUuid.get(gridsquare_uuid)?.gridsquare_id,
                        gridsquare_uuid,
                        x,
                        y,
                        cluster: index,
                        [layer.label]: layer.values.get(gridsquare_uuid),
                      })),
                  })}
                />
              </Group>
              <MapView
                ref={latentPlace}
                description={`Squares by likeness, as ${latentModel} sees them, coloured by ${layer.label}.`}
                scene={latentMap}
                extent={LATENT_EXTENT}
                image={null}
                place={parsePlace(address.get("alike"))}
                onPlace={(place) => address.put("alike", place === null ? null : formatPlace(place))}
                selected={selected}
                onSelect={(item) => select(item?.id ?? null)}
                onOpen={(item) => open(item.id)}
                marked={marks.marked}
                onLasso={(items) => marks.add(items.map(({ id }) => id))}
                hint={hint}
              />
            </>
          )}
          {panel === "list" && (
            <PickList
              label="Squares in the order of the plan"
              items={listed}
              idOf={({ square }) => square.uuid}
              selected={selected}
              onSelect={select}
              onOpen={open}
              marked={marks.marked}
              onMark={marks.toggle}
              row={({ square, planned: own }) => (
                <div className={classes.squareRow}>
                  <span className={classes.rank}>{placeInPlan(own)}</span>
                  <span>{square.gridsquare_id}</span>
                  <span className={classes.number} title="good holes per hour">
                    {placeInPlan(own) === null ? "" : formatNumber((own?.rate_per_minute ?? 0) * 60, 0, "holes/h")}
                  </span>
                  <span className={classes.standing}>
                    <Standing
                      square={square}
                      planned={own}
                      micrographs={measured.get(square.uuid)?.results.length ?? 0}
                      choice={chosenByHand.get(square.uuid) ?? null}
                    />
                  </span>
                </div>
              )}
            />
          )}
        </aside>
      </div>
    </>
  );
}

/** Layers to choose from; those that people look for are there without data as well, but can't be chosen. */
function layerChoices(layers: readonly Layer[], pending: boolean) {
  const missing = EXPECTED_LAYERS.filter((expected) => layers.every(({ id }) => id !== expected.id));
  return [
    ...layers.map(({ id, label }) => ({ value: id, label })),
    ...missing.map(({ id, label }) => ({
      value: id,
      label: `${label} (${pending ? "loading" : "no data yet"})`,
      disabled: true,
    })),
  ];
}

interface ListedSquare {
  readonly square: GridSquare;
  readonly planned: PlannedSquare | undefined;
}

/** The plan's squares first, in its order; then those that it leaves out. */
function inPlanOrder(squares: readonly GridSquare[], plan: GridPlan | null): ListedSquare[] {
  const byUuid = new Map(squares.map((square) => [square.uuid, square]));
  const listed: ListedSquare[] = [];
  for (const planned of plan?.squares ?? []) {
    const square = byUuid.get(planned.gridsquare_uuid);
    if (square === undefined) continue;
    listed.push({ square, planned });
    byUuid.delete(square.uuid);
  }
  return [...listed, ...[...byUuid.values()].map((square) => ({ square, planned: undefined }))];
}
