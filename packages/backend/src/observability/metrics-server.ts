import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, SmartemError } from "@smartem/common/errors";
import type { Metrics } from "./metrics.js";

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** `GET /metrics` on a port of its own and without a token: for workers, which have no API, and for scrapers that hold no tokens. */
export async function startMetricsServer(
  { host, port }: MetricsAddress,
  metrics: Metrics,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    metrics.read().then(
      ({ contentType, text }) => response.writeHead(200, { "content-type": contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new SmartemError(
          "metrics_port_refused",
          503,
          `Metrics can't be offered on ${host}:${port}: ${messageOf(error)}`,
          {
            hint: "Choose another SMARTEM_METRICS_PORT.",
          },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
