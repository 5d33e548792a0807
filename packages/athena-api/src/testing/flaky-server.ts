import { createServer, type Socket } from "node:net";

/** What a flaky server does with one request. */
export type Behaviour =
  | { readonly kind: "answer"; readonly status: number; readonly body?: string; readonly contentType?: string }
  /** Takes the request and never says a word. */
  | { readonly kind: "hang" }
  /** Takes the request and breaks the connection. */
  | { readonly kind: "break" }
  /** Sends half of an answer, then either breaks the connection or leaves it open. */
  | { readonly kind: "half"; readonly end: "break" | "hang" };

export interface FlakyServer {
  readonly url: string;
  /** The first line of every request received. */
  readonly requests: string[];
  /** How many connections were made. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A raw TCP server that treats the n-th request as the n-th behaviour says, and every later one as the last. */
export async function startFlakyServer(behaviours: readonly Behaviour[], port = 0): Promise<FlakyServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let received = "";
    socket.on("data", (data) => {
      received += data.toString();
      const end = received.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      requests.push(received.slice(0, received.indexOf("\r\n")));
      received = "";
      act(socket, behaviours[Math.min(requests.length, behaviours.length) - 1]);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function act(socket: Socket, behaviour: Behaviour | undefined): void {
  if (behaviour === undefined || behaviour.kind === "hang") return;
  if (behaviour.kind === "break") {
    socket.destroy();
    return;
  }
  if (behaviour.kind === "half") {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"sessionId":');
    if (behaviour.end === "break") setImmediate(() => socket.destroy());
    return;
  }
  const body = behaviour.body ?? "";
  const type = behaviour.contentType ?? "application/json";
  socket.write(
    `HTTP/1.1 ${behaviour.status} X\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
