import { SmartemError } from "@smartem/common/errors";
import { naturalId } from "@smartem/common/ids";
import { request } from "undici";
import type { OutgoingMessage } from "../channel.js";
import { GOOD_CTF_MAX_RESOLUTION_A, type MicrographTruth } from "../grid-truth.js";
import {
  ctfMessage,
  holePredictionMessages,
  type MessageForm,
  type MicrographReference,
  motionMessage,
  pickingMessage,
  selectionMessage,
  squarePredictionMessage,
} from "../processing-messages.js";
import { randomStream } from "../random.js";

/** A grid square with what is in it, as the API knows it. */
export interface KnownSquare {
  readonly uuid: string;
  readonly gridUuid: string;
  readonly gridSquareId: string;
  readonly holes: readonly {
    readonly uuid: string;
    readonly foilHoleId: string;
    readonly micrographs: readonly { readonly uuid: string; readonly micrographId: string | null }[];
  }[];
}

interface SquareAnswer {
  readonly uuid: string;
  readonly grid_uuid: string | null;
  readonly gridsquare_id: string;
}

/**
 * Looks a grid square up.
 *
 * @param gridUuid needed only where several grids have a square of that id
 * @throws SmartemError `gridsquare_not_found`, `gridsquare_ambiguous`, `api_failed`
 */
export async function lookUpSquare(
  api: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  gridSquareId: string,
  gridUuid: string | undefined,
): Promise<KnownSquare> {
  const get = async <T>(path: string): Promise<T> => {
    const response = await request(`${api.url}${path}`, { headers: api.headers });
    const text = await response.body.text();
    if (response.statusCode !== 200) {
      throw new SmartemError(
        "api_failed",
        503,
        `GET ${path} was answered with ${response.statusCode}: ${text.slice(0, 300)}`,
      );
    }
    return JSON.parse(text) as T;
  };
  const answers = await get<SquareAnswer[]>(`/gridsquares?gridsquare_id=${encodeURIComponent(gridSquareId)}`);
  const found = answers.filter(
    (one) => one.gridsquare_id === gridSquareId && (gridUuid === undefined || one.grid_uuid === gridUuid),
  );
  const [square] = found;
  if (square === undefined) {
    throw new SmartemError("gridsquare_not_found", 404, `There is no grid square ${gridSquareId}.`);
  }
  if (found.length > 1) {
    throw new SmartemError("gridsquare_ambiguous", 409, `${found.length} grids have a square ${gridSquareId}.`, {
      hint: `Choose one with --grid-uuid: ${found.map((one) => one.grid_uuid).join(", ")}.`,
    });
  }
  const holes = await get<{ uuid: string; foilhole_id: string }[]>(`/gridsquares/${square.uuid}/foilholes`);
  const known: KnownSquare["holes"][number][] = [];
  for (const hole of holes) {
    const micrographs = await get<{ uuid: string; micrograph_id: string | null }[]>(
      `/foilholes/${hole.uuid}/micrographs`,
    );
    known.push({
      uuid: hole.uuid,
      foilHoleId: hole.foilhole_id,
      micrographs: micrographs.map(({ uuid, micrograph_id }) => ({ uuid, micrographId: micrograph_id })),
    });
  }
  return { uuid: square.uuid, gridUuid: square.grid_uuid ?? "", gridSquareId, holes: known };
}

/**
 * All that external programs would say of a square from its image to its last particle, in that order: predictions of
 * the square and its holes, then for each micrograph motion, CTF, picking and selection. Values are plausible and follow
 * from the seed. The same said again has the same ids, so that it counts once; what another model says, in another form,
 * or of other holes, has others.
 */
export function workflowMessages(
  square: KnownSquare,
  modelName: string,
  form: MessageForm,
  seed: number,
  atMs: number,
): OutgoingMessage[] {
  const random = randomStream(seed, "workflow", square.uuid);
  const model = { name: modelName, metric: null };
  const idOf = (key: string): string => `workflow:${naturalId([String(seed), modelName, form, key])}`;
  const origin = (key: string): { messageId: string; form: MessageForm; atMs: number } => ({
    messageId: idOf(key),
    form,
    atMs,
  });
  const goodShare = random.beta(1.1, 2.3);
  const messages: OutgoingMessage[] = [
    squarePredictionMessage(origin(`square ${square.uuid}`), square, model, goodShare),
  ];
  const predictions = square.holes.map(({ uuid, foilHoleId }) => ({
    uuid,
    foilHoleId,
    value: random.split("hole", uuid).beta(1 + 4 * goodShare, 5 - 4 * goodShare),
  }));
  // In the flat form each hole has a message of its own, in the enveloped one they share it.
  if (form === "flat") {
    for (const hole of predictions) {
      const messageId = idOf(`hole ${hole.uuid}`);
      const [said] = holePredictionMessages(origin(hole.uuid), square, model, [hole]);
      if (said !== undefined) messages.push({ ...said, message_id: messageId });
    }
  } else if (predictions.length > 0) {
    const holes = predictions.map(({ uuid }) => uuid).sort();
    messages.push(...holePredictionMessages(origin(`holes ${holes.join(" ")}`), square, model, predictions));
  }
  for (const [index, hole] of square.holes.entries()) {
    for (const { uuid, micrographId } of hole.micrographs) {
      const truth = plausibleMicrograph(
        random.split("micrograph", uuid).chance(predictions[index]?.value ?? 0),
        seed,
        uuid,
      );
      // Without EPU's id a micrograph can only be named by its uuid.
      const named = micrographId === null ? "flat" : form;
      const of: MicrographReference = {
        uuid,
        gridUuid: square.gridUuid,
        gridSquareId: square.gridSquareId,
        foilHoleId: hole.foilHoleId,
        micrographId: micrographId ?? "",
      };
      messages.push(
        motionMessage({ ...origin(`motion ${uuid}`), form: named }, of, truth),
        ctfMessage({ ...origin(`ctf ${uuid}`), form: named }, of, truth),
        pickingMessage({ ...origin(`picking ${uuid}`), form: named }, of, truth),
        selectionMessage({ ...origin(`selection ${uuid}`), form: named }, of, truth),
      );
    }
  }
  return messages;
}

function plausibleMicrograph(isGood: boolean, seed: number, uuid: string): MicrographTruth {
  const random = randomStream(seed, "values", uuid);
  const ctfMaxResolutionA = isGood ? random.lognormal(1.42, 0.19) : random.lognormal(2.35, 0.34);
  const totalMotionA = random.lognormal(isGood ? 2.4 : 2.9, 0.4);
  const particlesPicked = random.poisson(isGood ? 280 : 60);
  return {
    uniqueId: uuid,
    id: 0,
    areaId: 0,
    settingId: 0,
    good: ctfMaxResolutionA <= GOOD_CTF_MAX_RESOLUTION_A,
    ctfMaxResolutionA,
    totalMotionA,
    averageMotionA: totalMotionA / 40,
    particlesPicked,
    particlesSelected: Math.floor(particlesPicked * random.beta(6, 4)),
    appliedDefocusM: -1.8e-6,
    defocusM: random.normal(-1.8e-6, 2e-7),
    beamShiftX: 0,
    beamShiftY: 0,
  };
}
