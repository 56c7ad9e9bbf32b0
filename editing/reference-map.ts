import { DELETED, INSERTED } from "./alignment.ts";
import type { Exon } from "./coding.ts";

/** Where the bases of an amplicon are in another reference, such as the amplicon after repair from a donor. */
export interface ReferenceMap {
  /** Position of amplicon base i in the reference; of a base that it does not have, of the next that it has. Of shape (amplicon length). */
  begin: Int32Array;
  /** The position behind it; equal to `begin` where the base is missing. Of shape (amplicon length). */
  end: Int32Array;
}

/** The map of an amplicon to itself. */
export function identityMap(length: number): ReferenceMap {
  const begin = Int32Array.from({ length }, (_, i) => i);
  return { begin, end: begin.map((position) => position + 1) };
}

/** @param runs of the alignment of the reference, as a read, to the amplicon, packed as in alignment.ts */
export function mapOf(runs: ArrayLike<number>, ampliconLength: number): ReferenceMap {
  const begin = new Int32Array(ampliconLength);
  const end = new Int32Array(ampliconLength);
  let base = 0;
  let position = 0;
  for (let run = 0; run < runs.length; run++) {
    const kind = runs[run]! & 3;
    const length = runs[run]! >>> 2;
    if (kind === INSERTED) position += length;
    else
      for (let i = 0; i < length; i++, base++) {
        begin[base] = position;
        if (kind !== DELETED) position++;
        end[base] = position;
      }
  }
  return { begin, end };
}

/** A stretch of the amplicon in the reference, with what is inserted inside of it. Empty when the reference has none of its bases. */
export function mapStretch(map: ReferenceMap, from: number, to: number): [from: number, to: number] {
  return to <= from
    ? [map.begin[from] ?? map.end.at(-1) ?? 0, map.begin[from] ?? map.end.at(-1) ?? 0]
    : [map.begin[from]!, map.end[to - 1]!];
}

/** A window's mask in the reference. Where it lacks all bases of a stretch, the bases on both sides of the gap count instead. */
export function mapMask(map: ReferenceMap, mask: Uint8Array, referenceLength: number): Uint8Array {
  const mapped = new Uint8Array(referenceLength);
  for (let from = mask.indexOf(1); from >= 0; ) {
    let to = from;
    while (mask[to] === 1) to++;
    const [first, end] = mapStretch(map, from, to);
    if (first < end) mapped.fill(1, first, end);
    else mapped.fill(1, Math.max(0, first - 1), Math.min(referenceLength, first + 1));
    from = mask.indexOf(1, to);
  }
  return mapped;
}

/** Coding parts in the reference; a splice site of which it lacks a base is none there. */
export function mapExons(map: ReferenceMap, exons: readonly Exon[]): Exon[] {
  return exons.map((exon) => {
    const [start, end] = mapStretch(map, exon.start, exon.end);
    const spliceSites = exon.spliceSites.flatMap((site) => {
      const [first, behind] = mapStretch(map, site.start, site.start + 2);
      return behind - first === 2 ? [{ ...site, start: first }] : [];
    });
    return { ...exon, start, end, spliceSites };
  });
}
