import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore } from "@artesian/data";
import {
  recordGenes,
  recordMatrix,
  recordMatrixResult,
  recordProject,
  recordProjectResult,
  recordRun,
} from "@artesian/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as api from "./api.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";

let dir = "";
let server: FixtureServer;
const at = "2026-11-20T09:00:00.000Z";

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-projects-"));
  server = await fixtureServer({ dir, pictures: false });
  const { store } = server;
  const objects = folderStore(join(dir, "objects"));
  const put = async (text: string) => {
    const { uri, sizeBytes } = await objects.put(new TextEncoder().encode(text));
    return { uri, sizeBytes };
  };
  const summary = await put(
    JSON.stringify({
      matrix: "counts.mtx.gz",
      report: {
        format: "mtx",
        key: "counts.mtx.gz",
        cells: 100,
        genes: 3,
        entries: 120,
        values: "counts",
        parameters: {
          preset: "modern",
          minGenes: "mad",
          minCells: 3,
          target: 10000,
          topCount: 20,
          selection: { flavour: "seurat_v3", topGenes: 20 },
          splits: [],
        },
        warnings: [{ code: "expression/duplicate-genes", count: 2, message: "2 gene names came twice." }],
        splitProblems: [],
      },
      splits: [
        {
          id: "all",
          column: null,
          value: null,
          cells: 100,
          cellsKept: 90,
          genesKept: 3,
          figures: [
            {
              id: "knee",
              title: "Knee plot",
              alt: "Counts by rank",
              files: { "vl.json": await put('{"mark":"line"}'), svg: await put("<svg/>"), csv: await put("a\n1\n") },
              problem: null,
            },
            {
              id: "violins",
              title: "Violins",
              alt: "",
              files: {},
              problem: { code: "figures/specification", message: "no values" },
            },
          ],
          tables: { genes: await put("symbol,cells\nG1,9\n") },
          problems: [],
        },
      ],
    }),
  );
  const portal = { source: "/portal", dest: "/out", generation: 1, at };
  recordProject(store, { id: "good", title: "A good one", ...portal });
  recordMatrix(store, {
    projectId: "good",
    matrix: "counts.mtx.gz",
    format: "mtx",
    sizeBytes: 9,
    digest: "d1",
    generation: 1,
    at,
  });
  recordMatrixResult(store, {
    projectId: "good",
    matrix: "counts.mtx.gz",
    status: "partial",
    digest: "d1",
    counts: { cells: 100, genes: 3, entries: 120, cellsKept: 90, genesKept: 3 },
    warnings: 1,
    figures: 1,
    summaryUri: summary.uri,
    target: 10000,
    generation: 1,
    at,
  });
  recordGenes(store, {
    projectId: "good",
    matrix: "counts.mtx.gz",
    cellCount: 90,
    target: 10000,
    genes: [
      { symbol: "G2", id: "ENSG2", cells: 45, mean: 1.5 },
      { symbol: "G1", id: "ENSG1", cells: 9, mean: 0.1 },
    ],
  });
  recordProjectResult(store, {
    projectId: "good",
    status: "partial",
    contentDigest: "c1",
    matrices: ["counts.mtx.gz"],
    generation: 1,
    at,
  });
  recordProject(store, { id: "broken", ...portal });
  recordProjectResult(store, {
    projectId: "broken",
    status: "failed",
    problem: { code: "expression/truncated", message: "ends early", taskId: "t1" },
    leftovers: [{ key: "notes.txt", message: "is no matrix" }],
    generation: 1,
    at,
  });
  recordProject(store, { id: "left-out", ...portal, skip: { reason: "too large in 2020", owner: "curator" } });
  recordProject(store, { id: "new", ...portal });
  recordRun(store, {
    id: "01STATS",
    name: "portal",
    workflow: "expression",
    planHash: "f".repeat(64),
    plan: { nodes: [], edges: [] },
    state: "running",
    data: "/portal",
    dataDir: dir,
    args: {},
    who: "local",
    codeVersion: "0.1.0",
    startedAt: at,
  });
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});
const get = (path: string) => server.app.inject({ url: `/api/v1/${path}` });

describe("projects", () => {
  it("are listed failed first, each with its state or the reason why nobody summarises it", async () => {
    const list = api.ProjectList.parse((await get("projects")).json());
    expect(list.projects.map(({ id, status }) => [id, status])).toEqual([
      ["broken", "failed"],
      ["good", "partial"],
      ["left-out", "skipped"],
      ["new", "waiting"],
    ]);
    expect(list.projects[2]?.skip).toEqual({ reason: "too large in 2020", owner: "curator" });
    expect(list).toMatchObject({
      total: 4,
      counts: { failed: 1, empty: 0 },
      portal: { source: "/portal", run: { id: "01STATS" } },
    });
  });
  it("are found by name and by state", async () => {
    const found = api.ProjectList.parse((await get("projects?q=good&status=partial")).json());
    expect(found.projects.map(({ title }) => title)).toEqual(["A good one"]);
    expect((await get("projects?status=nonsense")).statusCode).toBe(400);
  });
  it("tell a failure with its cause; its task cannot be tried again when its run is over", async () => {
    const detail = api.ProjectDetail.parse((await get("projects/broken")).json());
    expect(detail.problem).toEqual({ code: "expression/truncated", message: "ends early", task: null });
    expect(detail.leftovers).toEqual([{ key: "notes.txt", message: "is no matrix" }]);
  });
  it("name one that is not there", async () => {
    expect((await get("projects/nobody")).json()).toMatchObject({ code: "server/not-found" });
  });
});

describe("a project's figures", () => {
  it("have an address for every file there is, and say why one could not be drawn", async () => {
    const detail = api.ProjectDetail.parse((await get("projects/good")).json());
    const [matrix] = detail.matrixRows;
    expect(matrix).toMatchObject({ valueKind: "counts", cellsKept: 90, warnings: [{ count: 2 }] });
    const [knee, violins] = matrix!.splits[0]!.figures;
    expect(violins).toMatchObject({ spec: null, svg: null, problem: { code: "figures/specification" } });
    const svg = await server.app.inject({ url: knee!.svg! });
    expect([svg.headers["content-type"], svg.body]).toEqual(["image/svg+xml", "<svg/>"]);
    const spec = await server.app.inject({ url: knee!.spec! });
    expect(spec.json()).toEqual({ mark: "line" });
    expect(svg.headers["cache-control"]).toContain("immutable");
    const again = await server.app.inject({ url: knee!.svg!, headers: { "if-none-match": String(svg.headers.etag) } });
    expect(again.statusCode).toBe(304);
    expect((await server.app.inject({ url: matrix!.genesCsv! })).body).toContain("symbol,cells");
  });
  it("are not found under a name of another kind", async () => {
    const detail = api.ProjectDetail.parse((await get("projects/good")).json());
    const url = detail.matrixRows[0]!.splits[0]!.figures[0]!.svg!.replace(".svg", ".html");
    expect((await server.app.inject({ url })).statusCode).toBe(400);
  });
});

describe("genes", () => {
  it("are found by symbol in any case, and by identifier", async () => {
    for (const q of ["g2", "ENSG2"]) {
      const { genes } = api.GeneAnswer.parse((await get(`projects/good/genes?q=${q}`)).json());
      expect(genes).toMatchObject([{ symbol: "G2", cellsExpressing: 45, share: 0.5, mean: 1.5, target: 10000 }]);
    }
    expect((await get("projects/good/genes?q=nothing")).json()).toEqual({ genes: [] });
  });
  it("show on the page of their perturbation", async () => {
    const detail = api.PerturbationDetail.parse((await get("perturbations/gene:G2")).json());
    expect(detail.expression).toMatchObject([{ project: "good", title: "A good one", share: 0.5 }]);
    expect(detail.answers.find(({ id }) => id === "expressed")).toMatchObject({
      state: "answered",
      answer: expect.stringContaining("50 %"),
    });
    const compound = api.PerturbationDetail.parse((await get("perturbations/compound:C4")).json());
    expect(compound.expression).toEqual([]);
  });
});
