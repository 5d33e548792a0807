import { parentPort } from "node:worker_threads";
import { imageReaderThatHolds } from "./image-reader.js";
import { type Rendered, type RenderRequest, render } from "./render.js";
import { UnreadableImage } from "./unreadable-image.js";

/** What the worker answers to a {@link RenderRequest}. */
export type RenderAnswer =
  | { readonly kind: "rendered"; readonly rendered: Rendered }
  | { readonly kind: "unreadable"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };

const read = imageReaderThatHolds();

async function answer(request: RenderRequest): Promise<RenderAnswer> {
  try {
    return { kind: "rendered", rendered: await render(request, read) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: error instanceof UnreadableImage ? "unreadable" : "failed", message };
  }
}

parentPort?.on("message", (request: RenderRequest) => {
  void answer(request).then((result) => parentPort?.postMessage(result));
});
