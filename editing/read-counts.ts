import type { FilterReason } from "./read-filter.ts";
import type { UmiCounts } from "./umi-molecules.ts";

/**
 * What became of the reads of a sample; of the pairs, when they are paired. `readIn` is the sum of those filtered, those dropped as unmerged,
 * those without a usable UMI, and `kept`.
 */
export interface ReadCounts {
  readIn: number;
  filtered: Record<FilterReason, number>;
  /** Bases of reads that passed, made N as their quality is low. */
  maskedBases: number;
  /** Pairs that were merged; 0 of single reads. */
  merged: number;
  /** Of those, pairs whose fragment is shorter than a read. */
  readThrough: number;
  /** Bases of merged pairs' overlaps, and how many of them differed. */
  overlapBases: number;
  overlapMismatches: number;
  /** Pairs without an overlap, and whether they were dropped or stand with their first read alone. */
  unmerged: number;
  unmergedKept: number;
  /** Reads that are counted, or that went into molecules. */
  kept: number;
  /** Only with UMIs. */
  umi?: UmiCounts;
}

export const noCounts = (): ReadCounts => ({
  readIn: 0,
  filtered: { short: 0, "mean-quality": 0, "base-quality": 0 },
  maskedBases: 0,
  merged: 0,
  readThrough: 0,
  overlapBases: 0,
  overlapMismatches: 0,
  unmerged: 0,
  unmergedKept: 0,
  kept: 0,
});

/** Something about a sample that a person should look at; nothing is left out for it. */
export interface ReadWarning {
  code: "quality-offset" | "few-kept" | "few-merged" | "umi-crowded";
  message: string;
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

/** What stands out in the counts of a sample. */
export function countWarnings(counts: ReadCounts): ReadWarning[] {
  const { readIn, kept, merged, unmerged, umi } = counts;
  const warnings: ReadWarning[] = [];
  if (2 * kept < readIn)
    warnings.push({
      code: "few-kept",
      message: `${percent(kept, readIn)} of ${readIn} reads are kept. Look at the counts for the reason; rates of so few may not be the sample's.`,
    });
  if (merged + unmerged > 0 && unmerged > merged)
    warnings.push({
      code: "few-merged",
      message: `${percent(unmerged, merged + unmerged)} of the pairs do not overlap. Expected reads that reach beyond the middle of the amplicon; use the first reads alone if they cover the cut.`,
    });
  if (umi !== undefined && (umi.expectedCollisions > 0.05 * umi.groups || umi.expectedNeighbours > 0.1))
    warnings.push({
      code: "umi-crowded",
      message: `UMIs are too short to tell ${umi.groups} molecules apart: about ${Math.round(umi.expectedCollisions)} share another's, and ${umi.expectedNeighbours.toFixed(2)} others differ from each in one base, as its errors do. Molecules are too few; use longer UMIs.`,
    });
  return warnings;
}
