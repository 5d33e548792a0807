import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { type DatabaseConfig, openClient } from "./connection.js";

/**
 * One LISTEN connection for the whole process. It reconnects for ever; after each reconnection every subscriber is called once,
 * since notifications sent meanwhile are lost.
 */
export interface Notifications {
  /** Calls `listener` after each notification on `channel`. @returns a function that ends it */
  subscribe(channel: string, listener: (payload: string) => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MAX_MS = 5_000;
/** A half-open connection answers nothing: it is given up when this probe does not come back. */
const PROBE_INTERVAL_MS = 15_000;
const PROBE_TIMEOUT_MS = 5_000;

export async function listenForNotifications(
  config: DatabaseConfig,
  channels: readonly string[],
  logger: Logger,
): Promise<Notifications> {
  const listeners = new Map<string, Set<(payload: string) => void>>(channels.map((channel) => [channel, new Set()]));
  const closing = new AbortController();
  let client = await connect();
  const probing = setInterval(() => void probe(), PROBE_INTERVAL_MS);
  probing.unref();

  async function connect() {
    const fresh = openClient(config);
    fresh.on("notification", ({ channel, payload }) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload ?? "");
    });
    fresh.on("error", (error) => logger.warn({ err: error }, "the connection for database notifications was lost"));
    fresh.on("end", () => {
      if (fresh === client) void reconnect();
    });
    await fresh.connect();
    await fresh.query(channels.map((channel) => `listen ${channel}`).join("; "));
    return fresh;
  }

  async function reconnect(): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      try {
        client = await connect();
        for (const group of listeners.values()) for (const listener of group) listener("");
        return;
      } catch (error) {
        logger.warn({ reason: messageOf(error) }, "database notifications: connecting again");
        await delay(Math.min(RECONNECT_MAX_MS, 100 * 2 ** attempt), closing.signal);
      }
    }
  }

  async function probe(): Promise<void> {
    const probed = client;
    const answered = await Promise.race([
      probed.query("select 1").then(
        () => true,
        () => false,
      ),
      delay(PROBE_TIMEOUT_MS, closing.signal).then(() => closing.signal.aborted),
    ]);
    if (!answered && probed === client) {
      // `end` would wait for a server that does not answer.
      (probed as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
  }

  return {
    subscribe(channel, listener) {
      const group = listeners.get(channel);
      if (group === undefined) throw new Error(`not listening on ${channel}`);
      group.add(listener);
      return () => group.delete(listener);
    },
    async close() {
      closing.abort();
      clearInterval(probing);
      await client.end().catch(() => undefined);
    },
  };
}
