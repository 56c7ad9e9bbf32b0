import type { SampleInput } from "./analyse.ts";
import { type SampleTruth, type SimulationPlan, simulateSample } from "./simulate.ts";
import { readsOf } from "./unique-reads.test-support.ts";

/** An amplicon of 113 bases whose guide cuts after base 62. */
export const flankLeft = "CTTGACCATGCAATCGTACGGATTCAGGTCCATTGCAACGTTAGC";
export const guide = "GATCCTGAAGCTTGCAATCG";
export const flankRight = "TGGACCTTAGGCATCAAGTCCGATATCGGTTACAGCATGCCTGAACGT";
export const amplicon = flankLeft + guide + flankRight;
export const cut = flankLeft.length + 17;
/** The amplicon after repair from a donor: four bases at the cut are others. */
export const repaired = `${amplicon.slice(0, cut - 4)}CACG${amplicon.slice(cut)}`;
export const spec = { name: "GENE1", sequence: amplicon, guides: [{ name: "g1", sequence: guide }] };
export const code = { version: "0.1.0", digest: "0".repeat(64) };

/** A sample of reads in text. */
export function sampleOf(name: string, reads: readonly string[] | Readonly<Record<string, number>>): SampleInput {
  return { name, reads: readsOf(reads), unit: "reads", reading: { "reads kept": 0 }, inputs: [], notes: [] };
}

/** A simulated sample without sequencing errors, with its truth. */
export function simulated(name: string, plan: Partial<SimulationPlan>): { sample: SampleInput; truth: SampleTruth } {
  const { truth } = simulateSample({ seed: name, amplicon, cut, molecules: 3000, ...plan });
  const counts: Record<string, number> = {};
  for (const { sequence, molecules } of truth.alleles) counts[sequence] = (counts[sequence] ?? 0) + molecules;
  return { sample: sampleOf(name, counts), truth };
}
