import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { classifyPath, fileKindOf } from "@smartem/epu/classify";
import { parseEpuFile } from "@smartem/epu/parse";
import type { EpuFileKind, RecordOf } from "@smartem/epu/records";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { filesBeneath, temporaryFolder } from "../testing/temporary-folder.js";
import { asSingle } from "./dotnet.js";
import { writeFinishedSession } from "./finished-session.js";

const SIZES = {
  seed: 21,
  squares: 3,
  unselectedSquares: 4,
  holesPerSquare: 20,
  nearGridBarHoles: 3,
  micrographsPerHole: 2,
};

function parsed<K extends EpuFileKind>(kind: K, dir: string, file: string): RecordOf<K> {
  const result = parseEpuFile(kind, readFileSync(path.join(dir, file)));
  if (!result.ok) throw new Error(`${file}: ${result.error.message}`);
  return result.value;
}

async function written(options: Parameters<typeof writeFinishedSession>[1] = {}) {
  const dir = temporaryFolder();
  const session = await writeFinishedSession(dir, { ...SIZES, ...options });
  const files = filesBeneath(dir);
  const ofKind = (kind: string): string[] => files.filter((file) => classifyPath(file).kind === kind);
  return { dir, session, truth: session.truth, files, ofKind };
}

describe("a finished session's folder", () => {
  it("has no file that is not EPU's, and parses throughout", async () => {
    const { dir, files, session } = await written({ fractions: true });
    expect(session.files).toBeGreaterThanOrEqual(files.length);
    const kinds = new Set(files.map((file) => classifyPath(file).kind));
    expect([...kinds].sort()).toEqual([
      "atlas",
      "atlasManifest",
      "epuSession",
      "foilHoleManifest",
      "fractions",
      "gridSquareManifest",
      "gridSquareMetadata",
      "micrographManifest",
      "sample",
      "tileManifest",
    ]);
    for (const file of files) {
      const kind = fileKindOf(classifyPath(file));
      if (kind !== null) parsed(kind, dir, file);
    }
  });

  it("says of the session what the truth says", async () => {
    const { dir, truth, session } = await written();
    const record = parsed("session", dir, `${session.sessionName}/EpuSession.dm`);
    expect(record).toEqual({
      id: String(truth.sessionId),
      name: session.sessionName,
      startDateTime: "2025-06-02T08:00:00.000Z",
      clusteringMode: "ClusteringWithImageBeamShift",
      clusteringRadiusM: truth.options.clusterRadiusM,
      autoloaderSlot: truth.autoloaderSlot,
      imageFileFormat: "Mrc",
      microscopeName: null,
      atlasPath: expect.stringMatching(
        new RegExp(`^Z:\\\\cm40001-1\\\\atlas\\\\.*\\\\Sample${truth.autoloaderSlot + 1}\\\\Atlas\\\\Atlas\\.dm$`),
      ),
      gridSquares: truth.squares.map((square) => ({
        gridSquareId: String(square.id),
        fileName: `Metadata\\GridSquare_${square.id}.dm`,
      })),
      storagePath: "Z:\\cm40001-1",
      epuVersion: "3.9.1.8206",
    });
  });

  it("says of the atlas, its tiles and squares what the truth says, with every tile that shows a square", async () => {
    const { dir, truth, ofKind } = await written({ squares: 20, unselectedSquares: 30, holesPerSquare: 9 });
    const record = parsed("atlas", dir, ofKind("atlas")[0] ?? "");
    expect(record.id).toBe(String(truth.atlasId));
    expect(record.imageBaseFileName).toBe(`Atlas_${truth.atlasImageId}`);
    expect(record.tiles.map((tile) => [tile.id, tile.xPx, tile.yPx, tile.widthPx, tile.baseFileName])).toEqual(
      truth.tiles.map((tile) => [
        String(tile.id),
        tile.layout.atlasXPx,
        tile.layout.atlasYPx,
        tile.layout.atlasSizePx,
        `Tile_${tile.id}_${tile.index}_${truth.atlasImageId}`,
      ]),
    );
    const nodes = new Map(record.nodes.map((node) => [node.gridSquareId, node]));
    expect(nodes.size).toBe(50);
    for (const square of truth.squares) {
      const node = nodes.get(String(square.id));
      expect(node).toMatchObject({
        category: square.category,
        quality: square.quality,
        rotationRad: square.rotationRad,
        centerXPx: asSingle(square.onAtlas.centerXPx),
        centerYPx: asSingle(square.onAtlas.centerYPx),
        widthPx: asSingle(square.onAtlas.widthPx),
        heightPx: asSingle(square.onAtlas.heightPx),
        physicalXM: asSingle(square.physical.xM),
        physicalYM: asSingle(square.physical.yM),
        featureVector: square.featureVector,
        stagePosition: { xM: square.stage.xM, yM: square.stage.yM, zM: 0 },
      });
      expect(node?.tilePositions.map((position) => [position.tileId, position.centerXPx, position.widthPx])).toEqual(
        square.onTiles.map(({ tile, place }) => [
          String(truth.tiles[tile]?.id),
          asSingle(place.centerXPx),
          asSingle(place.widthPx),
        ]),
      );
    }
    expect(truth.squares.some((square) => square.onTiles.length > 1)).toBe(true);
  });

  it("says of every square and hole what the truth says; unvisited squares are small and without holes", async () => {
    const { dir, truth, session } = await written();
    for (const square of truth.squares) {
      const file = `${session.sessionName}/Metadata/GridSquare_${square.id}.dm`;
      const record = parsed("gridSquareMetadata", dir, file);
      expect(record).toMatchObject({
        gridSquareId: String(square.id),
        atlasNodeId: String(square.id),
        selected: square.selected,
        unusable: false,
        order: Math.max(0, square.order),
        state: square.selected ? "Completed" : "Defined",
        rotationRad: square.rotationRad,
        position: { xM: square.stage.xM, yM: square.stage.yM, zM: square.selected ? square.zM : 0 },
      });
      if (!square.selected) {
        expect(record.gridSquareImagePath).toBeNull();
        expect(record.foilHoles).toEqual([]);
        expect(readFileSync(path.join(dir, file)).length).toBeLessThan(4_000);
        continue;
      }
      expect(record.gridSquareImagePath).toMatch(/^Z:\\cm40001-1\\.*\\GridSquare_\d{8}_\d{6}\.mrc$/);
      expect(record.foilHoles.map((hole) => ({ ...hole, imageBaseFileName: null }))).toEqual(
        square.holes.map((hole) => ({
          foilHoleId: String(hole.id),
          centerXPx: asSingle(hole.centerXPx),
          centerYPx: asSingle(hole.centerYPx),
          widthPx: asSingle(hole.diameterPx),
          heightPx: asSingle(hole.diameterPx),
          stagePosition: {
            xM: hole.stage.xM,
            yM: hole.stage.yM,
            zM: square.zM,
            aRad: expect.any(Number),
            bRad: expect.any(Number),
          },
          isNearGridBar: hole.isNearGridBar,
          selected: hole.selectable,
          state: hole.selectable ? "Completed" : "Defined",
          quality: hole.quality,
          rotationRad: 0,
          order: hole.index,
          imageBaseFileName: null,
          pixelIntensityMean: hole.intensityMean,
          pixelIntensityStDev: hole.intensityStDev,
          hasParticleAcquisitions: hole.selectable,
        })),
      );
    }
  });

  it("gives every exposure a manifest that says what the truth says, and most holes no image of their own", async () => {
    const { dir, truth, ofKind, session } = await written();
    const manifests = ofKind("micrographManifest");
    const exposures = truth.selectedSquares.flatMap((square) =>
      square.holes
        .filter((hole) => hole.selectable)
        .flatMap((hole) => hole.micrographs.map((micrograph) => ({ square, hole, micrograph }))),
    );
    expect(manifests).toHaveLength(exposures.length);
    expect(session.written.micrographs.size).toBe(exposures.length);
    for (const { square, hole, micrograph } of exposures) {
      const known = session.written.micrographs.get(micrograph.uniqueId);
      const file = manifests.find((name) => name.endsWith(`/${known?.baseName}.xml`)) ?? "";
      expect(classifyPath(file)).toMatchObject({
        gridSquareId: String(square.id),
        foilHoleId: String(hole.id),
        areaId: String(micrograph.areaId),
        settingId: String(micrograph.settingId),
      });
      expect(parsed("micrograph", dir, file)).toMatchObject({
        uniqueId: micrograph.uniqueId,
        appliedDefocusM: micrograph.appliedDefocusM,
        defocusM: micrograph.defocusM,
        beamShiftX: micrograph.beamShiftX,
        beamShiftY: micrograph.beamShiftY,
        readoutWidthPx: 4096,
        binningX: 1,
        detectorCommercialName: "Falcon 4i",
        phasePlateUsed: false,
        energyFilter: true,
      });
    }
    const withImages = new Set(ofKind("foilHoleManifest").map((file) => /FoilHole_(\d+)_/.exec(file)?.[1]));
    expect(withImages.size).toBe(
      truth.selectedSquares.reduce((sum, square) => sum + square.clusterGoodShares.length, 0),
    );
    expect(ofKind("foilHoleManifest")).toHaveLength(2 * withImages.size);
  });

  it("is the same for the same seed, byte for byte, and another for another", async () => {
    const contents = async (seed: number): Promise<string[]> => {
      const { dir, files } = await written({ seed, squares: 1, pictures: "all" });
      const digest = (file: string): string =>
        createHash("sha256")
          .update(readFileSync(path.join(dir, file)))
          .digest("hex");
      return files.map((file) => `${file} ${digest(file)}`);
    };
    const first = await contents(5);
    expect(await contents(5)).toEqual(first);
    expect(await contents(6)).not.toEqual(first);
  });

  it("has previews and MRC images at the size that the manifests state", async () => {
    const { dir, truth, ofKind } = await written({ squares: 1, pictures: "all" });
    for (const [kind, sidePx] of [
      ["atlasPicture", 2048],
      ["gridSquarePicture", 1024],
    ] as const) {
      const mrc = ofKind(kind).find((file) => file.endsWith(".mrc")) ?? "";
      const bytes = readFileSync(path.join(dir, mrc));
      expect([bytes.readInt32LE(0), bytes.readInt32LE(4), bytes.length]).toEqual([
        sidePx,
        sidePx,
        1024 + 2 * sidePx * sidePx,
      ]);
      const manifest = parsed("atlasImage", dir, mrc.replace(/mrc$/, "xml"));
      expect(manifest.readoutWidthPx).toBe(sidePx);
    }
    for (const kind of ["tilePicture", "foilHolePicture", "micrographPicture"]) {
      const jpegs = ofKind(kind).filter((file) => file.endsWith(".jpg"));
      expect(jpegs.length).toBeGreaterThan(0);
      const { format, width, channels } = await sharp(path.join(dir, jpegs[0] ?? "")).metadata();
      expect({ format, width, channels }).toEqual({ format: "jpeg", width: 512, channels: 1 });
    }
    // A hole is as bright on the square's image as its metadata says.
    const [square] = truth.selectedSquares;
    const image = readFileSync(path.join(dir, ofKind("gridSquarePicture").find((file) => file.endsWith(".mrc")) ?? ""));
    const bright = (square?.holes ?? []).filter((hole) => hole.selectable).slice(0, 5);
    for (const hole of bright) {
      let sum = 0;
      for (let dy = -5; dy < 5; dy++) {
        for (let dx = -5; dx < 5; dx++) {
          const pixel = (Math.round(hole.centerYPx) + dy) * 1024 + Math.round(hole.centerXPx) + dx;
          sum += image.readInt16LE(1024 + 2 * pixel);
        }
      }
      expect(sum / 100 / hole.intensityMean).toBeCloseTo(1, 1);
    }
  });
});
