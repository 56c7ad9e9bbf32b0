import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "@artesian/data";
import { type MapService, openMapService, readGroup } from "@artesian/maps";
import { upsertExperiment, upsertPlateLayout } from "@artesian/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as api from "./api.ts";
import { publishDemoMap } from "./fixtures/map-store.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";

let dir = "";
let place: Place;
let maps: MapService;
let server: FixtureServer;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-maps-"));
  place = await publishDemoMap(join(dir, "maps"));
  maps = await openMapService({ store: place });
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
const json = async <T>(path: string): Promise<T> => (await get(path)).json<T>();

describe("answers about maps", () => {
  const group = "groups/demo";
  const pages = [
    "status",
    "groups",
    group,
    "groups/demo_centre_scaled",
    `${group}/health`,
    `${group}/rows?q=G00`,
    `${group}/rows?limit=5`,
    `${group}/quantiles`,
    `${group}/compare?with=demo_centre_scaled`,
    `${group}/rows?rows=G0001,genes&limit=500`,
    `${group}/neighbours?of=G0001`,
    `${group}/neighbours?of=G0001&type=compound&count=3&novelty=false`,
    `${group}/similarity?rows=genes&columns=compounds&variant=z&percentiles=true`,
    `${group}/projection?target=G0001&rows=compounds&cloud=genes`,
    `${group}/projection?target=G0001&healthy=G0007&rows=compounds&mode=rescue`,
    `${group}/replicates?of=G0001`,
    `${group}/trust?of=G0001`,
    `${group}/proxies?of=G0001`,
    `${group}/compounds?of=G0001&side=similar`,
    `${group}/known?of=G0001`,
    `${group}/funnel?between=genes&consistencyP=0.5&units=2&percent=10`,
    `${group}/funnel?consistencyP=0.5&units=2&percent=10&with=C1`,
    `${group}/card?a=G0001&b=G0007`,
    `${group}/why?name=G0001`,
    `${group}/why?name=NOTHING`,
    "perturbations/G0001",
    "cards",
    "cache",
  ];
  test.each(pages)("%s is as its schema says, and names its version", async (page) => {
    const answer = await get(page);
    expect(answer.json()).not.toHaveProperty("code");
    expect(answer.statusCode).toBe(200);
    const served = maps.groups()[0]!.version.version;
    if (page.startsWith("groups/demo/")) expect(answer.headers["x-artesian-group"]).toBe(`demo@${served}`);
  });

  test("rows come by page: strongest first, of one kind, and by a name, with how many there are", async () => {
    const first = await json<api.MapRows>("groups/demo/rows?limit=4");
    const second = await json<api.MapRows>("groups/demo/rows?limit=4&offset=4");
    const strengths = [...first.rows, ...second.rows].map(({ strength }) => strength);
    expect(strengths).toEqual(strengths.toSorted((a, b) => b - a));
    expect(new Set([...first.rows, ...second.rows].map(({ row }) => row)).size).toBe(8);
    expect(first.rows.every(({ experiment }) => experiment === null)).toBe(true);
    // 24 genes and 4 compounds at 3 doses, less those without a length, of which there are none.
    expect(first.total).toBe(24 + 4 * 3);
    expect((await json<api.MapRows>("groups/demo/rows?type=compound&limit=3")).total).toBe(12);
    const found = await json<api.MapRows>("groups/demo/rows?q=G00&limit=3&offset=22");
    expect([found.total, found.rows.length]).toEqual([24, 2]);
  });

  test("a list longer than an address is posted, and means the same", async () => {
    const posted = (await post("groups/demo/rows", { rows: ["C1", "G0003", "NOBODY"] })).json<api.MapRows>();
    const got = await json<api.MapRows>("groups/demo/rows?rows=C1,G0003,NOBODY");
    expect(posted.rows).toEqual(got.rows);
    expect(posted.notFound).toEqual(["NOBODY"]);
  });

  test("a funnel with a perturbation tells its pairs alone, and counts all", async () => {
    const query = "consistencyP=0.9&units=2&percent=20&doseTau=off&experiments=0&novel=false&otherArm=false";
    const all = await json<api.MapFunnel>(`groups/demo/funnel?${query}&limit=5000`);
    const own = await json<api.MapFunnel>(`groups/demo/funnel?${query}&with=C1`);
    const isOf = ({ a, b }: api.MapFunnel["pairs"][number]): boolean =>
      [a, b].some(({ perturbation }) => perturbation === "compound:C1");
    expect(own.counts).toEqual(all.counts);
    expect(own.with).toEqual({ symbol: "C1", pairs: all.pairs.filter(isOf).length });
    expect(own.with!.pairs).toBeGreaterThan(0);
    expect(own.pairs.every(isOf)).toBe(true);
    expect(all.with).toBeNull();
  });

  test("versions are compared with what changed in names, benchmarks and settings", async () => {
    const compared = await json<api.MapComparison>("groups/demo_centre_scaled/compare?with=demo");
    expect(compared).toMatchObject({ gained: { count: 0, names: [] }, lost: { count: 0 }, kept: 36 });
    expect([compared.with.id, compared.by.id]).toEqual(["demo", "demo_centre_scaled"]);
    expect(compared.settings.map(({ name }) => name)).toContain("transformation.suffix");
    expect(compared.recall[0]).toMatchObject({ source: "truth" });
  });

  test("control wells are a cloud around no effect, and left out where the group has moved away from its wells", async () => {
    const query = "projection?target=G0001&rows=compounds&controls=10";
    const unit = await json<api.MapProjection>(`groups/demo/${query}`);
    // Eight control wells in each of three batches, every third of them.
    expect(unit.controls).toHaveLength(8);
    for (const { projection, rejection } of unit.controls) expect(projection ** 2 + rejection ** 2).toBeCloseTo(1, 6);
    const along = unit.controls.map(({ projection }) => projection);
    expect(Math.abs(along.reduce((sum, p) => sum + p, 0) / along.length)).toBeLessThan(0.4);
    const rescue = await json<api.MapProjection>(`groups/demo/${query}&mode=rescue&healthy=G0007`);
    expect(rescue.controls).toHaveLength(8);
    expect((await json<api.MapProjection>(`groups/demo_centre_scaled/${query}`)).controls).toEqual([]);
    expect((await json<api.MapProjection>("groups/demo/projection?target=G0001&rows=compounds")).controls).toEqual([]);
  });

  test("why something is missing links to what each step speaks of, and names its plates", async () => {
    const why = await json<api.MapWhyMissing>("groups/demo/why?name=G0003");
    const { version } = why.by;
    const links = Object.fromEntries(why.steps.map(({ step, links: own }) => [step, own.map(({ href }) => href)]));
    expect(links.settings).toEqual([`/maps/groups/demo@${version}?rows=G0003`]);
    expect(links.source).toEqual([`/maps/groups/demo@${version}/health`]);
    expect(links.layers).toEqual(["/maps"]);
    expect(why.plates.map(({ plate }) => plate)).toEqual(["B1", "B2", "B3"]);
    expect(why.plates.reduce((sum, { kept }) => sum + kept, 0)).toBe(4);
    // This data folder has no experiment E1: the plate is named and leads nowhere.
    expect(why.plates.every(({ href }) => href === null)).toBe(true);
    const unknown = await json<api.MapWhyMissing>("groups/demo/why?name=NOTHING");
    expect(unknown.steps.find(({ step }) => step === "settings")?.links).toEqual([]);
  });

  test("why something is missing links to experiment and plate where the data folder holds them", async () => {
    const at = "2026-11-01T08:00:00.000Z";
    const { store } = server;
    upsertExperiment(store, { id: "E1", workflow: "profiling", channels: ["DNA"], sitesPerWell: 1, at });
    upsertPlateLayout(store, { experimentId: "E1", plate: "B1", order: 1, formatWells: 96, wells: [] });
    const why = await json<api.MapWhyMissing>("groups/demo/why?name=G0003");
    const plate = "/experiments/E1/plates?plate=B1";
    expect(why.plates.filter(({ href }) => href !== null)).toMatchObject([
      { experiment: "E1", plate: "B1", href: plate },
    ]);
    const linksOf = (step: string) => why.steps.find((one) => one.step === step)!.links;
    expect(linksOf("wells")).toEqual([{ text: "B1", href: plate }]);
    expect(linksOf("source")).toContainEqual({ text: "E1", href: "/experiments/E1" });
  });

  test("what is given back is written into the audit trail, a look before it is not", async () => {
    const trail = () => server.store.all("SELECT who, target FROM audit WHERE action = 'map.evict' ORDER BY id DESC");
    const before = trail().length;
    await post("cache/evict", { group: "demo", dryRun: true });
    expect(trail()).toHaveLength(before);
    const { name } = (await post("cache/evict", { group: "demo" })).json<api.EvictAnswer>();
    expect(trail()).toHaveLength(before + 1);
    expect(trail()[0]).toMatchObject({ who: "local", target: name });
  });

  test("other answers are not kept waiting while a health card is made", async () => {
    const ended: string[] = [];
    await Promise.all([
      get("groups/demo_centre_scaled/health").then(() => ended.push("health")),
      get("status").then(() => ended.push("status")),
      get("groups/demo/rows?limit=1").then(() => ended.push("rows")),
    ]);
    expect(ended.at(-1)).toBe("health");
  });

  test("a block holds the cosines of the group's vectors, doses in order", async () => {
    const { body } = await get("groups/demo/similarity?rows=C1&columns=genes");
    const block = api.SimilarityBlock.parse(JSON.parse(body));
    expect(block.rows.map(({ concentration }) => concentration)).toEqual([0.1, 1, 10]);
    const lease = await maps.lease("demo");
    const { vectors, dims } = await readGroup(place, lease.manifest);
    lease.release();
    const cell = (i: number, j: number): number => {
      const [a, b] = [block.rows[i]!.row, block.columns[j]!.row];
      return vectors.subarray(a * dims, (a + 1) * dims).reduce((sum, x, k) => sum + x * vectors[b * dims + k]!, 0);
    };
    expect(block.cosines).toHaveLength(3 * 24);
    block.cosines.forEach((cosine, at) => {
      expect(cosine).toBeCloseTo(cell(Math.floor(at / 24), at % 24), 5);
    });
    const raw = await get("groups/demo/similarity.f32?rows=C1&columns=genes");
    const floats = new Float32Array(Uint8Array.from(raw.rawPayload).buffer);
    expect(Array.from(floats, (value) => Math.round(value * 1e6) / 1e6)).toEqual(block.cosines);
  });

  test("tiles are bytes of the same cosines, and equal selections have one name", async () => {
    const selection = (await post("groups/demo/selections", { rows: ["genes"] })).json<api.MapSelection>();
    const again = (await post("groups/demo/selections", { rows: ["genes"] })).json<api.MapSelection>();
    expect(again.selection).toBe(selection.selection);
    expect(selection.levels).toEqual([{ level: 0, rows: 24, columns: 24, tileRows: 1, tileColumns: 1 }]);
    const tile = await get(`groups/demo/selections/${selection.selection}/tiles/0/0/0`);
    const cells = new Int8Array(Uint8Array.from(tile.rawPayload).buffer);
    expect(cells.length).toBe(65_536);
    expect(cells[0]).toBe(127);
    expect(cells[24]).toBe(-128);
    const block = await json<api.SimilarityBlock>("groups/demo/similarity?rows=genes&columns=genes");
    expect(cells[3 * 256 + 5]).toBe(Math.round(127 * block.cosines[3 * 24 + 5]!));
    expect((await get(`groups/demo/selections/${"0".repeat(32)}/tiles/0/0/0`)).statusCode).toBe(404);
    expect((await get(`groups/demo/selections/${selection.selection}/tiles/4/0/0`)).json()).toMatchObject({
      code: "maps/unknown-tile",
    });
  });

  test("neighbours are of the same pathway, and known to the relations that the group was published with", async () => {
    const near = await json<api.MapNeighbours>("groups/demo/neighbours?of=G0001&type=gene&count=5");
    expect(near.similar[0]!.row.symbol).toMatch(/^G000[2-6]$/);
    expect(near.similar[0]!.known).toEqual([expect.objectContaining({ source: "truth" })]);
    expect(near.similar.every(({ cosine }, i, all) => i === 0 || cosine <= all[i - 1]!.cosine)).toBe(true);
    const sets = (
      await post("groups/demo/enrichment", { rows: ["G0001", "G0002", "G0003"] })
    ).json<api.MapEnrichment>();
    expect(sets.sets[0]).toMatchObject({ genes: ["G0001", "G0002", "G0003"], setSize: 6, background: 24 });
  });

  test("the target of a projection is at (1, 0); disease is at 1 and healthy at 0 in rescue mode", async () => {
    const seen = await json<api.MapProjection>("groups/demo/projection?target=G0001&rows=G0001,G0007,C1");
    expect(seen.series[0]!.points[0]!.projection).toBeCloseTo(1, 6);
    expect(seen.series.find(({ symbol }) => symbol === "C1")!.points).toHaveLength(3);
    const rescue = await json<api.MapProjection>(
      "groups/demo/projection?target=G0001&healthy=G0007&rows=G0001,G0007&mode=rescue",
    );
    const [disease, healthy] = rescue.series.map(({ points }) => points[0]!);
    expect([disease!.projection, healthy!.projection]).toEqual([expect.closeTo(1, 5), expect.closeTo(0, 5)]);
    expect(disease!.rejection).toBeCloseTo(0, 5);
  });

  test("clusters put a pathway's genes into one branch", async () => {
    const answer = await post("groups/demo/cluster", {
      rows: ["G0001", "G0002", "G0007", "G0008"],
      cut: { clusters: 2 },
    });
    const { clusters, order, merges } = answer.json<api.MapClusters>();
    expect(clusters).toEqual([clusters![0], clusters![0], clusters![2], clusters![2]]);
    expect(clusters![0]).not.toBe(clusters![2]);
    expect(order.toSorted()).toEqual([0, 1, 2, 3]);
    expect(merges).toHaveLength(3);
  });

  test("a funnel's counts fall from step to step, and its live form ends with the same", async () => {
    const query = "between=genes&consistencyP=0.5&units=2&percent=20&doseTau=off&experiments=0&novel=false";
    const { counts, pairs } = await json<api.MapFunnel>(`groups/demo/funnel?${query}`);
    expect(counts[0]).toEqual({ step: "all pairs", pairs: (24 * 23) / 2 });
    expect(counts.every(({ pairs: left }, i) => i === 0 || left <= counts[i - 1]!.pairs)).toBe(true);
    expect(pairs).toHaveLength(Math.min(200, counts.at(-1)!.pairs));
    const live = await get(`groups/demo/funnel/live?${query}`);
    expect(live.headers["content-type"]).toContain("text/event-stream");
    const events = live.body.trim().split("\n\n");
    expect(events[0]).toMatch(/^event: counts\n/);
    const done = JSON.parse(events.at(-1)!.replace(/^event: done\ndata: /, "")) as api.MapFunnel;
    expect(done.counts).toEqual(counts);
  });

  test("a hypothesis is kept with its evidence, exported, and taken back with both in the audit trail", async () => {
    const saved = (
      await post("cards", { group: "demo", a: "G0001", b: "G0007", note: "to test" })
    ).json<api.SavedCardDetail>();
    expect(saved.saved).toMatchObject({ state: "open", note: "to test", by: "local" });
    expect(saved.card.statement).toContain("G0001");
    const { id } = saved.saved;
    expect((await json<api.SavedCards>("cards?group=demo&q=TO TEST")).cards.map((card) => card.id)).toEqual([id]);
    expect((await json<api.SavedCards>("cards?group=dem")).cards).toEqual([]);
    expect((await get(`cards/${id}.md`)).body).toContain(saved.card.statement);
    expect(JSON.parse((await get(`cards/${id}.json`)).body)).toMatchObject({ group: saved.saved.group });
    expect((await post(`cards/${id}/withdraw`, {})).json<api.SavedCardDetail>().saved.state).toBe("withdrawn");
    expect((await post(`cards/${id}/withdraw`, {})).statusCode).toBe(404);
    const withdrawn = (await get(`cards/${id}.md`)).body;
    expect(withdrawn).toMatch(/Kept by local on \d{4}-\d\d-\d\d; withdrawn by local on/);
    const actions = server.store.all("SELECT action FROM audit WHERE target = ? ORDER BY id", id);
    expect(actions.map(({ action }) => action)).toEqual(["map-card.save", "map-card.withdraw"]);
  });

  test("an exported hypothesis carries its note as text, whatever is in it, and reads in light and dark", async () => {
    const note = "<img src=x> *worth* | it";
    const saved = (await post("cards", { group: "demo", a: "G0002", b: "G0008", note })).json<api.SavedCardDetail>();
    const { html, md, json: plain } = saved.saved.files;
    const page = (await server.app.inject({ url: html })).body;
    expect(page).toContain("<blockquote>&lt;img src=x&gt; *worth* | it</blockquote>");
    expect(page).toContain("prefers-color-scheme: dark");
    expect((await server.app.inject({ url: md })).body).toContain("> \\<img src=x\\> \\*worth\\* \\| it");
    expect((await server.app.inject({ url: plain })).json()).toMatchObject({
      kept: { note, by: "local", withdrawn: null },
    });
  });

  test("slices leave as CSV, Parquet, npy and GCT", async () => {
    const csv = await get("groups/demo/slice.csv?rows=G0001,G0002");
    expect(csv.body.trim().split("\n")).toHaveLength(3);
    const npy = await get("groups/demo/slice.npy?rows=G0001,G0002");
    expect(npy.rawPayload.subarray(1, 6).toString()).toBe("NUMPY");
    expect(npy.rawPayload.toString("latin1", 10, 80)).toContain("'shape': (2, 10)");
    const parquet = await get("groups/demo/slice.parquet?rows=G0001");
    expect(parquet.rawPayload.subarray(0, 4).toString()).toBe("PAR1");
    const gct = (await get("groups/demo/similarity.gct?rows=G0001,G0002&columns=C1")).body.split("\n");
    expect(gct[0]).toBe("#1.3");
    expect(gct[1]).toBe("2\t3\t8\t0");
    expect(gct[2]!.split("\t").slice(-3)).toEqual(["C1 at 0.1 µM", "C1 at 1 µM", "C1 at 10 µM"]);
  });

  test("what is not there is said with its code and a way on", async () => {
    expect((await get("groups/nothing/neighbours?of=G0001")).json()).toMatchObject({ code: "maps/unknown-group" });
    expect((await get("groups/demo/neighbours?of=NOTHING")).json()).toMatchObject({
      code: "maps/unknown-perturbation",
    });
    expect((await get("groups/demo/neighbours?of=NOTHING")).statusCode).toBe(404);
    expect((await get("groups/demo/similarity?rows=NOTHING&columns=genes")).statusCode).toBe(404);
    expect((await json<api.MapWhyMissing>("groups/demo/why?name=G00011")).failed).toBe("name");
    expect((await json<api.MapWhyMissing>("groups/demo/why?name=G0001&type=compound")).failed).toBe("settings");
    expect((await json<api.MapWhyMissing>("groups/demo/why?name=G0001")).failed).toBeNull();
  });

  test("a new version is served without a restart, while who works with the old one keeps it", async () => {
    const old = await maps.lease("demo");
    await publishDemoMap(join(dir, "maps"), { seed: 2 });
    expect((await post("cache/refresh", {})).json()).toEqual({ changed: true, revision: 2 });
    const now = (await json<api.MapNeighbours>("groups/demo/neighbours?of=G0001")).by.version;
    expect(now).not.toBe(old.manifest.version);
    expect((await old.view.cosines(3)).length).toBe(old.manifest.rows);
    expect((await json<api.MapGroupDetail>("groups/demo")).versions.map(({ isServed }) => isServed)).toEqual([
      true,
      false,
    ]);
    expect((await json<api.MapNeighbours>(`groups/${old.view.name}/neighbours?of=G0001`)).by.version).toBe(
      old.manifest.version,
    );
    old.release();
    expect((await json<api.MapHealthAnswer>("groups/demo/health")).health.before).toBe(old.view.name);
  });
});
