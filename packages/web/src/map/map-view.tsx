import { ActionIcon, Group, Tooltip, useComputedColorScheme } from "@mantine/core";
import OpenSeadragon from "openseadragon";
import { type PointerEvent, type ReactNode, type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { Icon } from "../app/icons.js";
import { COLOURS_ON_DARK, COLOURS_ON_LIGHT, drawScene } from "./draw.js";
import type { Extent } from "./extent.js";
import type { MapImage } from "./map-image.js";
import { formatPlace, type MapPlace } from "./map-place.js";
import classes from "./map-view.module.css";
import { itemAt, itemsWithin, type MapItem, type Placement, type Point, type Scene } from "./scene.js";
import { blankSource, partSource } from "./tile-source.js";

export interface MapHandle {
  /** Brings an item into view where it is not. */
  show(item: MapItem): void;
  /** What is seen at the moment, image and overlay together. */
  toBlob(): Promise<Blob | null>;
}

interface MapViewProps {
  /** What the map shows, in words. */
  readonly description: string;
  readonly scene: Scene;
  /** The part of the image that is shown first, and again on request. */
  readonly extent: Extent;
  readonly image: MapImage | null;
  readonly selected: string | null;
  readonly onSelect: (item: MapItem | null) => void;
  readonly onOpen?: (item: MapItem) => void;
  readonly marked?: ReadonlySet<string>;
  /** Several items were drawn around; without it there is no lasso. */
  readonly onLasso?: (items: readonly MapItem[]) => void;
  /** What is said of the item under the pointer. */
  readonly hint: (item: MapItem) => ReactNode;
  /** What is shown of it; null: all. Without it, the map begins with all and tells nobody where it is moved to. */
  readonly place?: MapPlace | null;
  readonly onPlace?: (place: MapPlace | null) => void;
  readonly ref?: Ref<MapHandle>;
}

/** As many as one connection to a server carries side by side; what is asked for first is seen first. */
const TILES_AT_A_TIME = 6;
/** A server that is busy making others is asked again. */
const TILE_RETRIES = 3;
const NOTHING_MARKED: ReadonlySet<string> = new Set();

/** Things on an image, to be moved, zoomed and picked. */
export function MapView({
  description,
  scene,
  extent,
  image,
  selected,
  onSelect,
  onOpen,
  marked = NOTHING_MARKED,
  onLasso,
  hint,
  place = null,
  onPlace,
  ref,
}: MapViewProps): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const viewer = useRef<OpenSeadragon.Viewer | null>(null);
  const [hovered, setHovered] = useState<{ item: MapItem; x: number; y: number } | null>(null);
  const [withLasso, setWithLasso] = useState(false);
  const [outline, setOutline] = useState<readonly Point[]>([]);
  const scheme = useComputedColorScheme("light");
  // An image is grey on black in any scheme.
  const dark = image !== null || scheme === "dark";
  const worldWidth = image?.width ?? extent.x + extent.width;
  const worldHeight = image?.height ?? extent.y + extent.height;

  /** What the handlers, which are registered once, go by. */
  const latest = {
    scene,
    extent,
    worldWidth,
    selected,
    marked,
    hovered,
    dark,
    onImage: image !== null,
    onSelect,
    onOpen,
    place,
    onPlace,
  };
  const now = useRef(latest);
  now.current = latest;

  const placement = (): Placement | null => {
    const { current } = viewer;
    if (current === null || current.world.getItemCount() === 0) return null;
    const origin = current.viewport.pixelFromPoint(new OpenSeadragon.Point(0, 0), true);
    const right = current.viewport.pixelFromPoint(new OpenSeadragon.Point(1, 0), true);
    return { scale: (right.x - origin.x) / now.current.worldWidth, x: origin.x, y: origin.y };
  };

  const draw = (): void => {
    const { current: canvas } = overlay;
    const place = placement();
    const context = canvas?.getContext("2d");
    if (canvas === null || context == null || place === null) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = window.devicePixelRatio;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const { scene: shown, selected: chosen, hovered: pointed, onImage } = now.current;
    drawScene(context, shown, place, {
      width,
      height,
      ratio,
      onImage,
      selected: chosen,
      hovered: pointed?.item.id ?? null,
      marked: now.current.marked,
      colours: now.current.dark ? COLOURS_ON_DARK : COLOURS_ON_LIGHT,
    });
  };
  const drawNow = useRef(draw);
  drawNow.current = draw;

  /** What somebody has done to the map since it was told where it is; what its place on the page does to it is nobody's wish. */
  const stirred = useRef<"moved" | "all" | null>(null);

  const fit = (immediately: boolean): void => {
    const { extent: area, worldWidth: width } = now.current;
    viewer.current?.viewport.fitBounds(
      new OpenSeadragon.Rect(area.x / width, area.y / width, area.width / width, area.height / width),
      immediately,
    );
  };
  /** Where the map is, as far as anybody was told or has told it. */
  const known = useRef<string | null>(null);
  const goTo = (target: MapPlace | null): void => {
    known.current = target === null ? null : formatPlace(target);
    const { current } = viewer;
    if (target === null || current === null) {
      fit(true);
      return;
    }
    const width = target.width / now.current.worldWidth;
    const height = width / current.viewport.getAspectRatio();
    const [x, y] = [target.x / now.current.worldWidth, target.y / now.current.worldWidth];
    current.viewport.fitBounds(new OpenSeadragon.Rect(x - width / 2, y - height / 2, width, height), true);
  };
  const tell = (): void => {
    const { current } = viewer;
    if (current === null || stirred.current === null || current.world.getItemCount() === 0) return;
    const { worldWidth: scale } = now.current;
    const { x, y } = current.viewport.getCenter(true);
    const seen =
      stirred.current === "moved"
        ? { x: x * scale, y: y * scale, width: current.viewport.getBounds(true).width * scale }
        : null;
    stirred.current = null;
    const told = seen === null ? null : formatPlace(seen);
    if (told === known.current) return;
    known.current = told;
    now.current.onPlace?.(seen);
  };
  const moving = useRef({ goTo, tell });
  moving.current = { goTo, tell };

  useEffect(() => {
    const { current: element } = host;
    if (element === null) return;
    const created = new OpenSeadragon.Viewer({
      element,
      drawer: "canvas",
      imageLoaderLimit: TILES_AT_A_TIME,
      tileRetryMax: TILE_RETRIES,
      showNavigationControl: false,
      animationTime: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.25,
      springStiffness: 9,
      zoomPerScroll: 1.25,
      maxZoomPixelRatio: 8,
      minZoomImageRatio: 0.5,
      visibilityRatio: 0.2,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: false },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: false },
      tileSources: [],
    });
    viewer.current = created;
    const itemFrom = (position: OpenSeadragon.Point): MapItem | null => {
      const { current: canvas } = overlay;
      if (canvas === null || created.world.getItemCount() === 0) return null;
      const origin = created.viewport.pixelFromPoint(new OpenSeadragon.Point(0, 0), true);
      const right = created.viewport.pixelFromPoint(new OpenSeadragon.Point(1, 0), true);
      const scale = (right.x - origin.x) / now.current.worldWidth;
      return itemAt(now.current.scene.items, (position.x - origin.x) / scale, (position.y - origin.y) / scale, scale);
    };
    created.addHandler("update-viewport", () => drawNow.current());
    const onMove = (): void => {
      stirred.current = "moved";
    };
    created.addHandler("canvas-drag", onMove);
    created.addHandler("canvas-scroll", onMove);
    created.addHandler("canvas-pinch", onMove);
    created.addHandler("canvas-key", onMove);
    created.addHandler("animation-finish", () => moving.current.tell());
    created.addHandler("canvas-click", (event) => {
      if (event.quick) now.current.onSelect(itemFrom(event.position));
    });
    created.addHandler("canvas-double-click", (event) => {
      const item = itemFrom(event.position);
      if (item !== null) now.current.onOpen?.(item);
    });
    const tracker = new OpenSeadragon.MouseTracker({
      element: created.canvas,
      moveHandler(event) {
        const { position } = event as unknown as { position: OpenSeadragon.Point };
        const item = itemFrom(position);
        setHovered((before) =>
          item === null ? null : before?.item === item ? before : { item, x: position.x, y: position.y },
        );
      },
      leaveHandler: () => setHovered(null),
    });
    created.canvas.setAttribute("role", "application");
    return () => {
      tracker.destroy();
      created.destroy();
      viewer.current = null;
    };
  }, []);

  useEffect(() => {
    viewer.current?.canvas.setAttribute(
      "aria-label",
      `${description} Arrow keys move, plus and minus zoom; the list beside has the same as text.`,
    );
  }, [description]);

  useEffect(() => {
    const { current } = viewer;
    if (current === null) return;
    const opened = (): void => moving.current.goTo(now.current.place);
    current.addOnceHandler("open", opened);
    current.open(
      image === null
        ? // Not to be drawn: an image without tiles would be waited for, and everything drawn anew, in every frame.
          { tileSource: blankSource(worldWidth, worldHeight), opacity: 0 }
        : {
            tileSource:
              typeof image.source === "string"
                ? { type: "image", url: image.source, buildPyramid: true }
                : partSource(image, image.source),
          },
    );
    return () => current.removeHandler("open", opened);
  }, [image, worldWidth, worldHeight]);

  const asked = place === null ? null : formatPlace(place);
  useEffect(() => {
    if (asked !== known.current && viewer.current?.isOpen() === true) moving.current.goTo(now.current.place);
  }, [asked]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these changes what is to be seen.
  useEffect(() => {
    const frame = requestAnimationFrame(() => drawNow.current());
    return () => cancelAnimationFrame(frame);
  }, [scene, selected, marked, hovered, dark, image]);

  useEffect(() => {
    const { current: element } = host;
    if (element === null) return;
    const observer = new ResizeObserver(() => drawNow.current());
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useImperativeHandle(ref, () => ({
    show(item) {
      const { current } = viewer;
      if (current === null) return;
      const width = now.current.worldWidth;
      const centre = new OpenSeadragon.Point(item.x / width, item.y / width);
      if (current.viewport.getBounds().containsPoint(centre)) return;
      stirred.current = "moved";
      current.viewport.panTo(centre);
    },
    async toBlob() {
      const { current: canvas } = overlay;
      const beneath = host.current?.querySelector<HTMLCanvasElement>(".openseadragon-canvas canvas");
      if (canvas === null) return null;
      const joined = document.createElement("canvas");
      joined.width = canvas.width;
      joined.height = canvas.height;
      const context = joined.getContext("2d");
      if (context === null) return null;
      context.fillStyle = getComputedStyle(canvas).backgroundColor;
      if (now.current.onImage && beneath != null) context.drawImage(beneath, 0, 0, joined.width, joined.height);
      context.drawImage(canvas, 0, 0);
      return new Promise((resolve) => joined.toBlob(resolve, "image/png"));
    },
  }));

  const addToOutline = (event: PointerEvent<SVGSVGElement>): void => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const point = { x: event.clientX - left, y: event.clientY - top };
    setOutline((before) => [...before, point]);
  };
  const closeOutline = (): void => {
    const place = placement();
    if (place !== null && outline.length > 2) {
      const onImage = outline.map(({ x, y }) => ({ x: (x - place.x) / place.scale, y: (y - place.y) / place.scale }));
      onLasso?.(itemsWithin(scene.items, onImage));
    }
    setOutline([]);
  };
  const zoomBy = (factor: number): void => {
    stirred.current = "moved";
    viewer.current?.viewport.zoomBy(factor);
    viewer.current?.viewport.applyConstraints();
  };
  return (
    <div className={classes.map} data-dark={dark || undefined}>
      <div ref={host} className={classes.viewer} />
      <canvas ref={overlay} className={classes.overlay} role="img" aria-label={description} />
      {withLasso && (
        <svg
          className={classes.lasso}
          data-testid="lasso"
          aria-hidden="true"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            addToOutline(event);
          }}
          onPointerMove={(event) => {
            if (outline.length > 0) addToOutline(event);
          }}
          onPointerUp={closeOutline}
          onPointerCancel={() => setOutline([])}
        >
          <polygon points={outline.map(({ x, y }) => `${x},${y}`).join(" ")} />
        </svg>
      )}
      {hovered !== null && (
        <div className={classes.hint} style={hintPlace(hovered.x, hovered.y, overlay.current)} role="presentation">
          {hint(hovered.item)}
        </div>
      )}
      <Group className={`${classes.controls} no-print`} gap={4}>
        <Control label="Zoom in" icon="plus" onClick={() => zoomBy(1.6)} />
        <Control label="Zoom out" icon="minus" onClick={() => zoomBy(1 / 1.6)} />
        <Control
          label="Show all"
          icon="home"
          onClick={() => {
            stirred.current = "all";
            fit(false);
          }}
        />
        {onLasso !== undefined && (
          <Control
            label="Mark several by drawing around them"
            icon="lasso"
            pressed={withLasso}
            onClick={() => setWithLasso(!withLasso)}
          />
        )}
      </Group>
    </div>
  );
}

interface ControlProps {
  readonly label: string;
  readonly icon: "plus" | "minus" | "home" | "lasso";
  /** For what stays on until it is pressed again. */
  readonly pressed?: boolean;
  readonly onClick: () => void;
}

function Control({ label, icon, pressed, onClick }: ControlProps): ReactNode {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant={pressed === true ? "filled" : "default"}
        size="md"
        aria-label={label}
        aria-pressed={pressed}
        onClick={onClick}
      >
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Beside the pointer, on the side where there is room. */
function hintPlace(x: number, y: number, canvas: HTMLCanvasElement | null): Record<string, number> {
  const width = canvas?.clientWidth ?? 0;
  const height = canvas?.clientHeight ?? 0;
  return {
    ...(x > width / 2 ? { right: width - x + 14 } : { left: x + 14 }),
    ...(y > height / 2 ? { bottom: height - y + 14 } : { top: y + 14 }),
  };
}
