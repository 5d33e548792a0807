import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { AgentStatus } from "@smartem/agent/reporting/agent-status";
import { openPool, type Pool } from "@smartem/backend/database/connection";
import { IS_OPEN } from "@smartem/backend/instructions/store";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { createLogger, logFile, silentLogger } from "@smartem/common/logging";
import { makeFolder } from "@smartem/common/make-folder";
import { delay } from "@smartem/common/time";
import { type HttpChannelOptions, httpChannel, rabbitChannel } from "@smartem/simulator/channel";
import { type GridTruth, gridTruth } from "@smartem/simulator/grid-truth";
import { recallMicroscope, type SessionOptions } from "@smartem/simulator/microscope";
import { type Pipelines, startPipelines } from "@smartem/simulator/pipelines";
import { type RandomStream, randomStream } from "@smartem/simulator/random";
import { Agenda, PROVING_MINUTES } from "./agenda.js";
import type { SoakAgentOptions } from "./agent-child.js";
import { readAthenaHistory } from "./athena-history.js";
import { areCompleted, compareFacts, type Difference, type SoakedSession } from "./compare.js";
import { compareInstructions, heldDecisions, type ToldInstruction, toldInstructions } from "./compare-instructions.js";
import { compareVerifications, type SoakedControl, type VerificationComparison } from "./compare-verifications.js";
import { startCuttableProxy } from "./cuttable-proxy.js";
import { deadLetterFailures } from "./dead-letters.js";
import { embeddedDatabase } from "./embedded-database.js";
import { type Fault, faultsOf, type SoakedMicroscope, type SoakedSystem } from "./faults.js";
import { athenaJournalOf, type SoakMicroscopeOptions, visitOf } from "./microscope-child.js";
import { orderSquares } from "./operator.js";
import { type Message, Part } from "./part.js";
import { type SoakServices, soakServices } from "./services.js";

export interface SoakOptions {
  readonly minutes: number;
  readonly microscopes: number;
  readonly seed: number;
  /** Where everything is kept; it has to be empty. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

export interface SoakReport {
  /** How often each kind of fault befell the system; 0 of those that did not. */
  readonly faults: ReadonlyMap<string, number>;
  readonly sessions: number;
  readonly entities: number;
  readonly fields: number;
  readonly instructions: number;
  /** Of them, those that were carried out: Athena holds what they say. */
  readonly carriedOut: number;
  /** Orders of which the agents said what became of them. */
  readonly verifications: number;
  /** Of them, those that were followed. */
  readonly followed: number;
  readonly differences: readonly Difference[];
  /** Processes that ended by themselves, and faults that could not be mended. */
  readonly failures: readonly string[];
}

const SQUARES = 4;
const HOLES_PER_SQUARE = 20;
const STEP_MS = 700;
const LEAST_PAUSE_MS = 200;
const MOST_PAUSE_MS = 1_500;
/** As many faults at a time. */
const TROUBLEMAKERS = 4;
const ORDER_INTERVAL_MS = 5_000;
const SETTLE_TIMEOUT_MS = 120_000;
const SAY_INTERVAL_MS = 30_000;
/** In so long some instruction is carried out. */
const TELLING_MINUTES = 1;

/**
 * Runs microscopes, their agents, the backend and the pipelines as processes for a while, breaks one thing after the
 * other, lets all come to rest, and compares the database with what the microscopes have done.
 *
 * @throws SmartemError `part_not_started`
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  // As root, the embedded database runs as another user.
  makeFolder(options.dir);
  chmodSync(options.dir, 0o755);
  const services = await soakServices(process.env);
  const soaked = new Soak(options, services);
  try {
    await soaked.start();
    await soaked.trouble();
    return await soaked.judge();
  } finally {
    await soaked.close();
    await services?.close();
  }
}

class Soak {
  readonly #options: SoakOptions;
  readonly #services: SoakServices | null;
  readonly #failures: string[] = [];
  readonly #truths = new Map<string, GridTruth>();
  readonly #clocks: number[] = [];
  readonly #endings: (() => Promise<unknown>)[] = [];
  readonly #microscopeOptions: SoakMicroscopeOptions[] = [];
  readonly #finished = new Map<number, number>();
  readonly #stopping = new AbortController();
  /** What the database had been told before it was put back. */
  readonly #forgotten: ToldInstruction[] = [];
  /** By agent, by this machine's clock: when it lost its state folder last. */
  readonly #statesLostAt = new Map<string, number>();
  #system: SoakedSystem | null = null;
  #agenda: Agenda | null = null;
  #pipelines: Pipelines | null = null;
  #restartPipelines: () => Promise<void> = () => Promise.resolve();
  #apiUrl = "";

  constructor(options: SoakOptions, services: SoakServices | null) {
    this.#options = options;
    this.#services = services;
  }

  async start(): Promise<void> {
    const { dir, say, microscopes: count } = this.#options;
    const dataDir = join(dir, "data");
    const [apiPort = 0, ...athenaPorts] = await freePorts(count + 1);
    this.#apiUrl = `http://127.0.0.1:${apiPort}`;
    const backend = this.#backendParts(apiPort, dataDir);
    for (const part of backend) await part.start();
    const pipelineNetwork = await startCuttableProxy(apiPort);
    this.#endings.push(() => pipelineNetwork.close());
    const microscopes: SoakedMicroscope[] = [];
    for (const [index, athenaPort] of athenaPorts.entries()) {
      microscopes.push(await this.#startMicroscope(index, apiPort, athenaPort));
    }
    this.#system = {
      microscopes,
      backend,
      pipelineNetwork,
      services: this.#services,
      dataDir,
      backupFile: join(dir, "backup.gz"),
      onPutBack: (told) => this.#forgotten.push(...told),
      restartPipelines: () => this.#restartPipelines(),
    };
    await this.#startPipelines(pipelineNetwork.url);
    const parts = this.#services === null ? "embedded database and queue" : "PostgreSQL and RabbitMQ";
    say(`${count} microscopes, ${parts}; files in ${dir}`);
  }

  #backendParts(port: number, dataDir: string): Part[] {
    const env = {
      HTTP_API_PORT: String(port),
      SMARTEM_DATA_DIR: dataDir,
      SMARTEM_DECISION_MODE: "automatic",
      SMARTEM_INSTRUCTION_INTERVAL_MS: "3000",
      SMARTEM_LOG_LEVEL: "info",
      ...this.#services?.environment,
    };
    const part = (name: string, role: string): Part =>
      this.#part(name, ["serve"], {
        env: { ...env, ROLE: role },
        ...(role === "worker"
          ? { isReady: () => delay(2_000).then(() => true) }
          : { isReady: () => isUp(this.#apiUrl) }),
      });
    return this.#services === null ? [part("backend", "all")] : [part("api", "api"), part("worker", "worker")];
  }

  #part(
    name: string,
    args: readonly string[],
    more: Pick<ConstructorParameters<typeof Part>[0], "env" | "isReady" | "onMessage">,
  ): Part {
    const part = new Part({
      name,
      args,
      outputFile: join(this.#options.dir, `${name.replaceAll(" ", "-")}.log`),
      onDeath: (how) => {
        if (this.#stopping.signal.aborted) return;
        this.#failures.push(`${name} ended by itself (${how})`);
        part.start().catch((thrown: unknown) => this.#failures.push(messageOf(thrown)));
      },
      ...more,
    });
    this.#endings.push(() => part.kill());
    return part;
  }

  async #startMicroscope(index: number, apiPort: number, athenaPort: number): Promise<SoakedMicroscope> {
    const { dir, seed } = this.#options;
    const number = index + 1;
    const own = join(dir, `microscope-${number}`);
    const watched = join(own, "epu");
    mkdirSync(watched, { recursive: true });
    const network = await startCuttableProxy(apiPort);
    this.#endings.push(() => network.close());
    const athenaNetwork = await startCuttableProxy(athenaPort);
    this.#endings.push(() => athenaNetwork.close());
    const microscope: SoakMicroscopeOptions = {
      dir: watched,
      stateDir: join(own, "microscope"),
      athenaPort,
      seed: seed * this.#options.microscopes + number,
      squares: SQUARES,
      holesPerSquare: HOLES_PER_SQUARE,
      stepMs: STEP_MS,
      logFile: join(own, "microscope.log"),
    };
    this.#microscopeOptions.push(microscope);
    const part = this.#part(`microscope ${number}`, ["internal-soak-microscope", JSON.stringify(microscope)], {
      onMessage: (message) => this.#onMicroscope(index, message),
    });
    const agentOptions: SoakAgentOptions = {
      watchFolder: watched,
      stateFolder: join(own, "agent"),
      apiUrl: network.url,
      agentId: agentIdOf(index),
      athenaUrl: athenaNetwork.url,
      logFile: join(own, "agent.log"),
      notifications: (seed + number) % 2 === 0,
    };
    const agent = this.#part(`agent ${number}`, ["internal-soak-agent", JSON.stringify(agentOptions)], {});
    await part.start();
    await agent.start();
    const { agentId, stateFolder } = agentOptions;
    return {
      part,
      agent,
      network,
      athenaNetwork,
      watched,
      aside: join(own, "aside"),
      stateFolder,
      onStateLost: () => this.#statesLostAt.set(agentId, Date.now()),
    };
  }

  #onMicroscope(index: number, message: Message): void {
    if (typeof message.clockMs === "number") this.#clocks[index] = message.clockMs;
    if (typeof message.finished === "number") this.#finished.set(index, message.finished);
    if (typeof message.session !== "object" || message.session === null) return;
    const { name, options } = message.session as { name: string; options: SessionOptions };
    if (!this.#truths.has(name)) this.#truths.set(name, gridTruth(options));
  }

  async #startPipelines(apiUrl: string): Promise<void> {
    const { seed, dir } = this.#options;
    const logger = createLogger("pipelines", "info", logFile(join(dir, "pipelines.log")));
    const onRejected: HttpChannelOptions["onRejected"] = (rejected) => {
      for (const { message, reason } of rejected) {
        this.#failures.push(`the backend would not take ${message.message_id} (${message.event_type}): ${reason}`);
      }
    };
    const channel =
      this.#services === null
        ? httpChannel({ apiUrl, onRejected })
        : rabbitChannel({ url: this.#services.rabbitmqUrl });
    const start = (): Promise<Pipelines> =>
      startPipelines({
        apiUrl,
        channel,
        truthOf: ({ name }) => this.#truths.get(name),
        seed,
        startMs: 0,
        lostShare: 0,
        doubledShare: 0.1,
        form: "mixed",
        logger,
        signal: this.#stopping.signal,
      });
    this.#pipelines = await start();
    this.#restartPipelines = async () => {
      await this.#pipelines?.stop();
      this.#pipelines = await start();
    };
    const advancing = (async () => {
      while (!this.#stopping.signal.aborted) {
        await this.#pipelines?.advanceTo(Math.max(0, ...this.#clocks.filter(Number.isFinite)));
        await delay(250, this.#stopping.signal);
      }
    })().catch((thrown: unknown) => {
      if (!this.#stopping.signal.aborted) this.#failures.push(`pipelines: ${messageOf(thrown)}`);
    });
    this.#endings.push(
      () => Promise.resolve(this.#pipelines?.stop()),
      () => channel.close(),
      () => advancing,
    );
  }

  /** Lets faults befall the system until the time is over, and waits until all of them are mended. */
  async trouble(): Promise<void> {
    const { minutes, seed, say } = this.#options;
    if (this.#system === null) return;
    const agenda = new Agenda(faultsOf(this.#system), randomStream(seed, "agenda"));
    this.#agenda = agenda;
    const endMs = performance.now() + minutes * 60_000;
    const half = (): 1 | 2 => (performance.now() < endMs - (minutes * 60_000) / 2 ? 1 : 2);
    const troublemaker = async (random: RandomStream): Promise<void> => {
      while (performance.now() < endMs) {
        await delay(LEAST_PAUSE_MS + random.uniform() * (MOST_PAUSE_MS - LEAST_PAUSE_MS));
        const fault = agenda.draw(half(), random);
        if (fault !== null) agenda.done(fault, await this.#befall(fault, random));
      }
    };
    const talking = setInterval(() => {
      const left = Math.max(0, Math.round((endMs - performance.now()) / 1_000));
      const counts = [...agenda.counts.values()];
      const befell = counts.reduce((sum, times) => sum + times, 0);
      const kinds = counts.filter((times) => times > 0).length;
      const faults = `${befell} faults of ${kinds} of ${counts.length} kinds`;
      say(`${left} s left, ${faults}, ${this.#truths.size} sessions, ${this.#failures.length} failures`);
    }, SAY_INTERVAL_MS);
    const operator = async (random: RandomStream): Promise<void> => {
      while (performance.now() < endMs) {
        await delay(ORDER_INTERVAL_MS);
        // While things are broken it may be to no avail.
        await orderSquares(this.#apiUrl, this.#truths, random).catch(() => 0);
      }
    };
    try {
      await Promise.all([
        operator(randomStream(seed, "operator")),
        ...Array.from({ length: TROUBLEMAKERS }, (_, index) => troublemaker(randomStream(seed, "trouble", index))),
      ]);
    } finally {
      clearInterval(talking);
    }
    if (minutes < PROVING_MINUTES) return;
    for (const [kind, times] of agenda.counts) if (times === 0) this.#failures.push(`not proved: ${kind}`);
  }

  /** @returns whether there was something to break */
  async #befall(fault: Fault, random: RandomStream): Promise<boolean> {
    try {
      return await fault.befall(random);
    } catch (thrown) {
      const where = fault.microscope === undefined ? "" : ` (microscope ${fault.microscope})`;
      this.#failures.push(`${fault.kind}${where}: ${messageOf(thrown)}`);
      return false;
    }
  }

  /** Lets everything come to rest and compares. */
  async judge(): Promise<SoakReport> {
    const system = this.#system;
    const pipelines = this.#pipelines;
    if (system === null || pipelines === null) throw new Error("not started");
    this.#options.say("no more faults; waiting for all to come to rest");
    for (const part of system.backend) await part.start();
    await this.#patiently(until("the API is up", () => isUp(this.#apiUrl)));
    const pool = this.#openPool(system);
    for (const [index, { part, agent }] of system.microscopes.entries()) {
      await part.start();
      await agent.start();
      const ended = until(`microscope ${index + 1} ends its session`, async () => {
        part.send("finish");
        return this.#finished.has(index);
      });
      await this.#patiently(ended);
    }
    const random = randomStream(this.#options.seed, "last orders");
    const ordered = until("the last orders are given", async () => {
      return (await orderSquares(this.#apiUrl, this.#truths, random)) >= system.microscopes.length;
    });
    await this.#patiently(ordered);
    const sessions = await this.#sessions(system);
    // Results come after the micrographs, decisions after the results, instructions after the decisions.
    for (let round = 1; round <= 2; round++) {
      for (const microscope of system.microscopes) await this.#patiently(settle(microscope, round));
      await pipelines.advanceTo(Math.max(...this.#clocks) + 24 * 3_600_000);
      const sum = (of: (session: SoakedSession) => number): number =>
        sessions.reduce((total, session) => total + of(session), 0);
      const heard = pipelines.settled({
        gridSquares: sum(({ written }) => written.gridSquares.size),
        foilHoles: sum(({ written }) => written.foilHoles.size),
        micrographs: sum(({ written }) => written.micrographs.size),
      });
      await this.#patiently(within("the pipelines have heard of everything", heard));
      await this.#patiently(until("messages are applied, decisions made, instructions answered", () => isAtRest(pool)));
    }
    const completed = until("complete sessions are said to be", async () => {
      return (await areCompleted(pool, sessions)) && (await isAtRest(pool));
    });
    await this.#patiently(completed);
    const mustBeSome = this.#options.minutes >= TELLING_MINUTES;
    const controls = this.#controls(sessions);
    const verify = async (): Promise<VerificationComparison> =>
      compareVerifications(await toldInstructions(pool), this.#forgotten, controls, mustBeSome);
    // Each agent looks at Athena's record now and then.
    const verified = until("orders are verified", async () => (await verify()).missing === 0);
    await this.#patiently(verified);
    const verifications = await verify();
    const facts = await compareFacts(pool, sessions);
    const held = new Map<string, Awaited<ReturnType<typeof heldDecisions>>>();
    for (const [index, { athenaPort }] of this.#microscopeOptions.entries()) {
      held.set(agentIdOf(index), await heldDecisions(`http://127.0.0.1:${athenaPort}`));
    }
    this.#failures.push(...(await deadLetterFailures(pool)));
    const told = await toldInstructions(pool);
    const instructions = compareInstructions({
      told,
      forgotten: this.#forgotten,
      forgetful: new Set(this.#statesLostAt.keys()),
      sessions,
      held,
      mustBeSome,
    });
    return {
      faults: this.#agenda?.counts ?? new Map(),
      sessions: sessions.length,
      entities: facts.entities,
      fields: facts.fields,
      instructions: instructions.instructions,
      carriedOut: instructions.carriedOut,
      verifications: verifications.verifications,
      followed: verifications.followed,
      differences: [...facts.differences, ...instructions.differences, ...verifications.differences],
      failures: this.#failures,
    };
  }

  #controls(sessions: readonly SoakedSession[]): SoakedControl[] {
    return this.#microscopeOptions.map((options, index) => {
      const agentId = agentIdOf(index);
      const own = sessions.filter((session) => session.agentId === agentId);
      return {
        agentId,
        athena: readAthenaHistory(athenaJournalOf(options)),
        acquired: new Map(own.map(({ truth, acquired }) => [String(truth.sessionId), acquired])),
        stateLostAtMs: this.#statesLostAt.get(agentId) ?? null,
      };
    });
  }

  /** What does not come about is a failure; the comparison then shows what is missing. */
  async #patiently(work: Promise<unknown>): Promise<void> {
    await work.catch((thrown: unknown) => this.#failures.push(messageOf(thrown)));
  }

  #openPool(system: SoakedSystem): Pool {
    const config = this.#services?.database ?? embeddedDatabase(system.dataDir);
    const pool = openPool(config, silentLogger);
    this.#endings.push(() => pool.end());
    return pool;
  }

  async #sessions(system: SoakedSystem): Promise<SoakedSession[]> {
    const sessions: SoakedSession[] = [];
    for (const [index] of system.microscopes.entries()) {
      const options = this.#microscopeOptions[index];
      for (let number = 1; options !== undefined && number <= (this.#finished.get(index) ?? 0); number++) {
        const { dir, logFile } = visitOf(options, number);
        const microscope = await recallMicroscope(dir, logFile);
        if (microscope === null) throw new Error(`${logFile} is missing`);
        sessions.push({
          dir,
          agentId: agentIdOf(index),
          truth: microscope.truth,
          written: microscope.wrote,
          acquired: microscope.acquired,
        });
      }
    }
    return sessions;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    for (const end of this.#endings.reverse()) await end();
  }
}

function agentIdOf(index: number): string {
  return `agent-${index + 1}`;
}

/** Waits until an agent has nothing left to do; the files that it then knows are those that are there. */
async function settle({ agent, watched }: SoakedMicroscope, round: number): Promise<void> {
  const answer = await agent.ask({ settle: round }, ({ settled }) => settled === round, SETTLE_TIMEOUT_MS);
  const { files } = answer.status as AgentStatus;
  const known = Object.values(files)
    .flatMap((states) => Object.values(states))
    .reduce((sum, count) => sum + count, 0);
  const there = readdirSync(watched, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  if (known === there.length) return;
  throw new SmartemError("soak_files_differ", 500, `${agent.name} knows ${known} files; there are ${there.length}.`);
}

async function isUp(apiUrl: string): Promise<boolean> {
  return fetch(`${apiUrl}/health`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}

async function isAtRest(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ left: number }>(
    `select (select count(*) from inbox where status in ('ready', 'parked')) + (select count(*) from decision_requests)
       + (select count(*) from instructions i where ${IS_OPEN}) as left`,
  );
  return rows[0]?.left === 0;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + SETTLE_TIMEOUT_MS;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > end) throw stuck(what);
    await delay(100);
  }
}

async function within<T>(what: string, work: Promise<T>): Promise<T> {
  const timeout = new AbortController();
  try {
    return await Promise.race([
      work,
      delay(SETTLE_TIMEOUT_MS, timeout.signal).then(() => {
        throw stuck(what);
      }),
    ]);
  } finally {
    timeout.abort();
  }
}

function stuck(what: string): SmartemError {
  return new SmartemError("soak_stuck", 500, `It did not come about within ${SETTLE_TIMEOUT_MS / 1_000} s: ${what}.`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
