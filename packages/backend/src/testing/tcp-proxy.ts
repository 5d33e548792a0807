import { connect, createServer, type Socket } from "node:net";

/** A network between a program and a service that tests can break. */
export interface TcpProxy {
  readonly port: number;
  /** Half-open: connections stay, new ones are accepted, and nothing gets through any more, in either direction or only towards the service. */
  hold(direction?: "both" | "to-service"): void;
  /** Lets through again; what was held back is delivered. */
  release(): void;
  /** Ends all connections at once, as a restarting service does. */
  cut(): void;
  /** Refuses connections until `admit`. */
  refuse(): void;
  admit(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; service: Socket }>();
  let held: "none" | "both" | "to-service" = "none";
  let refusing = false;
  const apply = ({ client, service }: { client: Socket; service: Socket }): void => {
    if (held === "none") client.resume();
    else client.pause();
    if (held === "both") service.pause();
    else service.resume();
  };
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const service = connect(port, host);
    const pair = { client, service };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      service.destroy();
    };
    client.on("data", (bytes) => service.write(bytes));
    service.on("data", (bytes) => client.write(bytes));
    for (const socket of [client, service]) {
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", end);
    }
    apply(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = (): void => {
    for (const { client, service } of pairs) {
      client.destroy();
      service.destroy();
    }
  };
  return {
    port: address.port,
    hold(direction = "both") {
      held = direction;
      for (const pair of pairs) apply(pair);
    },
    release() {
      held = "none";
      for (const pair of pairs) apply(pair);
    },
    cut,
    refuse() {
      refusing = true;
    },
    admit() {
      refusing = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
