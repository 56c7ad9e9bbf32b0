import type { Random } from "@artesian/numerics";
import {
  applyEdits,
  editEnd,
  editsBetween,
  editsText,
  leftNormalised,
  placementsOf,
  type TrueEdit,
} from "./true-edits.ts";

/** What made an allele. `mixed` is repair from the donor and an indel on one molecule. */
export type AlleleOrigin = "unmodified" | "nhej" | "hdr" | "mixed" | "base-edit" | "substitution";

/** One sequence of the molecules of a simulated sample, and what is true of it. */
export interface TrueAllele {
  origin: AlleleOrigin;
  sequence: string;
  /** Left-normalised, ascending. */
  edits: readonly TrueEdit[];
  /** At how many places its insertions and deletions can stand with the same outcome; 1 is unambiguous. */
  placements: number;
  /** Other alleles (their indices) that have the same sequence by other edits. */
  sameAs: number[];
  molecules: number;
  reads: number;
}

/** How often insertions and deletions of each size come; the weights need no particular sum. */
export interface IndelSpectrum {
  /** Weight by bases deleted, from 1 on. */
  deletions: readonly number[];
  /** Weight by bases inserted, from 1 on. */
  insertions: readonly number[];
  /** Weight that each base of microhomology adds to a deletion's place, besides 1. */
  microhomology: number;
  /** Share of insertions that repeat the bases left of the cut; others are random. */
  templated: number;
}

/**
 * One base inserted or few deleted, deletions drawn to microhomology, as after SpCas9 (Bae et al. 2014, doi 10.1038/nmeth.3015; van
 * Overbeek et al. 2016, doi 10.1016/j.molcel.2016.06.037; Shen et al. 2018, doi 10.1038/s41586-018-0686-x).
 */
export const usualSpectrum: IndelSpectrum = {
  deletions: [14, 8, 6, 5, 4, 3.5, 4, 3, 3, 2.5, 2, 2, 1.5, 1.5, 1.2, 1, 1, 0.8, 0.8, 0.6, 0.6, 0.5, 0.5, 0.4, 0.4],
  insertions: [24, 3, 1, 0.6, 0.4, 0.3],
  microhomology: 3,
  templated: 0.8,
};

/** What happens to the molecules of a sample; what the shares leave is unmodified. */
export interface EditingPlan {
  /** A, C, G, T. */
  amplicon: string;
  /** Bases left of the cut. */
  cut: number;
  nhej?: { share: number; spectrum?: IndelSpectrum };
  /** `donor` is the whole amplicon after repair; of those repaired, `imperfect` (default 0) also carry an indel. */
  hdr?: { share: number; donor: string; imperfect?: number };
  /** Each base `from` at `window[0]` to before `window[1]` becomes `to` with chance `rate`, by itself. */
  baseEdit?: { share: number; from: string; to: string; window: readonly [number, number]; rate: number };
  /** Chance of a substitution a base and molecule, as early cycles of PCR leave them; default 0. */
  substitutionRate?: number;
}

export interface AlleleTable {
  alleles: TrueAllele[];
  /** Draws one molecule. @returns the index of its allele */
  draw(): number;
}

/** Alleles as they are drawn, each edit once. */
export function alleleTable(plan: EditingPlan, random: Random): AlleleTable {
  const { amplicon, cut, substitutionRate = 0 } = plan;
  const alleles: TrueAllele[] = [];
  const byEdits = new Map<string, number>();
  const bySequence = new Map<string, number[]>();
  const donor = plan.hdr === undefined ? [] : editsBetween(amplicon, plan.hdr.donor);

  function intern(origin: AlleleOrigin, raw: readonly TrueEdit[]): number {
    const edits = leftNormalised(amplicon, raw);
    const key = `${origin} ${editsText(edits)}`;
    const known = byEdits.get(key);
    if (known !== undefined) return known;
    const sequence = applyEdits(amplicon, edits);
    const index = alleles.length;
    const others = bySequence.get(sequence) ?? [];
    for (const other of others) alleles[other]!.sameAs.push(index);
    const placements = edits.reduce(
      (product, edit, i) => product * placementsOf(amplicon, edit, edits[i + 1]?.at ?? amplicon.length),
      1,
    );
    alleles.push({ origin, sequence, edits, placements, sameAs: [...others], molecules: 0, reads: 0 });
    byEdits.set(key, index);
    bySequence.set(sequence, [...others, index]);
    return index;
  }

  function drawEdits(): [AlleleOrigin, readonly TrueEdit[]] {
    let u = random.uniform();
    if (plan.nhej !== undefined) {
      if (u < plan.nhej.share) return ["nhej", [drawIndel(amplicon, cut, plan.nhej.spectrum ?? usualSpectrum, random)]];
      u -= plan.nhej.share;
    }
    if (plan.hdr !== undefined) {
      if (u < plan.hdr.share) {
        if (random.uniform() >= (plan.hdr.imperfect ?? 0)) return ["hdr", donor];
        const indel = drawIndel(amplicon, cut, plan.nhej?.spectrum ?? usualSpectrum, random);
        const kept = donor.filter((edit) => editEnd(edit) <= indel.at || edit.at >= editEnd(indel));
        return kept.length === 0 ? ["nhej", [indel]] : ["mixed", sorted([...kept, indel])];
      }
      u -= plan.hdr.share;
    }
    if (plan.baseEdit !== undefined && u < plan.baseEdit.share) {
      const { from, to, window, rate } = plan.baseEdit;
      const edits: TrueEdit[] = [];
      for (let at = window[0]; at < window[1]; at++)
        if (amplicon[at] === from && random.uniform() < rate) edits.push({ kind: "substitution", at, base: to });
      if (edits.length > 0) return ["base-edit", edits];
    }
    return ["unmodified", []];
  }

  function withSubstitutions(origin: AlleleOrigin, edits: readonly TrueEdit[]): [AlleleOrigin, readonly TrueEdit[]] {
    const added: TrueEdit[] = [];
    // Waiting times between events of equal chance are geometric.
    const step = (): number => Math.floor(Math.log(1 - random.uniform()) / Math.log1p(-substitutionRate));
    for (let at = step(); at < amplicon.length; at += 1 + step()) {
      const base = otherBase(amplicon[at]!, random);
      if (edits.every((edit) => editEnd(edit) <= at || edit.at > at)) added.push({ kind: "substitution", at, base });
    }
    if (added.length === 0) return [origin, edits];
    return [origin === "unmodified" ? "substitution" : origin, sorted([...edits, ...added])];
  }

  return {
    alleles,
    draw() {
      const [origin, edits] = drawEdits();
      const index = substitutionRate > 0 ? intern(...withSubstitutions(origin, edits)) : intern(origin, edits);
      alleles[index]!.molecules++;
      return index;
    },
  };
}

function sorted(edits: TrueEdit[]): TrueEdit[] {
  return edits.sort((a, b) => a.at - b.at || editEnd(a) - editEnd(b));
}

function otherBase(base: string, random: Random): string {
  return "ACGT".replace(base, "")[random.below(3)]!;
}

/** An insertion at the cut, or a deletion that reaches it. */
function drawIndel(amplicon: string, cut: number, spectrum: IndelSpectrum, random: Random): TrueEdit {
  const sizes = [...spectrum.insertions, ...spectrum.deletions];
  const size = drawWeighted(sizes, random);
  const inserted = size + 1;
  if (inserted <= spectrum.insertions.length) {
    if (random.uniform() < spectrum.templated)
      return {
        kind: "insertion",
        at: cut,
        bases: amplicon.slice(Math.max(0, cut - inserted), cut).padStart(inserted, "A"),
      };
    return {
      kind: "insertion",
      at: cut,
      bases: Array.from({ length: inserted }, () => "ACGT"[random.below(4)]).join(""),
    };
  }
  const length = Math.min(inserted - spectrum.insertions.length, amplicon.length - 2);
  const first = Math.max(1, cut - length);
  const last = Math.min(cut, amplicon.length - 1 - length);
  const weights: number[] = [];
  for (let at = first; at <= last; at++) weights.push(1 + spectrum.microhomology * microhomology(amplicon, at, length));
  return { kind: "deletion", at: first + drawWeighted(weights, random), length };
}

/** Bases left of a deletion that its last bases repeat. */
function microhomology(amplicon: string, at: number, length: number): number {
  let shared = 0;
  while (shared < Math.min(at, length) && amplicon[at - 1 - shared] === amplicon[at + length - 1 - shared]) shared++;
  return shared;
}

function drawWeighted(weights: readonly number[], random: Random): number {
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return weights.length - 1;
}
