import { connect, createServer, type Socket } from "node:net";

/** What becomes of the traffic through a proxy. */
export type Passage =
  | "open"
  /** Connections are ended, new ones refused. */
  | "cut"
  /** Connections stay, but nothing comes through: as behind a firewall that has forgotten them. */
  | "silent";

/** A network between two processes, to be interrupted. */
export interface CuttableProxy {
  readonly url: string;
  set(passage: Passage): void;
  close(): Promise<void>;
}

/** @param targetPort of 127.0.0.1; whoever listens there may come and go */
export async function startCuttableProxy(targetPort: number): Promise<CuttableProxy> {
  let passage: Passage = "open";
  const sockets = new Set<Socket>();
  const forget = (socket: Socket): void => {
    sockets.delete(socket);
    socket.destroy();
  };
  const server = createServer({ allowHalfOpen: false }, (client) => {
    if (passage === "cut") {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(targetPort, "127.0.0.1");
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        if (!other.write(chunk)) {
          socket.pause();
          other.once("drain", () => {
            if (passage !== "silent") socket.resume();
          });
        }
      });
      socket.on("close", () => {
        forget(socket);
        // While nothing comes through, the other side does not learn of the end either.
        if (passage !== "silent") forget(other);
      });
      if (passage === "silent") socket.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    set(wanted) {
      const before = passage;
      passage = wanted;
      for (const socket of [...sockets]) {
        if (wanted === "silent") socket.pause();
        // A firewall that has forgotten a connection does not remember it.
        else if (wanted === "cut" || before === "silent") forget(socket);
      }
    },
    async close() {
      for (const socket of [...sockets]) forget(socket);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
