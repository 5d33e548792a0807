import type { Facts } from "./facts.js";
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
  /** What the files say of each, by kind and then by the ids above. */
  readonly facts: Readonly<Record<Revealed["kind"], Map<string, Facts>>>;
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
    facts: {
      acquisition: new Map(),
      grid: new Map(),
      atlas: new Map(),
      atlasTile: new Map(),
      gridSquare: new Map(),
      foilHole: new Map(),
      micrograph: new Map(),
      tilePosition: new Map(),
    },
  };
}

export function noteWritten(written: Written, operation: WriteOperation): void {
  if (operation.kind === "directory") return;
  for (const revealed of operation.reveals) note(written, revealed);
}

function note(written: Written, revealed: Revealed): void {
  const id = idOf(revealed);
  const facts = written.facts[revealed.kind];
  facts.set(id, { ...facts.get(id), ...revealed.facts });
  if (revealed.proves === false) return;
  switch (revealed.kind) {
    case "acquisition":
      written.acquisitions.add(id);
      return;
    case "atlas":
      written.atlases.add(id);
      return;
    case "atlasTile":
      written.atlasTiles.add(id);
      return;
    case "gridSquare":
      written.gridSquares.add(id);
      return;
    case "foilHole":
      written.foilHoles.add(id);
      return;
    case "micrograph":
      written.micrographs.set(id, revealed);
      return;
    case "tilePosition":
      written.tilePositions.add(id);
      return;
    case "grid":
      // Known by its session.
      return;
  }
}

function idOf(revealed: Revealed): string {
  switch (revealed.kind) {
    case "foilHole":
      return `${revealed.gridSquareId}/${revealed.id}`;
    case "micrograph":
      return revealed.uniqueId;
    case "tilePosition":
      return `${revealed.tileId}/${revealed.gridSquareId}`;
    default:
      return revealed.id;
  }
}
