import { InvalidArgumentError } from "commander";

/*
 * Parsers of numbers on the command line, for commander's options and arguments. They throw its InvalidArgumentError, which
 * names the option and ends the command with exit code 1.
 */

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = numberIn(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`);
    return value;
  };
}

export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = numberIn(text);
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`It has to be a number from ${least} to ${most}.`);
    return value;
  };
}

/** 0 is any free port. */
export const portNumber = wholeNumber(0, 65_535);

/** Not a number where there is none: to `Number`, an empty text is 0. */
function numberIn(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}
