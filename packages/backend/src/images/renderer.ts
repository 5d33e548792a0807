import { SmartemError } from "@smartem/common/errors";
import { startThread, type Thread } from "../thread.js";
import { MAX_WAITING, RENDER_TIMEOUT_MS } from "./limits.js";
import type { Rendered, RenderRequest } from "./render.js";
import type { RenderAnswer } from "./render-worker.js";
import { UnreadableImage } from "./unreadable-image.js";

/** Makes images in a thread of its own, one at a time: requests of other kinds are answered meanwhile. */
export interface Renderer {
  /** @throws UnreadableImage, SmartemError `images_busy` or `image_failed` 503 */
  render(request: RenderRequest): Promise<Rendered>;
  stop(): Promise<void>;
}

function failed(reason: string): SmartemError {
  return new SmartemError("image_failed", 503, `The image could not be made: ${reason}`);
}

export function startRenderer(timeoutMs = RENDER_TIMEOUT_MS): Renderer {
  const thread: Thread<RenderRequest, RenderAnswer> = startThread(new URL("./render-worker", import.meta.url), {
    timeoutMs,
    maxWaiting: MAX_WAITING,
    busy: (waiting) =>
      new SmartemError("images_busy", 503, `${waiting} images are being made.`, { hint: "Ask again later." }),
    failed,
  });
  return {
    async render(request) {
      const answer = await thread.ask(request);
      if (answer.kind === "rendered") return answer.rendered;
      if (answer.kind === "unreadable") throw new UnreadableImage(answer.message);
      throw failed(answer.message);
    },
    stop: () => thread.stop(),
  };
}
