import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { promisify } from "node:util";
import { backUp, restore } from "@smartem/backend/administration/backup";
import { openForAdministration } from "@smartem/backend/administration/database";
import { type DatabaseConfig, openPool, type Pool } from "@smartem/backend/database/connection";
import { silentLogger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { RandomStream } from "@smartem/simulator/random";
import { type ToldInstruction, toldInstructions } from "./compare-instructions.js";
import type { CuttableProxy } from "./cuttable-proxy.js";
import { embeddedDatabase, embeddedPostmaster } from "./embedded-database.js";
import type { Part } from "./part.js";
import type { SoakServices } from "./services.js";
import { lockFile, removeFile, renameFolder, truncateFile, type Undo } from "./tree-chaos.js";

export interface SoakedMicroscope {
  readonly part: Part;
  readonly agent: Part;
  /** Between the agent and the API. */
  readonly network: CuttableProxy;
  readonly watched: string;
  /** Outside of the watched tree. */
  readonly aside: string;
  /** The agent's. */
  readonly stateFolder: string;
  /** Called while the agent is down and has no state folder any more. */
  readonly onStateLost: () => void;
}

/** The system under test. */
export interface SoakedSystem {
  readonly microscopes: readonly SoakedMicroscope[];
  readonly backend: readonly Part[];
  /** Between the pipelines and the API. */
  readonly pipelineNetwork: CuttableProxy;
  readonly services: SoakServices | null;
  readonly dataDir: string;
  readonly backupFile: string;
  /** Called while the backend is down and its database is put back, with what was told until now. */
  readonly onPutBack: (told: readonly ToldInstruction[]) => void;
  /** Called when the backend is up again after that. */
  readonly afterPutBack: () => Promise<void>;
}

export interface Fault {
  readonly name: string;
  /** What no other fault is to befall meanwhile. */
  readonly targets: readonly string[];
  /** The half of a run in which alone it befalls it. */
  readonly half?: 1 | 2;
  /** Whether it befalls every run. */
  readonly isCertain?: boolean;
  /** Breaks something, waits, and mends it. */
  befall(random: RandomStream): Promise<void>;
}

const run = promisify(execFile);
const MINUTE_MS = 60_000;
/** Every file may grow to this size, and no further: a disk on which there is just no room. */
const FULL_AT_BYTES = 8_192;
const DATABASE_ATTEMPTS = 20;
const NOTICEABLE_WAITS = 100;

/** Everything that can go wrong in the system. */
export function faultsOf(system: SoakedSystem): Fault[] {
  const faults: Fault[] = system.microscopes.flatMap((microscope, index) => faultsOfMicroscope(microscope, index + 1));
  for (const part of system.backend) {
    faults.push(
      restart(`kill ${part.name}`, part, ["backend"], () => part.kill()),
      restart(`stop ${part.name}`, part, ["backend"], () => part.stop()),
      clockJump(part, ["backend"]),
    );
  }
  faults.push(...faultsOfNetwork("pipelines", system.pipelineNetwork));
  faults.push(databasePutBack(system));
  const { services } = system;
  if (services === null) {
    const postmaster = (): number => embeddedPostmaster(system.dataDir);
    faults.push(
      {
        name: "kill database",
        targets: ["backend"],
        befall: async () => killNow(postmaster()),
      },
      {
        name: "database's disk full",
        targets: ["backend"],
        async befall(random) {
          const pids = withChildren(postmaster());
          await limitFiles(pids, String(FULL_AT_BYTES));
          await delay(between(random, 500, 3_000));
          await limitFiles(pids, "unlimited");
        },
      },
    );
  } else {
    faults.push(
      { name: "restart database", targets: ["services"], befall: () => services.restartDatabase() },
      { name: "cut database connections", targets: ["services"], befall: () => services.cutDatabaseConnections() },
      { name: "restart broker", targets: ["services"], befall: () => services.restartBroker() },
      { name: "cut broker connections", targets: ["services"], befall: () => services.cutBrokerConnections() },
    );
  }
  return faults;
}

/**
 * An administrator's backup, and later, when much has been confirmed since, its restoration. Agents notice it by what was new:
 * of a session of which only changes were confirmed meanwhile, or that a journal begun anew has just taken over, they don't.
 */
function databasePutBack(system: SoakedSystem): Fault {
  const { backend, services, dataDir, backupFile } = system;
  const database: DatabaseConfig | null = services?.database ?? null;
  return {
    name: "database put back to an earlier state",
    targets: ["backend", "services"],
    half: 1,
    isCertain: true,
    async befall(random) {
      const pool = openPool(database ?? embeddedDatabase(dataDir), silentLogger);
      try {
        await insistently(() => backUp(pool, backupFile, { replace: true }));
        const last = await lastEvent(pool);
        await delay(between(random, 2_000, 10_000));
        for (let waits = 0; !(await isNoticeable(pool, last)); waits++) {
          if (waits === NOTICEABLE_WAITS) return;
          await delay(200);
        }
      } finally {
        await pool.end();
      }
      for (const part of backend) await part.stop();
      const administered = await openForAdministration({ database, dataDir }, silentLogger);
      try {
        system.onPutBack(await toldInstructions(administered.pool));
        await restore(administered.pool, backupFile, { replace: true });
      } finally {
        await administered.close();
      }
      for (const part of backend) await part.start();
      await system.afterPutBack();
    },
  };
}

async function lastEvent(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>("select coalesce(max(id), 0)::text as id from events");
  return rows[0]?.id ?? "0";
}

/** Whether something has changed since an event, and of each session that has something is new. */
async function isNoticeable(pool: Pool, event: string): Promise<boolean> {
  const { rows } = await pool.query<{ is_new: boolean }>(
    `select bool_or(event_type like '%.created') as is_new from events
     where id > $1 and event_type ~ '^(acquisition|grid|gridsquare|foilhole|micrograph)[.](created|updated)$'
     group by acquisition_uuid`,
    [event],
  );
  return rows.length > 0 && rows.every((row) => row.is_new);
}

/** A database that was broken just now may take a while. */
async function insistently(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (thrown) {
      if (attempt === DATABASE_ATTEMPTS) throw thrown;
      await delay(1_000);
    }
  }
}

function faultsOfMicroscope(microscope: SoakedMicroscope, number: number): Fault[] {
  const { part, agent, watched, aside, stateFolder, onStateLost } = microscope;
  const own = (what: string): string => `${what}-${number}`;
  const tree = (name: string, change: (random: RandomStream) => Undo | null): Fault => ({
    name: `${name} (microscope ${number})`,
    targets: [own("microscope")],
    async befall(random) {
      await part.ask("pause", (answer) => answer.paused === true, MINUTE_MS);
      const undo = change(random);
      await delay(between(random, 200, 3_000));
      undo?.();
      part.send("resume");
    },
  });
  return [
    restart(`kill ${agent.name}`, agent, [own("agent")], () => agent.kill()),
    restart(`stop ${agent.name}`, agent, [own("agent")], () => agent.stop()),
    clockJump(agent, [own("agent")]),
    {
      name: `${agent.name}'s disk full`,
      targets: [own("agent")],
      async befall(random) {
        const { pid } = agent;
        if (pid === null) return;
        await limitFiles([pid], String(FULL_AT_BYTES));
        await delay(between(random, 500, 4_000));
        await limitFiles([pid], "unlimited");
      },
    },
    {
      ...restart(`${agent.name}'s state folder lost`, agent, [own("agent")], async () => {
        await agent.kill();
        rmSync(stateFolder, { recursive: true, force: true });
        onStateLost();
      }),
      half: 2,
      isCertain: number === 1,
    },
    restart(`kill ${part.name}`, part, [own("microscope")], () => part.kill()),
    ...faultsOfNetwork(agent.name, microscope.network),
    {
      name: `rename a folder while ${agent.name} is down`,
      targets: [own("microscope"), own("agent")],
      async befall(random) {
        await part.ask("pause", (answer) => answer.paused === true, MINUTE_MS);
        await agent.kill();
        const undo = renameFolder(watched, random);
        await agent.start();
        await delay(between(random, 500, 3_000));
        // What it has seen of the other name is not to stay.
        await agent.kill();
        undo?.();
        await agent.start();
        part.send("resume");
      },
    },
    tree("rename a folder", (random) => renameFolder(watched, random)),
    tree("truncate a file", (random) => truncateFile(watched, random)),
    tree("lock a file", (random) => lockFile(watched, aside, random)),
    tree("remove a file", (random) => removeFile(watched, aside, random)),
  ];
}

function faultsOfNetwork(whose: string, network: CuttableProxy): Fault[] {
  return (["cut", "silent"] as const).map((passage) => ({
    name: `network of ${whose} ${passage}`,
    targets: [`network of ${whose}`],
    async befall(random) {
      network.set(passage);
      await delay(between(random, 200, 8_000));
      network.set("open");
    },
  }));
}

function restart(name: string, part: Part, targets: readonly string[], end: () => Promise<void>): Fault {
  return {
    name,
    targets,
    async befall(random) {
      await end();
      await delay(between(random, 0, 2_500));
      await part.start();
    },
  };
}

/** Up to two days forwards or backwards; it comes back, at once or after a while, as a clock that was set wrong does. */
function clockJump(part: Part, targets: readonly string[]): Fault {
  return {
    name: `clock of ${part.name} jumps`,
    targets,
    async befall(random) {
      const jumpMs = Math.exp(between(random, Math.log(1_000), Math.log(2 * 24 * 60 * MINUTE_MS)));
      part.shiftClock(random.chance(0.5) ? jumpMs : -jumpMs);
      await delay(between(random, 500, 6_000));
      part.shiftClock(0);
    },
  };
}

function between(random: RandomStream, least: number, most: number): number {
  return least + random.uniform() * (most - least);
}

/** Kills a process; one that has ended meanwhile is left alone: a database that was killed just now, for instance. */
function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A process and its children; none where it has ended meanwhile, as another fault may see to. */
function withChildren(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return [pid, ...children.trim().split(/\s+/).filter(Boolean).map(Number)];
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

/** How large files may become that processes write; those that have ended meanwhile are passed over. */
async function limitFiles(pids: readonly number[], bytes: string): Promise<void> {
  await Promise.all(pids.map((pid) => run("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]).catch(() => null)));
}
