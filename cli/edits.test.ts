import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { fastqText, type SampleTruth, type SimulationPlan, simulateSample } from "@artesian/editing";
import { amplicon, cut, flankRight, guide, repaired } from "@artesian/editing/analysis.test-support.ts";
import { turned } from "@artesian/editing/unique-reads.test-support.ts";
import { seededRandom } from "@artesian/numerics";
import { afterAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-edits-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(root, ...parts);

interface Ran {
  code: number | undefined;
  error: { code: string; message: string } | undefined;
  out: string;
  said: string;
}

async function edits(...words: string[]): Promise<Ran> {
  const texts = { out: "", said: "" };
  const into = (name: keyof typeof texts) =>
    new Writable({
      write(chunk, _encoding, done) {
        texts[name] += String(chunk);
        done();
      },
    });
  let code: number | undefined;
  let error: Ran["error"];
  const program = createProgram(createOutput({ stdout: into("out"), stderr: into("said") }), (exit) => {
    code = exit;
  });
  try {
    await program.parseAsync(["node", "artesian", "edits", ...words]);
  } catch (thrown) {
    error = thrown as NonNullable<Ran["error"]>;
  }
  return { code, error, ...texts };
}

/** Writes a simulated sample as pairs. @returns its truth */
function written(name: string, plan: Partial<SimulationPlan>): SampleTruth {
  const perfect = { firstQuality: 41, lastQuality: 41, spread: 0, unknownRate: 0 };
  const sample = simulateSample({
    seed: name,
    amplicon,
    cut,
    molecules: 600,
    readLength: 90,
    otherStrand: 0.5,
    ...perfect,
    ...plan,
  });
  const { r1, r2 } = fastqText(sample);
  writeFileSync(at(`${name}_R1.fastq.gz`), gzipSync(r1));
  writeFileSync(at(`${name}_R2.fastq.gz`), gzipSync(r2));
  return sample.truth;
}

const fastq = (sequences: readonly string[], end = "\n"): string =>
  sequences.map((text, i) => [`@r${i}`, text, "+", "I".repeat(text.length), ""].join(end)).join("");
const truth = written("S1", { nhej: { share: 0.5 } });
written("S2", { nhej: { share: 0.4 } });
written("U", {});
writeFileSync(at("amplicon.fa"), `>GENE1 human\r\n${amplicon.slice(0, 60)}\r\n${amplicon.slice(60).toLowerCase()}\r\n`);
const reads = [at("S1_R1.fastq.gz"), at("S1_R2.fastq.gz")];
const gene = ["--amplicon", at("amplicon.fa"), "--guide", guide];
const plain = (name: string, text: string | Uint8Array): string => {
  writeFileSync(at(name), text);
  return at(name);
};

describe("artesian edits run", () => {
  it("writes a sample's files and says what it found", async () => {
    const run = await edits("run", "--reads", ...reads, ...gene, "--out", at("run"), "--no-png");
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^\d+(\.\d+)? % \(.+\) of the reads are edited: \d+ of 600\.$/m);
    expect(run.said).toContain("report.html first");
    const result = JSON.parse(readFileSync(at("run", "editing.json"), "utf8"));
    const edited = truth.alleles.reduce((sum, { origin, reads }) => sum + (origin === "nhej" ? reads : 0), 0);
    expect(result.edited).toMatchObject({ count: edited, of: 600 });
    expect(result.amplicon.name).toBe("GENE1");
    expect(result.provenance.inputs.map(({ name }: { name: string }) => name)).toEqual([
      "S1_R1.fastq.gz",
      "S1_R2.fastq.gz",
    ]);
    expect(JSON.stringify(result)).not.toContain(root);
  });

  it("gives the same bytes again, and takes away what is no longer made", async () => {
    const before = readFileSync(at("run", "editing.json"));
    const options = ["--control", `${at("U_R1.fastq.gz")},${at("U_R2.fastq.gz")}`, "--base-editor", "C:T"];
    await edits("run", "--reads", ...reads, ...gene, "--out", at("run"), "--no-png", ...options);
    expect(existsSync(at("run", "conversions.csv"))).toBe(true);
    expect(existsSync(at("run", "background.csv"))).toBe(true);
    writeFileSync(at("run", "mine.csv"), "kept");
    await edits("run", "--reads", ...reads, ...gene, "--out", at("run"), "--no-png");
    expect(readFileSync(at("run", "editing.json"))).toEqual(before);
    expect(readdirSync(at("run")).filter((name) => /conver|backg|mine/.test(name))).toEqual(["mine.csv"]);
  });

  it("prints one document with --json", async () => {
    const run = await edits(
      "run",
      "--reads",
      ...reads,
      ...gene,
      "--out",
      at("json"),
      "--no-png",
      "--json",
      "--sample",
      "mine",
    );
    expect(JSON.parse(run.out)).toMatchObject({
      sample: "mine",
      judged: 600,
      files: expect.arrayContaining(["edits.vcf"]),
    });
  });

  it("takes Windows line ends, lower case, reads beyond the amplicon and a file that is not compressed", async () => {
    const deleted = amplicon.slice(0, cut - 1) + amplicon.slice(cut + 1);
    const text = fastq([amplicon.toLowerCase(), `ACGTT${deleted}GGGTC`, turned(deleted)], "\r\n");
    const run = await edits("run", "--reads", plain("odd.fq", text), ...gene, "--out", at("odd"), "--no-png", "--json");
    expect(JSON.parse(run.out)).toMatchObject({ unmodified: 1, nhej: 2, sample: "odd" });
  });

  it("reads molecules, quality limits, windows and kinds of edit as it is told", async () => {
    const umi = (i: number): string => [0, 2, 4, 6].map((shift) => "ACGT"[(i >> shift) & 3]).join("");
    const substituted = `${amplicon.slice(0, cut)}${amplicon[cut] === "A" ? "C" : "A"}${amplicon.slice(cut + 1)}`;
    const text = fastq(
      [...Array(6)].flatMap((_, i) => [
        umi(i * 37) + (i < 2 ? substituted : amplicon),
        umi(i * 37) + amplicon.slice(0, 0) + (i < 2 ? substituted : amplicon),
      ]),
    );
    const run = await edits(
      "run",
      "--reads",
      plain("umi.fq", text),
      ...gene,
      "--umi",
      "r1:4N",
      "--out",
      at("umi"),
      "--no-png",
      "--json",
    );
    expect(JSON.parse(run.out)).toMatchObject({ unit: "molecules", nhej: 2, unmodified: 4 });
    const ignored = await edits(
      "run",
      "--reads",
      at("umi.fq"),
      ...gene,
      "--umi",
      "r1:4N",
      "--ignore",
      "substitution",
      "--out",
      at("umi"),
      "--no-png",
      "--json",
    );
    expect(JSON.parse(ignored.out)).toMatchObject({ nhej: 0 });
    const elsewhere = await edits(
      "run",
      "--reads",
      at("umi.fq"),
      ...gene,
      "--umi",
      "r1:4N",
      "--window-from-to",
      "20-30",
      "--out",
      at("umi"),
      "--no-png",
      "--json",
    );
    expect(JSON.parse(elsewhere.out)).toMatchObject({ nhej: 0, unmodified: 6 });
    const strict = await edits(
      "run",
      "--reads",
      at("umi.fq"),
      ...gene,
      "--min-mean-quality",
      "41",
      "--out",
      at("umi"),
      "--no-png",
    );
    expect(strict.error?.message).toMatch(/none of 0 reads can be judged \(.*12 left out: mean quality/);
  });

  it("analyses amplicons of ten thousand bases", async () => {
    const random = seededRandom(7);
    const half = (): string => Array.from({ length: 5000 }, () => "ACGT"[random.below(4)]).join("");
    const long = half() + guide + half();
    const place = 5000 + 17;
    const deleted = long.slice(0, place - 500) + long.slice(place + 700);
    const text = fastq([long, turned(deleted), deleted]);
    const run = await edits(
      "run",
      "--reads",
      plain("long.fq", text),
      "--amplicon",
      long,
      "--guide",
      guide,
      "--out",
      at("long"),
      "--no-png",
      "--json",
    );
    expect(JSON.parse(run.out)).toMatchObject({ unmodified: 1, nhej: 2 });
    expect(readFileSync(at("long", "edits.csv"), "utf8")).toMatch(/,deletion,\d+,1200,yes,2,3,/);
  });
});

describe("what cannot be analysed", () => {
  const out = ["--out", at("bad"), "--no-png"];
  const run = (files: string[], ...more: string[]) =>
    edits("run", "--reads", ...files, ...(more.length > 0 ? more : gene), ...out);
  const good = plain("good.fq", fastq([amplicon]));

  it.each<[string, string, () => Promise<Ran>, RegExp]>([
    [
      "unequal pairs",
      "editing/unequal-pairs",
      () => run([plain("a1.fq", fastq([amplicon, amplicon])), plain("a2.fq", fastq([amplicon]))]),
      /a[12]\.fq/,
    ],
    [
      "a letter that is no base in a read",
      "editing/fastq-format",
      () => run([plain("x.fq", fastq([amplicon, "ACGJ"]))]),
      /x\.fq.*line 6|line 6.*x\.fq/s,
    ],
    [
      "a letter that is no base in the amplicon",
      "editing/alphabet",
      () => run([good], "--amplicon", plain("bad.fa", ">x\nACGTQ\n"), "--guide", guide),
      /amplicon x: "Q" at position 5/,
    ],
    ["an empty file", "editing/no-reads", () => run([plain("empty.fq", "")]), /empty\.fq/],
    [
      "a cut-off file",
      "editing/truncated-fastq",
      () => run([plain("half.fq", fastq([amplicon]).slice(0, 150))]),
      /half\.fq/,
    ],
    [
      "a cut-off gzip",
      "data/truncated-gzip",
      () => run([plain("half.fq.gz", gzipSync(fastq([amplicon])).subarray(0, 60))]),
      /half\.fq\.gz/,
    ],
    [
      "a guide that is not there",
      "editing/guide-not-found",
      () => run([good], "--amplicon", amplicon, "--guide", `TTT${guide.slice(3)}`),
      /nearest place is bases 46 to 65 of the forward strand, with 2 mismatches/,
    ],
    [
      "a guide that is there twice",
      "editing/guide-repeated",
      () => run([good], "--amplicon", amplicon + guide + flankRight, "--guide", guide),
      /2 times: bases 46 to 65.*bases 114 to 133/,
    ],
    [
      "exclusions that leave nothing",
      "editing/window",
      () => run([good], ...gene, "--exclude-ends", "56"),
      /nothing of it is left/,
    ],
    [
      "reads of another amplicon",
      "editing/no-reads-kept",
      () => run([good], "--amplicon", "ACGGTTACCATG".repeat(8)),
      /1 unlike the amplicon/,
    ],
    ["a file that is not there", "cli/usage", () => run([at("nowhere.fq")]), /nowhere\.fq: there is no such file/],
    [
      "a missing amplicon file",
      "cli/usage",
      () => run([good], "--amplicon", "nowhere.fa"),
      /neither a sequence of A, C, G, T, N nor a file/,
    ],
    [
      "a donor unlike the amplicon",
      "editing/reference",
      () => run([good], ...gene, "--hdr", turned(amplicon)),
      /% of its bases/,
    ],
    [
      "a base editor that is none",
      "editing/option",
      () => run([good], ...gene, "--base-editor", "C"),
      /two different bases such as C:T/,
    ],
    [
      "a number that is none",
      "cli/usage",
      () => run([good], ...gene, "--min-identity", "many"),
      /--min-identity many: expected a number from 0 to 100/,
    ],
    ["a window that is none", "cli/usage", () => run([good], ...gene, "--window-from-to", "x"), /write FROM-TO/],
    ["a scaffold without its pegRNA", "cli/usage", () => run([good], ...gene, "--scaffold", "ACGT"), /go together/],
    ["a UMI that is none", "cli/usage", () => run([good], ...gene, "--umi", "8N"), /write r1:8N/],
    ["a pair given as lanes", "cli/usage", () => run([`${reads[0]},${reads[1]}`]), /look like R1 and R2 of one sample/],
    ["three files", "cli/usage", () => run([good, good, good]), /give R1, or R1 and R2/],
  ])("%s: %s", async (_, code, attempt, message) => {
    const { error, code: exit } = await attempt();
    expect(error).toMatchObject({ code });
    expect(error?.message).toMatch(message);
    expect(exit).toBeUndefined();
    expect(existsSync(at("bad", "editing.json"))).toBe(false);
  });

  it("ends with 1 when reads are at fault, with 2 when what was given is", () => {
    const bin = join(import.meta.dirname, "bin", "artesian.js");
    const status = (...words: string[]) =>
      spawnSync(process.execPath, [bin, "edits", "run", ...words, ...out], { encoding: "utf8" });
    const empty = status("--reads", plain("none.fq", ""), ...gene);
    expect([empty.status, empty.stderr]).toEqual([1, expect.stringContaining("[editing/no-reads]")]);
    const wrong = status("--reads", good, "--amplicon", amplicon, "--guide", "ACGTTTTTTTTTTTTTTTTT");
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining("[editing/guide-not-found]")]);
  }, 30_000);
});

describe("a command that is stopped", () => {
  it("ends with 3 and leaves no result that looks complete", async () => {
    const before = process.listenerCount("SIGTERM");
    const running = edits("run", "--reads", ...reads, ...gene, "--out", at("stopped"), "--no-png");
    while (process.listenerCount("SIGTERM") === before) await new Promise((resolve) => setTimeout(resolve, 1));
    process.emit("SIGTERM", "SIGTERM");
    const { code, error, said } = await running;
    expect([code, error]).toEqual([3, undefined]);
    expect(said).toContain("Stopped.");
    expect(existsSync(at("stopped", "editing.json"))).toBe(false);
  });
});

describe("artesian edits batch", () => {
  const sheet = plain(
    "sheet.csv",
    "sample,reads1,reads2,control,condition\r\nS1,S1_R1.fastq.gz,S1_R2.fastq.gz,U,treated\r\nS2,S2_R1.fastq.gz,S2_R2.fastq.gz,U,treated\r\nU,U_R1.fastq.gz,U_R2.fastq.gz,,\r\n",
  );
  it("does every sample, each in its folder, and compares conditions", async () => {
    const run = await edits("batch", sheet, ...gene, "--out", at("batch"), "--no-png");
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^S1\t.* %.*\nS2\t.*\nU\t0 %/);
    expect(readdirSync(at("batch", "samples"))).toEqual(["S1", "S2", "U"]);
    expect(JSON.parse(readFileSync(at("batch", "batch.json"), "utf8")).conditions).toMatchObject([
      { condition: "treated", samples: ["S1", "S2"] },
    ]);
    const [a, b] = [`${at("batch/samples/S1")},${at("batch/samples/S2")}`, at("batch/samples/U")];
    const compared = await edits("compare", a, b, "--names", "treated,untreated", "--out", at("compared"), "--no-png");
    expect(compared.code).toBe(0);
    expect(compared.out).toMatch(/^Edited: treated .* untreated 0 %/);
    const whole = await edits("compare", at("batch"), at("run"), "--out", at("compared"), "--no-png", "--json");
    expect(JSON.parse(whole.out).samples).toEqual({ a: ["S1", "S2", "U"], b: ["S1"] });
  });
  it("goes on after a sample that fails, says so and ends with 1", async () => {
    const broken = plain("broken.csv", `sample,reads1\nbad,empty.fq\ngone,nowhere.fq\ngood,good.fq\n`);
    const run = await edits("batch", broken, ...gene, "--out", at("broken"), "--no-png", "--json");
    expect(run.code).toBe(1);
    expect(JSON.parse(run.out).samples).toMatchObject([
      { sample: "bad", status: "failed", code: "editing/no-reads" },
      { sample: "gone", status: "failed", code: "cli/usage" },
      { sample: "good", status: "done", unmodified: 1 },
    ]);
  });
  it("names the line of a sample that is there twice", async () => {
    const twice = plain("twice.csv", "sample,reads1\nS1,good.fq\nS1,good.fq\n");
    const { error } = await edits("batch", twice, ...gene, "--out", at("twice"), "--no-png");
    expect(error).toMatchObject({ code: "editing/sheet", line: 3 });
    expect(existsSync(at("twice"))).toBe(false);
  });
});

describe("artesian edits pooled", () => {
  it("gives reads to their amplicons and reports those that fit none", async () => {
    const second = turned(
      `TTACGGATCCATTGACAGCTTAACGGTCAATGCCTAGATTCCGA${guide}CGGATTACCGATTGCCATAGCAATGCCTTAGGCAACTGTT`,
    );
    const foreign = "GGCATTTAGACCCATTTAGGGACCAATTTAAGGGCCATAGACCCAGATTAGGATACCAGTTTAGGACC";
    const edited = second.slice(0, 60) + second.slice(66);
    const library = plain("pool.fq", fastq([amplicon, amplicon, second, edited, turned(edited), foreign]));
    const table = plain("table.tsv", `name\tamplicon\tguide\nA\t${amplicon}\t${guide}\nB\t${second}\t${guide}\n`);
    const run = await edits("pooled", table, "--reads", library, "--out", at("pooled"), "--no-png", "--json");
    expect(run.code).toBe(0);
    const { samples, pool } = JSON.parse(run.out);
    expect(pool).toMatchObject({ total: 6, unassigned: 1, amplicons: [{ reads: 2 }, { reads: 3 }] });
    expect(samples).toMatchObject([
      { sample: "A", unmodified: 2, nhej: 0 },
      { sample: "B", judged: 3 },
    ]);
    expect(readFileSync(at("pooled", "pool.csv"), "utf8")).toContain("(none fits),1,");
  });
  it("fails for an amplicon without reads", async () => {
    mkdirSync(at("alone"), { recursive: true });
    const table = plain("two.csv", `name,amplicon\nA,${amplicon}\nB,${"ACGGTTACCATG".repeat(8)}\n`);
    const run = await edits("pooled", table, "--reads", at("good.fq"), "--out", at("alone"), "--no-png");
    expect(run.code).toBe(1);
    expect(run.out).toContain("B\tfailed\tediting/no-reads-kept");
  });
});

describe("a donor", () => {
  it("is told by a FASTA file or by its sequence", async () => {
    const library = plain("hdr.fq", fastq([repaired, repaired, amplicon]));
    const donor = plain("donor.fa", `>donor\n${repaired}\n`);
    for (const hdr of [donor, repaired]) {
      const run = await edits(
        "run",
        "--reads",
        library,
        ...gene,
        "--hdr",
        hdr,
        "--out",
        at("hdr"),
        "--no-png",
        "--json",
      );
      expect(JSON.parse(run.out)).toMatchObject({ hdr: 2, unmodified: 1 });
    }
  });
});
