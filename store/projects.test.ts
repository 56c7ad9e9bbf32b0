import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findInBlock, GENE_BUCKETS, geneBlocks, geneBucket, genesOfBlock } from "./gene-blocks.ts";
import { openReader, openStore, type Store, type StoreReader } from "./open-store.ts";
import { expressedGenes, expressionOfGene } from "./read-genes.ts";
import { listProjects, matricesOfProject, projectById } from "./read-projects.ts";
import {
  forgetProjects,
  type MatrixResultInput,
  recordGenes,
  recordMatrix,
  recordMatrixResult,
  recordProject,
  recordProjectResult,
} from "./record-projects.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-store-projects-"));
let store: Store;
let reader: StoreReader;
beforeAll(() => {
  store = openStore(join(root, "store.db"));
  reader = openReader(join(root, "store.db"));
});
afterAll(async () => {
  await reader.close();
  store.close();
  rmSync(root, { recursive: true, force: true });
});

const at = (second: number): string => `2026-01-02T03:04:${String(second).padStart(2, "0")}.000Z`;
const project = (id: string, generation: number, skip: { reason: string; owner: string | null } | null = null) =>
  recordProject(store, { id, source: "in", dest: "out", skip, generation, at: at(generation) });
const found = (projectId: string, matrix: string, digest: string, generation: number) =>
  recordMatrix(store, { projectId, matrix, format: "mtx", sizeBytes: 9, digest, generation, at: at(generation) });
const summarised = (projectId: string, matrix: string, change: Partial<MatrixResultInput>) =>
  recordMatrixResult(store, {
    projectId,
    matrix,
    status: "done",
    digest: "d1",
    counts: { cells: 100, genes: 50, entries: 900, cellsKept: 80, genesKept: 40 },
    target: 10_000,
    summaryUri: "sha256:1",
    generation: 1,
    at: at(1),
    ...change,
  });

describe("projects", () => {
  it("wait until their look's result is stored, whichever comes first", async () => {
    project("A", 1);
    found("A", "m.mtx", "d1", 1);
    expect(await projectById(reader.db, "A")).toMatchObject({ status: "waiting", matrices: { total: 1, waiting: 1 } });
    summarised("A", "m.mtx", {});
    recordProjectResult(store, {
      projectId: "A",
      status: "done",
      contentDigest: "c",
      leftovers: [{ key: "A/readme.txt", message: "no matrix" }],
      matrices: ["m.mtx"],
      generation: 1,
      at: at(3),
    });
    expect(await projectById(reader.db, "A")).toMatchObject({
      status: "done",
      cells: 100,
      cellsKept: 80,
      genes: 50,
      contentDigest: "c",
      summarisedAt: at(1),
      checkedAt: at(3),
      leftovers: [{ key: "A/readme.txt", message: "no matrix" }],
    });
  });

  it("keep the instant of a summary that did not change, and the result of the newest look", async () => {
    expect(summarised("A", "m.mtx", { generation: 5, at: at(5) })).toBe(false);
    expect(summarised("A", "m.mtx", { generation: 4, at: at(6), status: "failed", summaryUri: null })).toBe(false);
    expect((await matricesOfProject(reader.db, "A"))[0]).toMatchObject({ status: "done", summarisedAt: at(1) });
    expect(summarised("A", "m.mtx", { generation: 7, at: at(7), summaryUri: "sha256:2" })).toBe(true);
    expect((await matricesOfProject(reader.db, "A"))[0]).toMatchObject({ summarisedAt: at(7) });
  });

  it("stay as they are while a look finds nothing new, and wait when it does", async () => {
    project("A", 7);
    expect((await projectById(reader.db, "A"))?.status).toBe("done");
    found("A", "m.mtx", "d0", 7);
    expect((await projectById(reader.db, "A"))?.status).toBe("waiting");
    project("U", 7);
    recordProjectResult(store, { projectId: "U", status: "skipped", generation: 6, at: at(6) });
    expect((await projectById(reader.db, "U"))?.status).toBe("waiting");
    forgetProjects(store, { found: ["A"], generation: 7 });
  });

  it("show the last summary while another content waits for its own", async () => {
    found("A", "m.mtx", "d2", 8);
    expect((await matricesOfProject(reader.db, "A"))[0]).toMatchObject({ status: "waiting", digest: "d2", cells: 100 });
    const problem = { code: "expression/truncated", message: "ends early", taskId: "T" };
    summarised("A", "m.mtx", { generation: 8, digest: "d2", status: "failed", summaryUri: null, problem });
    expect((await matricesOfProject(reader.db, "A"))[0]).toMatchObject({ status: "failed", problem });
  });

  it("say why they are skipped, come failed ones first, and are counted by status", async () => {
    project("S", 9, { reason: "not public yet", owner: "Ada" });
    project("B", 9);
    recordProjectResult(store, { projectId: "B", status: "failed", generation: 9, at: at(9) });
    const { projects, counts, total } = await listProjects(reader.db, { limit: 10, offset: 0 });
    expect(projects.map(({ id, status }) => [id, status])).toEqual([
      ["B", "failed"],
      ["A", "done"],
      ["S", "skipped"],
    ]);
    expect([counts, total]).toEqual([{ done: 1, failed: 1, skipped: 1 }, 3]);
    expect(projects[2]?.skip).toEqual({ reason: "not public yet", owner: "Ada" });
    const skipped = await listProjects(reader.db, { limit: 10, offset: 0, status: "skipped", q: "s" });
    expect(skipped.projects.map(({ id }) => id)).toEqual(["S"]);
  });

  it("are forgotten with all that is theirs when a look at everything finds them no more", async () => {
    forgetProjects(store, { found: ["A", "S"], generation: 9 });
    expect((await listProjects(reader.db, { limit: 10, offset: 0 })).projects.map(({ id }) => id)).toEqual(["A", "S"]);
    recordProjectResult(store, { projectId: "A", status: "empty", matrices: [], generation: 10, at: at(10) });
    expect(await matricesOfProject(reader.db, "A")).toEqual([]);
  });
});

describe("genes", () => {
  it("are found by symbol in every project, in any case, by share", async () => {
    for (const [id, cells] of [
      ["G1", 8],
      ["G2", 40],
    ] as const) {
      project(id, 20);
      found(id, "m.h5", "d1", 20);
      summarised(id, "m.h5", { generation: 20 });
      recordGenes(store, {
        projectId: id,
        matrix: "m.h5",
        cellCount: 80,
        target: 10_000,
        genes: [
          { symbol: "Tp53", id: "ENSG00000141510", cells, mean: 1.5 },
          { symbol: "TP53BP1", id: "ENSG00000067369", cells: 0, mean: 0 },
        ],
      });
    }
    const rows = await expressionOfGene(reader.db, ["TP53", "P53"]);
    expect(rows.map(({ projectId, share, cells, cellCount }) => [projectId, share, cells, cellCount])).toEqual([
      ["G2", 0.5, 40, 80],
      ["G1", 0.1, 8, 80],
    ]);
    expect(rows[0]).toMatchObject({ symbol: "Tp53", id: "ENSG00000141510", mean: 1.5, target: 10_000 });
    expect(await expressedGenes(reader.db, "G1", { minShare: 0.05 })).toEqual(new Map([["TP53", 0.1]]));
    expect(await expressedGenes(reader.db, "G1", { minShare: 0.11 })).toEqual(new Map());
  });

  it("of an earlier summary are gone once another is stored", async () => {
    const cells = { projectId: "G1", matrix: "m.h5", cellCount: 80, target: 10_000 };
    recordGenes(store, { ...cells, genes: [{ symbol: "ACTB", id: "E", cells: 1, mean: 1 }] });
    expect((await expressionOfGene(reader.db, ["tp53"])).map(({ projectId }) => projectId)).toEqual(["G2"]);
  });

  it("are spread evenly over the buckets", () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 20_480; i++) {
      const bucket = geneBucket(`G${i.toString(36)}`);
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    expect([Math.min(...counts.keys()), Math.max(...counts.keys())]).toEqual([0, GENE_BUCKETS - 1]);
    expect(Math.max(...counts.values())).toBeLessThan(40);
  });

  it("come back as they went in, whatever their names", () => {
    const gene = fc.record({
      symbol: fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\t\n\r]/.test(text)),
      id: fc.string().filter((text) => !/[\t\n\r]/.test(text)),
      cells: fc.nat(),
      mean: fc.integer({ min: 0, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(gene, { maxLength: 40 }), (genes) => {
        const blocks = geneBlocks(genes, { cellCount: 9, target: 1000 });
        expect([...blocks.values()].flatMap(genesOfBlock)).toHaveLength(genes.length);
        for (const one of genes)
          expect(findInBlock(blocks.get(geneBucket(one.symbol)) ?? "", one.symbol)).toContainEqual(one);
      }),
    );
  });
});
