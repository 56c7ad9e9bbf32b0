import { encodeSequence } from "./sequence.ts";
import type { UniqueReads } from "./unique-reads.ts";

/** Reads from sequences in text, with how often each was read; in the order that UniqueReads promises. */
export function readsOf(sequences: readonly string[] | Readonly<Record<string, number>>): UniqueReads {
  const counts = new Map<string, number>();
  const given = Array.isArray(sequences)
    ? sequences.map((sequence: string) => [sequence, 1] as const)
    : Object.entries(sequences);
  for (const [sequence, count] of given) counts.set(sequence, (counts.get(sequence) ?? 0) + count);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const codes = sorted.map(([sequence]) => encodeSequence(sequence, "read"));
  return {
    size: sorted.length,
    total: sorted.reduce((sum, [, count]) => sum + count, 0),
    longest: Math.max(0, ...codes.map(({ length }) => length)),
    count: (i) => sorted[i]![1],
    length: (i) => codes[i]!.length,
    copy(i, into, at = 0) {
      into.set(codes[i]!, at);
      return codes[i]!.length;
    },
  };
}

/** The opposite strand in text. */
export function turned(sequence: string): string {
  const opposite: Record<string, string> = { A: "T", C: "G", G: "C", T: "A", N: "N" };
  return [...sequence]
    .reverse()
    .map((base) => opposite[base])
    .join("");
}
