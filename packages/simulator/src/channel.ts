import { messageOf, SmartemError } from "@smartem/common/errors";
import { delay } from "@smartem/common/time";
import { Connection } from "rabbitmq-client";
import { request } from "undici";

/** A message as an external program sends it: JSON with an `event_type`, of either form. */
export type OutgoingMessage = { readonly event_type: string; readonly message_id?: string } & Readonly<
  Record<string, unknown>
>;

/** How messages reach the backend. */
export interface Channel {
  /**
   * Resolves when the other side has taken the messages over; repeats for as long as it is away, until `signal` is
   * aborted.
   *
   * @throws SmartemError `channel_closed` where it was given up
   */
  send(messages: readonly OutgoingMessage[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface HttpChannelOptions {
  readonly apiUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with what the backend would not take. */
  readonly onRejected?: (rejected: readonly { readonly message: OutgoingMessage; readonly reason: string }[]) => void;
}

const MESSAGES_PER_REQUEST = 5_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** `POST /events`. */
export function httpChannel(options: HttpChannelOptions): Channel {
  const closing = new AbortController();
  const url = `${options.apiUrl.replace(/\/+$/, "")}/events`;
  const post = async (messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> => {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      const outcome = await postOnce(url, messages, options, signal);
      if (outcome === "taken") return;
      if (signal.aborted) throw closed();
      await delay(waitMs, signal);
    }
  };
  return {
    send: async (messages, signal) => {
      const ending = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
      for (let start = 0; start < messages.length; start += MESSAGES_PER_REQUEST) {
        await post(messages.slice(start, start + MESSAGES_PER_REQUEST), ending);
      }
    },
    close: async () => closing.abort(),
  };
}

async function postOnce(
  url: string,
  messages: readonly OutgoingMessage[],
  options: HttpChannelOptions,
  signal: AbortSignal,
): Promise<"taken" | "again"> {
  let status: number;
  let text: string;
  try {
    const response = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...options.headers },
      body: JSON.stringify(messages),
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: REQUEST_TIMEOUT_MS,
      signal,
    });
    status = response.statusCode;
    text = await response.body.text();
  } catch {
    return "again";
  }
  if (status >= 500 || status === 429) return "again";
  if (status !== 202) {
    throw new SmartemError("events_refused", 500, `POST /events was answered with ${status}: ${text.slice(0, 300)}`, {
      hint: "Check the address and the access token.",
    });
  }
  const answer = JSON.parse(text) as { rejected?: { index: number; code: string; message: string }[] };
  const rejected = (answer.rejected ?? []).flatMap(({ index, code, message: reason }) => {
    const message = messages[index];
    return message === undefined ? [] : [{ message, reason: `${code}: ${reason}` }];
  });
  if (rejected.length > 0) options.onRejected?.(rejected);
  return "taken";
}

function closed(): SmartemError {
  return new SmartemError("channel_closed", 503, "The channel was closed before the messages were taken over.");
}

export interface RabbitChannelOptions {
  /** e.g. `amqp://guest:guest@127.0.0.1:5672/` */
  readonly url: string;
  readonly queue?: string;
  /** Called when the connection fails; it is made again by itself. */
  readonly onProblem?: (message: string) => void;
}

/** The queue that the backend consumes. */
export const BACKEND_QUEUE = "smartem_backend";

/** Straight to the backend's queue, durable and confirmed, as external programs do. */
export function rabbitChannel(options: RabbitChannelOptions): Channel {
  const queue = options.queue ?? BACKEND_QUEUE;
  const connection = new Connection({ url: options.url, acquireTimeout: REQUEST_TIMEOUT_MS });
  connection.on("error", (error) => options.onProblem?.(messageOf(error)));
  const publisher = connection.createPublisher({
    confirm: true,
    maxAttempts: 3,
    // The backend declares it; without it messages would vanish.
    queues: [{ queue, passive: true }],
  });
  const closing = new AbortController();
  const publish = async (message: OutgoingMessage, signal: AbortSignal): Promise<void> => {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      if (signal.aborted) throw closed();
      try {
        const envelope = { routingKey: queue, durable: true, contentType: "application/json" };
        const sent = publisher.send(
          message.message_id === undefined ? envelope : { ...envelope, messageId: message.message_id },
          message,
        );
        await orAborted(sent, signal);
        return;
      } catch (thrown) {
        if (signal.aborted) throw closed();
        options.onProblem?.(messageOf(thrown));
        await delay(waitMs, signal);
      }
    }
  };
  return {
    // One after the other: the order of sending is part of what is simulated.
    send: async (messages, signal) => {
      const ending = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
      for (const message of messages) await publish(message, ending);
    },
    close: async () => {
      closing.abort();
      // Without a broker there is nobody to take leave of, and nothing that would come to an end by itself.
      if (!connection.ready) return connection.unsafeDestroy();
      await publisher.close();
      await connection.close();
    },
  };
}

/** What comes of work that can't be broken off, or a rejection when it is not to be waited for any more. */
async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(closed());
    signal.addEventListener("abort", onAbort, { once: true });
  });
  // Whichever comes second is nobody's concern.
  work.catch(() => undefined);
  aborted.catch(() => undefined);
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
