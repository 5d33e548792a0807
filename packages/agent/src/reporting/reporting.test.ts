import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { silentLogger } from "@smartem/common/logging";
import { expect, test } from "vitest";
import { ApiClient } from "../api/api-client.js";
import { inspectJournal } from "../journal/inspect.js";
import { Settings } from "../settings.js";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { FakeApi } from "../testing/fake-api.js";
import { FAST_TIMES, until, Workplace } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";
import type { AgentStatus } from "./agent-status.js";
import { Latencies } from "./latencies.js";
import { LogShipping } from "./log-shipping.js";
import { RecentErrors } from "./recent-errors.js";
import { readStatusFile, StatusFile } from "./status-file.js";
import { Throughput } from "./throughput.js";

const line = (index: number) =>
  JSON.stringify({
    level: 40,
    time: "2024-04-06T10:00:00.000Z",
    name: "smartem-agent",
    msg: `entry ${index}`,
    file: "x",
  });

test("log entries go out in batches of at most 500, the latest 5,000 are kept while the API is away", async () => {
  const api = new FakeApi();
  await api.start();
  await api.stop();
  const client = new ApiClient({ url: api.url, timeoutMs: 1_000, tokens: null });
  const shipping = new LogShipping();
  const stopping = new AbortController();
  let session: string | null = null;
  const settings = new Settings(FAST_TIMES);
  const work = shipping.run(
    { api: client, settings, agentId: "agent-1", sessionId: () => session, log: silentLogger },
    stopping.signal,
  );
  for (let index = 0; index < 6_200; index++) shipping.write(line(index));
  expect([shipping.waiting, shipping.dropped]).toEqual([5_000, 1_200]);
  await shipping.flush();
  session = "session-1";
  await shipping.flush();
  expect(shipping.waiting).toBe(5_000);
  await api.start();
  api.sessions.set(session, {
    session_id: session,
    agent_id: "agent-1",
    acquisition_uuid: null,
    status: "active",
    streams: new Set(),
  });
  stopping.abort();
  await work;
  await shipping.flush();
  expect(shipping.waiting).toBe(0);
  expect(api.logs.length).toBe(5_000);
  expect(api.logs[0]).toEqual({
    timestamp: "2024-04-06T10:00:00.000Z",
    level: "WARNING",
    logger_name: "smartem-agent",
    message: 'entry 1200 {"file":"x"}',
  });
  const sizes = api.requests
    .filter(({ path }) => path.endsWith("/logs"))
    .map(({ body }) => (body as { logs: unknown[] }).logs.length);
  expect(Math.max(...sizes)).toBe(500);
  await client.close();
  await api.stop();
});

test("log entries that are too much at once for what is between are sent in smaller batches, and one too large is dropped", async () => {
  const taken: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += String(part);
    });
    request.on("end", () => {
      if (body.length > 2_000) return response.writeHead(413).end();
      taken.push(...(JSON.parse(body) as { logs: { message: string }[] }).logs.map(({ message }) => message));
      return response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new ApiClient({ url, timeoutMs: 5_000, tokens: null });
  const shipping = new LogShipping();
  const stopping = new AbortController();
  const settings = new Settings(FAST_TIMES);
  for (let index = 0; index < 100; index++) shipping.write(line(index));
  shipping.write(JSON.stringify({ level: 40, msg: "x".repeat(5_000) }));
  shipping.write(line(100));
  const work = shipping.run(
    { api: client, settings, agentId: "agent-1", sessionId: () => "session-1", log: silentLogger },
    stopping.signal,
  );
  await until("all is settled", () => shipping.waiting === 0);
  stopping.abort();
  await work;
  expect(taken).toEqual(Array.from({ length: 101 }, (_, index) => `entry ${index} {"file":"x"}`));
  expect(shipping.dropped).toBe(1);
  await client.close();
  server.close();
});

test("percentiles are of the latest samples", () => {
  const latencies = new Latencies(100);
  expect(latencies.percentiles()).toBeNull();
  for (let ms = 1; ms <= 300; ms++) latencies.add(ms);
  expect(latencies.percentiles()).toEqual({ samples: 100, p50_ms: 251, p95_ms: 296, p99_ms: 300, max_ms: 300 });
});

test("throughput is that of the last minute", () => {
  let now = 0;
  const throughput = new Throughput(() => now);
  throughput.add(5);
  now = 30_000;
  throughput.add(7);
  expect(throughput.report()).toEqual({ total: 12, last_minute: 12, peak_per_second: 7 });
  now = 61_000;
  expect(throughput.report()).toEqual({ total: 12, last_minute: 7, peak_per_second: 7 });
});

test("the last fifty warnings and errors are kept, with what they are about", () => {
  const errors = new RecentErrors();
  errors.write(JSON.stringify({ level: 30, msg: "fine" }));
  for (let index = 0; index < 60; index++) errors.write(line(index));
  expect(errors.count).toBe(60);
  expect(errors.latest).toHaveLength(50);
  expect(errors.latest.at(-1)).toEqual({
    at: "2024-04-06T10:00:00.000Z",
    level: "warning",
    message: "entry 59",
    facts: { file: "x" },
  });
});

test("the status file says how an agent is, and whether it still runs", async () => {
  const workplace = await Workplace.open();
  try {
    const agent = await workplace.agent();
    await agent.settled();
    const found = readStatusFile(workplace.stateFolder);
    expect(found).toMatchObject({ running: true, status: { agent_id: "agent-1", watch_folder: workplace.watched } });
    expect(readStatusFile(workplace.folder)).toBeNull();
    // The process lives on, as another would that got its number: the agent does not.
    await agent.stop();
    expect(readStatusFile(workplace.stateFolder)).toMatchObject({ running: false, status: { pid: process.pid } });
  } finally {
    await workplace.close();
  }
});

test("a process that was stopped while it wrote its status writes the next one in time", async () => {
  const workplace = await Workplace.open();
  const stopping = new AbortController();
  try {
    let written = 0;
    const status = (): AgentStatus => {
      written++;
      // It gets no time from the system for a while.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      return { pid: process.pid } as AgentStatus;
    };
    const work = new StatusFile(workplace.folder, status, silentLogger).run(() => 5, stopping.signal);
    await until("more than one", () => written > 1, 20_000);
    stopping.abort();
    await work;
  } finally {
    await workplace.close();
  }
});

test("the counts that an agent tells are those of what there is, whatever became of it", async () => {
  const workplace = await Workplace.open();
  try {
    const { api, watched, stateFolder } = workplace;
    const images = join(watched, SMALL_SESSION.folder, "Images-Disc1", "GridSquare_101", "Data");
    const withoutSession = sessionFiles(OTHER_SESSION).filter(({ path }) => !path.endsWith("EpuSession.dm"));
    writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...withoutSession]);
    api.refuses = (kind, body) => kind === "micrograph" && body.micrograph_id === "image-101001-1";
    writeFileSync(join(images, "FoilHole_101001_Data_9009_1_20240406_120000.xml"), "<MicroscopeImage>");
    writeFileSync(join(images, "FoilHole_101001_Data_9009_1_20240406_120100.jpg"), "");
    const agent = await workplace.agent();
    await agent.settled();
    const [name = ""] = readdirSync(images).filter((each) => each.endsWith(".xml"));
    rmSync(join(images, name));
    await agent.settled();
    const told = agent.status();
    await agent.stop();

    const journal = inspectJournal(stateFolder);
    const counted = journal.tallies();
    journal.close();
    const files = Object.entries(told.files).flatMap(([kind, states]) =>
      Object.entries(states).map(([state, count]) => [`files: ${kind}`, state.replace(/:.*/, ""), count]),
    );
    const ofFiles = counted.filter(({ what }) => what.startsWith("files: "));
    const sorted = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each)).sort();
    expect(sorted(files)).toEqual(
      sorted(ofFiles.map(({ what, state, count }) => [what, state.replace(/ .*/, ""), count])),
    );
    expect(new Set(files.map(([, state]) => state))).toEqual(new Set(["refused", "waiting", "done", "ignored"]));
    const of = (kind: string, ...states: string[]) =>
      counted.reduce((sum, { what, state, count }) => {
        return what === `entities: ${kind}` && states.includes(state) ? sum + count : sum;
      }, 0);
    for (const [kind, { known, queued, confirmed, refused }] of Object.entries(told.entities)) {
      expect({ kind, known, queued, confirmed, refused }).toEqual({
        kind,
        known: of(kind, "refused", "queued", "confirmed"),
        queued: of(kind, "queued"),
        confirmed: of(kind, "confirmed"),
        refused: of(kind, "refused"),
      });
    }
    expect(told.entities.micrograph?.refused).toBe(1);
    expect(told.orphans.pictures_without_manifest).toBe(of("micrograph", "not proven"));
    expect(told.orphans.pictures_without_manifest).toBe(1);
  } finally {
    await workplace.close();
  }
});
