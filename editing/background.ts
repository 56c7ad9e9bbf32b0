import { benjaminiHochberg } from "@artesian/numerics";
import { fisherExact } from "./fisher.ts";
import { type CountedEdit, countEdits } from "./list-edits.ts";
import type { Quantification } from "./quantify.ts";
import { differenceOf, type ReadCount, rateOf, replicateRate } from "./rates.ts";
import type { Background, Contrast, EditResult, PositionContrast } from "./result.ts";
import type { ReferenceTally } from "./tally-reference.ts";

/** An untreated control of a sample, counted with the same design. */
export interface Control {
  name: string;
  quantified: Quantification;
}

/** Reads that are edited, of those that can be decided. */
export function editedOf({ outcomes }: Pick<Quantification, "outcomes">): ReadCount {
  const { unmodified, undecided, ...edited } = outcomes;
  const count = Object.values(edited).reduce((sum, reads) => sum + reads, 0);
  return { count, of: count + unmodified };
}

/**
 * What is left of a sample's rates when those of untreated controls are subtracted: sequencing and PCR errors, and alleles that differ from the
 * amplicon, are in both. Of several controls the overall rate is taken with their scatter (`replicateRate`); positions and single edits
 * are held against the sum of their reads.
 */
export function backgroundOf(treated: Quantification, controls: readonly Control[]): Background {
  const own = editedOf(treated);
  const counts = controls.map(({ quantified }) => editedOf(quantified));
  const edited = counts.length > 1 ? replicateRate(counts) : rateOf(counts[0]!);
  return {
    controls: controls.map(({ name, quantified }, i) => ({
      name,
      reads: quantified.total,
      edited: { ...counts[i]!, ...rateOf(counts[i]!) },
    })),
    edited: { value: edited.value, lower: edited.lower, upper: edited.upper },
    difference: differenceOf(rateOf(own), edited),
    p: fisherExact(own, sumOf(counts)),
    positions: adjusted(
      positionCounts(treated).map(({ position, kind, count, of }, row): PositionContrast => {
        const other = sumOf(controls.map(({ quantified }) => positionCounts(quantified)[row]!));
        return { position, kind, ...contrastOf({ count, of }, other) };
      }),
    ),
  };
}

/** Sets each edit of a sample against the same edit in its controls. */
export function editsAgainst(edits: readonly CountedEdit[], controls: readonly Control[]): EditResult[] {
  const rates = edits.map((edit) => ({ ...edit, rate: rateOf({ count: edit.reads, of: edit.depth }) }));
  if (controls.length === 0) return rates.map((edit) => ({ ...edit, background: null }));
  const found = controls.map(({ quantified }) => countEdits(quantified, edits));
  const contrasts = adjusted(
    edits.map(({ reads, depth }, i) =>
      contrastOf({ count: reads, of: depth }, sumOf(found.map((counts) => counts[i]!))),
    ),
  );
  return rates.map((edit, i) => ({ ...edit, background: contrasts[i]! }));
}

function contrastOf(treated: ReadCount, control: ReadCount): Contrast {
  return {
    treated,
    control,
    difference: differenceOf(rateOf(treated), rateOf(control)),
    p: fisherExact(treated, control),
    q: Number.NaN,
  };
}

/** Fills in q values over all rows. */
function adjusted<T extends Contrast>(rows: T[]): T[] {
  const q = benjaminiHochberg(rows.map(({ p }) => p));
  return rows.map((row, i) => ({ ...row, q: q[i]! }));
}

function sumOf(counts: readonly ReadCount[]): ReadCount {
  return counts.reduce((sum, { count, of }) => ({ count: sum.count + count, of: sum.of + of }), { count: 0, of: 0 });
}

/** Reads with each kind of edit at each position of the amplicon, in reads that fit it best. */
function positionCounts({
  design,
  references,
}: Quantification): (Pick<PositionContrast, "position" | "kind"> & ReadCount)[] {
  const { codes } = design.references[0]!;
  const { covered, deleted, inserted, bases } = references[0] as ReferenceTally;
  return Array.from(codes, (code, position) => {
    const of = covered[position]!;
    const known = bases.slice(position * 5, position * 5 + 4).reduce((sum, reads) => sum + reads, 0);
    const substituted = code === 4 ? 0 : known - bases[position * 5 + code]!;
    return [
      { position, kind: "substitution" as const, count: substituted, of },
      { position, kind: "deletion" as const, count: deleted[position]!, of },
      { position, kind: "insertion" as const, count: inserted[position]!, of },
    ];
  }).flat();
}
