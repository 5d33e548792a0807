/** Random numbers that a seed determines (mulberry32); each call gives a whole number below `below`. */
export type Dice = (below: number) => number;

export function diceOf(seed: number): Dice {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const MOST_CHANGES = 4;
const LONGEST_PIECE = 4_096;

/**
 * A file as it may come from a bad disk, a broken copy or somebody's editor: bytes changed, removed, doubled, moved.
 *
 * @param tokens what makes parsers of the format stumble
 */
export function mutated(sample: Buffer, dice: Dice, tokens: readonly Buffer[]): Buffer {
  let bytes = sample;
  for (let changes = 1 + dice(MOST_CHANGES); changes > 0; changes--) bytes = changed(bytes, dice, tokens);
  return bytes;
}

function changed(bytes: Buffer, dice: Dice, tokens: readonly Buffer[]): Buffer {
  const at = dice(bytes.length + 1);
  const length = Math.min(dice(LONGEST_PIECE), bytes.length - at);
  const spliced = (remove: number, insert: Uint8Array): Buffer =>
    Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
  switch (dice(7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return spliced(0, tokens[dice(tokens.length)] ?? Buffer.alloc(0));
    case 2:
      return spliced(length, Buffer.alloc(0));
    case 3:
      return spliced(0, bytes.subarray(at, at + length));
    case 4:
      // A hole, as file systems leave after a crash.
      return spliced(length, Buffer.alloc(length));
    case 5: {
      const from = dice(bytes.length + 1);
      return spliced(0, bytes.subarray(from, from + dice(LONGEST_PIECE)));
    }
    default: {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[dice(copy.length)] = dice(256);
      return copy;
    }
  }
}
