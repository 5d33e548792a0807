import { indicesWhere, type Structure } from "./structure.js";
import type { DecisionInput } from "./types.js";
import { HoleState } from "./types.js";

/** The latent group of every hole: its own, else its square's, else -1. Groups of squares follow those of holes. */
export function latentGroups({ holes, squares }: DecisionInput, structure: Structure): Int32Array {
  let ofHoles = 0;
  for (const group of holes.latentCluster) if (group >= ofHoles) ofHoles = group + 1;
  return holes.latentCluster.map((group, h) => {
    if (group >= 0) return group;
    const ofSquare = squares.latentCluster[structure.squareOfHole[h]];
    return ofSquare >= 0 ? ofHoles + ofSquare : -1;
  });
}

/**
 * What a hole counts for beside others of its latent group: with `n` good micrographs of the group imaged or planned
 * before it, `1 − d + d/√(1 + n/scale)`. Concave instead of a hard cap: a group is never closed, it only gets dearer.
 *
 * @param value what each hole counts for by itself
 * @param counts 1 = the hole takes its turn in the group (a candidate, or one that a first plan chose); the others are
 * weighed as if they came after all of those
 */
export function withDiversity(
  input: DecisionInput,
  group: Int32Array,
  value: Float64Array,
  counts: Uint8Array,
): Float64Array {
  const { diversity, diversityScale } = input.settings;
  const groups = group.reduce((most, own) => Math.max(most, own + 1), 0);
  const expected = new Float64Array(groups);
  const { good } = input.outcomes;
  for (let h = 0; h < group.length; h++) {
    const state = input.holes.state[h];
    if (group[h] < 0 || (state !== HoleState.imaged && state !== HoleState.inProgress)) continue;
    expected[group[h]] += Number.isNaN(good[h]) ? value[h] : good[h];
  }
  const weight = (n: number): number => 1 - diversity + diversity / Math.sqrt(1 + n / diversityScale);
  const turns = indicesWhere(group.length, (h) => group[h] >= 0 && counts[h] === 1).sort(
    (a, b) => value[b] - value[a] || a - b,
  );
  const weighed = value.slice();
  for (const h of turns) {
    weighed[h] = value[h] * weight(expected[group[h]]);
    expected[group[h]] += value[h];
  }
  for (let h = 0; h < group.length; h++) {
    if (group[h] >= 0 && counts[h] !== 1) weighed[h] = value[h] * weight(expected[group[h]]);
  }
  return weighed;
}
