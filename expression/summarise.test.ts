import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { columnOf, digestOf, writeCsv } from "@artesian/data";
import { drawSvg } from "@artesian/figures";
import { afterAll, describe, expect, it } from "vitest";
import { generateSmall, plainStatistics } from "./generated-matrix.test-support.ts";
import { memorySource } from "./memory-source.test-support.ts";
import { meansOf } from "./moments.ts";
import { presets, type SummaryParameters } from "./presets.ts";
import { summariseSource } from "./summarise.ts";

const scratch = mkdtempSync(join(tmpdir(), "artesian-summarise-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const matrix = generateSmall({ name: "m", seed: 8, geneCount: 320, cellCount: 260, batchCount: 2, odd: true });
const modern: SummaryParameters = {
  ...presets.modern,
  selection: { flavour: "seurat", topGenes: 50 },
  splits: ["batch"],
};
const summarise = (parameters: SummaryParameters = modern, more: Parameters<typeof memorySource>[1] = []) =>
  summariseSource(memorySource(matrix, more), parameters, { scratch });

describe("a summary", () => {
  it("has all figures and tables of the whole and of every split", async () => {
    const { report, figures, tables } = await summarise();
    expect(report.splits.map(({ split }) => split)).toEqual(["all", "batch=b0", "batch=b1"]);
    const perSplit = figures.filter(({ split }) => split === "all").map(({ id }) => id);
    expect(perSplit).toEqual([
      "highest-expression",
      "highest-expression-kept",
      "genes-by-cell-count",
      "genes-by-cell-count-kept",
      "variable-genes",
      "mean-dispersion",
      "violins",
      "counts-genes",
      "knee",
    ]);
    expect(figures).toHaveLength(3 * perSplit.length);
    expect(tables.map(({ split, name }) => `${split} ${name}`)).toEqual([
      "all cells",
      "all genes",
      "batch=b0 cells",
      "batch=b0 genes",
      "batch=b1 cells",
      "batch=b1 genes",
    ]);
    expect(report.splits.flatMap(({ problems }) => problems)).toEqual([]);
    const [whole, ...parts] = report.splits;
    expect(parts.reduce((sum, part) => sum + part.cells.all.cells, 0)).toBe(whole!.cells.all.cells);
  });
  it("draws every figure, with an alternative text that holds numbers", async () => {
    const { figures } = await summarise({ ...modern, splits: [] });
    for (const figure of figures) {
      expect(await drawSvg(figure.spec), figure.id).toMatch(/^<svg/);
      expect(figure.alt, figure.id).toMatch(/\d/);
      expect(figure.table.rowCount, figure.id).toBeGreaterThan(0);
    }
  });
  it("shows raw and filtered numbers both, and counts what each bound leaves out", async () => {
    const { report } = await summarise({ ...modern, minGenes: 150, splits: [] });
    const { cells, bounds, beyond } = report.splits[0]!;
    expect(bounds).toEqual({ minGenes: 150 });
    expect(cells.all).toMatchObject({ cells: 260, empty: 1 });
    expect(cells.kept.cells).toBe(260 - beyond.minGenes!);
    expect(cells.kept.cells).toBeGreaterThan(10);
    expect(cells.kept.cells).toBeLessThan(250);
    expect(cells.kept.medianGenes!).toBeGreaterThan(cells.all.medianGenes!);
  });
  it("lists the genes of the highest mean share, cells without counts as zero", async () => {
    const { report, figures } = await summarise({ ...modern, splits: [] });
    const shares = meansOf(plainStatistics(matrix, { target: 1 })).sharePercent;
    const best = shares.indexOf(Math.max(...shares));
    expect(report.splits[0]!.highestExpression[0]).toBe(`GENE${best}`);
    const shown = columnOf(figures[0]!.table, "mean_percent")!.values[0];
    expect(shown).toBeCloseTo(shares[best]!, 12);
  });
  it("gives equal bytes when run again", async () => {
    const digest = async () => {
      const { report, figures, tables } = await summarise();
      return digestOf(
        JSON.stringify([
          report,
          figures.map(({ spec, alt }) => [spec, alt]),
          tables.map(({ table }) => writeCsv(table)),
        ]),
      );
    };
    expect(await digest()).toBe(await digest());
  });
  it.each(["seurat", "cell_ranger", "seurat_v3", "seurat_v3_paper"] as const)(
    "chooses genes with flavour %s by batch",
    async (flavour) => {
      const { report } = await summarise({
        ...modern,
        minCells: 12,
        selection: { flavour, topGenes: 40 },
        batch: "batch",
        splits: [],
      });
      expect(report.splits[0]).toMatchObject({
        problems: [],
        batches: ["b0", "b1"],
        selection: { flavour, genes: 40 },
      });
    },
  );
  it("leaves nothing in the scratch folder", async () => {
    await summarise();
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe("what goes wrong in a summary", () => {
  it("stays with its step: too strict a bound still shows all cells", async () => {
    const { report, figures } = await summarise({ ...modern, minGenes: 5000, splits: [] });
    expect(report.splits[0]!.cells.kept).toMatchObject({ cells: 0, medianCounts: null });
    expect(report.splits[0]!.problems.map(({ step, code }) => `${step}: ${code}`)).toEqual([
      "highly variable genes: expression/gene-selection",
    ]);
    expect(figures.map(({ id }) => id)).toContain("violins");
    for (const figure of figures) expect(await drawSvg(figure.spec), figure.id).toMatch(/^<svg/);
  });
  it("is said of columns that are missing or have too many values", async () => {
    const wide = { kind: "number", name: "depth", values: Float64Array.from({ length: 260 }, (_, i) => i) } as const;
    const { report } = await summarise({ ...modern, splits: ["depth", "donor"] }, [wide]);
    expect(report.splits).toHaveLength(1);
    expect(report.splitProblems.map(({ column }) => column)).toEqual(["donor", "depth"]);
    expect(report.splitProblems[0]!.message).toContain("it has batch, depth");
  });
  it("is an abort at once", async () => {
    const abort = new AbortController();
    const run = summariseSource(memorySource(matrix), modern, {
      scratch,
      signal: abort.signal,
      progress: (stage) => {
        if (stage === "split") abort.abort();
      },
    });
    await expect(run).rejects.toThrow(/abort/i);
    expect(readdirSync(scratch)).toEqual([]);
  });
});
