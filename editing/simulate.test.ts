import { describe, expect, it } from "vitest";
import { decodeSequence, encodeSequence, reverseComplement } from "./sequence.ts";
import { fastqText, type SimulationPlan, simulateSample } from "./simulate.ts";
import { applyEdits, editsText, leftNormalised } from "./true-edits.ts";

const amplicon = "GATTACAGGCTCTGACCAGTTGCAATCGGATACCTTTTGCAGGTCCATGACGTTAGCCATGCAAGTCCGTATTGGCACCATGGACTTACGGATCCTAAGC";
const donor = `${amplicon.slice(0, 45)}CTC${amplicon.slice(48)}`;
const plan: SimulationPlan = {
  seed: 7,
  amplicon,
  cut: 50,
  molecules: 3000,
  nhej: { share: 0.3 },
  hdr: { share: 0.2, donor, imperfect: 0.25 },
  baseEdit: { share: 0.2, from: "C", to: "T", window: [40, 48], rate: 0.6 },
  substitutionRate: 0.0005,
  copies: 2,
  otherStrand: 0.4,
  umi: { length: 8, in: "r1", errorRate: 0.002 },
  overlap: 30,
  unknownRate: 0.001,
};

const turn = (text: string): string => decodeSequence(reverseComplement(encodeSequence(text, "text")));
const differences = (a: string, b: string): number => [...a].filter((letter, i) => letter !== b[i]).length;
const linesOf = (text: string): string[][] => {
  const lines = text.split("\n");
  return Array.from({ length: Math.floor(lines.length / 4) }, (_, i) => lines.slice(4 * i, 4 * i + 4));
};

describe("simulateSample", () => {
  const sample = simulateSample(plan);
  const { truth } = sample;

  it("gives the same sample for the same plan, each time it is asked, and another for another seed", () => {
    const text = fastqText(sample);
    expect(fastqText(sample)).toEqual(text);
    expect(fastqText(simulateSample(plan))).toEqual(text);
    expect(fastqText(simulateSample({ ...plan, seed: 8 }))).not.toEqual(text);
  });

  it("knows alleles by edits that are left-normalised and make their sequence", () => {
    expect(truth.alleles.length).toBeGreaterThan(50);
    for (const { edits, sequence } of truth.alleles) {
      expect(applyEdits(amplicon, edits)).toBe(sequence);
      expect(editsText(leftNormalised(amplicon, edits))).toBe(editsText(edits));
    }
  });

  it("counts every molecule and read of an allele", () => {
    const [molecules, reads] = [truth.alleles.map(() => 0), truth.alleles.map(() => 0)];
    for (const allele of truth.alleleOfMolecule) molecules[allele]!++;
    for (const molecule of truth.moleculeOfRead) reads[truth.alleleOfMolecule[molecule]!]!++;
    expect(truth.alleles.map((allele) => allele.molecules)).toEqual(molecules);
    expect(truth.alleles.map((allele) => allele.reads)).toEqual(reads);
    expect(new Set(truth.moleculeOfRead).size).toBe(plan.molecules);
    expect(truth.moleculeOfRead.length / plan.molecules).toBeGreaterThan(1.9);
    expect(truth.moleculeOfRead.length / plan.molecules).toBeLessThan(2.1);
  });

  it("edits as many molecules as the shares say", () => {
    const share = (...origins: string[]): number =>
      truth.alleles
        .filter(({ origin }) => origins.includes(origin))
        .reduce((sum, { molecules }) => sum + molecules, 0) / plan.molecules;
    // Four standard deviations at 3,000 molecules are 0.034 at most; one base edit in 25 leaves both C as they were.
    expect(Math.abs(share("nhej") + share("mixed") + share("hdr") - 0.5)).toBeLessThan(0.034);
    expect(share("hdr") / (share("hdr") + share("mixed"))).toBeGreaterThan(0.7);
    expect(share("base-edit")).toBeGreaterThan(0.14);
    expect(share("base-edit")).toBeLessThan(0.22);
    expect(share("mixed")).toBeGreaterThan(0.02);
    expect(share("substitution")).toBeGreaterThan(0);
  });

  it("cuts where it should: a single insertion or deletion can stand at the cut", () => {
    for (const { origin, edits, placements } of truth.alleles) {
      if (origin !== "nhej" || edits.length !== 1) continue;
      const [edit] = edits;
      if (edit!.kind === "insertion") expect(plan.cut - edit!.at).toBeLessThan(placements);
      if (edit!.kind === "deletion") {
        expect(edit!.at).toBeLessThanOrEqual(plan.cut);
        expect(edit!.at + placements - 1 + edit!.length).toBeGreaterThanOrEqual(plan.cut);
      }
    }
  });

  it("changes bases only within the window of base editing", () => {
    const plain = simulateSample({ seed: 1, amplicon, cut: 50, molecules: 500, baseEdit: plan.baseEdit! });
    const edits = plain.truth.alleles.filter(({ origin }) => origin === "base-edit").flatMap((allele) => allele.edits);
    const places = [...new Set(edits.map(({ at }) => at))].sort((a, b) => a - b);
    expect(places).toEqual([...amplicon].flatMap((base, at) => (at >= 40 && at < 48 && base === "C" ? [at] : [])));
  });

  it("names every allele whose sequence has another explanation", () => {
    const ambiguous = truth.alleles.flatMap(({ sequence, placements }, i) =>
      placements > 1 || truth.alleles.some((other, j) => j !== i && other.sequence === sequence) ? [i] : [],
    );
    expect(truth.ambiguous).toEqual(ambiguous);
    expect(ambiguous.length).toBeGreaterThan(5);
    for (const [i, { sameAs, sequence }] of truth.alleles.entries())
      expect([...sameAs].sort((a, b) => a - b)).toEqual(
        truth.alleles.flatMap((other, j) => (j !== i && other.sequence === sequence ? [j] : [])),
      );
  });

  it("reads molecules from both ends, with as many wrong bases as it says", () => {
    const length = Math.ceil((100 + 8 + 30) / 2);
    expect(sample.readLength).toBe(length);
    let [wrong, bases, umiErrors] = [0, 0, 0];
    for (const piece of sample.pieces()) {
      const decoder = new TextDecoder();
      const [firsts, seconds] = [linesOf(decoder.decode(piece.r1)), linesOf(decoder.decode(piece.r2))];
      expect([firsts.length, seconds.length]).toEqual([piece.count, piece.count]);
      for (let k = 0; k < piece.count; k++) {
        const molecule = truth.moleculeOfRead[piece.first + k]!;
        const { sequence } = truth.alleles[truth.alleleOfMolecule[molecule]!]!;
        const strand = truth.otherStrand[molecule] === 1 ? turn(sequence) : sequence;
        const umi = truth.umiOfMolecule[molecule]!;
        const [name, first, plus, qualities] = firsts[k]!;
        expect([name, plus]).toEqual([`@sim:${piece.first + k} 1:N:0:1`, "+"]);
        expect([first!.length, qualities!.length]).toEqual([length, length]);
        const inUmi = differences(first!.slice(0, 8), umi);
        umiErrors += inUmi;
        // PCR's errors in the UMI are none of the instrument's.
        if (strand.length >= length - 8) {
          const wrongBases = differences(first!.slice(8), strand.slice(0, length - 8));
          expect(piece.errors1[k]).toBeGreaterThanOrEqual(wrongBases);
          expect(piece.errors1[k]).toBeLessThanOrEqual(wrongBases + inUmi);
        }
        if (strand.length >= length)
          expect(differences(seconds[k]![1]!, turn(strand).slice(0, length))).toBe(piece.errors2[k]);
        wrong += piece.errors2[k]!;
        bases += length;
      }
    }
    expect(wrong).toBeGreaterThan(0);
    expect(wrong / bases).toBeLessThan(0.004);
    expect(umiErrors).toBeGreaterThan(0);
  });

  it("is wrong as often as qualities say, and marks what it did not call", () => {
    const noisy = simulateSample({
      seed: 3,
      amplicon,
      cut: 50,
      molecules: 20_000,
      paired: false,
      firstQuality: 10,
      lastQuality: 30,
      spread: 4,
      unknownRate: 0.01,
    });
    const seen = new Map<number, [number, number]>();
    let unknown = 0;
    for (const [, sequence, , qualities] of linesOf(fastqText(noisy).r1))
      for (let i = 0; i < 100; i++) {
        const quality = qualities!.charCodeAt(i) - 33;
        if (sequence![i] === "N") {
          unknown++;
          expect(quality).toBe(2);
          continue;
        }
        const [wrong, all] = seen.get(quality) ?? [0, 0];
        seen.set(quality, [wrong + (sequence![i] === amplicon[i] ? 0 : 1), all + 1]);
      }
    expect(Math.abs(unknown / 2e6 - 0.01)).toBeLessThan(0.0005);
    for (const quality of [8, 10, 15, 20, 25]) {
      const [wrong, all] = seen.get(quality)!;
      const rate = 10 ** (-quality / 10);
      expect(Math.abs(wrong / all - rate)).toBeLessThan(5 * Math.sqrt(rate / all));
    }
  });

  it("goes on into the adapter behind a molecule that is shorter than its reads", () => {
    const short = simulateSample({
      seed: 1,
      amplicon,
      cut: 50,
      molecules: 1,
      readLength: 140,
      firstQuality: 90,
      lastQuality: 90,
      unknownRate: 0,
    });
    const { r1, r2 } = fastqText(short);
    expect(r1.split("\n")[1]).toBe(`${amplicon}AGATCGGAAGAGCACACGTCTGAACTCCAGTCAGGGGGGG`);
    expect(r2.split("\n")[1]).toBe(`${turn(amplicon)}AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGTGGGGGGG`);
  });

  it("puts UMIs into names when asked to", () => {
    const named = simulateSample({ ...plan, umi: { length: 6, in: "name" }, molecules: 3 });
    const molecule = named.truth.moleculeOfRead[0]!;
    expect(fastqText(named).r1.split("\n")[0]).toBe(`@sim:0_${named.truth.umiOfMolecule[molecule]} 1:N:0:1`);
  });

  it.each<[Partial<SimulationPlan>, string]>([
    [{ amplicon: "ACGTN".repeat(10) }, "amplicon"],
    [{ cut: 1 }, "cut"],
    [{ molecules: 0 }, "molecules"],
    [{ copies: 0.5 }, "copies"],
    [{ nhej: { share: 0.9 } }, "share"],
    [{ baseEdit: { share: 0.1, from: "C", to: "C", window: [1, 2], rate: 1 } }, "baseEdit"],
    [{ baseEdit: { share: 0.1, from: "C", to: "T", window: [90, 101], rate: 1 } }, "baseEdit.window"],
    [{ umi: { length: 0, in: "r1" } }, "umi.length"],
    [{ readLength: 50 }, "overlap"],
    [{ otherStrand: 2 }, "rate"],
  ])("refuses %j", (change, option) => {
    expect(() => simulateSample({ ...plan, ...change })).toThrow(
      expect.objectContaining({ code: "editing/simulation-plan", option }),
    );
  });
});
