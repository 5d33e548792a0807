import { Agent, get, type IncomingMessage, request } from "node:http";
import { type Measurement, percentile } from "./measurement.js";
import { openBenchDatabase, startBenchBackend } from "./services.js";

const STREAMS = 5_000;
const OPEN_AT_ONCE = 50;
const INSTRUCTIONS = 1_000;
const INSTRUCTIONS_PER_SECOND = 100;

/** Instructions from the request that creates them to the agent's stream, while one process holds very many streams. */
export async function run(): Promise<Measurement[]> {
  const database = await openBenchDatabase();
  await database.pool.query(
    `insert into agent_sessions (session_id, agent_id) select 's' || n, 'a' || n from generate_series(0, ${STREAMS - 1}) n`,
  );
  const backend = await startBenchBackend(database.config, "all");
  const arrived = new Map<string, number>();
  const responses: IncomingMessage[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  try {
    for (let start = 0; start < STREAMS; start += OPEN_AT_ONCE) {
      const numbers = Array.from({ length: OPEN_AT_ONCE }, (_, n) => start + n);
      responses.push(
        ...(await Promise.all(
          numbers.map((n) =>
            openStream(agent, `${backend.url}/agent/a${n}/session/s${n}/instructions/stream`, (text) => {
              for (const [, id = ""] of text.matchAll(/"instruction_id":"([^"]+)"/g))
                arrived.set(id, performance.now());
            }),
          ),
        )),
      );
    }
    const created = new Map<string, number>();
    const poster = new Agent({ keepAlive: true, maxSockets: 20 });
    const start = performance.now();
    const posts: Promise<void>[] = [];
    for (let i = 0; i < INSTRUCTIONS; i++) {
      const due = start + (i * 1_000) / INSTRUCTIONS_PER_SECOND;
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const n = (i * 2_654_435_761) % STREAMS;
      created.set(`i${i}`, performance.now());
      posts.push(
        post(poster, `${backend.url}/agent/a${n}/sessions/s${n}/instructions`, {
          instruction_id: `i${i}`,
          instruction_type: "x",
        }),
      );
    }
    await Promise.all(posts);
    const end = performance.now() + 10_000;
    while (arrived.size < INSTRUCTIONS && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    if (arrived.size < INSTRUCTIONS) throw new Error(`only ${arrived.size} of ${INSTRUCTIONS} instructions arrived`);
    const latencies = [...created].map(([id, at]) => (arrived.get(id) ?? Number.NaN) - at);
    const what = `${STREAMS} streams in one process, ${INSTRUCTIONS_PER_SECOND} instructions/s: request to stream`;
    return [
      { name: `${what}, median`, value: percentile(latencies, 0.5), unit: "ms", goal: "" },
      { name: `${what}, p99`, value: percentile(latencies, 0.99), unit: "ms", goal: "< 250" },
      { name: `${STREAMS} streams: memory of API and worker`, value: backend.memoryMb(), unit: "MB", goal: "< 600" },
    ];
  } finally {
    for (const response of responses) response.destroy();
    agent.destroy();
    await backend.stop();
    await database.close();
  }
}

function openStream(agent: Agent, url: string, onText: (text: string) => void): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        if (text.includes("event: connection")) resolve(response);
        onText(text);
      });
      response.on("error", () => undefined);
    }).once("error", reject);
  });
}

function post(agent: Agent, url: string, body: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = request(
      url,
      { agent, method: "POST", headers: { "content-type": "application/json" } },
      (response) => {
        response.resume();
        response.once("end", () =>
          response.statusCode === 201 ? resolve() : reject(new Error(`${url} answered ${response.statusCode}`)),
        );
      },
    );
    sending.once("error", reject);
    sending.end(JSON.stringify(body));
  });
}
