import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inkOn, scaleColour } from "./colour-scale.js";
import { extentOf } from "./extent.js";
import { BELIEF, type Layer } from "./layers.js";
import { itemAt, itemsWithin, type MapItem } from "./scene.js";
import { sceneSvg } from "./scene-svg.js";

const item = (id: string, x: number, y: number, size = 10): MapItem => ({
  id,
  x,
  y,
  width: size,
  height: size,
  shape: "rectangle",
  share: 0.5,
  struck: false,
  verdict: null,
  choice: null,
  label: "",
});

describe("itemAt", () => {
  test("finds the item whose centre is nearest among those that overlap", () => {
    expect(itemAt([item("a", 0, 0, 30), item("b", 12, 0, 30)], 8, 0, 1)?.id).toBe("b");
  });

  test("forgives a near miss on the screen, however small the item is drawn", () => {
    expect(itemAt([item("a", 0, 0)], 10, 0, 1)?.id).toBe("a");
    expect(itemAt([item("a", 0, 0)], 100, 0, 0.05)?.id).toBe("a");
    expect(itemAt([item("a", 0, 0)], 100, 0, 1)).toBe(null);
  });
});

test("the extent holds every item that has a place, with a margin", () => {
  const coordinate = fc.integer({ min: -10_000, max: 10_000 });
  const placed = fc.array(
    fc.record({ center_x: coordinate, center_y: coordinate, size_width: fc.nat(200), size_height: fc.nat(200) }),
    {
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(placed, (items) => {
      const extent = extentOf([...items, { center_x: null, center_y: null, size_width: 1e9, size_height: 1e9 }]);
      for (const { center_x, center_y, size_width, size_height } of items) {
        expect(center_x - size_width / 2).toBeGreaterThan(extent?.x ?? 0);
        expect(center_x + size_width / 2).toBeLessThan((extent?.x ?? 0) + (extent?.width ?? 0));
        expect(center_y - size_height / 2).toBeGreaterThan(extent?.y ?? 0);
        expect(center_y + size_height / 2).toBeLessThan((extent?.y ?? 0) + (extent?.height ?? 0));
      }
    }),
  );
  expect(extentOf([])).toBe(null);
});

function luminance(colour: string): number {
  const channels = colour.startsWith("#")
    ? [...colour.slice(1)].map((digit) => Number.parseInt(digit + digit, 16))
    : (colour.match(/\d+/g) ?? []).map(Number);
  const [r, g, b] = channels.map((value) =>
    value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

describe("the colour scale", () => {
  test("rises in lightness all the way, so that its order is seen without colours", () => {
    const steps = Array.from({ length: 101 }, (_, n) => luminance(scaleColour(n / 100)));
    for (const [index, value] of steps.entries())
      if (index > 0) expect(value).toBeGreaterThanOrEqual((steps[index - 1] ?? 0) - 1e-3);
  });

  test("what is written on it can be read: contrast of at least 4.5 to 1", () => {
    for (let share = 0; share <= 1; share += 0.01) {
      const [low, high] = [luminance(scaleColour(share)), luminance(inkOn(share))].sort((a, b) => a - b);
      expect(((high ?? 0) + 0.05) / ((low ?? 0) + 0.05)).toBeGreaterThanOrEqual(4.5);
    }
  });
});

const BELIEF_LAYER: Layer = { ...BELIEF, unit: "", digits: 2, values: new Map(), domain: [0.25, 0.75] };
const EXTENT = { x: 0, y: 0, width: 40, height: 20 };

test("a drawing has what people have decided, above everything else, and nothing of it where nobody has", () => {
  const drawn = (choice: MapItem["choice"]): string =>
    sceneSvg({ items: [{ ...item("a", 5, 5), choice }], path: [] }, EXTENT, "Squares", null, BELIEF_LAYER);
  const selected =
    /<rect .*\n.*\n<g class="selected" transform="translate\(8.6 1.4\d*\) [^>]*><circle [^>]*\/><path d="M0.00 -5.00L/;
  expect(drawn("selected")).toMatch(selected);
  expect(drawn("locked")).toMatch(/<g class="locked" [^>]*><circle [^>]*\/><path d="M-3.5 0H3.5"/);
  expect(drawn(null)).not.toMatch(/<circle/);
});

test("a drawing says beneath what its colours mean: both ends of a scale with their values, or each step", () => {
  const words = (layer: Layer): (string | undefined)[] =>
    [...sceneSvg({ items: [], path: [] }, EXTENT, "Squares", null, layer).matchAll(/<text [^>]*>([^<]*)/g)].map(
      ([, said]) => said,
    );
  expect(words({ ...BELIEF_LAYER, unit: "Å" })).toEqual([BELIEF.label, "0.25 Å", "0.75 Å"]);
  const steps = ["thin", "good & thick", "cracked", "empty", "far"];
  expect(words({ ...BELIEF_LAYER, steps })).toEqual([BELIEF.label, "thin", "good &amp; thick", ...steps.slice(2)]);
  // Beneath the map, not over it.
  const svg = sceneSvg({ items: [], path: [] }, EXTENT, "Squares", null, BELIEF_LAYER);
  expect(svg).toContain('viewBox="0 0 40 24"');
  expect(svg).toContain(`<text x="0.5" y="21.2" `);
  expect(svg).toContain(scaleColour(0));
  expect(svg).toContain(scaleColour(1));
});

test("a drawing names everything in it and escapes what names hold", () => {
  const svg = sceneSvg(
    {
      items: [
        { ...item("a", 5, 5), label: "1" },
        { ...item("b", 20, 5), share: null, struck: true, verdict: "bad" },
      ],
      path: [item("a", 5, 5), item("b", 20, 5)],
    },
    { x: 0, y: 0, width: 40, height: 20 },
    'Squares <by> "value" & more',
    null,
    BELIEF_LAYER,
  );
  expect(svg).toContain("<title>Squares &lt;by> &quot;value&quot; &amp; more</title>");
  expect(svg.match(/<rect /g)).toHaveLength(2);
  expect(svg).toContain(">1</text>");
  // Beneath words and lines is what keeps them apart from the image.
  expect(svg).toMatch(/stroke="#fff" stroke-width="[\d.]+" paint-order="stroke">1<\/text>/);
  expect(svg).toMatch(/d="M5 5L20 5"[^>]* stroke="#ffffff"[^>]*><path d="M5 5L20 5"[^>]* stroke="#1b2430"/);
});

test("what lies within a line that was drawn around it is found, whichever way round it was drawn", () => {
  const outline = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
    { x: 5, y: 4 },
    { x: 0, y: 10 },
  ];
  const items = [item("in", 2, 2), item("notch", 5, 8), item("out", 12, 2)];
  expect(itemsWithin(items, outline).map(({ id }) => id)).toEqual(["in"]);
  expect(itemsWithin(items, outline.toReversed()).map(({ id }) => id)).toEqual(["in"]);
  expect(itemsWithin(items, [])).toEqual([]);
});

test("a rectangle holds exactly the centres between its sides", () => {
  const coordinate = fc.integer({ min: -20, max: 20 });
  fc.assert(
    fc.property(coordinate, coordinate, (x, y) => {
      const outline = [
        { x: -7.5, y: -3.5 },
        { x: 9.5, y: -3.5 },
        { x: 9.5, y: 12.5 },
        { x: -7.5, y: 12.5 },
      ];
      const within = x > -7.5 && x < 9.5 && y > -3.5 && y < 12.5;
      expect(itemsWithin([item("any", x, y)], outline)).toHaveLength(within ? 1 : 0);
    }),
  );
});
