import { Button, Slider, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Decision, Grid, GridSquare, Result } from "../api/additions.js";
import { atlasImage, resultsQuery, settingsQuery, squaresQuery } from "../api/queries.js";
import { NO_CHOICES } from "../choices/choice-control.js";
import { gridScene } from "../grid/grid-scene.js";
import { resultWords } from "../grid/result-words.js";
import { extentOf } from "../map/extent.js";
import { goodLayer, measuredBy } from "../map/layers.js";
import { Legend } from "../map/legend.js";
import { mapExports } from "../map/map-exports.js";
import { formatPlace, parsePlace } from "../map/map-place.js";
import { type MapHandle, MapView } from "../map/map-view.js";
import { useImageInParts } from "../map/use-image.js";
import { limitWords, NO_LIMITS } from "../quality/metrics.js";
import { useAddress } from "../shared/address.js";
import { ExportMenu } from "../shared/export-menu.js";
import { type Fact, Facts } from "../shared/facts.js";
import { formatCount, formatDateTime, formatNumber, UNKNOWN } from "../shared/format.js";
import { Failures, LoadingRows, Nothing } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import { toldWords } from "./decision-detail.js";
import classes from "./decisions-page.module.css";
import { stateAt, timeSpan } from "./state-at.js";

const iso = (time: number): string => new Date(time).toISOString();

/** The whole session once more: what was measured, and which plan held, at any moment of it. */
export function SessionReplay({ grid, decisions }: { grid: Grid; decisions: readonly Decision[] }): ReactNode {
  const results = useQuery(resultsQuery(grid.uuid));
  // What is new is worked in between what people do.
  const shown = useDeferredValue(results.data);
  const squares = useQuery(squaresQuery(grid.uuid));
  const span = useMemo(() => timeSpan(shown ?? [], decisions), [shown, decisions]);
  const failures = <Failures of={{ micrographs: results, squares }} />;
  if ((results.isError && results.data === undefined) || (squares.isError && squares.data === undefined))
    return failures;
  if (shown === undefined || squares.data === undefined) return <LoadingRows rows={8} />;
  if (span === null) {
    return <Nothing title="Nothing to look back at yet">The session begins with its first micrograph.</Nothing>;
  }
  return (
    <>
      {failures}
      <Moment grid={grid} decisions={decisions} results={shown} squares={squares.data} span={span} />
    </>
  );
}

/** A session is played in half a minute. */
const FRAMES = 60;
const FRAME_MS = 500;

interface Playing {
  readonly from: number;
  readonly to: number;
  readonly time: number;
  readonly goTo: (time: number) => void;
}

/** Moves the moment on by itself, until the end; from the start, where the end is what is seen. */
function usePlaying(moment: Playing): readonly [playing: boolean, play: (on: boolean) => void] {
  const [playing, setPlaying] = useState(false);
  const now = useRef(moment);
  now.current = moment;
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      const { from, to, time, goTo } = now.current;
      const next = Math.min(to, time + Math.max(1, (to - from) / FRAMES));
      goTo(next);
      if (next === to) setPlaying(false);
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [playing]);
  const play = (on: boolean): void => {
    if (on && moment.time >= moment.to) moment.goTo(moment.from);
    setPlaying(on);
  };
  return [playing, play];
}

interface MomentProps {
  readonly grid: Grid;
  readonly decisions: readonly Decision[];
  readonly results: readonly Result[];
  readonly squares: readonly GridSquare[];
  readonly span: readonly [from: number, to: number];
}

function Moment({ grid, decisions, results, squares, span: [from, to] }: MomentProps): ReactNode {
  const navigate = useNavigate();
  const map = useRef<MapHandle>(null);
  const address = useAddress();
  const { image } = useImageInParts(atlasImage(grid.uuid));
  const settings = useQuery({ ...settingsQuery(grid.acquisition_uuid ?? ""), enabled: grid.acquisition_uuid !== null });
  const today = settings.data?.limits ?? NO_LIMITS;
  const asked = Date.parse(address.get("at") ?? "");
  const time = Number.isNaN(asked) ? to : Math.min(to, Math.max(from, asked));
  // The slider follows the hand; the map comes after it.
  const seen = useDeferredValue(time);
  const state = useMemo(() => stateAt(results, decisions, today, seen), [results, decisions, today, seen]);
  const { layer, scene } = useMemo(() => {
    const measured = measuredBy("gridsquare_uuid", state.results);
    const shown = goodLayer(measured);
    return { layer: shown, scene: gridScene(squares, null, shown, measured, NO_CHOICES, false) };
  }, [squares, state]);
  const extent = useMemo(() => extentOf(squares), [squares]);
  const numbers = useMemo(() => new Map(squares.map(({ uuid, gridsquare_id }) => [uuid, gridsquare_id])), [squares]);
  const goTo = (moment: number): void => address.put("at", iso(moment));
  const [playing, setPlaying] = usePlaying({ from, to, time, goTo });
  const { decision } = state;
  const last = state.results.at(-1);
  const facts: Fact[] = [
    ["Taken", formatCount(state.results.length)],
    ["Good", `${formatCount(state.good)} of ${formatCount(state.judged)} judged`],
    ["Good per hour", formatNumber(state.goodPerHour, 1)],
    ["Last on square", last?.gridsquare_id ?? UNKNOWN],
    ...(decision === null
      ? []
      : ([
          ["Plan", `decision ${decision.id}, ${decision.mode}`],
          [
            "It expected",
            `${formatNumber(decision.summary.expected_good, 0)} good of ${formatCount(decision.summary.planned_holes)} holes`,
          ],
          ["An hour was worth", `${formatNumber(decision.summary.price_per_minute * 60, 1)} good holes`],
          ["It rests on", resultWords(decision.summary)],
          ["A good one", limitWords(state.limits)],
          ["Outcome", toldWords(decision)],
        ] as const)),
  ];
  return (
    <section className={`panel ${classes.replay}`} aria-label="Replay of the session">
      <Failures of={{ "limits of quality": settings }} />
      <UnknownParts of={{ at: Number.isNaN(asked), place: parsePlace(address.get("place")) === null }} />
      <div className={classes.moment}>
        <Button variant="default" size="xs" onClick={() => setPlaying(!playing)} className="no-print">
          {playing ? "Pause" : "Play"}
        </Button>
        <Slider
          thumbLabel="Time"
          thumbProps={{ "aria-valuetext": formatDateTime(iso(time)) }}
          min={from}
          max={to}
          step={Math.max(1_000, Math.round((to - from) / 500))}
          value={time}
          label={(value) => formatDateTime(iso(value))}
          onChange={goTo}
          className={classes.slider}
        />
        <Text size="sm" fw={600}>
          <time dateTime={iso(time)}>{formatDateTime(iso(time))}</time>
        </Text>
        <ExportMenu
          label="Save this moment"
          size="sm"
          items={mapExports({
            name: `grid-${grid.uuid}-${iso(seen)}`,
            title: `Squares at ${formatDateTime(iso(seen))}, coloured by ${layer.label}`,
            map,
            scene,
            extent,
            image,
            layer,
            rows: () =>
              squares.map(({ uuid, gridsquare_id }) => ({
                gridsquare_id,
                gridsquare_uuid: uuid,
                [layer.label]: layer.values.get(uuid),
              })),
          })}
        />
      </div>
      <div className={classes.then}>
        <div className={classes.thenMap}>
          {extent === null ? (
            <Nothing title="No place on the atlas" />
          ) : (
            <>
              <MapView
                ref={map}
                description={`Atlas as it was at ${formatDateTime(iso(seen))}: ${state.results.length} micrographs, coloured by ${layer.label}.`}
                scene={scene}
                extent={extent}
                image={image}
                place={parsePlace(address.get("place"))}
                onPlace={(place) => address.put("place", place === null ? null : formatPlace(place))}
                selected={last?.gridsquare_uuid ?? null}
                onSelect={(item) => item !== null && void navigate(`/ui/squares/${item.id}`)}
                hint={(item) => <strong>Square {numbers.get(item.id)}</strong>}
              />
              <Legend layer={layer} of="squares" measuredOnly />
            </>
          )}
        </div>
        <div className={classes.thenFacts}>
          <Facts facts={facts} />
        </div>
      </div>
    </section>
  );
}
