import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { folderPlace, openPlace } from "@artesian/data";
import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { memoryPlace } from "./memory-place.test-support.ts";
import { type ReadSampleOptions, readSample, type SampleFiles } from "./read-sample.ts";
import { decodeSequence, encodeSequence, reverseComplement } from "./sequence.ts";
import { fastqText, type SimulatedSample, type SimulationPlan, simulateSample } from "./simulate.ts";
import type { UniqueReads } from "./unique-reads.ts";

const amplicon = "GATTACAGGCTCTGACCAGTTGCAATCGGATACCTTTTGCAGGTCCATGACGTTAGCCATGCAAGTCCGTATTGGCACCATGGACTTACGGATCCTAAGC";
const clean: SimulationPlan = {
  seed: 12,
  amplicon,
  cut: 50,
  molecules: 2000,
  nhej: { share: 0.4 },
  readLength: 70,
  firstQuality: 63,
  lastQuality: 63,
  spread: 0,
  unknownRate: 0,
};

const turn = (text: string): string => decodeSequence(reverseComplement(encodeSequence(text, "text")));

function listed(reads: UniqueReads): [string, number][] {
  return Array.from({ length: reads.size }, (_, i) => {
    const codes = new Uint8Array(reads.length(i));
    reads.copy(i, codes);
    return [decodeSequence(codes), reads.count(i)];
  });
}

/** Sequences of a sample's molecules and how many of them, or of their reads, have each. */
function expected({ truth }: SimulatedSample, per: "read" | "molecule"): Map<string, number> {
  const counts = new Map<string, number>();
  const molecules = per === "read" ? truth.moleculeOfRead : truth.alleleOfMolecule.keys();
  for (const molecule of molecules) {
    const { sequence } = truth.alleles[truth.alleleOfMolecule[molecule]!]!;
    const read = truth.otherStrand[molecule] === 1 ? turn(sequence) : sequence;
    counts.set(read, (counts.get(read) ?? 0) + 1);
  }
  return counts;
}

function filesOf(sample: SimulatedSample, pieceBytes?: number): SampleFiles {
  const { r1, r2 } = fastqText(sample);
  return {
    place: memoryPlace({ "r1.fastq.gz": gzipSync(r1), "r2.fastq": r2 }, pieceBytes),
    r1: "r1.fastq.gz",
    r2: "r2.fastq",
  };
}

const whole = (files: SampleFiles, options?: ReadSampleOptions) =>
  readSample(files, options).then(({ reads, counts, warnings }) => ({ reads: listed(reads), counts, warnings }));

describe("readSample", () => {
  it("gives every fragment of a sample as often as it was there", async () => {
    const sample = simulateSample({ ...clean, otherStrand: 0.5 });
    const { reads, counts, warnings } = await readSample(filesOf(sample));
    expect(new Map(listed(reads))).toEqual(expected(sample, "read"));
    expect(counts).toMatchObject({ readIn: 2000, merged: 2000, kept: 2000, unmerged: 0, overlapMismatches: 0 });
    expect(warnings).toEqual([]);
  });

  it("gives them also when reads are longer than their fragments", async () => {
    const sample = simulateSample({ ...clean, readLength: 130 });
    const { reads, counts } = await readSample(filesOf(sample));
    expect(new Map(listed(reads))).toEqual(expected(sample, "read"));
    expect(counts.readThrough).toBe(2000);
  });

  it("takes the better base of most that are wrong in an overlap", async () => {
    const noisy = simulateSample({ ...clean, readLength: 100, firstQuality: 38, lastQuality: 8, spread: 1 });
    const { r1, r2 } = fastqText(noisy);
    const place = memoryPlace({ r1, r2 });
    const sequences = expected(noisy, "read");
    const right = ({ reads }: { reads: UniqueReads }): number =>
      listed(reads).reduce((sum, [sequence, count]) => sum + (sequences.has(sequence) ? count : 0), 0);
    const single = right(await readSample({ place, r1: "r1" }));
    const merged = right(await readSample({ place, r1: "r1", r2: "r2" }));
    expect(single).toBeLessThan(500);
    expect(merged).toBeGreaterThan(4 * single);
  });

  it("does not depend on the order of reads, on how files are cut, or on lanes", async () => {
    const sample = simulateSample({ ...clean, firstQuality: 30, lastQuality: 25, unknownRate: 0.001 });
    const there = await whole(filesOf(sample), { filter: { maskBelow: 22 } });
    expect(await whole(filesOf(sample, 777), { filter: { maskBelow: 22 } })).toEqual(there);

    const { r1, r2 } = fastqText(sample);
    const records = (text: string): string[] => text.match(/(?:.*\n){4}/g)!;
    const order = seededRandom(1).shuffle(Array.from({ length: 2000 }, (_, i) => i));
    const [all1, all2] = [records(r1), records(r2)];
    const [firsts, seconds] = [order.map((i) => all1[i]!), order.map((i) => all2[i]!)];
    const place = memoryPlace({
      a1: firsts.slice(0, 700).join(""),
      a2: seconds.slice(0, 700).join(""),
      b1: gzipSync(firsts.slice(700).join("")),
      b2: seconds.slice(700).join(""),
      both: firsts.map((record, i) => record + seconds[i]).join(""),
    });
    const lanes = { place, r1: ["a1", "b1"], r2: ["a2", "b2"] };
    expect(await whole(lanes, { filter: { maskBelow: 22 } })).toEqual(there);
    const interleaved = { place, r1: "both", interleaved: true };
    expect(await whole(interleaved, { filter: { maskBelow: 22 } })).toEqual(there);
  });

  it("leaves out reads of low quality and says why", async () => {
    const read = (name: string, qualities: string): string => `@${name}\nACGTACGT\n+\n${qualities}\n`;
    const text = `${read("a", "IIIIIIII")}${read("b", "++++++++")}${read("c", "IIIIIII#")}${read("d", "IIIIIII,")}@e\nACG\n+\n###\n`;
    const filter = { minLength: 4, minMeanQuality: 20, minBaseQuality: 5, maskBelow: 12 };
    const { reads, counts, warnings } = await whole({ place: memoryPlace({ text }), r1: "text" }, { filter });
    expect(reads).toEqual([
      ["ACGTACGT", 1],
      ["ACGTACGN", 1],
    ]);
    expect(counts).toMatchObject({
      readIn: 5,
      filtered: { short: 1, "mean-quality": 1, "base-quality": 1 },
      maskedBases: 1,
      kept: 2,
    });
    expect(warnings.map(({ code }) => code)).toEqual(["few-kept"]);
  });

  it("leaves a pair out when either of its reads is not good enough", async () => {
    const [good, bad] = ["I", "#"].map((quality) => `@a\nACGTACGTAC\n+\n${quality.repeat(10)}\n`);
    for (const [r1, r2] of [
      [good!, bad!],
      [bad!, good!],
    ] as const) {
      const { counts } = await whole(
        { place: memoryPlace({ r1, r2 }), r1: "r1", r2: "r2" },
        { filter: { minMeanQuality: 20 } },
      );
      expect(counts).toMatchObject({ readIn: 1, filtered: { "mean-quality": 1 }, kept: 0, merged: 0 });
    }
  });

  it("drops pairs that do not overlap, or keeps their first reads", async () => {
    const sample = simulateSample({ ...clean, nhej: { share: 0 }, readLength: 50 });
    const dropped = await whole(filesOf(sample));
    expect(dropped.counts).toMatchObject({ readIn: 2000, unmerged: 2000, unmergedKept: 0, kept: 0 });
    expect(dropped.warnings.map(({ code }) => code)).toEqual(["few-kept", "few-merged"]);
    const kept = await whole(filesOf(sample), { unmerged: "first" });
    expect(kept.reads).toEqual([[amplicon.slice(0, 50), 2000]]);
    expect(kept.counts).toMatchObject({ unmerged: 2000, unmergedKept: 2000, kept: 2000 });
  });

  it("accounts for every read", async () => {
    const sample = simulateSample({
      ...clean,
      firstQuality: 30,
      lastQuality: 18,
      unknownRate: 0.01,
      readLength: 62,
      copies: 3,
      umi: { length: 8, in: "r1" },
    });
    const options: ReadSampleOptions = {
      filter: { minMeanQuality: 23, maskBelow: 15 },
      umi: { in: "reads", r1: "8N" },
    };
    const { counts } = await readSample(filesOf(sample), options);
    const { filtered, umi, unmerged, unmergedKept, kept, readIn } = counts;
    const left = filtered.short + filtered["mean-quality"] + filtered["base-quality"];
    expect(readIn).toBe(sample.truth.moleculeOfRead.length);
    expect(left).toBeGreaterThan(0);
    expect(umi!.unknown).toBeGreaterThan(0);
    expect(left + umi!.unknown + umi!.short + (unmerged - unmergedKept) + kept).toBe(readIn);
  });
});

describe("readSample with UMIs", () => {
  it("counts molecules instead of reads", async () => {
    for (const where of ["r1", "name"] as const) {
      const sample = simulateSample({ ...clean, copies: 6, umi: { length: 20, in: where }, otherStrand: 0.3 });
      const umi = where === "name" ? ({ in: "name" } as const) : ({ in: "reads", r1: "20N" } as const);
      const { reads, counts, warnings } = await readSample(filesOf(sample), { umi });
      expect(new Set(sample.truth.umiOfMolecule).size).toBe(2000);
      expect(new Map(listed(reads))).toEqual(expected(sample, "molecule"));
      expect(reads.total).toBe(2000);
      expect(counts).toMatchObject({
        kept: sample.truth.moleculeOfRead.length,
        umi: { groups: 2000, molecules: 2000 },
      });
      expect(warnings).toEqual([]);
    }
  });

  it("takes errors of PCR and of the instrument out of the molecules", async () => {
    const noisy: SimulationPlan = {
      ...clean,
      molecules: 500,
      copies: 20,
      umi: { length: 12, in: "r1", errorRate: 0.001 },
      firstQuality: 25,
      lastQuality: 25,
    };
    const sample = simulateSample(noisy);
    const { reads, counts } = await readSample(filesOf(sample), { umi: { in: "reads", r1: "12N" } });
    const right = (found: UniqueReads, sequences: Map<string, number>): number =>
      listed(found).reduce((sum, [sequence, count]) => sum + (sequences.has(sequence) ? count : 0), 0);
    expect(counts.umi!.distinct).toBeGreaterThan(800);
    expect(counts.umi!.correctedReads).toBeGreaterThan(300);
    const molecules = right(reads, expected(sample, "molecule"));
    expect(molecules).toBeGreaterThan(470);
    // A UMI that is wrong in two bases stays a molecule of one read.
    expect(reads.total).toBeLessThan(620);
    const several = await readSample(filesOf(sample), { umi: { in: "reads", r1: "12N", minReads: 2 } });
    expect(several.reads.total).toBeLessThanOrEqual(500);
    expect(right(several.reads, expected(sample, "molecule")) / several.reads.total).toBeGreaterThan(0.97);

    // Of the reads themselves many have an error.
    const plain = simulateSample({ ...noisy, umi: { length: 12, in: "name" } });
    const single = await readSample(filesOf(plain));
    expect(right(single.reads, expected(plain, "read")) / single.reads.total).toBeLessThan(0.85);
  });

  it("warns when UMIs are too short to tell so many molecules apart", async () => {
    const sample = simulateSample({ ...clean, umi: { length: 6, in: "r1" } });
    const { warnings, counts } = await readSample(filesOf(sample), { umi: { in: "reads", r1: "6N" } });
    expect(counts.umi!.expectedNeighbours).toBeGreaterThan(0.1);
    expect(warnings.map(({ code }) => code)).toEqual(["umi-crowded"]);
  });

  it("refuses names that end with no UMI", async () => {
    const place = memoryPlace({ r: "@a_ACGT\nA\n+\nI\n@b_ACGTA\nA\n+\nI\n", s: "@plain\nA\n+\nI\n" });
    const code = "editing/umi-name";
    await expect(readSample({ place, r1: "r" }, { umi: { in: "name" } })).rejects.toMatchObject({
      code,
      read: "b_ACGTA",
    });
    await expect(readSample({ place, r1: "s" }, { umi: { in: "name" } })).rejects.toMatchObject({
      code,
      read: "plain",
    });
  });

  it("takes UMIs of both reads of a pair from names", async () => {
    const name = "@run:1:ACG+TTA 1:N:0";
    const text = `${name}\nACGT\n+\nIIII\n@run:2:ACN+TTA\nACGT\n+\nIIII\n`;
    const place = memoryPlace({ text });
    const { counts } = await readSample({ place, r1: "text" }, { umi: { in: "name", separator: ":" } });
    expect(counts.umi).toMatchObject({ unknown: 1, molecules: 1 });
  });
});

describe("files that make no sample", () => {
  const one = "@a 1\nACGT\n+\nIIII\n";
  const failing = (files: Record<string, string | Uint8Array>, sample: Omit<SampleFiles, "place">) =>
    readSample({ place: memoryPlace(files), ...sample }).catch((error: unknown) => error);

  it("says which end before the others", async () => {
    const error = await failing({ r1: one + one.replace("a", "b"), r2: one }, { r1: "r1", r2: "r2" });
    expect(error).toMatchObject({ code: "editing/unequal-pairs", longer: "r1", shorter: "r2", reads: 1 });
    const other = await failing({ r1: one.repeat(3), r2: one.repeat(9000) }, { r1: "r1", r2: "r2" });
    expect(other).toMatchObject({ code: "editing/unequal-pairs", longer: "r2", shorter: "r1", reads: 3 });
    const odd = await failing({ r1: one.repeat(3) }, { r1: "r1", interleaved: true });
    expect(odd).toMatchObject({ code: "editing/unequal-pairs", reads: 1 });
    const empty = await failing({ r1: one, r2: "" }, { r1: "r1", r2: "r2" });
    expect(empty).toMatchObject({ code: "editing/unequal-pairs", longer: "r1", shorter: "r2", reads: 0 });
  });

  it("says which reads are not of one pair", async () => {
    const mates = (name: string): string => one.replace("a 1", name);
    const error = await failing({ r1: one + mates("b"), r2: one + mates("c 2") }, { r1: "r1", r2: "r2" });
    expect(error).toMatchObject({ code: "editing/pair-name", read: 2, name1: "b", name2: "c" });
    for (const [first, second] of [
      ["a/1", "a/2"],
      ["a.1", "a.2"],
      ["a_1", "a_2"],
      ["a x", "a y"],
    ] as const)
      expect(await failing({ r1: mates(first), r2: mates(second) }, { r1: "r1", r2: "r2" })).toMatchObject({
        warnings: [{ code: "few-kept" }, { code: "few-merged" }],
      });
    for (const [first, second] of [
      ["a/2", "a/1"],
      ["a1", "a2"],
      ["a/1", "b/2"],
      ["1", "2"],
      ["ab", "a"],
    ] as const)
      expect(await failing({ r1: mates(first), r2: mates(second) }, { r1: "r1", r2: "r2" })).toMatchObject({
        code: "editing/pair-name",
      });
  });

  it("says that there are no reads at all", async () => {
    const nothing = { code: "editing/no-reads", files: ["r1", "r2"] };
    expect(await failing({ r1: "", r2: gzipSync("") }, { r1: "r1", r2: "r2" })).toMatchObject(nothing);
  });

  it.each<[Omit<SampleFiles, "place">, RegExp]>([
    [{ r1: [] }, /no file/],
    [{ r1: ["a", "b"], r2: "c" }, /2 of first reads and 1 of second/],
    [{ r1: "a", r2: "a" }, /a is given twice/],
    [{ r1: "a", r2: "b", interleaved: true }, /both reads/],
  ])("refuses %j", async (sample, message) => {
    const error = await failing({}, sample);
    expect(error).toMatchObject({ code: "editing/sample-files" });
    expect((error as Error).message).toMatch(message);
  });

  it.each<[ReadSampleOptions, string]>([
    [{ filter: { minMeanQuality: -1 } }, "filter.minMeanQuality"],
    [{ filter: { minBaseQuality: 20.5 } }, "filter.minBaseQuality"],
    [{ filter: { minLength: 0 } }, "filter.minLength"],
    [{ merge: { minOverlap: 0 } }, "merge.minOverlap"],
    [{ merge: { maxMismatchShare: Number.NaN } }, "merge.maxMismatchShare"],
    [{ merge: { maxChance: 0 } }, "merge.maxChance"],
    [{ umi: { in: "name", minReads: 0 } }, "umi.minReads"],
  ])("refuses the option of %j", async (options, option) => {
    const place = memoryPlace({ r: one });
    await expect(readSample({ place, r1: "r" }, options)).rejects.toMatchObject({
      code: "editing/read-option",
      option,
    });
  });

  it("passes on what is wrong with a file, and where", async () => {
    expect(await failing({ r1: one, r2: "@a\nACG\n+\nIIII\n" }, { r1: "r1", r2: "r2" })).toMatchObject({
      code: "editing/fastq-format",
      file: "r2",
      line: 4,
    });
    expect(await failing({ r1: gzipSync(one.repeat(99)).subarray(0, 30) }, { r1: "r1" })).toMatchObject({
      code: "data/truncated-gzip",
    });
    const missing = openPlace("/nowhere");
    await expect(readSample({ place: missing, r1: "r1.fastq" })).rejects.toMatchObject({ code: "data/missing-file" });
  });

  it("warns of qualities that count from @", async () => {
    const { warnings } = await readSample({ place: memoryPlace({ r: "@a\nACGT\n+\nhhhB\n" }), r1: "r" });
    expect(warnings.map(({ code }) => code)).toEqual(["quality-offset"]);
  });

  it("stops when aborted, and reports how far it is", async () => {
    const abort = new AbortController();
    const seen: [number, number][] = [];
    const place = memoryPlace({ r: one.repeat(50_000) }, 10_000);
    const reading = readSample(
      { place, r1: "r" },
      {
        signal: abort.signal,
        progress: (done, total) => {
          seen.push([done, total]);
          if (seen.length === 3) abort.abort();
        },
      },
    );
    await expect(reading).rejects.toThrow(/abort/i);
    expect(seen).toEqual([10_000, 20_000, 30_000].map((done) => [done, 17 * 50_000]));
  });
});

const amplican = join(import.meta.dirname, "../../shared/data/editing/amplican");
const present = existsSync(amplican);

describe.skipIf(!present)(
  `published reads ${present ? "" : "(SKIPPED: ../shared/data/editing/amplican is absent)"}`,
  () => {
    it("merge, but for those that were made to be bad", async () => {
      const place = folderPlace(amplican);
      const firsts = readdirSync(amplican).filter((name) => /^R1.*\.fastq$/.test(name));
      expect(firsts.length).toBeGreaterThan(1);
      for (const r1 of firsts) {
        const { reads, counts } = await readSample({ place, r1, r2: r1.replace("R1", "R2") });
        expect(counts.readIn).toBeGreaterThan(19);
        expect(counts.merged + counts.unmerged).toBe(counts.readIn);
        expect(counts.merged).toBeGreaterThan(0.75 * counts.readIn);
        expect(reads.longest).toBeGreaterThan(150);
      }
    });
  },
);
