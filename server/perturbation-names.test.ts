import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, sha256 } from "@artesian/data";
import { type MapService, type NamesSource, namesFile, openMapService, publishGroups } from "@artesian/maps";
import { preparedMap } from "@artesian/maps/prepared-map.test-support.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as api from "./api.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";

const KEY = "QFJCIRLUMZQUOT-HPLJOQBZSA-N";
let dir = "";
let maps: MapService;
let server: FixtureServer;
let live: Awaited<ReturnType<NamesSource>> = { version: 0, names: new Map() };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-names-"));
  const place = folderPlace(join(dir, "maps"));
  const names = new Map([
    ["C1", { name: "sirolimus", synonyms: ["AY-22989"], inchiKey: KEY, smiles: "CCO" }],
    ["gene:G0001", { synonyms: ["FRAP1"] }],
  ]);
  const { groups } = preparedMap();
  for (const { prepared, group } of groups)
    for (const [name, bytes] of namesFile(group.rows, [names])) {
      const key = `units/names/${name}`;
      prepared.content.set(key, bytes);
      prepared.manifest.files[name] = { key, sizeBytes: bytes.byteLength, sha256: sha256(bytes) };
    }
  await publishGroups(place, groups, { force: true });
  maps = await openMapService({ store: place, names: async () => live });
  server = await fixtureServer({ dir: join(dir, "data"), pictures: false, maps });
}, 60_000);
afterAll(async () => {
  await server.close();
  await maps.close();
  rmSync(dir, { recursive: true });
});

const get = (path: string) => server.app.inject({ url: `/api/v1/${path}` });
const found = async (q: string) =>
  (await get(`maps/groups/demo/rows?q=${encodeURIComponent(q)}`)).json<api.MapRows>().rows.map((row) => row.symbol);

describe("further names of perturbations", () => {
  test("of the group find its rows, and the answer says by which", async () => {
    const { rows } = (await get("maps/groups/demo/rows?q=siroli")).json<api.MapRows>();
    expect(new Set(rows.map(({ symbol }) => symbol))).toEqual(new Set(["C1"]));
    expect(rows[0]!.matched).toEqual({ by: "name", text: "sirolimus" });
    expect(await found("qfjcirlumzquot")).toContain("C1");
    expect(await found("frap1")).toEqual(["G0001"]);
    const near = (await get("maps/groups/demo/neighbours?of=FRAP1")).json<api.MapNeighbours>();
    expect(near.of).toMatchObject({ symbol: "G0001" });
  });

  test("that become known later find rows too", async () => {
    expect(await found("rapa-nui")).toEqual([]);
    live = { version: 1, names: new Map([["gene:G0002", { synonyms: ["RAPA-NUI"] }]]) };
    expect(await found("rapa-nui")).toEqual(["G0002"]);
    expect(await found("frap1")).toEqual(["G0001"]);
  });

  test("lead from Ctrl-K to a perturbation that only maps have, and say by which", async () => {
    const searched = async (q: string) =>
      (await get(`search?q=${q}`)).json<api.SearchAnswer>().results.filter(({ kind }) => kind === "perturbation");
    expect(await searched("FRAP")).toEqual([
      {
        kind: "perturbation",
        id: "gene:G0001",
        title: "G0001",
        detail: "gene on the map Demo, centred and scaled · synonym FRAP1",
        href: "/perturbations/gene%3AG0001",
      },
    ]);
    const ids = (await searched("C1")).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain("compound:C1");
    expect(await searched("")).toEqual([]);
  });

  test("stand with the structure on the page of a perturbation that only maps have", async () => {
    const compound = api.PerturbationDetail.parse((await get("perturbations/compound:C1")).json());
    expect(compound.synonyms).toEqual(expect.arrayContaining(["sirolimus", "AY-22989"]));
    expect(compound).toMatchObject({ smiles: "CCO", inchiKey: KEY });
    const gene = api.PerturbationDetail.parse((await get("perturbations/gene:G0001")).json());
    expect(gene).toMatchObject({ wells: 0, experiments: 0, evidence: [], synonyms: ["FRAP1"], smiles: null });
    expect((await get("perturbations/gene:NOBODY")).json()).toMatchObject({ code: "server/not-found" });
  });
});
