import type { Reference } from "./amplicon.ts";
import type { AlignedRead } from "./calls.ts";
import type { EditKind } from "./classify.ts";

/** Reads that are best on one reference, summed up. Positions count from 0; all numbers are reads (molecules with UMIs). */
export interface ReferenceTally {
  reads: number;
  unmodified: number;
  modified: number;
  /** Modified reads by which kinds of edit they have in the window: bit 1 substitutions, 2 insertions, 4 deletions. Of shape (8). */
  kinds: Float64Array;
  /** Reads that cover a base. Of shape (length). */
  covered: Float64Array;
  /** Of shape (length). */
  deleted: Float64Array;
  /** Reads with bases inserted at boundary b, left of base b. Of shape (length + 1). */
  inserted: Float64Array;
  /** Reads by base: A, C, G, T, N. Those equal to the reference are counted too. Of shape (length, 5). */
  bases: Float64Array;
  /** Modified reads by inserted minus deleted bases in the window. */
  netSizes: Map<number, number>;
  /** Insertions in the window by bases, and deletions. */
  insertionSizes: Map<number, number>;
  deletionSizes: Map<number, number>;
}

export interface ReferenceTallying {
  /** @param codes the read as aligned @param weight how many reads have this sequence */
  add(read: AlignedRead, codes: Uint8Array, weight: number, modified: boolean): void;
  /** The sums so far. */
  finish(): ReferenceTally;
}

const KIND_BITS = { substitution: 1, insertion: 2, deletion: 4 } as const;

/** Sums over the reads of one reference; the cost of a read is its edits, not its bases. */
export function tallyReference({ codes: reference }: Reference, ignored: ReadonlySet<EditKind>): ReferenceTallying {
  const length = reference.length;
  const coveredSteps = new Float64Array(length + 1);
  const deletedSteps = new Float64Array(length + 1);
  const inserted = new Float64Array(length + 1);
  const different = new Float64Array(length * 5);
  const kinds = new Float64Array(8);
  const netSizes = new Map<number, number>();
  const insertionSizes = new Map<number, number>();
  const deletionSizes = new Map<number, number>();
  let [reads, modifiedReads] = [0, 0];
  const raise = (sizes: Map<number, number>, size: number, by: number): void => {
    sizes.set(size, (sizes.get(size) ?? 0) + by);
  };

  return {
    add({ from, to, edits, unknown }, codes, weight, modified) {
      reads += weight;
      coveredSteps[from]! += weight;
      coveredSteps[to]! -= weight;
      for (const position of unknown) different[position * 5 + 4]! += weight;
      let bits = 0;
      let net = 0;
      let indels = false;
      for (const edit of edits) {
        const { kind, position, length: size } = edit;
        if (kind === "substitution") different[position * 5 + codes[edit.readAt]!]! += weight;
        else if (kind === "insertion") inserted[position]! += weight;
        else {
          deletedSteps[position]! += weight;
          deletedSteps[position + size]! -= weight;
        }
        if (!edit.inWindow || ignored.has(kind)) continue;
        bits |= KIND_BITS[kind];
        if (kind === "substitution") continue;
        indels = true;
        net += kind === "insertion" ? size : -size;
        raise(kind === "insertion" ? insertionSizes : deletionSizes, size, weight);
      }
      if (indels) raise(netSizes, net, weight);
      if (!modified) return;
      modifiedReads += weight;
      kinds[bits]! += weight;
    },
    finish() {
      const covered = new Float64Array(length);
      const deleted = new Float64Array(length);
      const bases = Float64Array.from(different);
      let [cover, lost] = [0, 0];
      for (let i = 0; i < length; i++) {
        cover += coveredSteps[i]!;
        lost += deletedSteps[i]!;
        covered[i] = cover;
        deleted[i] = lost;
        let others = 0;
        for (let code = 0; code < 5; code++) others += different[i * 5 + code]!;
        bases[i * 5 + reference[i]!]! += cover - lost - others;
      }
      return {
        reads,
        unmodified: reads - modifiedReads,
        modified: modifiedReads,
        kinds,
        covered,
        deleted,
        inserted,
        bases,
        netSizes,
        insertionSizes,
        deletionSizes,
      };
    },
  };
}
