import { randomUUID } from "node:crypto";
import { Connection } from "rabbitmq-client";
import { fill } from "./fill.js";
import type { Measurement } from "./measurement.js";
import { openBenchDatabase, startBenchBackend } from "./services.js";

const MICROGRAPHS = 10_000;
const QUEUE = "smartem_backend";
const SEND_AT_ONCE = 500;

/** Results that wait in RabbitMQ, to committed rows with their events, by one worker; a tenth of them is sent twice. */
export async function run(): Promise<Measurement[]> {
  const rabbitmq = process.env.SMARTEM_TEST_RABBITMQ_URL;
  if (rabbitmq === undefined) return [];
  const url = new URL(rabbitmq);
  const database = await openBenchDatabase();
  await fill(database.pool, { grids: 2, squaresPerGrid: 10, holesPerSquare: 500, micrographs: MICROGRAPHS });
  await database.pool.query(
    "update micrographs set total_motion = null, ctf_max_resolution_estimate = null, status = 'none'",
  );
  await database.pool.query("analyze");
  const connection = new Connection({ url: rabbitmq });
  await connection.queueDeclare({ queue: QUEUE, durable: true });
  await connection.queuePurge({ queue: QUEUE });
  const publisher = connection.createPublisher({ confirm: true });
  const messages = Array.from({ length: MICROGRAPHS }, (_, n) => [
    {
      event_type: "motion_correction.completed",
      micrograph_uuid: `m${n + 1}`,
      total_motion: 5 + (n % 10),
      average_motion: 0.3,
    },
    { event_type: "ctf.completed", micrograph_uuid: `m${n + 1}`, ctf_max_resolution_estimate: 3 + (n % 4) },
  ]).flat();
  const sent = [...messages, ...messages.filter((_, n) => n % 10 === 0)].map((message, n) => ({
    message,
    messageId: n < messages.length ? `bench-${n}` : `bench-${(n - messages.length) * 10}`,
  }));
  const run = randomUUID();
  for (let start = 0; start < sent.length; start += SEND_AT_ONCE) {
    await Promise.all(
      sent
        .slice(start, start + SEND_AT_ONCE)
        .map(({ message, messageId }) =>
          publisher.send({ routingKey: QUEUE, durable: true, messageId: `${run}-${messageId}` }, message),
        ),
    );
  }
  const backend = await startBenchBackend(database.config, "worker", {
    RABBITMQ_HOST: url.hostname,
    RABBITMQ_PORT: url.port,
    RABBITMQ_USER: decodeURIComponent(url.username),
    RABBITMQ_PASSWORD: decodeURIComponent(url.password),
  });
  const start = performance.now();
  try {
    for (;;) {
      const { rows } = await database.pool.query<{ n: number }>(
        "select count(*) as n from micrographs where total_motion is not null and ctf_max_resolution_estimate is not null",
      );
      if (rows[0]?.n === MICROGRAPHS) break;
      if (performance.now() - start > 110_000)
        throw new Error(`only ${rows[0]?.n} of ${MICROGRAPHS} micrographs have results`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - start) / 1_000;
    return [
      {
        name: "results from RabbitMQ to committed rows, one worker, decisions going on",
        value: messages.length / seconds,
        unit: "results/s",
        goal: ">= 1000",
      },
    ];
  } finally {
    await publisher.close();
    await connection.close();
    await backend.stop();
    await database.close();
  }
}
