import { describe, expect, test } from "vitest";
import { type Sabotage, simulate } from "./fixtures/simulation.ts";

const slow = process.env.ARTESIAN_SLOW === "1";
const seeds = Number(process.env.ARTESIAN_SEEDS ?? (slow ? 5000 : 120));
const first = Number(process.env.ARTESIAN_SEED ?? 1);

describe("simulation: random worlds, crashes after any write, doubles, reordering, forgetful and late workers", () => {
  test(`${seeds} seeds give what a batch evaluation gives, nothing lost, nothing twice`, {
    timeout: Math.max(600_000, 500 * seeds),
  }, () => {
    let crashes = 0;
    for (let seed = first; seed < first + seeds; seed++) {
      const verdict = simulate(seed);
      expect(verdict.problems, `seed ${seed}: replay with ARTESIAN_SEED=${seed}`).toEqual([]);
      crashes += verdict.crashes;
    }
    expect(crashes).toBeGreaterThan(seeds);
  });

  test("a seed replays exactly", () => {
    expect(simulate(17)).toEqual(simulate(17));
  });
});

const bugs: Sabotage[] = [
  { name: "input offsets are not kept", swallowWrite: (sql) => sql.startsWith("INSERT INTO offsets") },
  { name: "group state is not kept", swallowWrite: (sql) => sql.startsWith("INSERT OR REPLACE INTO state") },
  { name: "event ids are not kept", swallowWrite: (sql) => sql.startsWith("INSERT INTO event_ids") },
  {
    name: "the end of a finished task is not kept",
    swallowWrite: (sql) => sql.startsWith("UPDATE tasks SET state = 'done'"),
  },
  {
    name: "requested tasks are not kept",
    swallowRead: (sql) => sql.includes("t.state IN ('waiting', 'running', 'retrying')"),
  },
  {
    name: "waiting groups are not found when their table row comes",
    swallowRead: (sql) => sql.startsWith("SELECT key FROM state WHERE store = ? AND lookup = ?"),
  },
  {
    name: "records are committed before the offset that read them",
    cutAfter: (sql) => sql.startsWith("INSERT INTO log"),
  },
  {
    name: "what a join of streams keeps waiting is not kept",
    swallowWrite: (sql, store) => sql.startsWith("INSERT OR REPLACE INTO state") && store === "simj.near",
  },
  {
    name: "that the window of a join is over is not asked for",
    swallowWrite: (sql, _store, values) => sql.startsWith("INSERT INTO timers") && values[1] === "event",
  },
  {
    name: "joined rows are not kept",
    swallowWrite: (sql, store) => sql.startsWith("INSERT OR REPLACE INTO state") && store === "simj.treated",
  },
  {
    name: "joined rows that are gone are not forgotten",
    swallowWrite: (sql, store) => sql.startsWith("DELETE FROM state") && store === "simj.treated",
  },
  { name: "state is committed before the offset", cutAfter: (sql) => sql.startsWith("INSERT OR REPLACE INTO state") },
];

describe("the simulation finds planted bugs", () => {
  test.each(bugs)("$name", (bug) => {
    let found = 0;
    let tried = 0;
    while (found === 0 && tried < 60) if (simulate(++tried, bug).problems.length > 0) found++;
    expect(found, `not found in ${tried} seeds`).toBe(1);
  });
});
