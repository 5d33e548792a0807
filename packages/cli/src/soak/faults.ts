import { execFile } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import { promisify } from "node:util";
import { backUp, restore } from "@smartem/backend/administration/backup";
import { openForAdministration } from "@smartem/backend/administration/database";
import { type DatabaseConfig, openPool, type Pool } from "@smartem/backend/database/connection";
import { messageOf } from "@smartem/common/errors";
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
  /** Between the agent and Athena. */
  readonly athenaNetwork: CuttableProxy;
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
  /** As programs that are killed and started again: they know nothing of what they have sent. */
  readonly restartPipelines: () => Promise<void>;
}

export interface Fault {
  /** Of one kind are those that befall the same parts of different microscopes. */
  readonly kind: string;
  /** Of which microscope. */
  readonly microscope?: number;
  /** What no other fault is to befall meanwhile. */
  readonly targets: readonly string[];
  /** The half of a run in which alone it befalls it. */
  readonly half?: 1 | 2;
  /** Breaks something, waits, and mends it. Says whether there was something to break. */
  befall(random: RandomStream): Promise<boolean>;
}

const run = promisify(execFile);
const MINUTE_MS = 60_000;
/** Every file may grow to this size, and no further: a disk on which there is just no room. */
const FULL_AT_BYTES = 8_192;
const DATABASE_ATTEMPTS = 20;
const NOTICEABLE_WAITS = 100;
const INTERRUPTIONS = ["cut", "silent", "unanswered"] as const;
const CHANGE_WITHIN_MS = 10_000;

/** Everything that can go wrong in the system. */
export function faultsOf(system: SoakedSystem): Fault[] {
  const faults: Fault[] = system.microscopes.flatMap((microscope, index) =>
    faultsOfMicroscope(microscope, index + 1).map((fault) => ({ ...fault, microscope: index + 1 })),
  );
  for (const part of system.backend) {
    faults.push(
      restart(`kill ${part.name}`, part, ["backend"], () => part.kill()),
      restart(`stop ${part.name}`, part, ["backend"], () => part.stop()),
      clockJump(`clock of ${part.name} jumps`, part, ["backend"]),
    );
  }
  // With a broker they only read from the API.
  const interruptions = system.services === null ? INTERRUPTIONS : (["cut", "silent"] as const);
  faults.push(
    ...faultsOfNetwork("network of pipelines", system.pipelineNetwork, ["network of pipelines"], interruptions),
  );
  faults.push(databasePutBack(system), {
    kind: "kill pipelines",
    targets: ["pipelines"],
    befall: () => system.restartPipelines().then(() => true),
  });
  const { services } = system;
  if (services === null) {
    const postmaster = (): number => embeddedPostmaster(system.dataDir);
    faults.push(
      {
        kind: "kill database",
        targets: ["backend"],
        befall: async () => killNow(postmaster()),
      },
      {
        kind: "database's disk full",
        targets: ["backend"],
        befall: (random) => fillDisk(withChildren(postmaster()), between(random, 500, 3_000)),
      },
    );
  } else {
    const { restart } = services;
    faults.push(
      ...faultsOfNetwork("network of database", services.databaseNetwork, ["services"]),
      ...faultsOfNetwork("network of broker", services.brokerNetwork, ["services"]),
      { kind: "end database connections", targets: ["services"], befall: () => services.endDatabaseConnections() },
      { kind: "end broker connections", targets: ["services"], befall: () => services.endBrokerConnections() },
    );
    if (restart !== null) {
      faults.push(
        { kind: "restart database", targets: ["services"], befall: () => restart("postgres") },
        { kind: "restart broker", targets: ["services"], befall: () => restart("rabbitmq") },
      );
    }
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
    kind: "database put back to an earlier state",
    targets: ["backend", "services", "pipelines"],
    half: 1,
    async befall(random) {
      const pool = openPool(database ?? embeddedDatabase(dataDir), silentLogger);
      try {
        await insistently(() => backUp(pool, backupFile, { replace: true }));
        const last = await lastEvent(pool);
        await delay(between(random, 2_000, 10_000));
        for (let waits = 0; !(await isNoticeable(pool, last)); waits++) {
          if (waits === NOTICEABLE_WAITS) return false;
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
      // What they have told a database that was put back, they have to tell it again.
      await system.restartPipelines();
      return true;
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
  const tree = (kind: string, change: (random: RandomStream) => Undo | null): Fault => ({
    kind,
    targets: [own("microscope")],
    async befall(random) {
      await part.ask("pause", (answer) => answer.paused === true, MINUTE_MS);
      const undo = change(random);
      await delay(between(random, 200, 3_000));
      undo?.();
      part.send("resume");
      return undo !== null;
    },
  });
  return [
    restart("kill agent", agent, [own("agent")], () => agent.kill()),
    restart("stop agent", agent, [own("agent")], () => agent.stop()),
    clockJump("clock of agent jumps", agent, [own("agent")]),
    {
      kind: "agent's disk full",
      targets: [own("agent")],
      befall: (random) => fillDisk(agent.pid === null ? [] : [agent.pid], between(random, 500, 4_000)),
    },
    {
      ...restart("agent's state folder lost", agent, [own("agent")], async () => {
        await agent.kill();
        rmSync(stateFolder, { recursive: true, force: true });
        onStateLost();
      }),
      half: 2,
    },
    restart("kill microscope", part, [own("microscope")], () => part.kill()),
    ...faultsOfNetwork("network of agent", microscope.network, [own("network")]),
    ...faultsOfNetwork("network of Athena", microscope.athenaNetwork, [own("Athena's network")]),
    {
      kind: "rename a folder while the agent is down",
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
        return undo !== null;
      },
    },
    tree("rename a folder", (random) => renameFolder(watched, random)),
    tree("truncate a file", (random) => truncateFile(watched, random)),
    tree("lock a file", (random) => lockFile(watched, aside, random)),
    tree("remove a file", (random) => removeFile(watched, aside, random)),
  ];
}

function faultsOfNetwork(
  which: string,
  network: CuttableProxy,
  targets: readonly string[],
  interruptions: readonly (typeof INTERRUPTIONS)[number][] = INTERRUPTIONS,
): Fault[] {
  return interruptions.map((passage) => ({
    kind: `${which} ${passage}`,
    targets,
    async befall(random) {
      const before = network.interrupted;
      network.set(passage);
      // Answers are lost from the next change on.
      const endMs = performance.now() + CHANGE_WITHIN_MS;
      while (passage === "unanswered" && network.interrupted === before && performance.now() < endMs) await delay(50);
      await delay(between(random, 200, 8_000));
      network.set("open");
      return network.interrupted > before;
    },
  }));
}

function restart(kind: string, part: Part, targets: readonly string[], end: () => Promise<void>): Fault {
  return {
    kind,
    targets,
    async befall(random) {
      const ran = part.pid !== null;
      await end();
      await delay(between(random, 0, 2_500));
      await part.start();
      return ran;
    },
  };
}

/** Up to two days forwards or backwards; it comes back, at once or after a while, as a clock that was set wrong does. */
function clockJump(kind: string, part: Part, targets: readonly string[]): Fault {
  return {
    kind,
    targets,
    async befall(random) {
      const jumpMs = Math.exp(between(random, Math.log(1_000), Math.log(2 * 24 * 60 * MINUTE_MS)));
      const jumped = part.shiftClock(random.chance(0.5) ? jumpMs : -jumpMs);
      await delay(between(random, 500, 6_000));
      part.shiftClock(0);
      return jumped;
    },
  };
}

function between(random: RandomStream, least: number, most: number): number {
  return least + random.uniform() * (most - least);
}

/** Kills a process; one that has ended meanwhile is left alone: a database that was killed just now, for instance. */
function killNow(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
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

/** The disk of processes is full for a while. @returns false where all of them have ended already */
async function fillDisk(pids: readonly number[], forMs: number): Promise<boolean> {
  const limited = await limitFiles(pids, String(FULL_AT_BYTES));
  await delay(forMs);
  await limitFiles(pids, "unlimited");
  return limited > 0;
}

/** How large files may become that processes write. @returns of how many; those that have ended meanwhile are passed over */
async function limitFiles(pids: readonly number[], bytes: string): Promise<number> {
  const limited = await Promise.all(
    pids.map(async (pid) => {
      // Even root may not limit what runs as another user, as the embedded database does, where it has not all of its powers.
      const { uid, gid } = statSync(`/proc/${pid}`, { throwIfNoEntry: false }) ?? {};
      if (uid === undefined) return false;
      const env = { ...process.env, LC_ALL: "C" };
      try {
        await run("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`], { env, uid, gid });
        return true;
      } catch (thrown) {
        if (/No such process/.test(messageOf(thrown))) return false;
        throw thrown;
      }
    }),
  );
  return limited.filter(Boolean).length;
}
