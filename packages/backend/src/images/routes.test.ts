import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { mrcFile, type TemporaryFolder, temporaryFolder } from "./testing/image-files.js";

let folder: TemporaryFolder;
let root: string;
let cacheDir: string;
let at: BackendForTests;
beforeAll(async () => {
  folder = await temporaryFolder();
  root = join(folder.path, "epu");
  cacheDir = join(folder.path, "cache");
  at = await startBackendForTests("embedded", {
    imageRoots: [root],
    imageCache: { dir: cacheDir, maxBytes: 1_000_000 },
  });
});
afterAll(async () => {
  await at.stop();
  await folder.remove();
});

const ramp = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
async function put(name: string, bytes: Buffer | string): Promise<string> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}
async function jpeg(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: "#808080" } })
    .jpeg()
    .toBuffer();
}

interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly size: string | null;
  readonly problem: { readonly detail: unknown; readonly code?: string; readonly hint?: string } | null;
}
async function show(path: string, headers: Record<string, string> = {}): Promise<Shown> {
  const response = await fetch(`${at.url}${path}`, { headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isPng = response.headers.get("content-type") === "image/png";
  const metadata = isPng ? await sharp(bytes).metadata() : null;
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    size: metadata === null ? null : `${metadata.width}x${metadata.height}`,
    problem: isPng || bytes.length === 0 ? null : JSON.parse(bytes.toString()),
  };
}

let n = 0;
let prefix: string;
beforeEach(async () => {
  prefix = `image${n++}`;
  expect((await at.request("POST", "/ingest", smallSession(prefix, 1))).status).toBeLessThan(300);
});
const square = (query = ""): string => `/gridsquares/${prefix}-s/gridsquare_image${query}`;
const atlas = (query = ""): string => `/grids/${prefix}-g/atlas_image${query}`;
async function storeSquareImage(path: string): Promise<void> {
  expect((await at.request("PUT", `/gridsquares/${prefix}-s`, { image_path: path })).status).toBe(200);
}
async function postAtlas(fields: Record<string, unknown>): Promise<void> {
  const body = { uuid: `${prefix}-at`, grid_uuid: `${prefix}-g`, name: "atlas", atlas_id: "1", ...fields };
  expect((await at.request("POST", `/grids/${prefix}-g/atlas`, body)).status).toBe(201);
}

describe("the image of a grid square", () => {
  it("is a PNG of the camera's pixels, though the preview's path is stored", async () => {
    await put(`${prefix}/GridSquare_1.mrc`, mrcFile(33, 21, ramp(33 * 21), { mode: 1 }));
    await storeSquareImage(await put(`${prefix}/GridSquare_1.jpg`, await jpeg(11, 7)));
    const shown = await show(square());
    expect(shown).toMatchObject({ status: 200, size: "33x21" });
    expect(shown.headers.get("cache-control")).toBe("private, no-cache");
    expect([shown.headers.get("x-native-width"), shown.headers.get("x-native-height")]).toEqual(["33", "21"]);
    expect((await show(square("?max_size=11"))).size).toBe("11x7");
    expect((await show(square("?max_size=0"))).status).toBe(422);
  });

  it("is the preview while the camera's file is being written, as large as its manifest says", async () => {
    const whole = mrcFile(40, 30, ramp(1_200), { mode: 1 });
    await put(`${prefix}/GridSquare_1.mrc`, whole.subarray(0, 2_000));
    await storeSquareImage(await put(`${prefix}/GridSquare_1.jpg`, await jpeg(20, 15)));
    await put(
      `${prefix}/GridSquare_1.xml`,
      '<M xmlns:b="d"><ReadoutArea xmlns:a="d">\n <a:height>30</a:height><a:width> 40 </a:width><a:x>0</a:x></ReadoutArea></M>',
    );
    const early = await show(square());
    expect(early).toMatchObject({ status: 200, size: "40x30" });
    await put(`${prefix}/GridSquare_1.mrc`, whole);
    const late = await show(square(), { "if-none-match": early.headers.get("etag") ?? "" });
    expect(late).toMatchObject({ status: 200, size: "40x30" });
    expect(late.bytes.equals(early.bytes)).toBe(false);
  });

  it("is found from the path that EPU wrote", async () => {
    await put(`${prefix}/Images-Disc1/GridSquare_1/GridSquare_1.mrc`, mrcFile(3, 2, ramp(6), { mode: 6 }));
    await storeSquareImage(`Z:\\Data\\${prefix}\\Images-Disc1\\GridSquare_1\\GridSquare_1.mrc`);
    expect(await show(square())).toMatchObject({ status: 200, size: "3x2" });
  });

  it("has a tag by which an unchanged image is not sent again, and a changed one is", async () => {
    const path = await put(`${prefix}/GridSquare_1.mrc`, mrcFile(3, 2, ramp(6), { mode: 1 }));
    await storeSquareImage(path);
    const first = await show(square());
    const tag = first.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[0-9a-f]+"$/);
    for (const named of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await show(square(), { "if-none-match": named });
      expect([again.status, again.bytes.length, again.headers.get("etag")]).toEqual([304, 0, tag]);
    }
    expect((await show(square("?max_size=2"), { "if-none-match": tag })).status).toBe(200);
    await put(`${prefix}/GridSquare_1.mrc`, mrcFile(4, 3, ramp(12), { mode: 1 }));
    expect(await show(square(), { "if-none-match": tag })).toMatchObject({ status: 200, size: "4x3" });
  });

  it("is made once, whoever asks for it, and again where the cache has lost it", async () => {
    await storeSquareImage(await put(`${prefix}/GridSquare_1.mrc`, mrcFile(3, 2, ramp(6), { mode: 1 })));
    const before = (await readdir(cacheDir).catch(() => [])).length;
    const shown = await Promise.all(Array.from({ length: 5 }, () => show(square())));
    expect(new Set(shown.map(({ bytes }) => bytes.toString("hex"))).size).toBe(1);
    expect((await readdir(cacheDir)).length).toBe(before + 1);
    const cached = (await readdir(cacheDir)).filter((name) => name.endsWith(".3x2.png"));
    await writeFile(join(cacheDir, cached.at(-1) ?? ""), shown[0]?.bytes ?? "");
    expect((await show(square())).bytes).toEqual(shown[0]?.bytes);
    await rm(cacheDir, { recursive: true });
    expect((await show(square())).bytes).toEqual(shown[0]?.bytes);
  });

  it("is 404 with a sentence where there is none, where it lies outside of the roots, and where it can't be read", async () => {
    expect(await show("/gridsquares/nobody/gridsquare_image")).toMatchObject({
      status: 404,
      problem: { code: "not_found" },
    });
    expect(await show(square())).toMatchObject({ status: 404, problem: { code: "no_image" } });

    const secret = join(folder.path, "secret.jpg");
    await writeFile(secret, await jpeg(9, 9));
    await symlink(secret, join(root, `${prefix}.jpg`));
    for (const path of [
      secret,
      `${root}/../secret.jpg`,
      `${root}/${prefix}.jpg`,
      "/etc/passwd",
      "..\\secret.jpg",
      "\\\\",
    ]) {
      await storeSquareImage(path);
      const refused = await show(square());
      expect(refused, path).toMatchObject({ status: 404, problem: { code: "no_image" } });
      expect(refused.problem?.hint).toContain("SMARTEM_IMAGE_ROOTS");
      expect(refused.headers.get("etag")).toBeNull();
    }

    const short = mrcFile(40, 30, ramp(1_200), { mode: 1 }).subarray(0, 1_500);
    await storeSquareImage(await put(`${prefix}/GridSquare_1.mrc`, short));
    const unreadable = await show(square());
    expect(unreadable).toMatchObject({ status: 404, problem: { code: "image_unreadable" } });
    expect(unreadable.problem?.detail).toContain("1500 bytes");
    await put(`${prefix}/GridSquare_1.mrc`, mrcFile(50_000, 50_000, [1], { mode: 2 }));
    expect((await show(square())).problem?.detail).toContain("50000 × 50000");
  });
});

describe("the image of an atlas", () => {
  it("is found below the sample's folder as EPU wrote it, and is the latest", async () => {
    await put(`${prefix}/Sample4/Atlas/Atlas_1.jpg`, await jpeg(5, 5));
    await put(`${prefix}/Sample4/Atlas/Atlas_2.jpg`, await jpeg(20, 10));
    expect((await show(atlas())).problem?.code).toBe("no_image");
    await postAtlas({ storage_folder: `Z:\\${prefix}\\Sample4` });
    expect(await show(atlas())).toMatchObject({ status: 200, size: "20x10" });
  });

  it("is found in the folder of Atlas.dm that the agent found", async () => {
    const path = await put(`${prefix}/Sample4/Atlas/Atlas_1.mrc`, mrcFile(20, 10, ramp(200), { mode: 1 }));
    for (const atlas_dir of [dirname(path), join(dirname(path), "Atlas.dm"), dirname(dirname(path))]) {
      expect((await at.request("PUT", `/grids/${prefix}-g`, { atlas_dir })).status).toBe(200);
      expect(await show(atlas()), atlas_dir).toMatchObject({ status: 200, size: "20x10" });
    }
  });

  it("is of the atlas that the grid's own answers, the one acquired last, in whatever order they came", async () => {
    for (const [id, day, width] of [
      ["2", 2, 20],
      ["1", 1, 5],
    ] as const) {
      const path = await put(`${prefix}/Sample${id}/Atlas/Atlas_1.jpg`, await jpeg(width, 10));
      const acquisition_date = `2026-01-0${day}T08:00:00Z`;
      await postAtlas({ uuid: `${prefix}-${id}`, atlas_id: id, acquisition_date, storage_folder: dirname(path) });
      await at.request("PUT", `/grids/${prefix}-g`, { atlas_dir: dirname(path) });
    }
    const { body } = await at.request("GET", `/grids/${prefix}-g/atlas`);
    expect(body).toMatchObject({ uuid: `${prefix}-2` });
    expect(await show(atlas())).toMatchObject({ status: 200, size: "20x10" });
  });

  it("is as large as its tiles together where there is only a preview of it", async () => {
    const path = await put(`${prefix}/Atlas/Atlas_1.jpg`, await jpeg(40, 20));
    const tile = (id: string, position_x: number, size_x: number) => ({
      ...{ uuid: `${prefix}-${id}`, atlas_uuid: `${prefix}-at`, tile_id: id, position_y: 0, size_y: 100 },
      ...{ position_x, size_x },
    });
    await postAtlas({ storage_folder: dirname(path), tiles: [tile("1", 0, 110), tile("2", 90, 110)] });
    const shown = await show(atlas());
    expect([shown.size, shown.headers.get("x-native-width")]).toEqual(["200x100", "200"]);
    expect((await show(atlas("?x=0&y=0&w=60&h=30"))).size).toBe("60x30");
  });
});

it("is cropped around x and y, in native pixels, whatever it is an image of", async () => {
  const values = ramp(300).map((i) => (i % 20 === 10 && Math.floor(i / 20) === 7 ? 900 : 100));
  const path = await put(`${prefix}/Atlas/Atlas_1.mrc`, mrcFile(20, 15, values, { mode: 1 }));
  await postAtlas({ storage_folder: dirname(path) });
  await storeSquareImage(path);
  expect((await at.request("PUT", `/micrographs/${prefix}-m0`, { high_res_path: path })).status).toBe(200);
  for (const image of [`/grids/${prefix}-g/atlas_image`, square(), `/micrographs/${prefix}-m0/image`]) {
    const part = await show(`${image}?x=10&y=7&w=5&h=3`);
    expect(part.size, image).toBe("5x3");
    const { data } = await sharp(part.bytes).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
    expect([...data].indexOf(Math.max(...data)), image).toBe(7);
    expect((await show(`${image}?x=0&y=0&w=8&h=8`)).size).toBe("8x8");
    expect((await show(`${image}?x=10&y=7&w=8&h=8&max_size=4`)).size).toBe("4x4");
    for (const wrong of ["?x=1&y=1", "?x=1&y=1&w=0&h=4", "?x=a&y=1&w=4&h=4", "?x=1&y=1&w=30000&h=30000"])
      expect((await show(`${image}${wrong}`)).status, wrong).toBe(422);
  }
});

it("shows a micrograph, in its native size where only the preview is there", async () => {
  const path = await put(`${prefix}/Data/FoilHole_1_Data_2.jpg`, await jpeg(16, 12));
  const micrograph = { high_res_path: path, image_size_x: 64, image_size_y: 48 };
  expect((await at.request("PUT", `/micrographs/${prefix}-m0`, micrograph)).status).toBe(200);
  const shown = await show(`/micrographs/${prefix}-m0/image?max_size=32`);
  expect([shown.status, shown.size, shown.headers.get("x-native-width")]).toEqual([200, "16x12", "64"]);
  expect((await show(`/micrographs/${prefix}-m0/image`)).size).toBe("64x48");
});

it("shows images that the cache can't keep", async () => {
  await rm(cacheDir, { recursive: true, force: true });
  await writeFile(cacheDir, "in the way");
  try {
    await storeSquareImage(await put(`${prefix}/GridSquare_1.mrc`, mrcFile(3, 2, ramp(6), { mode: 1 })));
    expect(await show(square())).toMatchObject({ status: 200, size: "3x2" });
    expect(await show(square())).toMatchObject({ status: 200, size: "3x2" });
  } finally {
    await rm(cacheDir);
  }
});
