import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { folderPlace } from "@artesian/data";
import { publishGroups } from "@artesian/maps";
import { ABSENCES, publishAbsences } from "@artesian/maps/absences.test-support.ts";
import { preparedMap } from "@artesian/maps/prepared-map.test-support.ts";
import { openStore } from "@artesian/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-map-query-"));
const store = join(root, "published");
const data = join(root, "data");
const main = join(import.meta.dirname, "main.ts");

beforeAll(async () => {
  await publishGroups(folderPlace(store), preparedMap().groups);
  mkdirSync(data);
  openStore(join(data, "store.db")).close();
});
afterAll(() => rmSync(root, { recursive: true }));

async function artesian(...argv: string[]) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  let code: number | undefined;
  let error: unknown;
  try {
    const output = createOutput({ stdout: stream("stdout"), stderr: stream("stderr") });
    await createProgram(output, (exit) => {
      code = exit;
    }).parseAsync(argv, { from: "user" });
  } catch (thrown) {
    error = thrown;
  }
  return { code, error, out: written.stdout, err: written.stderr, json: () => JSON.parse(written.stdout) };
}

describe("artesian map query", () => {
  const query = (...words: string[]) => artesian("map", "query", ...words, "--store", store, "--group", "demo");

  it("gives neighbours as CSV and as JSON, with what is known", async () => {
    const { code, out } = await query("neighbours", "G0001", "--type", "gene", "--count", "3");
    expect(code).toBe(0);
    const lines = out.trim().split("\n");
    expect(lines[0]).toBe("tail,perturbation,symbol,concentration,cosine,percentile,known");
    expect(lines[1]).toMatch(/^similar,gene:G000[2-6],G000[2-6],,0\.\d+,[\d.]+,truth$/);
    const told = (await query("neighbours", "G0001", "--type", "gene", "--count", "3", "--json")).json();
    expect(told.group).toMatch(/^demo@[0-9a-f]{16}$/);
    expect(told.similar).toHaveLength(3);
  });

  it("names what is not in the group and leaves with 3", async () => {
    const { code, out, err } = await query("similarity", "C1", "--columns", "G0001", "NOBODY");
    expect(code).toBe(3);
    expect(out.trim().split("\n")).toHaveLength(4);
    expect(err).toContain("NOBODY: not in demo@");
    expect((await query("neighbours", "NOBODY")).error).toMatchObject({ code: "maps/unknown-perturbation" });
  });

  it("runs a funnel with its counts for people and its pairs as data", async () => {
    const { code, out, err } = await query(
      "funnel",
      "--between",
      "genes",
      "--percent",
      "20",
      "--known",
      "--experiments",
      "0",
    );
    expect(code).toBe(0);
    expect(err).toContain("276  all pairs");
    expect(out).toMatch(/^a,b,cosine,percentile,doseTau,experiments,known\n/);
  });
});

describe("artesian map why", () => {
  it.each(ABSENCES)("tells the true cause: $kind", async ({ asked, step, says, remedy }) => {
    const lacking = join(root, "lacking");
    if (!existsSync(lacking)) await publishAbsences(folderPlace(lacking));
    const told = await artesian("map", "why", asked, "--store", lacking);
    expect(told.code).toBe(1);
    expect(told.out).toContain(says);
    expect(told.out).toContain(remedy);
    const { groups } = (await artesian("map", "why", asked, "--store", lacking, "--json")).json();
    expect(groups).toEqual([expect.objectContaining({ failed: step, remedy })]);
  });
});

describe("artesian map cache", () => {
  const cache = (verb: string, ...words: string[]) =>
    artesian("map", "cache", verb, ...words, "--maps", store, "--data", data, "--json");

  it("fetches, tells, refuses to evict the default group, and evicts another after a dry run", async () => {
    expect((await cache("status")).json().groups.map(({ local }: { local: string }) => local)).toEqual([
      "absent",
      "absent",
    ]);
    expect((await cache("refresh", "demo", "demo_centre_scaled")).code).toBe(0);
    expect((await cache("status")).json().groups.map(({ local }: { local: string }) => local)).toEqual([
      "here",
      "here",
    ]);
    const dry = (await cache("evict", "demo", "--dry-run")).json();
    expect((await cache("status")).json().groups[0].local).toBe("here");
    const evicted = await cache("evict", "demo", "demo_centre_scaled");
    expect(evicted.code).toBe(3);
    expect(evicted.json().evicted[0].freedBytes).toBe(dry.evicted[0].freedBytes);
    expect(evicted.json().evicted[1].refused).toContain("default group");
    const after = (await cache("status")).json();
    expect(after.groups.map(({ local }: { local: string }) => local)).toEqual(["absent", "here"]);
    expect(after.evictions).toEqual([expect.objectContaining({ actor: "cli", reason: "asked for" })]);
  }, 30_000);
});

it("serves the maps of a place that it is given, also to who has no results yet", async () => {
  const fresh = join(root, "not", "there");
  const child = spawn(process.execPath, [main, "serve", "--data", fresh, "--maps", store, "--port", "0"]);
  try {
    let url = "";
    for await (const chunk of child.stdout) {
      url += String(chunk);
      if (url.includes("\n")) break;
    }
    const answer = await fetch(`${url.trim()}/api/v1/maps/groups/demo/neighbours?of=G0001&count=2`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-artesian-group")).toMatch(/^demo@/);
    expect(((await answer.json()) as { similar: unknown[] }).similar).toHaveLength(2);
    expect(existsSync(join(fresh, "store.db"))).toBe(true);
    const openapi = (await (await fetch(`${url.trim()}/api/v1/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(openapi.paths).filter((path) => path.startsWith("/api/v1/maps/")).length).toBeGreaterThan(30);
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}, 60_000);

it("makes no data folder where there are neither results nor maps, and says how to get either", async () => {
  const nowhere = join(root, "typo");
  const { error } = await artesian("serve", "--data", nowhere);
  expect(String(error)).toContain("no results in this folder");
  expect(String(error)).toContain("artesian serve --maps PLACE");
  expect(existsSync(nowhere)).toBe(false);
});
