import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { EditsFlags } from "./edits-options.ts";
import { ampliconFrom, guidesFrom, planFrom, readingFrom, sequenceOf, withCutOffset } from "./edits-plan.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-edits-plan-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const flags = (some: Partial<EditsFlags>): EditsFlags => ({ out: "out", png: true, ...some });
const file = (name: string, text: string): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

describe("flags about editing", () => {
  it("all arrive in the plan", () => {
    const plan = planFrom(
      flags({
        window: ["4"],
        windowFromTo: ["10-20,30-40", "50-50"],
        excludeEnds: "7",
        guideMismatches: "2",
        everyGuidePlace: true,
        alleleSize: "12",
        minIdentity: "55.5",
        ignore: ["substitution,insertion", "deletion"],
        ambiguous: "first",
        baseEditor: "a:g",
        primeEdited: "ACGT",
        pegExtension: "ACG",
        scaffold: "GGTGC",
        alleles: "50",
        minEditPercent: "0.5",
      }),
    );
    expect(plan).toEqual({
      design: {
        windowSize: 4,
        window: [
          [10, 20],
          [30, 40],
          [50, 50],
        ],
        excludeEnds: 7,
        guideMismatches: 2,
        everyGuidePlace: true,
        alleleSize: 12,
      },
      quantify: {
        minIdentity: 55.5,
        ignore: ["substitution", "insertion", "deletion"],
        ambiguous: "first",
        baseEditor: { from: "A", to: "G" },
        pegRna: { extension: "ACG", scaffold: "GGTGC" },
      },
      mostAlleles: 50,
      leastEditShare: 0.005,
    });
    expect(planFrom(flags({}))).toEqual({ design: {}, quantify: {} });
  });

  it("all arrive in what is read", () => {
    const reading = readingFrom(
      flags({
        minMeanQuality: "28.5",
        minBaseQuality: "3",
        maskBelow: "10",
        minLength: "40",
        minOverlap: "12",
        maxMismatches: "0.1",
        unmerged: "first",
        umi: "r1:4N3X,R2:6N",
        umiMinReads: "2",
      }),
    );
    expect(reading).toEqual({
      filter: { minMeanQuality: 28.5, minBaseQuality: 3, maskBelow: 10, minLength: 40 },
      merge: { minOverlap: 12, maxMismatchShare: 0.1 },
      unmerged: "first",
      umi: { in: "reads", r1: "4N3X", r2: "6N", minReads: 2 },
    });
    expect(readingFrom(flags({ umi: "name" })).umi).toEqual({ in: "name" });
  });

  it("describe an amplicon, its guides and what shall come of it", () => {
    const fasta = file("a.fa", "\uFEFF>GENE1 human\r\nACGTAC\r\nGTNN\r\n");
    const spec = ampliconFrom(
      flags({
        amplicon: fasta,
        guide: ["ACGT,GGCC", "TTAA"],
        guideName: ["a", "b", "c"],
        cutOffset: ["-3", "1", "-10"],
        window: ["1", "2", "3"],
        hdr: "ACGG",
        primeEdited: "ACGC",
        allele: ["B=ACGA", `C=${fasta}`],
        coding: ["AC,GT"],
      }),
    );
    expect(spec).toEqual({
      name: "GENE1",
      sequence: "ACGTACGTNN",
      guides: [
        { sequence: "ACGT", name: "a", cutOffset: -3, windowSize: 1 },
        { sequence: "GGCC", name: "b", cutOffset: 1, windowSize: 2 },
        { sequence: "TTAA", name: "c", cutOffset: -10, windowSize: 3 },
      ],
      hdr: "ACGG",
      primeEdited: "ACGC",
      alleles: [
        { name: "B", sequence: "ACGA" },
        { name: "C", sequence: "ACGTACGTNN" },
      ],
      coding: ["AC", "GT"],
    });
    expect(ampliconFrom(flags({ amplicon: "ACGT", ampliconName: "mine" }))).toEqual({ name: "mine", sequence: "ACGT" });
    expect(guidesFrom(flags({ guide: ["ACGT", "GGCC"], cutOffset: ["2"] }))).toEqual([
      { sequence: "ACGT", cutOffset: 2 },
      { sequence: "GGCC", cutOffset: 2 },
    ]);
    const sheet = { name: "a", sequence: "ACGT", guides: [{ sequence: "AC" }] };
    expect(withCutOffset(sheet, flags({ cutOffset: ["1"] })).guides).toEqual([{ sequence: "AC", cutOffset: 1 }]);
  });

  it.each<[Partial<EditsFlags>, RegExp]>([
    [{ guide: ["A", "C"], guideName: ["a"] }, /--guide-name: 1 names for 2 guides/],
    [{ guide: ["A", "C", "G"], cutOffset: ["1", "2"] }, /--cut-offset: 2 values for 3 guides/],
    [{ guide: ["A"], cutOffset: ["x"] }, /--cut-offset x: expected a whole number/],
    [{ hdr: "ACGT" }, /--hdr needs --amplicon/],
    [{ amplicon: "ACGT", allele: ["ACGT"] }, /--allele ACGT: write NAME=SEQUENCE/],
  ])("that do not fit together are refused (%o)", (given, message) => {
    expect(() => ampliconFrom(flags(given))).toThrow(message);
  });

  it.each<[Partial<EditsFlags>, RegExp]>([
    [{ umi: "8N" }, /--umi 8N: write r1:8N/],
    [{ umiMinReads: "2" }, /--umi-min-reads needs --umi/],
    [{ minMeanQuality: "94" }, /expected a number from 0 to 93/],
    [{ unmerged: "keep" }, /--unmerged keep: there are drop, first/],
  ])("about reading that say nothing are refused (%o)", (given, message) => {
    expect(() => readingFrom(flags(given))).toThrow(message);
  });
});

describe("a sequence", () => {
  it("is bases, or a FASTA file of one record", () => {
    expect(sequenceOf("--hdr", "acgtn")).toEqual({ sequence: "acgtn" });
    expect(() => sequenceOf("--hdr", "ACGX")).toThrow(/neither a sequence of A, C, G, T, N nor a file/);
    expect(() => sequenceOf("--hdr", file("two.fa", ">a\nAC\n>b\nGT\n"))).toThrow(/found 2 sequences/);
    expect(() => sequenceOf("--hdr", file("none.fa", ""))).toThrow(/found 0 sequences/);
    expect(() => sequenceOf("--hdr", file("plain.txt", "hello"))).toThrow(/this is no FASTA file/);
  });
});
