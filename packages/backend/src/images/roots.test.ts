import { mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ImageRoots, imageRoots } from "./roots.js";
import { type TemporaryFolder, temporaryFolder } from "./testing/image-files.js";

let folder: TemporaryFolder;
let root: string;
let outside: string;
let roots: ImageRoots;

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(name), { recursive: true });
    await writeFile(name, "image");
  }
}

beforeAll(async () => {
  folder = await temporaryFolder();
  const base = await realpath(folder.path);
  root = join(base, "epu");
  outside = join(base, "epu-secret");
  await put(
    join(root, "visit/Images-Disc1/GridSquare_1/GridSquare_20250101_101010.jpg"),
    join(root, "visit/Images-Disc1/GridSquare_1/GridSquare_20250101_101010.mrc"),
    join(root, "visit/Images-Disc1/GridSquare_1/GridSquare_20250101_101010.xml"),
    join(root, "visit/Images-Disc1/GridSquare_2/GridSquare_20250101_111111.jpg"),
    join(root, "atlas/Sample4/Atlas/Atlas_2.jpg"),
    join(root, "atlas/Sample4/Atlas/Atlas_10.jpg"),
    join(root, "atlas/Sample4/Atlas/Atlas_10.mrc"),
    join(root, "atlas/Sample4/Atlas/Tile_1_1_99.mrc"),
    join(outside, "secret.jpg"),
  );
  await symlink(outside, join(root, "linked-folder"));
  await symlink(join(outside, "secret.jpg"), join(root, "visit/linked.jpg"));
  await symlink(join(root, "visit"), join(root, "again"));
  await symlink("/dev/zero", join(root, "visit/endless.mrc"));
  await symlink(root, join(base, "mount"));
  roots = imageRoots([root]);
});
afterAll(() => folder.remove());

const found = async (path: string, within = roots): Promise<string[]> =>
  (await within.imagesAt(path)).map((file) => file.path.replace(`${root}/`, ""));
const SQUARE = "visit/Images-Disc1/GridSquare_1/GridSquare_20250101_101010";

describe("an image within the roots", () => {
  it("is found beside the stored path, the camera's pixels before the preview", async () => {
    for (const stored of [`${root}/${SQUARE}.jpg`, `${root}/${SQUARE}.mrc`, `${root}/${SQUARE}.eer`])
      expect(await found(stored)).toEqual([`${SQUARE}.mrc`, `${SQUARE}.jpg`]);
    const preview = `${root}/visit/Images-Disc1/GridSquare_2/GridSquare_20250101_111111.mrc`;
    expect(await found(preview)).toEqual(["visit/Images-Disc1/GridSquare_2/GridSquare_20250101_111111.jpg"]);
  });

  it("is found by the longest tail of a path from another machine", async () => {
    const windows = SQUARE.replaceAll("/", "\\");
    for (const stored of [`Z:\\DoseFractions\\${windows}.mrc`, `\\\\server\\share\\${windows}.mrc`, `${windows}.mrc`])
      expect(await found(stored)).toEqual([`${SQUARE}.mrc`, `${SQUARE}.jpg`]);
    expect(await found(`/mnt/elsewhere/${SQUARE}.jpg`)).toEqual([`${SQUARE}.mrc`, `${SQUARE}.jpg`]);
    expect(await found(`Z:\\x\\y.mrc`)).toEqual([]);
  });

  it("is found through links that stay within, and through a root that is a link", async () => {
    expect(await found(`${root}/${SQUARE.replace("visit", "again")}.jpg`)).toEqual([`${SQUARE}.mrc`, `${SQUARE}.jpg`]);
    const mount = join(dirname(root), "mount");
    for (const within of [imageRoots([mount]), imageRoots(["/does/not/exist", mount])])
      for (const stored of [`${mount}/${SQUARE}.jpg`, `${root}/${SQUARE}.jpg`])
        expect(await found(stored, within)).toEqual([`${SQUARE}.mrc`, `${SQUARE}.jpg`]);
  });

  it("of an atlas is the one with the greatest number", async () => {
    const atlas = /^Atlas_(\d+)\.(?:mrc|jpg)$/;
    for (const stored of [`${root}/atlas/Sample4/Atlas`, "Z:\\nt1\\atlas\\Sample4\\Atlas"])
      expect((await roots.latestImagesIn(stored, atlas)).map(({ path }) => path.replace(`${root}/`, ""))).toEqual([
        "atlas/Sample4/Atlas/Atlas_10.mrc",
        "atlas/Sample4/Atlas/Atlas_10.jpg",
      ]);
  });

  it("has a manifest beside it", async () => {
    const [image] = await roots.imagesAt(`${root}/${SQUARE}.jpg`);
    expect((await roots.beside(image!, ".xml"))?.path).toBe(`${root}/${SQUARE}.xml`);
    expect(await roots.beside(image!, ".dm")).toBeNull();
  });
});

describe("a path that leads out of the roots", () => {
  it("is not followed, whichever way it takes", async () => {
    for (const stored of [
      `${outside}/secret.jpg`,
      `${root}/../epu-secret/secret.jpg`,
      `${root}/visit/../../epu-secret/secret.jpg`,
      "../epu-secret/secret.jpg",
      "..\\epu-secret\\secret.jpg",
      `${root}/linked-folder/secret.jpg`,
      `${root}/visit/linked.jpg`,
      "Z:\\linked-folder\\secret.jpg",
      `${root}/visit/endless.mrc`,
      `${root}/visit/Images-Disc1`,
      `${root}/visit\0/linked.jpg`,
      "/".repeat(10_000),
      "a/".repeat(1_000),
      "..",
      "/",
      "",
    ])
      expect(await found(stored), stored).toEqual([]);
    expect(await roots.latestImagesIn(outside, /^secret(\d*)/)).toEqual([]);
    expect(await roots.latestImagesIn(`${root}/linked-folder`, /^secret(\d*)/)).toEqual([]);
  });

  it("never gives a file outside of them, whatever is stored", async () => {
    const part = fc.constantFrom(
      "..",
      ".",
      "",
      "epu",
      "epu-secret",
      "linked-folder",
      "visit",
      "secret.jpg",
      "linked.jpg",
    );
    const separator = fc.constantFrom("/", "\\", "//");
    const start = fc.constantFrom("", "/", "Z:\\", root, outside, `${root}/`, `${outside}/`);
    await fc.assert(
      fc.asyncProperty(start, separator, fc.array(part, { maxLength: 6 }), async (prefix, by, parts) => {
        const files = [
          ...(await roots.imagesAt(prefix + parts.join(by))),
          ...(await roots.latestImagesIn(prefix + parts.join(by), /^\D*(\d*)/)),
        ];
        for (const { path } of files) expect(path.startsWith(`${root}/`)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("is every path where no root is configured", async () => {
    expect(await found(`${root}/${SQUARE}.jpg`, imageRoots([]))).toEqual([]);
  });
});
