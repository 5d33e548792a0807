import { type DecisionInput, type DecisionOutput, HoleReason, SquareReason } from "./types.js";

/**
 * Why a hole stands where it stands, in one or two sentences for an operator.
 *
 * @param hole index in `input.holes`
 */
export function explainHole(input: DecisionInput, output: DecisionOutput, hole: number): string {
  const { probability, sd, ratePerMin, rank, reason } = output.holes;
  const chance = `${percent(probability[hole])} ± ${percent(sd[hole])} chance of a good micrograph`;
  const price = `${perHour(output.pricePerMin)} good holes per hour elsewhere`;
  const needed = percent(Math.min(1, output.pricePerMin * input.costsMin.hole));
  const place = `No. ${rank[hole]}`;
  switch (reason[hole]) {
    case HoleReason.operatorSelected:
      return `${place}: selected by an operator. ${chance}.`;
    case HoleReason.worthHere:
      return `${place}: ${chance}, reached by beam shift from where the stage stands, yields ${perHour(ratePerMin[hole])} per hour against ${price}.`;
    case HoleReason.worthLater:
      return `${place}: ${chance}. Its cluster yields ${perHour(ratePerMin[hole])} per hour, the way there included, against ${price}.`;
    case HoleReason.belowPrice:
      return `Skip: ${chance}; ${needed} is needed to beat ${price}.`;
    case HoleReason.entryNotEarned:
      return `Skip: ${chance}, but its cluster or square has too few such holes to earn the way there.`;
    case HoleReason.outOfTime:
      return `${place}: ${chance}. Worth imaging, but the time ends before.`;
    case HoleReason.guardRail:
      return `${place}: ${chance}, which is less than the ${needed} needed. Kept: too few results yet to skip more.`;
    default:
      return "Not in the order: imaged, in progress, locked out or deselected.";
  }
}

/**
 * Why a square stands where it stands.
 *
 * @param square index in the input's squares
 */
export function explainSquare(output: DecisionOutput, square: number): string {
  const { squares } = output;
  const promise = `${percent(squares.meanProbability[square])} of its holes are expected to be good${surprise(squares.effect[square], squares.effectSd[square])}`;
  const planned = `${squares.plannedHoles[square]} holes in ${Math.round(squares.expectedMin[square])} min for ${squares.expectedGood[square].toFixed(0)} good holes (${perHour(squares.ratePerMin[square])} per hour; ${perHour(output.pricePerMin)} elsewhere)`;
  switch (squares.reason[square]) {
    case SquareReason.lockedOut:
      return "Locked out, unusable or deselected in EPU.";
    case SquareReason.noCandidates:
      return "No hole left to image.";
    case SquareReason.operatorSelected:
      return `No. ${squares.rank[square]}: selected by an operator. ${promise}. Planned: ${planned}.`;
    case SquareReason.current:
      return `No. ${squares.rank[square]}: the stage stands here. ${promise}. Planned: ${planned}.`;
    case SquareReason.planned:
      return `No. ${squares.rank[square]}: ${promise}. Planned: ${planned}.`;
    case SquareReason.outOfTime:
      return `No. ${squares.rank[square]}: ${promise}. Worth visiting, but the time ends before.`;
    case SquareReason.guardRail:
      return `${promise}. Not worth its minutes; some holes are kept since there are too few results yet to skip more.`;
    default:
      return `Skip: ${promise}; that does not earn the way there and its minutes at ${perHour(output.pricePerMin)} good holes per hour elsewhere.`;
  }
}

/** One sentence on the course as a whole. */
export function explainPlan(input: DecisionInput, output: DecisionOutput): string {
  const { calibration } = output;
  const squares = output.squares.plannedHoles.reduce((count, holes) => count + Number(holes > 0), 0);
  const basis =
    calibration.results === 0
      ? "before the first result"
      : `after results of ${calibration.results} holes, on average ${percent(calibration.meanObserved)} good`;
  const elsewhereMin = input.elsewhere === undefined ? 0 : output.elsewhereMin;
  const shared = elsewhereMin < 0.5 ? "" : `; ${Math.round(elsewhereMin)} min are better spent on other grids`;
  if (output.plannedHoles === 0) {
    return output.order.length === 0
      ? "There is no hole left to image."
      : `Nothing fits the ${Math.round(input.timeLeftMin - elsewhereMin)} min left${shared}.`;
  }
  return `${output.plannedHoles} holes in ${squares} squares, about ${output.expectedGood.toFixed(0)} good holes in ${Math.round(output.plannedMin)} min, ${basis}${shared}.`;
}

/** What the results say of a square beyond what the predictors said, where it is clear enough to mention. */
function surprise(effect: number, sd: number): string {
  if (!(Math.abs(effect) > sd)) return "";
  return effect > 0 ? ", better than predicted" : ", worse than predicted";
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function perHour(perMin: number): string {
  return (60 * perMin).toFixed(0);
}
