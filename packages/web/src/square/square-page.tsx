import { Checkbox, Group, Select, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useRef } from "react";
import { useParams } from "react-router";
import type { FoilHole, GridSquare, PlannedHole } from "../api/additions.js";
import {
  acquisitionQuery,
  choicesQuery,
  gridQuery,
  holePredictionQuery,
  holesQuery,
  modelsQuery,
  planQuery,
  resultsQuery,
  squareImage,
  squarePlanQuery,
  squareQuery,
} from "../api/queries.js";
import { Trail } from "../app/trail.js";
import { NO_CHOICES } from "../choices/choice-control.js";
import { MarkedBar, useMarks } from "../choices/marked-bar.js";
import { Standing } from "../grid/standing.js";
import { extentOf } from "../map/extent.js";
import { type Measured, measuredBy, wordsOf } from "../map/layers.js";
import { Legend } from "../map/legend.js";
import { mapExports } from "../map/map-exports.js";
import classes from "../map/map-page.module.css";
import { formatPlace, parsePlace } from "../map/map-place.js";
import { type MapHandle, MapView } from "../map/map-view.js";
import type { MapItem } from "../map/scene.js";
import { useImageInParts } from "../map/use-image.js";
import { useAddress } from "../shared/address.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount, formatShare } from "../shared/format.js";
import { PickList } from "../shared/pick-list.js";
import { Scrollable } from "../shared/scrollable.js";
import { Failures, failedOf, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import { HoleDetail } from "./hole-detail.js";
import { holeLayers } from "./hole-layers.js";
import { HoleStanding } from "./hole-standing.js";
import { presentHoles } from "./present-holes.js";
import { squareScene } from "./square-scene.js";

/** A grid square: its holes, what is believed of each, in which order they come, and what was measured. */
export function SquarePage(): ReactNode {
  const { squareUuid = "" } = useParams();
  const square = useQuery(squareQuery(squareUuid));
  const gridUuid = square.data?.grid_uuid ?? null;
  const grid = useQuery({ ...gridQuery(gridUuid ?? ""), enabled: gridUuid !== null });
  const acquisitionUuid = grid.data?.acquisition_uuid ?? null;
  const acquisition = useQuery({ ...acquisitionQuery(acquisitionUuid ?? ""), enabled: acquisitionUuid !== null });
  const holes = useQuery(holesQuery(squareUuid));
  const name = square.data === undefined ? "Square" : `Square ${square.data.gridsquare_id}`;
  useDocumentTitle(`${name} · SmartEM Decisions`);

  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <Trail
          heading
          steps={[
            { label: "Sessions", to: "/ui/sessions" },
            ...(acquisitionUuid === null
              ? []
              : [{ label: acquisition.data?.name ?? "…", to: `/ui/sessions/${acquisitionUuid}` }]),
            ...(gridUuid === null
              ? []
              : [{ label: grid.data?.name ?? "…", to: `/ui/grids/${gridUuid}?square=${squareUuid}` }]),
            { label: square.data === undefined ? "…" : name },
          ]}
        />
      </div>
      <Failures of={{ "the square": square, "the grid": grid, "the session": acquisition, holes }} />
      {!square.isError && !holes.isError && (holes.isPending || square.isPending) && (
        <div className={classes.message}>
          <LoadingRows rows={10} />
        </div>
      )}
      {holes.data?.length === 0 && (
        <Nothing title="No hole yet">The holes of this square appear as soon as EPU has looked for them.</Nothing>
      )}
      {holes.data !== undefined && square.data !== undefined && holes.data.length > 0 && (
        <SquareMap key={square.data.uuid} square={square.data} holes={holes.data} gridUuid={gridUuid} />
      )}
    </div>
  );
}

interface SquareMapProps {
  readonly square: GridSquare;
  readonly holes: readonly FoilHole[];
  readonly gridUuid: string | null;
}

function SquareMap({ square, holes, gridUuid }: SquareMapProps): ReactNode {
  const address = useAddress();
  const withPath = address.get("path") !== "off";
  const uuids = useMemo(() => new Map(holes.map(({ uuid, foilhole_id }) => [foilhole_id, uuid])), [holes]);
  const marks = useMarks(uuids);
  const map = useRef<MapHandle>(null);
  const plan = useQuery(squarePlanQuery(square.uuid));
  const choices = useQuery({ ...choicesQuery(gridUuid ?? ""), enabled: gridUuid !== null });
  const chosenByHand = choices.data ?? NO_CHOICES;
  const gridPlan = useQuery({ ...planQuery(gridUuid ?? ""), enabled: gridUuid !== null });
  const results = useQuery({ ...resultsQuery(gridUuid ?? ""), enabled: gridUuid !== null });
  const { image, asked: photo } = useImageInParts(squareImage(square.uuid));
  const models = useQuery(modelsQuery);
  const predictions = useQueries({
    queries: (models.data ?? []).map(({ name }) => holePredictionQuery(square.uuid, name)),
    combine: (queries) => ({
      byModel: queries.map((one) => one.data),
      failed: failedOf(queries),
      isPending: queries.some((one) => one.isPending),
    }),
  });

  const own = useMemo(
    () => (results.data ?? []).filter((result) => result.gridsquare_uuid === square.uuid),
    [results.data, square.uuid],
  );
  const measured = useMemo(() => measuredBy("foilhole_uuid", own), [own]);
  const present = useMemo(() => presentHoles(holes, measured), [holes, measured]);
  const byModel = useMemo(
    () =>
      new Map(
        (models.data ?? []).flatMap(({ name }, index) => {
          const values = predictions.byModel[index];
          return values === undefined || values.size === 0 ? [] : [[name, values] as const];
        }),
      ),
    [models.data, predictions.byModel],
  );
  const planned = useMemo(() => new Map((plan.data ?? []).map((hole) => [hole.foilhole_uuid, hole])), [plan.data]);
  const layers = useMemo(
    () => holeLayers(present, plan.data ?? [], measured, byModel),
    [present, plan.data, measured, byModel],
  );
  const layer = layers.find(({ id }) => id === address.get("layer")) ?? layers[0];
  const scene = useMemo(
    () =>
      layer === undefined
        ? { items: [], path: [] }
        : squareScene(present, planned, layer, measured, chosenByHand, withPath),
    [present, planned, layer, measured, chosenByHand, withPath],
  );
  const extent = useMemo(
    () =>
      extentOf(
        scene.items.map(({ x, y, width, height }) => ({
          center_x: x,
          center_y: y,
          size_width: width,
          size_height: height,
        })),
      ),
    [scene],
  );
  const byUuid = useMemo(() => new Map(holes.map((hole) => [hole.uuid, hole])), [holes]);
  const listed = useMemo(() => inOrder(present, planned, measured), [present, planned, measured]);

  const selected = address.get("hole");
  const chosen = selected === null ? undefined : byUuid.get(selected);
  const select = (id: string): void => {
    address.put("hole", id);
    const item = scene.items.find((candidate) => candidate.id === id);
    if (item !== undefined) map.current?.show(item);
  };

  const isLockedOut = (uuid: string): boolean =>
    chosenByHand.get(uuid) === "locked" || chosenByHand.get(square.uuid) === "locked";

  if (layer === undefined) return null;
  const hint = (item: MapItem): ReactNode => {
    const hole = planned.get(item.id);
    return (
      <>
        <strong>Hole {byUuid.get(item.id)?.foilhole_id}</strong>
        {hole !== undefined && ` · ${formatShare(hole.probability)} ± ${formatShare(hole.sd)}`}
        <br />
        {layer.label}: {wordsOf(layer, item.id)}
        <br />
        {!measured.has(item.id) && hole?.reason}
      </>
    );
  };
  const pending = [plan, results, models, predictions].some(({ isPending }) => isPending);
  const squarePlan = gridPlan.data?.squares.find(({ gridsquare_uuid }) => gridsquare_uuid === square.uuid);
  return (
    <>
      <Failures
        of={{
          "the plan": plan,
          "the grid's plan": gridPlan,
          micrographs: results,
          choices,
          "the square's image": photo,
          models,
          predictions: predictions.failed,
        }}
      />
      <UnknownParts
        of={{
          hole: chosen === undefined,
          layer: layer.id !== address.get("layer") && !pending,
          view: parsePlace(address.get("view")) === null,
        }}
      />
      <div className={classes.columns}>
        <section className={`panel ${classes.mapPanel}`} aria-label="Square">
          <Group gap="sm" className={`${classes.bar} no-print`}>
            <Select
              aria-label="Colour by"
              data={layers.map(({ id, label }) => ({ value: id, label }))}
              value={layer.id}
              onChange={(value) => address.put("layer", value, "back undoes it")}
              allowDeselect={false}
              w={290}
            />
            {scene.items.length > 0 && planned.size > 0 && (
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
                  name: `square-${square.gridsquare_id}`,
                  title: `Holes of square ${square.gridsquare_id} coloured by ${layer.label}`,
                  map,
                  scene,
                  extent,
                  image,
                  layer,
                  rows: () =>
                    listed.map(({ hole, planned: inPlan }) => ({
                      foilhole_id: hole.foilhole_id,
                      foilhole_uuid: hole.uuid,
                      index: inPlan?.suggested_acquisition_index,
                      skipped: inPlan?.skipped,
                      probability: inPlan?.probability,
                      sd: inPlan?.sd,
                      reason: inPlan?.reason,
                      micrographs: measured.get(hole.uuid)?.results.length ?? 0,
                      good_share: measured.get(hole.uuid)?.goodShare,
                      [layer.label]: layer.values.get(hole.uuid),
                      x_location: hole.x_location,
                      y_location: hole.y_location,
                    })),
                })}
              />
            </Group>
          </Group>
          {extent === null ? (
            <Nothing title="No place on the image">
              {present.length} holes are known, but not where on the square's image they are.
            </Nothing>
          ) : (
            <MapView
              ref={map}
              description={`Square ${square.gridsquare_id} with ${scene.items.length} holes, coloured by ${layer.label}.`}
              scene={scene}
              extent={extent}
              image={image}
              selected={selected}
              onSelect={(item) => address.put("hole", item?.id ?? null)}
              place={parsePlace(address.get("view"))}
              onPlace={(place) => address.put("view", place === null ? null : formatPlace(place))}
              marked={marks.marked}
              onLasso={(items) => marks.add(items.map(({ id }) => id))}
              hint={hint}
            />
          )}
          <Legend layer={layer} of="holes" />
        </section>
        <aside className={`panel ${classes.side}`} aria-label="Holes">
          <div className={classes.plan}>
            <Group gap="sm">
              <Title order={2} size="h4">
                Square {square.gridsquare_id}
              </Title>
              <Text size="sm" component="div">
                <Standing
                  square={square}
                  planned={squarePlan}
                  micrographs={own.length}
                  choice={chosenByHand.get(square.uuid) ?? null}
                />
              </Text>
            </Group>
            <Text size="xs" c="var(--ink-soft)">
              {squarePlan?.reason ?? (plan.data !== undefined && gridPlan.data !== undefined ? "No plan yet." : "")}
            </Text>
          </div>
          {chosen !== undefined && (
            <Scrollable className={classes.detail} label="The chosen hole">
              <HoleDetail
                hole={chosen}
                planned={planned.get(chosen.uuid)}
                measured={measured.get(chosen.uuid)}
                gridUuid={gridUuid ?? ""}
                choice={chosenByHand.get(chosen.uuid) ?? null}
                lockedOut={isLockedOut(chosen.uuid)}
                layer={layer}
                predictions={[...byModel].flatMap(([model, values]) => {
                  const value = values.get(chosen.uuid);
                  return value === undefined ? [] : [[model, value] as const];
                })}
              />
            </Scrollable>
          )}
          {gridUuid !== null && <MarkedBar entity="foilholes" gridUuid={gridUuid} marks={marks} />}
          <Title order={2} size="h4" className={classes.listTitle}>
            Holes in order{" "}
            <Text span size="xs" c="var(--ink-soft)">
              {formatCount(present.length)}
            </Text>
          </Title>
          <PickList
            label="Holes in the order of the plan"
            items={listed}
            idOf={({ hole }) => hole.uuid}
            selected={selected}
            onSelect={select}
            marked={marks.marked}
            onMark={marks.toggle}
            row={({ hole, planned: inPlan }) => (
              <div className={classes.squareRow}>
                <span className={classes.rank}>
                  {inPlan?.skipped === true ? "" : inPlan?.suggested_acquisition_index || ""}
                </span>
                <span>{hole.foilhole_id}</span>
                <span className={classes.number}>{inPlan === undefined ? "" : formatShare(inPlan.probability)}</span>
                <span className={classes.standing}>
                  <HoleStanding
                    planned={inPlan}
                    measured={measured.get(hole.uuid)}
                    lockedOut={isLockedOut(hole.uuid)}
                  />
                </span>
              </div>
            )}
          />
        </aside>
      </div>
    </>
  );
}

interface ListedHole {
  readonly hole: FoilHole;
  readonly planned: PlannedHole | undefined;
}

/** Holes that are to be imaged, in their order; then those that are left out, the skipped, and last what is done. */
function inOrder(
  holes: readonly FoilHole[],
  planned: ReadonlyMap<string, PlannedHole>,
  measured: ReadonlyMap<string, Measured>,
): ListedHole[] {
  const group = ({ hole, planned: own }: ListedHole): number => {
    if (measured.has(hole.uuid)) return 3;
    if (own?.skipped === true) return 2;
    return own === undefined || own.suggested_acquisition_index === 0 ? 1 : 0;
  };
  const index = ({ planned: own }: ListedHole): number => own?.suggested_acquisition_index ?? 0;
  return holes
    .map((hole) => ({ hole, planned: planned.get(hole.uuid) }))
    .sort((a, b) => group(a) - group(b) || index(a) - index(b));
}
