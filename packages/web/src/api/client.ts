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

/** The answer of a request, or its {@link ApiProblem} thrown. */
export async function answer<T>(request: Promise<Outcome<T>>): Promise<T> {
  const { data, error, response } = await request;
  if (!response.ok) throw problemOf(response.status, error);
  return data as T;
}

/** GETs JSON of a shape that the OpenAPI document leaves open (see additions.ts). */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal);
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null));
  return (await response.json()) as T;
}

/** Sends JSON whose answer the OpenAPI document leaves open. */
export async function sendJson(method: "POST" | "PUT", path: string, body: unknown): Promise<unknown> {
  const response = await send(path, undefined, {
    method,
    body: JSON.stringify(body),
    headers: { ...authorization(), "content-type": "application/json" },
  });
  const content: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response.status, content);
  return content;
}

export interface FetchedImage {
  readonly blob: Blob;
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
  return { blob: await response.blob(), nativeWidth: size("x-native-width"), nativeHeight: size("x-native-height") };
}

async function send(
  path: string,
  signal: AbortSignal | undefined,
  init: RequestInit = { headers: authorization() },
): Promise<Response> {
  try {
    return await fetch(path, { ...init, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, "The server can't be reached.", "unreachable", "Is it running, and is the network up?");
  }
}
