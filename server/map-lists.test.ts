import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore } from "@artesian/data";
import { type MapService, openMapService } from "@artesian/maps";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as api from "./api.ts";
import { publishDemoMap } from "./fixtures/map-store.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";
import { keepList } from "./kept-lists.ts";

let dir = "";
let maps: MapService;
let server: FixtureServer;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-map-lists-"));
  maps = await openMapService({ store: await publishDemoMap(join(dir, "maps")) });
  server = await fixtureServer({ dir: join(dir, "data"), pictures: false, maps });
}, 60_000);
afterAll(async () => {
  await server.close();
  await maps.close();
  rmSync(dir, { recursive: true });
});

const get = (path: string) => server.app.inject({ url: `/api/v1/maps/${path}` });
const post = (path: string, body: object) =>
  server.app.inject({
    method: "POST",
    url: `/api/v1/maps/${path}`,
    headers: { "content-type": "application/json", origin: "http://localhost", host: "localhost" },
    payload: JSON.stringify(body),
  });
const keep = async (entries: readonly string[]): Promise<string> =>
  (await post("lists", { entries })).json<api.KeptMapList>().list;

test("a list of ten thousand names has one short name, whoever pastes it, and is read again by it", async () => {
  const names = Array.from({ length: 10_000 }, (_, k) => `NAME${k}`);
  const list = await keep(names);
  expect(list).toMatch(/^list:[0-9a-f]{64}$/);
  expect(await keep([...names.map((name) => ` ${name} `), "NAME3"])).toBe(list);
  expect((await get(`lists/${list}`)).json()).toEqual({ list, entries: names });
  expect(await keep(names.toReversed())).not.toBe(list);
});

test("wherever rows are named, the name of a kept list stands for its names, in their order and beside others", async () => {
  const list = await keep(["G0003", "compound:C1", "NOWHERE", "G0001"]);
  const rows = async (texts: string): Promise<api.MapRows> => (await get(`groups/demo/rows?rows=${texts}`)).json();
  const { rows: found, notFound } = await rows(`G0007,${list}`);
  const symbols = [...new Set(found.map(({ symbol }) => symbol))];
  expect(symbols).toEqual(["G0007", "G0003", "C1", "G0001"]);
  expect(notFound).toEqual(["NOWHERE"]);
  const plain = { rows: ["G0003", "compound:C1", "NOWHERE", "G0001"] };
  for (const path of ["rows", "selections", "cluster", "enrichment"]) {
    const answer = await post(`groups/demo/${path}`, { rows: [list] });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual((await post(`groups/demo/${path}`, plain)).json());
  }
  const csv = await get(`groups/demo/slice.csv?rows=${list}`);
  expect(csv.body).toBe((await get(`groups/demo/slice.csv?rows=${plain.rows}`)).body);
});

test("a list that is not kept here says so, and no other object passes for one", async () => {
  const nowhere = `list:${"0".repeat(64)}`;
  for (const path of [`lists/${nowhere}`, "lists/list:x", `groups/demo/rows?rows=${nowhere}`]) {
    const answer = await get(path);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({
      code: "server/not-found",
      message: expect.stringContaining("keeps no list"),
    });
  }
  const objects = folderStore(join(dir, "data", "objects"));
  for (const text of ["G0001\n", '{"mapRows":"G0001"}', '{"mapRows":[]}']) {
    const { uri } = await objects.put(new TextEncoder().encode(text));
    expect((await get(`lists/${uri.replace("sha256", "list")}`)).statusCode).toBe(404);
  }
  const kept = await keepList(objects, ["G0001"]);
  expect((await get(`lists/${kept}`)).json()).toEqual({ list: kept, entries: ["G0001"] });
  expect((await post("lists", { entries: [] })).statusCode).toBe(400);
  expect((await post("lists", { entries: Array.from({ length: 20_001 }, (_, k) => `N${k}`) })).statusCode).toBe(400);
});

test("a pasted list comes back by names that mean the same in any version: a dose where not all doses are meant", async () => {
  const paste = async (text: string): Promise<api.PastedRows> => (await post("groups/demo/paste", { text })).json();
  const whole = await paste("G0002\nC1\nNOWHERE");
  expect(whole.names).toEqual(["gene:G0002", "compound:C1"]);
  const dosed = whole.rows.filter(({ symbol }) => symbol === "C1");
  expect(dosed.length).toBeGreaterThan(1);
  const some = await paste(`C1 ${dosed[0]!.concentration}\nG0002`);
  expect(some.names).toEqual([`compound:C1 @ ${dosed[0]!.concentration}`, "gene:G0002"]);
  const again = (await post("groups/demo/rows", { rows: some.names })).json<api.MapRows>();
  expect(again.rows.map(({ row }) => row)).toEqual(some.rows.map(({ row }) => row));
});
