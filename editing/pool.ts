import { type DesignOptions, designAmplicon } from "./amplicon.ts";
import type { SampleInput } from "./analyse.ts";
import { assignAmplicons } from "./assign-amplicons.ts";
import { NoReadsKeptError } from "./design-errors.ts";
import { subsetReads } from "./orient.ts";
import type { SheetAmplicon } from "./sheets.ts";

/** How the reads of a pool were given out. */
export interface AssignedPool {
  total: number;
  amplicons: { name: string; reads: number }[];
  unassigned: number;
  /** Reads that fit several amplicons about as well. */
  ambiguous: number;
  /** The most frequent sequences that no amplicon claims. */
  foreign: { sequence: string; reads: number }[];
}

/**
 * Gives the reads of a pool to its amplicons.
 * @returns a sample for each amplicon, in the table's order, without reads where none fit
 * @throws NoReadsKeptError ("editing/no-reads-kept") when no read fits any amplicon; the codes of `designAmplicon` and `assignAmplicons`
 */
export function splitPool(
  input: SampleInput,
  table: readonly SheetAmplicon[],
  design: DesignOptions,
  call: { signal?: AbortSignal; progress?: (done: number, total: number) => void } = {},
): { samples: SampleInput[]; pool: AssignedPool } {
  const { reads } = input;
  const amplicons = table.map((row) => ({
    name: row.name,
    references: designAmplicon(row, design).references.map(({ codes }) => codes),
    ...(row.forwardPrimer !== undefined && { forwardPrimer: row.forwardPrimer }),
    ...(row.reversePrimer !== undefined && { reversePrimer: row.reversePrimer }),
  }));
  const { amplicon, reads: counts, unassigned, ambiguous, foreign } = assignAmplicons(reads, amplicons, call);
  if (counts.every((count) => count === 0))
    throw new NoReadsKeptError(input.name, reads.total, { "fit no amplicon": unassigned, "fit several": ambiguous });
  const indices = table.map(() => [] as number[]);
  for (let index = 0; index < amplicon.length; index++)
    if (amplicon[index]! >= 0) indices[amplicon[index]!]!.push(index);
  return {
    samples: table.map(({ name }, i) => ({
      ...input,
      name,
      reads: subsetReads(reads, Uint32Array.from(indices[i]!)),
      reading: { ...input.reading, "reads of this amplicon": counts[i]! },
    })),
    pool: {
      total: reads.total,
      amplicons: table.map(({ name }, i) => ({ name, reads: counts[i]! })),
      unassigned,
      ambiguous,
      foreign,
    },
  };
}
