import { type Command, InvalidArgumentError } from "commander";

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

/** Two numbers, with a space or a comma between them. */
export function pairOfNumbers(least: number, most: number): (text: string) => readonly [number, number] {
  return (text) => {
    const [first = Number.NaN, second = Number.NaN, ...others] = text.split(/[\s,]+/).map(numberIn);
    const isRight = others.length === 0 && [first, second].every((value) => value >= least && value <= most);
    if (!isRight) throw new InvalidArgumentError(`It has to be two numbers from ${least} to ${most}.`);
    return [first, second];
  };
}

/**
 * Lets an option take the two arguments that follow it, neither more nor less: `--flag A B` comes to its parser as one text, `A B`.
 * Commander's variadic options would also take the arguments of the command that stand behind them.
 */
export function takesTwo(command: Command, flag: string): Command {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (args) => {
    const joined: string[] = [];
    for (let at = 0; at < args.length; at++) {
      const [one = "", first, second] = args.slice(at, at + 3);
      if (one === "--") return parse([...joined, ...args.slice(at)]);
      if (one !== flag || first === undefined || second === undefined) joined.push(one);
      else {
        joined.push(`${flag}=${first} ${second}`);
        at += 2;
      }
    }
    return parse(joined);
  };
  return command;
}

/** 0 is any free port. */
export const portNumber = wholeNumber(0, 65_535);

/** Not a number where there is none: to `Number`, an empty text is 0. */
function numberIn(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}
