import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  APPLICATION_DIR,
  type EmbeddedPostgresHarness,
  embeddedPostgresHarness,
  failureOf,
  query,
} from "../testing/embedded-postgres-harness.js";
import { installedNativeDir } from "./postgres-binaries.js";
import { isRoot, mayEnter, unprivilegedUser } from "./run-user.js";

// Copies of whole installations, on busy disks.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const asRoot = isRoot();
const nobody = asRoot ? await unprivilegedUser() : { uid: 0, gid: 0 };
const canRunAsNobody = asRoot && (await mayEnter(APPLICATION_DIR, nobody));

let harness: EmbeddedPostgresHarness;
let dataDir: string;

beforeEach(() => {
  harness = embeddedPostgresHarness();
  dataDir = join(harness.dir, "data");
});
afterEach(() => harness.cleanUp());

/** The installed package without what its install script adds. */
function packageWithoutLinks(): string {
  const nativeDir = join(harness.dir, "package", "native");
  cpSync(installedNativeDir(), nativeDir, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !/\.a$/.test(source),
  });
  for (const entry of readdirSync(join(nativeDir, "lib"), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(nativeDir, "lib", entry.name));
  }
  expect(existsSync(join(nativeDir, "lib", "libpq.so.5"))).toBe(false);
  return nativeDir;
}

describe("installed binaries", () => {
  it("without their library links get them where they are", async () => {
    const nativeDir = packageWithoutLinks();
    const server = await harness.start({ dataDir, nativeDir });
    expect(readFileSync(`/proc/${server.pid}/cmdline`, "utf8")).toContain(nativeDir);
    expect(existsSync(join(nativeDir, "lib", "libpq.so.5"))).toBe(true);
  });

  it("that are no binaries of this machine are refused with the reason", async () => {
    const nativeDir = packageWithoutLinks();
    writeFileSync(join(nativeDir, "bin", "postgres"), "\x7fELF broken");
    const clusterRoot = join(harness.dir, "lib");
    const error = await failureOf(harness.start({ dataDir, nativeDir, clusterRoot }));
    expect(error).toMatchObject({ code: "postgres_binaries_unusable" });
  });
});

describe.skipIf(!asRoot)("as root", () => {
  it("PostgreSQL runs as nobody, who owns the cluster and nothing else", async () => {
    const server = await harness.start({ dataDir });
    expect(statSync(`/proc/${server.pid}`).uid).toBe(nobody.uid);
    expect(statSync(join(dataDir, "pgdata"))).toMatchObject({ uid: nobody.uid, gid: nobody.gid });
    expect(statSync(dataDir).uid).toBe(0);
    expect(statSync(join(dataDir, "postgres-password")).uid).toBe(0);
    expect(readFileSync(`/proc/${server.pid}/status`, "utf8")).toMatch(/^Groups:\s*$/m);
  });

  describe("with a data folder beneath one that only root may enter", () => {
    let clusterRoot: string;

    beforeEach(() => {
      clusterRoot = join(harness.dir, "lib");
      const locked = join(harness.dir, "locked");
      mkdirSync(locked, { mode: 0o700 });
      dataDir = join(locked, "data");
    });

    it("the cluster is kept elsewhere, and the data folder always finds it", async () => {
      const first = await harness.start({ dataDir, clusterRoot });
      expect(first.clusterDir.startsWith(clusterRoot)).toBe(true);
      expect(readFileSync(join(dataDir, "cluster-location"), "utf8").trim()).toBe(join(first.clusterDir, ".."));
      await query(first, "CREATE TABLE squares AS SELECT 1 AS id");
      await first.stop();
      const moved = join(harness.dir, "locked", "moved");
      renameSync(dataDir, moved);
      const second = await harness.start({ dataDir: moved, clusterRoot });
      expect(second.clusterDir).toBe(first.clusterDir);
      expect(await query(second, "SELECT id FROM squares")).toEqual([{ id: 1 }]);
    });

    it("a copied data folder cannot start a second server on the cluster", async () => {
      const first = await harness.start({ dataDir, clusterRoot });
      cpSync(dataDir, join(harness.dir, "copy"), { recursive: true });
      const error = await failureOf(harness.start({ dataDir: join(harness.dir, "copy"), clusterRoot }));
      expect(error).toMatchObject({ code: "database_in_use" });
      expect(await query(first, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    });

    it("an emptied data folder begins anew and the old cluster stays", async () => {
      const first = await harness.start({ dataDir, clusterRoot });
      await first.stop();
      rmSync(dataDir, { recursive: true });
      const second = await harness.start({ dataDir, clusterRoot });
      expect(second.clusterDir).not.toBe(first.clusterDir);
      expect(existsSync(first.clusterDir)).toBe(true);
    });

    it("a cluster that got lost is not silently replaced by an empty one", async () => {
      const first = await harness.start({ dataDir, clusterRoot });
      await first.stop();
      rmSync(join(first.clusterDir, ".."), { recursive: true });
      expect(await failureOf(harness.start({ dataDir, clusterRoot }))).toMatchObject({ code: "cluster_missing" });
    });

    it("a place that nobody may enter either is refused", async () => {
      const error = await failureOf(harness.start({ dataDir, clusterRoot: join(harness.dir, "locked", "lib") }));
      expect(error).toMatchObject({ code: "data_dir_unreachable" });
    });

    it("binaries that only root may read run from one copy for all clusters", async () => {
      const nativeDir = packageWithoutLinks();
      chmodSync(join(harness.dir, "package"), 0o700);
      const options = { clusterRoot, nativeDir };
      const servers = await Promise.all([
        harness.start({ ...options, dataDir }),
        harness.start({ ...options, dataDir: join(harness.dir, "second") }),
      ]);
      for (const server of servers) {
        expect(readFileSync(`/proc/${server.pid}/cmdline`, "utf8").startsWith(join(clusterRoot, "postgresql-"))).toBe(
          true,
        );
        expect(await query(server, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
      }
      expect(readdirSync(clusterRoot).filter((name) => name.startsWith("postgresql-"))).toHaveLength(1);
    });
  });

  it("a cluster that root owns is refused", async () => {
    mkdirSync(join(dataDir, "pgdata"), { recursive: true });
    expect(await failureOf(harness.start({ dataDir }))).toMatchObject({ code: "cluster_of_another_user" });
  });

  describe("on a small disk", () => {
    async function withSmallDisk(size: string, use: (disk: string) => Promise<void>): Promise<void> {
      const disk = join(harness.dir, "disk");
      mkdirSync(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=755`, "none", disk]);
      try {
        await use(disk);
      } finally {
        await harness.stopAll();
        execFileSync("umount", [disk]);
      }
    }

    it("a first start says that the disk is full and leaves nothing on it", () =>
      withSmallDisk("20m", async (disk) => {
        expect(await failureOf(harness.start({ dataDir: join(disk, "data") }))).toMatchObject({ code: "disk_full" });
        expect(readdirSync(join(disk, "data")).filter((name) => name.startsWith("pgdata"))).toEqual([]);
      }));

    it("a start on a disk that filled up says so, and works when there is space again", () =>
      withSmallDisk("120m", async (disk) => {
        const server = await harness.start({ dataDir: join(disk, "data") });
        await server.stop();
        expect(() => {
          for (;;) writeFileSync(join(disk, "filler"), Buffer.alloc(4_096), { flag: "a" });
        }).toThrow("ENOSPC");
        expect(await failureOf(harness.start({ dataDir: join(disk, "data") }))).toMatchObject({ code: "disk_full" });
        rmSync(join(disk, "filler"));
        await harness.start({ dataDir: join(disk, "data") });
      }));
  });
});

describe.skipIf(!canRunAsNobody)("as an ordinary user", () => {
  function ownedFolder(name: string, owner = nobody): string {
    const dir = join(harness.dir, name);
    mkdirSync(dir);
    chownSync(dir, owner.uid, owner.gid);
    return dir;
  }

  it("PostgreSQL runs as that user, whom the cluster belongs to", async () => {
    const dir = ownedFolder("mine");
    const { started } = await harness.startApplication({ dataDir: join(dir, "data") }, nobody);
    if (started === undefined) throw new Error("not started");
    expect(statSync(`/proc/${started.pid}`).uid).toBe(nobody.uid);
    expect(statSync(join(dir, "data", "postgres-password"))).toMatchObject({ uid: nobody.uid });
    expect(await query(started, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("the cluster may be started by root later, and by the user again", async () => {
    const dir = ownedFolder("mine");
    const first = await harness.startApplication({ dataDir: join(dir, "data") }, nobody);
    first.process.stdin?.end();
    await new Promise((resolve) => first.process.once("exit", resolve));
    const byRoot = await harness.start({ dataDir: join(dir, "data") });
    await byRoot.stop();
    const { started } = await harness.startApplication({ dataDir: join(dir, "data") }, nobody);
    expect(started).toBeDefined();
  });

  it("a read-only installation without library links runs from a copy in the data folder", async () => {
    const nativeDir = packageWithoutLinks();
    const dir = ownedFolder("mine");
    const { started } = await harness.startApplication({ dataDir: join(dir, "data"), nativeDir }, nobody);
    if (started === undefined) throw new Error("not started");
    expect(readFileSync(`/proc/${started.pid}/cmdline`, "utf8").startsWith(join(dir, "data", "postgresql-"))).toBe(
      true,
    );
    expect(existsSync(join(nativeDir, "lib", "libpq.so.5"))).toBe(false);
  });

  it("a data folder that may not be written is refused with a sentence", async () => {
    const absent = await harness.startApplication({ dataDir: join(harness.dir, "roots", "data") }, nobody);
    expect(absent.failed).toMatchObject({ code: "data_dir_not_writable" });
    mkdirSync(dataDir);
    const present = await harness.startApplication({ dataDir }, nobody);
    expect(present.failed).toMatchObject({ code: "data_dir_not_writable" });
    expect(present.failed?.message).toContain("permission denied");
  });

  it("another user's cluster is refused with that user's id", async () => {
    const server = await harness.start({ dataDir });
    await server.stop();
    const daemon = { uid: 1, gid: 1 };
    const { failed } = await harness.startApplication({ dataDir }, daemon);
    expect(failed).toMatchObject({ code: "cluster_of_another_user" });
    expect(failed?.message).toContain(String(nobody.uid));
  });

  it("a user id that no user database knows is refused with the reason", async () => {
    const unknown = { uid: 54_321, gid: 54_321 };
    const dir = ownedFolder("mine", unknown);
    const { failed } = await harness.startApplication({ dataDir: join(dir, "data") }, unknown);
    expect(failed).toMatchObject({ code: "postgres_user_unknown" });
    expect(failed?.message).toContain("54321");
  });
});
