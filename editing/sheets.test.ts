import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyseSample } from "./analyse.ts";
import { amplicon, code, cut, guide, sampleOf, spec } from "./analysis.test-support.ts";
import { assignAmplicons, NO_AMPLICON, SEVERAL_AMPLICONS } from "./assign-amplicons.ts";
import { type BatchEntry, batchOutputs, conditionsOf } from "./batch.ts";
import { splitPool } from "./pool.ts";
import { encodeSequence } from "./sequence.ts";
import { readAmpliconTable, readSampleSheet } from "./sheets.ts";
import { readsOf, turned } from "./unique-reads.test-support.ts";

const sheet = (text: string, defaults = {}) => readSampleSheet(text, "sheet.csv", defaults);

describe("a sample sheet", () => {
  it("is read in any order of columns and case, with lists in cells", () => {
    const text = `Reads1,sample,guide,guide_name,AMPLICON,coding,condition\na.fq;b.fq,S1,${guide},g1,${amplicon},ACGT;GGCC,treated\n`;
    expect(sheet(text)).toEqual({
      samples: [
        {
          line: 2,
          sample: "S1",
          reads1: ["a.fq", "b.fq"],
          reads2: [],
          amplicon: {
            name: "amplicon",
            sequence: amplicon,
            guides: [{ sequence: guide, name: "g1" }],
            coding: ["ACGT", "GGCC"],
          },
          controls: [],
          condition: "treated",
        },
      ],
      notes: [],
    });
  });
  it("may have tabs, a byte-order mark, Windows line ends, blank lines and columns of its own", () => {
    const text = `\uFEFFsample\treads1\tamplicon\toperator\r\n\r\n001\ta.fq\t${amplicon}\tme\r\n`;
    const { samples, notes } = sheet(text);
    expect(samples).toMatchObject([{ sample: "001", line: 3 }]);
    expect(notes).toEqual(["sheet.csv: column operator is not used."]);
  });
  it("takes what is given for all, except with an amplicon of its own", () => {
    const text = `sample,reads1,amplicon\nS1,a.fq,\nS2,b.fq,ACGTACGT\n`;
    const { samples } = sheet(text, { amplicon: { ...spec, hdr: "ACGT" } });
    expect(samples.map((one) => one.amplicon)).toEqual([
      { ...spec, hdr: "ACGT" },
      { name: "amplicon", sequence: "ACGTACGT" },
    ]);
  });
  it.each([
    ["sample,reads1\nS1,a.fq\n", 2, /S1 has no amplicon, and none is given for all/],
    ["sample,amplicon\nS1,ACGT\n", 1, /there is no column reads1; found sample, amplicon/],
    ["sample,reads1,amplicon\n", 2, /no line below the header/],
    ["sample,reads1,amplicon\nS1,a,A\nS2,b,A\ns1,c,A\n", 4, /sample s1 is named twice, in line 2 too/],
    ['sample,reads1,amplicon\n"S\n1",a,A\n\nS2,,A\n', 5, /sample S2 has no file of reads/],
    ["sample,reads1,amplicon\n,a,A\n", 2, /has no name/],
    ["sample,reads1,amplicon\n../x,a,A\n", 2, /cannot be a sample's name/],
    ["sample,reads1,reads2,amplicon\nS1,a;b,c,A\n", 2, /2 files of first and 1 of second reads/],
    ["sample,reads1,amplicon,control\nS1,a,A,U\n", 2, /control U of sample S1 is no sample of this sheet/],
    ["sample,reads1,amplicon,control\nS1,a,A,S1\n", 2, /is the sample itself/],
    ["sample,Sample,reads1,amplicon\nS1,S1,a,A\n", 1, /column sample is there twice/],
  ])("that cannot be carried out is told with its line (%j)", (text, line, message) => {
    expect(() => sheet(text)).toThrow(expect.objectContaining({ code: "editing/sheet", line }));
    expect(() => sheet(text)).toThrow(message);
  });
});

describe("an amplicon table", () => {
  it("is read with primers", () => {
    const text = "name,amplicon,guide,forward_primer,reverse_primer\nA,ACGT,GG,AC,TT\n";
    expect(readAmpliconTable(text, "table.csv").amplicons).toEqual([
      { name: "A", sequence: "ACGT", line: 2, guides: [{ sequence: "GG" }], forwardPrimer: "AC", reversePrimer: "TT" },
    ]);
  });
  it("names lines without a name or sequence, and names twice", () => {
    const table = (text: string) => () => readAmpliconTable(text, "t.tsv");
    expect(table("name\tamplicon\nA\t\n")).toThrow(/t\.tsv, line 2: amplicon A has no sequence/);
    expect(table("name\tamplicon\n\tA\n")).toThrow(/line 2: the amplicon has no name/);
    expect(table("name\tamplicon\nA\tA\nA\tC\n")).toThrow(/line 3: amplicon A is named twice, in line 2 too/);
    expect(table("name\tamplicon\na/b\tA\n")).toThrow(/cannot be an amplicon's name/);
  });
});

const base = fc.constantFrom("A", "C", "G", "T");
const bases = (length: number) => fc.array(base, { minLength: length, maxLength: length }).map((some) => some.join(""));

describe("reads of a pool", () => {
  const codes = (text: string) => encodeSequence(text, "amplicon");
  const foreign = "GGCATTTAGACCCATTTAGGGACCAATTTAAGGGCCATAGACCCAGATTAGGATACCAGTTTAGGACCACAGATTTACA";

  it("go to their amplicon on either strand, edited or not", () => {
    fc.assert(
      fc.property(bases(120), bases(120), fc.nat(90), fc.nat(20), (a, b, at, length) => {
        const reads = [a, turned(b), a.slice(0, at) + a.slice(at + length), b.slice(0, 60) + b.slice(80)];
        const found = assignAmplicons(readsOf(reads), [
          { name: "a", references: [codes(a)] },
          { name: "b", references: [codes(b)] },
        ]);
        expect(found.reads).toEqual([2, 2]);
      }),
      { numRuns: 50 },
    );
  });
  it("that fit none are told with their sequences, those that fit several are apart", () => {
    const amplicons = [
      { name: "a", references: [codes(amplicon)] },
      { name: "copy", references: [codes(amplicon)] },
    ];
    const found = assignAmplicons(readsOf({ [foreign]: 3, [amplicon]: 5 }), amplicons);
    expect(found).toMatchObject({
      unassigned: 3,
      ambiguous: 5,
      reads: [0, 0],
      foreign: [{ sequence: foreign, reads: 3 }],
    });
    expect([...found.amplicon]).toEqual([SEVERAL_AMPLICONS, NO_AMPLICON]);
  });
  it("are told apart by a single base", () => {
    const other = `${amplicon.slice(0, 50)}${amplicon[50] === "A" ? "C" : "A"}${amplicon.slice(51)}`;
    const found = assignAmplicons(readsOf({ [amplicon]: 2, [turned(other)]: 3 }), [
      { name: "a", references: [codes(amplicon)] },
      { name: "b", references: [codes(other)] },
    ]);
    expect(found.reads).toEqual([2, 3]);
  });
  it("need the primers of an amplicon that has some, with two mismatches at most", () => {
    const primers = { forwardPrimer: amplicon.slice(0, 18), reversePrimer: turned(amplicon).slice(0, 18) };
    const pool = [{ name: "a", references: [codes(amplicon)], ...primers }];
    const begun = (start: string) => start + amplicon.slice(start.length);
    const reads = {
      [amplicon]: 4,
      [turned(amplicon)]: 2,
      [begun("AA")]: 1,
      [amplicon.slice(8)]: 1,
      [begun("AAAAAAAAAA")]: 1,
    };
    expect(assignAmplicons(readsOf(reads), pool)).toMatchObject({ reads: [7], unassigned: 2 });
  });
  it("become a sample for each amplicon, empty ones too", async () => {
    const rows = [
      { ...spec, name: "a", line: 2 },
      { name: "b", sequence: foreign, line: 3 },
    ];
    const { samples, pool } = splitPool(
      sampleOf("pool", { [amplicon]: 3, TTAACCGGTATATCGCGATTTAAAGGGCCCATATGCGCAATTGGCC: 1 }),
      rows,
      {},
    );
    expect(samples.map(({ name, reads }) => [name, reads.total])).toEqual([
      ["a", 3],
      ["b", 0],
    ]);
    expect(pool).toMatchObject({ total: 4, unassigned: 1 });
    await expect(analyseSample(samples[1]!, [], { amplicon: rows[1]! }, { code })).rejects.toThrow(/none of 0 reads/);
    expect(() => splitPool(sampleOf("pool", [foreign]), rows.slice(0, 1), {})).toThrow(/1 fit no amplicon/);
  });
});

describe("a batch", () => {
  const edited = amplicon.slice(0, cut - 2) + amplicon.slice(cut + 2);
  const done = async (sample: string, condition: string | null, count: number): Promise<BatchEntry> => ({
    sample,
    condition,
    status: "done",
    result: await analyseSample(
      sampleOf(sample, { [edited]: count, [amplicon]: 1000 - count }),
      [],
      { amplicon: spec },
      { code },
    ),
  });
  const failed: BatchEntry = { sample: "S9", condition: "treated", status: "failed", code: "x/y", message: "no reads" };

  it("tells conditions by their replicates, without failed ones", async () => {
    const entries = [
      await done("S1", "treated", 300),
      await done("S2", "treated", 200),
      failed,
      await done("U", null, 1),
    ];
    const [treated, ...others] = conditionsOf(entries);
    expect(others).toEqual([]);
    expect(treated).toMatchObject({ condition: "treated", samples: ["S1", "S2"], edited: { replicates: 2 } });
    expect(treated!.edited.value).toBeCloseTo(0.25, 9);
  });
  it("has a line for every sample, failed ones with their cause", async () => {
    const files = new Map<string, string>();
    const provenance = { code, inputs: [], parameters: {} };
    const entries = [await done("S1", "treated", 300), failed];
    for await (const { name, content } of batchOutputs(entries, provenance, { pool: null, notes: [] }))
      if (typeof content === "string") files.set(name, content);
    const [header, first, second] = files.get("quantification.csv")!.split("\n");
    expect(header).toMatch(/^sample,status,condition,code,message,amplicon,/);
    expect(first).toMatch(/^S1,done,treated,,,GENE1,/);
    expect(second).toMatch(/^S9,failed,treated,x\/y,no reads,/);
    expect(files.get("report.html")).toContain("S9 failed: no reads");
    expect(JSON.parse(files.get("batch.json")!).samples).toMatchObject([{ folder: "samples/S1" }, { code: "x/y" }]);
  });
});
