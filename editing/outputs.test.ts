import { describe, expect, it } from "vitest";
import { type AnalysisPlan, analyseSample } from "./analyse.ts";
import { amplicon, code, cut, guide, repaired, sampleOf, simulated, spec } from "./analysis.test-support.ts";
import { compareResults } from "./compare.ts";
import { comparisonLines, comparisonOutputs } from "./compare-outputs.ts";
import { figuresOf, isOutputFile, outputsOf, tablesOf } from "./outputs.ts";
import type { EditingResult } from "./result.ts";
import { readBatch, readResult } from "./result-file.ts";
import { writeVcf } from "./vcf.ts";

const plan: AnalysisPlan = {
  amplicon: { ...spec, hdr: repaired, coding: [amplicon.slice(cut - 21, cut + 9)] },
};
const { sample } = simulated("S1", { nhej: { share: 0.4 }, hdr: { share: 0.2, donor: repaired, imperfect: 0.2 } });
const { sample: control } = simulated("U1", { substitutionRate: 0.001 });
const analyse = (more: Partial<AnalysisPlan> = {}, controls = [control]): Promise<EditingResult> =>
  analyseSample(sample, controls, { ...plan, ...more }, { code });

async function filesOf(result: EditingResult, png = false): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, content } of outputsOf(result, { png }))
    files.set(name, typeof content === "string" ? content : Buffer.from(content).toString("base64"));
  return files;
}

const result = await analyse();
const files = await filesOf(result, true);

describe("the files of a result", () => {
  it("are these, and known as such", () => {
    const names = [...files.keys()].filter((name) => !name.startsWith("figures/"));
    expect(names).toEqual([
      "quantification.csv",
      "alleles.csv",
      "nucleotide-percentages.csv",
      "indel-histogram.csv",
      "edits.csv",
      "background.csv",
      "edits.vcf",
      "report.html",
      "editing.json",
    ]);
    expect([...files.keys()].filter((name) => !isOutputFile(name))).toEqual([]);
    expect(["notes.csv", "samples/S1/editing.json", "my.json"].filter(isOutputFile)).toEqual([]);
  });
  it("are the same bytes when made again", async () => {
    const again = await filesOf(await analyse());
    expect([...again.keys()]).toEqual([...files.keys()].filter((name) => !name.endsWith(".png")));
    for (const [name, content] of again) expect(files.get(name), name).toBe(content);
  });
  it("can be made again from the document alone", async () => {
    const read = readResult(files.get("editing.json")!, "editing.json");
    const again = await filesOf(read);
    expect(again.size).toBeGreaterThan(25);
    for (const [name, content] of again) expect(files.get(name), name).toBe(content);
  });
  it("say what they were made of", () => {
    expect(result.provenance.code).toEqual(code);
    expect(result.provenance.parameters).toMatchObject({ minIdentity: 60, windowSize: 1, excludeEnds: 15 });
    expect(files.get("report.html")).toContain("How this was made");
  });
  it("have every figure with a text that says its numbers", () => {
    const figures = figuresOf(result);
    expect(figures.map(({ id }) => id)).toEqual([
      "outcomes",
      "positions",
      "indel-sizes",
      "nucleotides",
      "alleles-1",
      "frames",
      "background",
    ]);
    for (const { id, alt, table } of figures) {
      expect(alt, id).toMatch(/\d/);
      expect(table.rowCount, id).toBeGreaterThan(0);
      expect(files.get(`figures/${id}.svg`), id).toContain('role="img" aria-label="');
      expect(JSON.parse(files.get(`figures/${id}.vl.json`)!).description, id).toBe(alt);
    }
  });
});

describe("tables", () => {
  const tables = tablesOf(result);
  const column = (table: string, name: string) => [...tables[table]!.columns.find((one) => one.name === name)!.values];
  const sum = (values: unknown[]): number => values.reduce<number>((all, value) => all + Number(value), 0);

  it("add up to the reads that were judged", () => {
    const { outcomes, counts } = result;
    expect(sum(Object.values(outcomes).map(({ count }) => count))).toBe(counts.judged);
    expect(sum(column("alleles", "reads"))).toBe(counts.judged);
    expect(sum(column("alleles", "percent"))).toBeCloseTo(100, 9);
    const sizes = sum(column("indel-histogram", "reads_by_net_size"));
    const substituted = result.amplicon.references.reduce((all, { kinds }) => all + kinds[1]!, 0);
    expect(sizes + substituted).toBe(counts.judged - counts.ambiguous);
  });
  it("tell percentages of bases that make a hundred with deletions", () => {
    const parts = ["A", "C", "G", "T", "N", "deleted"].map((name) =>
      column("nucleotide-percentages", `${name}_percent`),
    );
    column("nucleotide-percentages", "covered").forEach((covered, row) => {
      if (Number(covered) > 0) expect(sum(parts.map((values) => values[row]))).toBeCloseTo(100, 9);
    });
  });
  it("hold base editing when there is any", async () => {
    const edited = await analyse({ quantify: { baseEditor: { from: "C", to: "T" } }, amplicon: spec }, []);
    expect(Object.keys(tablesOf(edited))).toEqual(expect.arrayContaining(["conversions", "conversion-alleles"]));
    expect(figuresOf(edited).map(({ id }) => id)).toContain("conversions");
    expect(edited.amplicon.references[0]!.window).toEqual(Array.from({ length: 20 }, (_, i) => 45 + i));
  });
});

describe("the VCF", () => {
  const lines = writeVcf(result).trimEnd().split("\n");
  const records = lines.filter((line) => !line.startsWith("#")).map((line) => line.split("\t"));
  const contigs = new Map(
    result.amplicon.references.map(({ name, sequence }) => [name.replaceAll(" ", "_"), sequence]),
  );

  it("begins as VCF 4.3 demands, and names its contigs", () => {
    expect(lines[0]).toBe("##fileformat=VCFv4.3");
    expect(lines).toContain("##contig=<ID=GENE1,length=113>");
    expect(lines).toContain("##contig=<ID=GENE1_HDR,length=113>");
    expect(records.length).toBeGreaterThan(10);
    expect(new Set(records.map((fields) => fields.length))).toEqual(new Set([10]));
  });
  it("shows the reference's own bases as REF, and no two lines for one edit", () => {
    for (const [contig = "", position, , ref = "", alt = ""] of records) {
      expect(
        contigs
          .get(contig)!
          .slice(Number(position) - 1)
          .startsWith(ref),
      ).toBe(true);
      expect(alt).toMatch(/^[ACGT]+$/);
      expect(alt).not.toBe(ref);
    }
    const own = records
      .filter((fields) => !fields[7]!.includes("INTENDED"))
      .map((fields) => fields.slice(0, 5).join(" "));
    expect(new Set(own).size).toBe(own.length);
  });
  it("is left-aligned and parsimonious (Tan, Abecasis and Kang 2015)", () => {
    for (const [, , , ref = "", alt = ""] of records) {
      expect(ref.at(-1) === alt.at(-1)).toBe(false);
      expect(ref.length > 1 && alt.length > 1 && ref[0] === alt[0]).toBe(false);
    }
  });
  it("carries out to the sequence that was read", async () => {
    const deleted = amplicon.slice(0, 60) + amplicon.slice(63);
    const one = await analyseSample(sampleOf("S", [deleted]), [], { amplicon: spec }, { code });
    const [, position, , ref = "", alt = ""] = writeVcf(one).trimEnd().split("\n").at(-1)!.split("\t");
    const at = Number(position) - 1;
    expect(amplicon.slice(0, at) + alt + amplicon.slice(at + ref.length)).toBe(deleted);
  });
  it("tells what the donor changes, with the reads that have it", () => {
    const intended = records.filter((fields) => fields[7]!.includes("INTENDED=GENE1_HDR"));
    const reads = result.amplicon.references[1]!.reads;
    expect(intended.length).toBeGreaterThan(0);
    for (const fields of intended) expect(fields[9]!.split(":")[1]).toBe(String(reads));
  });
});

describe("controls", () => {
  it("take away what is in both", async () => {
    const snp = `${amplicon.slice(0, cut)}${amplicon[cut] === "A" ? "C" : "A"}${amplicon.slice(cut + 1)}`;
    const edited = amplicon.slice(0, cut - 1) + amplicon.slice(cut + 2);
    const treated = sampleOf("T", { [snp]: 500, [amplicon]: 300, [edited]: 200 });
    const untreated = sampleOf("U", { [snp]: 500, [amplicon]: 500 });
    const { background, edits, edited: rate } = await analyseSample(treated, [untreated], { amplicon: spec }, { code });
    expect(rate.value).toBeCloseTo(0.7, 9);
    expect(background!.difference.value).toBeCloseTo(0.2, 9);
    expect(background!.difference.lower).toBeGreaterThan(0.15);
    expect(background!.p).toBeLessThan(1e-10);
    const [substitution, deletion] = [
      edits.find(({ kind }) => kind === "substitution")!,
      edits.find(({ kind }) => kind === "deletion")!,
    ];
    expect(substitution.background!.difference.value).toBeCloseTo(0, 9);
    expect(substitution.background!.q).toBe(1);
    expect(deletion.background!.difference.value).toBeCloseTo(0.2, 9);
    expect(deletion.background!.q).toBeLessThan(1e-10);
    const hit = background!.positions.find(({ position, kind }) => position === cut && kind === "deletion")!;
    expect([hit.treated.count, hit.control.count]).toEqual([200, 0]);
  });
  it("several together are taken with their scatter", async () => {
    const at = (count: number) =>
      sampleOf(`U${count}`, { [amplicon]: 1000 - count, [amplicon.slice(0, cut - 1) + amplicon.slice(cut)]: count });
    const { background } = await analyseSample(at(300), [at(10), at(60), at(20)], { amplicon: spec }, { code });
    expect(background!.edited.value).toBeCloseTo(0.03, 9);
    expect(background!.edited.upper).toBeGreaterThan(0.1);
  });
});

describe("no read that can be judged", () => {
  it("is an error of the sample or of its control, never a rate of zero", async () => {
    const foreign = "GGCATTTAGACCCATTTAGGGACCAATTTAAGGGCCATAGACCCAGATTAGGATACC";
    const bad = sampleOf("S", [foreign]);
    const good = sampleOf("S", [amplicon]);
    const run = (one: typeof bad, controls: (typeof bad)[]) =>
      analyseSample(one, controls, { amplicon: spec }, { code });
    await expect(run(bad, [])).rejects.toMatchObject({
      code: "editing/no-reads-kept",
      message: expect.stringMatching(/none of 1 reads can be judged \(1 unlike the amplicon\)/),
    });
    await expect(run(good, [{ ...bad, name: "U" }])).rejects.toThrow(/Sample U: none of 1/);
    await expect(run(sampleOf("S", []), [])).rejects.toThrow(/none of 0 reads/);
  });
  it.each([
    [{ quantify: { minIdentity: 101 } }, /least identity is 101/],
    [{ leastEditShare: 2 }, /least share of an edit is 2/],
    [{ mostAlleles: 0 }, /alleles listed is 0/],
  ])("options out of range are named (%o)", async (more, message) => {
    await expect(analyseSample(sampleOf("S", [amplicon]), [], { amplicon: spec, ...more }, { code })).rejects.toThrow(
      message,
    );
  });
});

describe("comparing", () => {
  const edited = amplicon.slice(0, cut - 1) + amplicon.slice(cut + 2);
  const at = async (name: string, count: number, more: Partial<AnalysisPlan> = {}) =>
    analyseSample(
      sampleOf(name, { [edited]: count, [amplicon]: 1000 - count }),
      [],
      { amplicon: spec, ...more },
      { code },
    );

  it("tells rates, positions and alleles that differ", async () => {
    const comparison = compareResults([await at("A", 300)], [await at("B", 200)]);
    expect(comparison.edited).toMatchObject({ a: { count: 300 }, b: { count: 200 }, pSamples: null });
    expect(comparison.edited.difference.value).toBeCloseTo(0.1, 9);
    expect(comparison.edited.p).toBeLessThan(1e-6);
    expect(comparison.positions.map(({ name }) => name)).toEqual([62, 63, 64].map((i) => `${i} deletion`));
    expect(comparison.alleles.every(({ q, p }) => q >= p && q < 1e-5)).toBe(true);
    expect(comparison.edits).toHaveLength(1);
  });
  it("takes several samples of a side as replicates", async () => {
    const left = [await at("A1", 300), await at("A2", 310), await at("A3", 290)];
    const right = [await at("B1", 100), await at("B2", 120), await at("B3", 90)];
    const { edited } = compareResults(left, right);
    expect(edited.a).toMatchObject({ count: 900, of: 3000 });
    expect(edited.pSamples).toBeLessThan(0.001);
  });
  it("refuses results of other amplicons or windows, and empty sides", async () => {
    const other = { amplicon: { ...spec, guides: [{ name: "g1", sequence: guide, cutOffset: -4 }] } };
    expect(() => compareResults([], [result])).toThrow(/there is no result in it/);
    const [first, second] = [await at("A", 3), await at("B", 3, other)];
    expect(() => compareResults([first], [second])).toThrow(/A and B: they have not the same guides/);
    const wider = await at("C", 3, { design: { windowSize: 5 } });
    expect(() => compareResults([first], [wider])).toThrow(/not the same window/);
  });
  it("writes tables, a figure, a report and a document", async () => {
    const comparison = compareResults([await at("A", 300)], [await at("B", 200)]);
    const provenance = { code, inputs: [], parameters: {} };
    const names: string[] = [];
    for await (const { name } of comparisonOutputs(comparison, ["x", "y"], provenance)) names.push(name);
    expect(names.filter((name) => !name.startsWith("figures/"))).toEqual([
      "comparison.csv",
      "positions.csv",
      "edits.csv",
      "alleles.csv",
      "report.html",
      "comparison.json",
    ]);
    expect(names.filter((name) => !isOutputFile(name))).toEqual([]);
    expect(comparisonLines(comparison, ["x", "y"])[0]).toMatch(/^Edited: x 30 % \(27\.2 to 32\.9\), y 20 %/);
  });
});

it("refuses documents that are no results", () => {
  expect(() => readResult("{", "a.json")).toThrow(/a\.json: it is no JSON/);
  expect(() => readResult("{}", "a.json")).toThrow(/it is no result, expected "artesian editing" of version 1/);
  expect(() => readBatch(files.get("editing.json")!, "b.json")).toThrow(
    /"artesian editing" of version 1, expected "artesian editing batch"/,
  );
});
