import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The instruction stream of a session: one instruction, or an error, and what the client answers. */
export interface FakeInstructions {
  readonly url: string;
  /** `<instruction> <status>` */
  readonly acknowledged: readonly string[];
  readonly heartbeats: number;
  /** Bodies of the registrations of sessions. */
  readonly registered: readonly unknown[];
  close(): Promise<void>;
}

export async function startFakeInstructions(
  options: { readonly error?: string; readonly sessions?: readonly object[] } = {},
): Promise<FakeInstructions> {
  const { error, sessions = [] } = options;
  const acknowledged: string[] = [];
  const registered: unknown[] = [];
  let heartbeats = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const url = incoming.url ?? "";
      if (url.endsWith("/instructions/stream")) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const send = (event: string, data: object): void => {
          response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        };
        if (error !== undefined) {
          send("error", { type: "error", error, message: error });
          response.end();
          return;
        }
        send("connection", { type: "connection", connection_id: "c" });
        send("instruction", {
          type: "instruction",
          instruction_id: "i-1",
          instruction_type: "agent.status.request",
          payload: {},
        });
        return;
      }
      if (incoming.method === "GET") {
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(sessions));
        return;
      }
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      const acknowledgement = /\/instructions\/([^/]+)\/ack$/.exec(url);
      if (acknowledgement !== null) {
        acknowledged.push(`${acknowledgement[1]} ${(body as { status: string }).status}`);
      } else if (url.endsWith("/sessions")) registered.push(body);
      else if (url.endsWith("/heartbeat")) heartbeats++;
      response.writeHead(url.endsWith("/sessions") ? 201 : 200, { "content-type": "application/json" });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acknowledged,
    registered,
    get heartbeats() {
      return heartbeats;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
