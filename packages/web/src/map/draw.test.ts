import { expect, test } from "vitest";
import { COLOURS_ON_DARK, COLOURS_ON_LIGHT, drawScene } from "./draw.js";
import type { MapItem } from "./scene.js";

interface Drawn {
  readonly what: string;
  readonly colour: string;
  readonly width: number;
}

/** A canvas that keeps what lines and words were drawn on it, in which colours, and how wide. */
function recorder(): { context: CanvasRenderingContext2D; drawn: Drawn[] } {
  const drawn: Drawn[] = [];
  const state: Record<string, unknown> = {};
  let path: string[] = [];
  const note = (what: string, colour: unknown): unknown =>
    drawn.push({ what, colour: String(colour), width: Number(state.lineWidth) });
  const methods: Record<string, (...given: unknown[]) => unknown> = {
    beginPath: () => {
      path = [];
    },
    stroke: () => note(path.join(" "), state.strokeStyle),
    fillText: (words) => note(`"${words}"`, state.fillStyle),
    strokeText: (words) => note(`"${words}"`, state.strokeStyle),
  };
  const context = new Proxy(state, {
    get: (_, name: string) =>
      state[name] ?? methods[name] ?? ((...given: unknown[]) => path.push(`${name}(${given.slice(0, 2).join(",")})`)),
  });
  return { context: context as unknown as CanvasRenderingContext2D, drawn };
}

const item: MapItem = {
  ...{ id: "a", x: 50, y: 50, width: 60, height: 60, shape: "rectangle" as const },
  ...{ share: 0.1, struck: true, verdict: "bad" as const, choice: null, label: "7" },
};

test.each([
  { on: "a dark ground", colours: COLOURS_ON_DARK, share: 0.1 },
  { on: "a dark ground", colours: COLOURS_ON_DARK, share: 0.9 },
  { on: "a dark ground", colours: COLOURS_ON_DARK, share: null },
  { on: "a light ground", colours: COLOURS_ON_LIGHT, share: 0.1 },
  { on: "a light ground", colours: COLOURS_ON_LIGHT, share: 0.9 },
])("what is drawn on a square can be seen on any image beneath: $on, $share of the scale", ({ colours, share }) => {
  const { context, drawn } = recorder();
  const items = [
    { ...item, share },
    { ...item, id: "b", x: 90, share },
  ];
  drawScene(
    context,
    { items, path: items },
    { scale: 1, x: 0, y: 0 },
    {
      ...{ width: 200, height: 200, ratio: 1, onImage: true, colours },
      ...{ selected: null, hovered: null, marked: new Set<string>() },
    },
  );
  const isLight = (colour: string): boolean => ["#fff", "#ffffff"].includes(colour);
  const isDark = (colour: string): boolean => ["#000", "#000000", "#1b2430"].includes(colour);
  const kinds = {
    word: /^"7"$/,
    path: /^moveTo\(50,50\) lineTo\(90,50\)$/,
    strike: /^moveTo\(20,80\) lineTo\(80,20\)$/,
    verdict: /^moveTo.*lineTo.*moveTo.*lineTo/,
  };
  for (const [kind, pattern] of Object.entries(kinds)) {
    const [halo, line] = drawn.filter(({ what }) => pattern.test(what));
    expect(line, kind).toBeDefined();
    const [under, over] = [halo?.colour ?? "", line?.colour ?? ""];
    expect((isLight(under) && isDark(over)) || (isDark(under) && isLight(over)), `${kind}: ${over} on ${under}`).toBe(
      true,
    );
    if (kind !== "word") expect(halo?.width, kind).toBeGreaterThan((line?.width ?? 0) + 1);
  }
});
