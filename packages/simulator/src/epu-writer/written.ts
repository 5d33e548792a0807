import type { Revealed, WriteOperation } from "./write-operations.js";

/** Natural ids of everything that a reader of the folder can know by now. */
export interface Written {
  /** EPU's session ids; a session is one acquisition with one grid. */
  readonly acquisitions: Set<string>;
  readonly atlases: Set<string>;
  readonly atlasTiles: Set<string>;
  readonly gridSquares: Set<string>;
  /** `<square>/<hole>` */
  readonly foilHoles: Set<string>;
  /** By unique id. */
  readonly micrographs: Map<string, Extract<Revealed, { kind: "micrograph" }>>;
  /** `<tile>/<square>` */
  readonly tilePositions: Set<string>;
}

export function emptyWritten(): Written {
  return {
    acquisitions: new Set(),
    atlases: new Set(),
    atlasTiles: new Set(),
    gridSquares: new Set(),
    foilHoles: new Set(),
    micrographs: new Map(),
    tilePositions: new Set(),
  };
}

export function noteWritten(written: Written, operation: WriteOperation): void {
  if (operation.kind === "directory") return;
  for (const revealed of operation.reveals) note(written, revealed);
}

function note(written: Written, revealed: Revealed): void {
  switch (revealed.kind) {
    case "acquisition":
      written.acquisitions.add(revealed.id);
      return;
    case "atlas":
      written.atlases.add(revealed.id);
      return;
    case "atlasTile":
      written.atlasTiles.add(revealed.id);
      return;
    case "gridSquare":
      written.gridSquares.add(revealed.id);
      return;
    case "foilHole":
      written.foilHoles.add(`${revealed.gridSquareId}/${revealed.id}`);
      return;
    case "micrograph":
      written.micrographs.set(revealed.uniqueId, revealed);
      return;
    case "tilePosition":
      written.tilePositions.add(`${revealed.tileId}/${revealed.gridSquareId}`);
      return;
  }
}
