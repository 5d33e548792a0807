import { connect, createServer, type Socket } from "node:net";

/** What becomes of the traffic through a proxy. */
export type Passage =
  | "open"
  /** Connections are ended, new ones refused. */
  | "cut"
  /** Connections stay, but nothing comes through: as behind a firewall that has forgotten them. */
  | "silent"
  /** What clients say comes through, but no answer comes back; of HTTP, to what only reads it does. */
  | "unanswered";

/** A network between two processes, to be interrupted. */
export interface CuttableProxy {
  readonly url: string;
  /** Of 127.0.0.1. */
  readonly port: number;
  /** How many connections have been ended, refused or held up until now. */
  readonly interrupted: number;
  set(passage: Passage): void;
  close(): Promise<void>;
}

const READING = /^(GET|HEAD) /;

/** @param targetPort whoever listens there may come and go */
export async function startCuttableProxy(targetPort: number, targetHost = "127.0.0.1"): Promise<CuttableProxy> {
  let passage: Passage = "open";
  let interrupted = 0;
  const clients = new Set<Socket>();
  const upstreams = new Set<Socket>();
  /** Upstreams whose answers are not passed on any more. */
  const unanswered = new Set<Socket>();
  const isHeld = (socket: Socket): boolean => passage === "silent" || unanswered.has(socket);
  const forget = (socket: Socket): void => {
    clients.delete(socket);
    upstreams.delete(socket);
    unanswered.delete(socket);
    socket.destroy();
  };
  const server = createServer({ allowHalfOpen: false }, (client) => {
    if (passage === "cut" || passage === "silent") interrupted++;
    if (passage === "cut") {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(targetPort, targetHost);
    clients.add(client);
    upstreams.add(upstream);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        if (passage === "unanswered" && socket === client && !unanswered.has(upstream) && !isReading(chunk)) {
          interrupted++;
          unanswered.add(upstream);
          upstream.pause();
        }
        if (!other.write(chunk)) {
          socket.pause();
          other.once("drain", () => {
            if (!isHeld(socket)) socket.resume();
          });
        }
      });
      socket.on("close", () => {
        // While nothing comes through, the other side does not learn of the end either.
        if (!isHeld(socket)) forget(other);
        forget(socket);
      });
      if (isHeld(socket)) socket.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    get interrupted() {
      return interrupted;
    },
    set(wanted) {
      const before = passage;
      passage = wanted;
      if (wanted === "cut" || wanted === "silent") interrupted += clients.size;
      for (const socket of [...clients, ...upstreams]) {
        // A firewall that has forgotten a connection does not remember it.
        if (wanted === "cut" || before !== "open") forget(socket);
        else if (isHeld(socket)) socket.pause();
      }
    },
    async close() {
      for (const socket of [...clients, ...upstreams]) forget(socket);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isReading(chunk: Buffer): boolean {
  return READING.test(chunk.toString("latin1", 0, 5));
}
