import { messageOf } from "@smartem/common/errors";
import { delay } from "@smartem/common/time";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { request } from "undici";

export interface EventSourceOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Resume after this event. */
  readonly lastEventId?: string;
  readonly signal: AbortSignal;
  /** The next event is read when this has resolved: a slow reader slows the stream down. */
  readonly onEvent: (event: EventSourceMessage) => void | Promise<void>;
  /** Called whenever the stream is open again. */
  readonly onOpen?: () => void;
  readonly onProblem?: (message: string) => void;
}

const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 10_000;
/** A stream that has been silent for so long (three missed heartbeats) is taken for dead. */
const SILENCE_MS = 95_000;
const MAX_EVENT_CHARACTERS = 32 * 1024 * 1024;

/** Follows a stream of Server-Sent Events until `signal` is aborted, resuming after the last event when it breaks. */
export async function followEvents(options: EventSourceOptions): Promise<void> {
  let { lastEventId } = options;
  while (!options.signal.aborted) {
    try {
      const response = await request(options.url, {
        signal: options.signal,
        headersTimeout: CONNECT_TIMEOUT_MS,
        bodyTimeout: SILENCE_MS,
        headers: {
          accept: "text/event-stream",
          ...options.headers,
          ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
        },
      });
      if (response.statusCode !== 200) {
        options.onProblem?.(
          `${options.url} answers ${response.statusCode}: ${(await response.body.text()).slice(0, 200)}`,
        );
      } else {
        options.onOpen?.();
        const arrived: EventSourceMessage[] = [];
        const parser = createParser({ onEvent: (event) => arrived.push(event), maxBufferSize: MAX_EVENT_CHARACTERS });
        const decoder = new TextDecoder();
        for await (const chunk of response.body) {
          parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
          for (const event of arrived.splice(0)) {
            await options.onEvent(event);
            if (event.id !== undefined) lastEventId = event.id;
          }
        }
      }
    } catch (thrown) {
      if (!options.signal.aborted) options.onProblem?.(messageOf(thrown));
    }
    await delay(RECONNECT_MS, options.signal);
  }
}
