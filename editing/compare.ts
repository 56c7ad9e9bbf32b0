import { benjaminiHochberg, welchTest } from "@artesian/numerics";
import type { Outcome } from "./classify.ts";
import { ComparisonError } from "./design-errors.ts";
import { editText } from "./edit-text.ts";
import { fisherExact } from "./fisher.ts";
import { differenceOf, type Rate, type ReadCount, rateOf, replicateRate } from "./rates.ts";
import type { CountedRate, EditingResult } from "./result.ts";

/** A share of reads in two conditions. */
export interface ComparedRate {
  name: string;
  a: CountedRate;
  b: CountedRate;
  /** a − b. */
  difference: Rate;
  /** Fisher's exact test of all reads of both: what sampling of reads alone says. */
  p: number;
  /** Welch's test of the samples' rates, with two samples or more on both sides: what the samples say. */
  pSamples: number | null;
  /** p adjusted for the rows of its table (Benjamini and Hochberg 1995). */
  q: number;
}

export interface Comparison {
  amplicon: string;
  samples: { a: string[]; b: string[] };
  edited: ComparedRate;
  outcomes: ComparedRate[];
  /** One row for each kind of edit at each base of the amplicon that any read has. */
  positions: ComparedRate[];
  edits: ComparedRate[];
  /** Alleles around each cut that are listed in any sample. */
  alleles: ComparedRate[];
  notes: string[];
}

/**
 * Sets two conditions against each other: rates with their difference, for all reads, by position, edit and allele. With several samples
 * on a side their rate and interval are those of replicates (`replicateRate`).
 * @throws ComparisonError ("editing/comparison") when a side is empty, or amplicon, guides or windows differ
 */
export function compareResults(a: readonly EditingResult[], b: readonly EditingResult[]): Comparison {
  for (const [side, results] of [
    ["The first condition", a],
    ["The second condition", b],
  ] as const)
    if (results.length === 0) throw new ComparisonError(side, "there is no result in it.");
  const first = a[0]!;
  for (const result of [...a, ...b]) refuseOther(first, result);
  const row = (name: string, of: (result: EditingResult) => ReadCount): ComparedRate =>
    compared(name, a.map(of), b.map(of));
  const outcomes = (Object.keys(first.outcomes) as Outcome[])
    .filter((outcome) => [...a, ...b].some((result) => result.outcomes[outcome].count > 0))
    .map((outcome) => row(outcome, (result) => result.outcomes[outcome]));
  return {
    amplicon: first.amplicon.name,
    samples: { a: a.map(({ sample }) => sample), b: b.map(({ sample }) => sample) },
    edited: row("edited", ({ edited }) => edited),
    outcomes: adjusted(outcomes),
    positions: adjusted(positionRows(first, row)),
    edits: adjusted(editRows([...a, ...b], row)),
    alleles: adjusted(alleleRows([...a, ...b], row)),
    notes: notesOf(a, b),
  };
}

function compared(name: string, a: readonly ReadCount[], b: readonly ReadCount[]): ComparedRate {
  const [left, right] = [together(a), together(b)];
  const shares = (counts: readonly ReadCount[]): number[] =>
    counts.filter(({ of }) => of > 0).map(({ count, of }) => count / of);
  const [some, others] = [shares(a), shares(b)];
  const test = some.length > 1 && others.length > 1 ? welchTest(some, others).p : Number.NaN;
  return {
    name,
    a: left,
    b: right,
    difference: differenceOf(left, right),
    p: fisherExact(left, right),
    pSamples: Number.isFinite(test) ? test : null,
    q: Number.NaN,
  };
}

function together(counts: readonly ReadCount[]): CountedRate {
  const sum = counts.reduce((all, { count, of }) => ({ count: all.count + count, of: all.of + of }), {
    count: 0,
    of: 0,
  });
  const { value, lower, upper } = counts.length > 1 ? replicateRate(counts) : rateOf(sum);
  return { ...sum, value, lower, upper };
}

function adjusted(rows: ComparedRate[]): ComparedRate[] {
  const q = benjaminiHochberg(rows.map(({ p }) => p));
  return rows.map((row, i) => ({ ...row, q: q[i]! }));
}

type Row = (name: string, of: (result: EditingResult) => ReadCount) => ComparedRate;

function positionRows({ amplicon }: EditingResult, row: Row): ComparedRate[] {
  const { sequence } = amplicon.references[0]!;
  return [...sequence].flatMap((base, i) => {
    const at =
      (count: (positions: EditingResult["amplicon"]["references"][number]["positions"]) => number) =>
      ({ amplicon: { references } }: EditingResult): ReadCount => {
        const { positions } = references[0]!;
        return { count: count(positions), of: positions.covered[i]! };
      };
    const others = (["A", "C", "G", "T"] as const).filter((letter) => letter !== base && base !== "N");
    return [
      row(
        `${i + 1} substitution`,
        at((positions) => others.reduce((sum, letter) => sum + positions[letter][i]!, 0)),
      ),
      row(
        `${i + 1} deletion`,
        at(({ deleted }) => deleted[i]!),
      ),
      row(
        `${i + 1} insertion`,
        at(({ inserted }) => inserted[i]!),
      ),
    ].filter(({ a, b }) => a.count + b.count > 0);
  });
}

function editRows(results: readonly EditingResult[], row: Row): ComparedRate[] {
  const names = new Map<string, (result: EditingResult) => ReadCount>();
  const counts = new Map(
    results.map((result) => [
      result,
      new Map(result.edits.map((edit) => [`${edit.contig} ${editText(edit)}`, { count: edit.reads, of: edit.depth }])),
    ]),
  );
  for (const result of results)
    for (const edit of result.edits) {
      const name = `${edit.contig} ${editText(edit)}`;
      if (names.has(name)) continue;
      const reference = result.amplicon.references.findIndex((one) => one.name === edit.contig);
      const place = Math.max(0, edit.kind === "insertion" ? edit.position - 1 : edit.position);
      names.set(
        name,
        (other) =>
          counts.get(other)!.get(name) ?? {
            count: 0,
            of: other.amplicon.references[reference]!.positions.covered[place]!,
          },
      );
    }
  return [...names].map(([name, of]) => row(name, of));
}

function alleleRows(results: readonly EditingResult[], row: Row): ComparedRate[] {
  const counts = new Map<EditingResult, Map<string, number>>();
  const names = new Set<string>();
  for (const result of results) {
    const own = new Map<string, number>();
    for (const { region, alleles } of result.alleles)
      for (const { alignedRead, alignedReference, reads } of alleles) {
        const name = `${region} ${alignedRead} ${alignedReference}`;
        own.set(name, (own.get(name) ?? 0) + reads);
        names.add(name);
      }
    counts.set(result, own);
  }
  return [...names].map((name) =>
    row(name, (result) => ({ count: counts.get(result)!.get(name) ?? 0, of: result.counts.judged })),
  );
}

function refuseOther(first: EditingResult, other: EditingResult): void {
  const describe = ({ amplicon }: EditingResult) =>
    [
      ["amplicon", amplicon.references.map(({ sequence }) => sequence)],
      ["guides", amplicon.guides.map(({ sequence, cut }) => [sequence, cut])],
      ["window", amplicon.references.map(({ window }) => window)],
    ] as const;
  describe(first).forEach(([what, value], i) => {
    if (JSON.stringify(value) === JSON.stringify(describe(other)[i]![1])) return;
    throw new ComparisonError(
      `${first.sample} and ${other.sample}`,
      `they have not the same ${what}, so that their rates are not of the same thing. Analyse both with the same parameters.`,
    );
  });
}

function notesOf(a: readonly EditingResult[], b: readonly EditingResult[]): string[] {
  const notes: string[] = [];
  if (a.length === 1 || b.length === 1)
    notes.push(
      "One sample on a side: intervals and p values say what sampling of reads leaves open, not how much samples differ.",
    );
  const cut = [...a, ...b].filter(({ alleles }) => alleles.some(({ unlistedReads }) => unlistedReads > 0));
  if (cut.length > 0)
    notes.push(
      `The rarest alleles of ${cut.map(({ sample }) => sample).join(", ")} are not listed: where one is missing its count is taken as 0.`,
    );
  if ([...a, ...b].some(({ provenance }) => Number(provenance.parameters.leastEditShare) > 0))
    notes.push("Single edits below the least share of a sample are not listed there: their count is taken as 0.");
  const digests = new Set([...a, ...b].map(({ provenance }) => provenance.code.digest));
  if (digests.size > 1) notes.push("The results were made by different code versions.");
  return notes;
}
