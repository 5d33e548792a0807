import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Acquisition } from "../api/additions.js";
import {
  durationOf,
  filterFromQuery,
  filterSessions,
  filterToQuery,
  imagedShare,
  isFiltering,
  NO_FILTER,
  quietFor,
  type SessionRow,
  sessionCells,
  sessionRows,
} from "./session-row.js";

const acquisition = (changes: Partial<Acquisition>): Acquisition => ({
  uuid: "a",
  name: "Apoferritin",
  status: "started",
  start_time: "2026-03-02T08:00:00Z",
  end_time: null,
  paused_time: null,
  storage_path: null,
  atlas_path: null,
  clustering_mode: null,
  clustering_radius: null,
  instrument_model: "Titan Krios",
  instrument_id: "Krios 1",
  computer_name: "PC",
  ...changes,
});

const rows = (...changes: Partial<Acquisition>[]): SessionRow[] => sessionRows(changes.map(acquisition), [], {});

test("a session lasts until now while it goes on, else until its end or its last sign of life", () => {
  const start = Date.parse("2026-03-02T08:00:00Z");
  const [now, lastSign] = [start + 100 * 3_600_000, start + 6 * 3_600_000];
  const course = (status: SessionRow["status"], changes: Partial<SessionRow> = {}) => ({
    ...{ status, startedAt: start, endedAt: null, lastSignAt: lastSign, ...changes },
  });
  for (const status of ["started", "paused", "completed", "abandoned", null] as const)
    expect(durationOf(course(status), now)).toBe(lastSign - start);
  for (const status of ["started", "paused"] as const) {
    expect(durationOf(course(status, { lastSignAt: now - 60_000 }), now)).toBe(now - start);
    expect(durationOf(course(status, { endedAt: start + 1 }), now)).toBe(1);
  }
  expect(durationOf(course("planned", { lastSignAt: start }), now)).toBeNull();
  expect(durationOf(course("started", { startedAt: null }), now)).toBeNull();
});

test("the table of sessions says what the list says: quiet, how long it lasted, and until when something came of it", () => {
  const start = Date.parse("2026-03-02T08:00:00Z");
  const throughput = {
    ...{ acquisition_uuid: "a", micrograph_count: 5, judged_count: 0, good_count: 0, good_per_hour: null },
    ...{ first_micrograph_at: "2026-03-02T09:00:00Z", last_micrograph_at: "2026-03-02T12:00:00Z" },
  };
  const cells = (now: number) =>
    sessionRows([acquisition({})], [], {}, { a: throughput }).map((row) => sessionCells(row, now))[0];
  const last_sign_at = "2026-03-02T12:00:00.000Z";
  expect(cells(start + 5 * 3_600_000)).toMatchObject({ status: "started", duration_h: 5, end: null, last_sign_at });
  expect(cells(start + 50 * 3_600_000)).toMatchObject({ status: "quiet", duration_h: 4, end: null, last_sign_at });
});

test("a session that nobody has ended is quiet three hours after its last sign of life", () => {
  const at = (time: string) => Date.parse(`2026-03-02T${time}:00Z`);
  const [begun] = rows({});
  const [ended] = rows({ status: "completed" });
  const throughput = {
    ...{ acquisition_uuid: "a", micrograph_count: 5, judged_count: 0, good_count: 0, good_per_hour: null },
    ...{ first_micrograph_at: "2026-03-02T09:00:00Z", last_micrograph_at: "2026-03-02T12:00:00Z" },
  };
  const [imaged] = sessionRows([acquisition({})], [], {}, { a: throughput });
  if (begun === undefined || ended === undefined || imaged === undefined) throw new Error("no row");
  expect(quietFor(begun, at("10:59"))).toBeNull();
  expect(quietFor(begun, at("11:30"))).toBe(3.5 * 3_600_000);
  expect(quietFor(imaged, at("14:59"))).toBeNull();
  expect(quietFor(imaged, at("16:00"))).toBe(4 * 3_600_000);
  expect(quietFor(ended, at("23:00"))).toBeNull();
});

describe("sessionRows", () => {
  test("a count that nobody has told is not known, and not zero", () => {
    const [row] = rows({});
    expect(row).toMatchObject({ grids: null, squares: null, holes: null, micrographs: null });
    expect(row).toMatchObject({ good: null, goodPerHour: null });
  });

  test("imaging has come as far as holes were imaged, however many micrographs each has", () => {
    const counts = {
      ...{ acquisition_uuid: "a", status: "started" as const, grid_count: 1, gridsquare_count: 2, foilhole_count: 100 },
      micrograph_count: 90,
    };
    const shareOf = (changes: { imaged_foilhole_count: number; foilhole_count?: number }): (number | null)[] =>
      sessionRows([acquisition({})], [], { a: { ...counts, ...changes } }).map(imagedShare);
    expect(shareOf({ imaged_foilhole_count: 30 })).toEqual([0.3]);
    expect(shareOf({ foilhole_count: 0, imaged_foilhole_count: 0 })).toEqual([null]);
  });

  test("micrographs of which none is judged are not said to be bad", () => {
    const brought = {
      acquisition_uuid: "a",
      micrograph_count: 5,
      judged_count: 0,
      good_count: 0,
      first_micrograph_at: null,
      last_micrograph_at: null,
      good_per_hour: null,
    };
    const goodOf = (changes: object) => {
      const [row] = sessionRows([acquisition({})], [], {}, { a: { ...brought, ...changes } });
      return [row?.good, row?.goodPerHour];
    };
    expect(goodOf({})).toEqual([null, null]);
    expect(goodOf({ judged_count: 5, good_per_hour: 0 })).toEqual([0, 0]);
  });

  test("what events tell is newer than what the lists said", () => {
    const [row] = sessionRows([acquisition({})], [{ acquisition_uuid: "a", grids_total: 1, grids_completed: 0 }], {
      a: {
        acquisition_uuid: "a",
        status: "paused",
        grid_count: 2,
        gridsquare_count: 5,
        foilhole_count: 9,
        imaged_foilhole_count: 0,
        micrograph_count: 0,
      },
    });
    expect(row).toMatchObject({ status: "paused", grids: 2, gridsDone: 0, squares: 5, holes: 9, micrographs: 0 });
  });
});

describe("filterSessions", () => {
  const NOW = Date.parse("2026-03-03T10:00:00Z");

  test("every word has to be found, in any of name, instrument and computer", () => {
    const all = rows({ uuid: "1", name: "Apo one" }, { uuid: "2", name: "Apo two", instrument_id: "Glacios" });
    expect(filterSessions(all, { ...NO_FILTER, text: "apo GLAC" }, NOW).map(({ uuid }) => uuid)).toEqual(["2"]);
  });

  test("a session is found under the status that it is shown with", () => {
    const all = rows(
      { uuid: "on", status: "started", start_time: "2026-03-01T12:00:00Z" },
      { uuid: "left", status: "started", start_time: "2026-02-01T12:00:00Z" },
      { uuid: "none", status: null },
    );
    const shownAs = (status: string): string[] =>
      filterSessions(all, { ...NO_FILTER, statuses: [status] }, Date.parse("2026-03-01T13:00:00Z")).map(
        ({ uuid }) => uuid,
      );
    expect([shownAs("started"), shownAs("quiet"), shownAs("unknown")]).toEqual([["on"], ["left"], ["none"]]);
  });

  test("a session counts for every day on which it ran", () => {
    const all = rows(
      { uuid: "1", start_time: "2026-03-01T12:00:00Z", end_time: "2026-03-03T12:00:00Z" },
      { uuid: "2", start_time: null },
    );
    const on = (from: string, to: string): string[] =>
      filterSessions(all, { ...NO_FILTER, from, to }, NOW).map(({ uuid }) => uuid);
    expect(on("2026-03-02", "2026-03-02")).toEqual(["1"]);
    expect(on("2026-03-05", "")).toEqual([]);
    expect(on("", "2026-02-27")).toEqual([]);
    expect(on("", "")).toEqual(["1", "2"]);
  });

  test("a session that nobody has ended counts until now, and until its last sign of life where it has fallen quiet", () => {
    const brought = (acquisition_uuid: string, last_micrograph_at: string) => ({
      ...{ acquisition_uuid, micrograph_count: 5, judged_count: 0, good_count: 0, good_per_hour: null },
      ...{ first_micrograph_at: "2026-03-01T18:30:00Z", last_micrograph_at },
    });
    const all = sessionRows(
      ["on", "rests", "quiet", "forgotten"].map((uuid, n) =>
        acquisition({ uuid, start_time: "2026-03-01T12:00:00Z", status: n % 2 === 0 ? "started" : "paused" }),
      ),
      [],
      {},
      Object.fromEntries(
        [
          brought("on", "2026-03-03T09:00:00Z"),
          brought("rests", "2026-03-03T09:00:00Z"),
          brought("quiet", "2026-03-02T09:00:00Z"),
          brought("forgotten", "2026-03-02T09:00:00Z"),
        ].map((throughput) => [throughput.acquisition_uuid, throughput]),
      ),
    );
    const since = (from: string): string[] => filterSessions(all, { ...NO_FILTER, from }, NOW).map(({ uuid }) => uuid);
    expect(since("2026-03-03")).toEqual(["on", "rests"]);
    expect(since("2026-03-02")).toEqual(["on", "rests", "quiet", "forgotten"]);
  });

  test("no filter leaves every session in its place", () => {
    const all = rows({ uuid: "2" }, { uuid: "1", status: null });
    expect(filterSessions(all, NO_FILTER, NOW)).toEqual(all);
    expect(isFiltering(NO_FILTER)).toBe(false);
  });
});

test.each(["garbage", "2026-13-01", "2026-1-1"])("%s is no day, and narrows nothing", (day) => {
  const filter = filterFromQuery(new URLSearchParams({ from: day, to: day }));
  expect(isFiltering(filter)).toBe(false);
});

test("a filter survives its way through an address", () => {
  const word = fc.string({ minLength: 1 }).filter((text) => !text.includes(",") && text.trim() !== "");
  const filter = fc.record(
    {
      text: fc.string(),
      statuses: fc.array(word),
      instruments: fc.array(word),
      from: fc.constantFrom("", "2026-01-02"),
      to: fc.constant(""),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(filter, (wanted) => {
      const address = new URLSearchParams(filterToQuery(wanted)).toString();
      expect(filterFromQuery(new URLSearchParams(address))).toEqual(wanted);
    }),
  );
});
