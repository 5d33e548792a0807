/** A Server-Sent Events client for tests. */
export interface FollowedEvents {
  /** The last id that was received. */
  readonly lastId: number | null;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export function followEvents(
  url: string,
  onEvent: (event: string, data: unknown, id: number | null) => void,
  headers: Readonly<Record<string, string>> = {},
): FollowedEvents {
  const abort = new AbortController();
  let lastId: number | null = null;
  const ended = (async () => {
    const response = await fetch(url, { headers: { accept: "text/event-stream", ...headers }, signal: abort.signal });
    if (response.body === null) return;
    let buffer = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      buffer += decoder.decode(chunk as Uint8Array, { stream: true });
      for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
        const fields = new Map(
          buffer
            .slice(0, end)
            .split("\n")
            .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
        );
        buffer = buffer.slice(end + 2);
        const data = fields.get("data");
        if (data === undefined) continue;
        const id = fields.get("id");
        if (id !== undefined) lastId = Number(id);
        onEvent(fields.get("event") ?? "message", JSON.parse(data), id === undefined ? null : Number(id));
      }
    }
  })().catch((error: unknown) => {
    if (!abort.signal.aborted && !(error instanceof TypeError)) throw error;
  });
  return {
    get lastId() {
      return lastId;
    },
    ended,
    async close() {
      abort.abort();
      await ended;
    },
  };
}
