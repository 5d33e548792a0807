import createClient from "openapi-fetch";
import { ApiProblem, problemOf } from "./problem.js";
import type { paths } from "./schema.js";
import { authorization } from "./token.js";

/** The API as its OpenAPI document describes it. */
export const api = createClient<paths>({ baseUrl: window.location.origin });

api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value);
    return request;
  },
  onError() {
    return new ApiProblem(0, "The server can't be reached.", "unreachable", "Is it running, and is the network up?");
  },
});

interface Outcome<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** A request, once something has come back that can be read; its {@link ApiProblem} thrown where nothing has. */
export async function reached<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ApiProblem(
      0,
      "Something else than the server answered.",
      "not_json",
      "Is there a proxy in between that sends its own pages?",
    );
  }
}

/** The answer of a request, or its {@link ApiProblem} thrown. */
export async function answer<T>(request: Promise<Outcome<T>>): Promise<T> {
  const { data, error, response } = await reached(request);
  if (!response.ok) throw problemOf(response.status, error);
  return data as T;
}

/** One part of a list, and how many rows the whole of it has. */
export interface ListPart<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** The answer of a request for a part of a list, or its {@link ApiProblem} thrown. */
export async function answerOfList<T>(request: Promise<Outcome<T[]>>): Promise<ListPart<T>> {
  const rows = await answer(request);
  const { response } = await request;
  return { rows, total: Number(response.headers.get("x-total-count") ?? rows.length) };
}

export interface FetchedImage {
  readonly blob: Blob;
  /** Another one where the image is another; null where the server does not say. */
  readonly version: string | null;
  /** The size in whose pixels things are placed on it, where the server sent it smaller. */
  readonly nativeWidth: number | null;
  readonly nativeHeight: number | null;
}

/** GETs an image; null where there is none (yet). */
export async function getImage(path: string, signal?: AbortSignal): Promise<FetchedImage | null> {
  const response = await send(path, signal);
  if (response.status === 404) return null;
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null));
  const size = (name: string): number | null => Number(response.headers.get(name)) || null;
  return {
    blob: await response.blob(),
    version: response.headers.get("etag"),
    nativeWidth: size("x-native-width"),
    nativeHeight: size("x-native-height"),
  };
}

async function send(path: string, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(path, { headers: authorization(), ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, "The server can't be reached.", "unreachable", "Is it running, and is the network up?");
  }
}
