import type { Reference } from "./amplicon.ts";
import type { AlignedRead, Edit } from "./calls.ts";

/**
 * What became of a read:
 * `unmodified` and `nhej`: best on the amplicon or another allele, without and with edits in the window;
 * `hdr`, `primeEdited`: best on the intended sequence and nothing else in the window; `mixed`: best on it, with further edits;
 * `ambiguousEdited`: equally good on several references, edited on each of them but differently; `undecided`: edited on some of them only.
 */
export type Outcome = (typeof OUTCOMES)[number];
export const OUTCOMES = ["unmodified", "nhej", "hdr", "primeEdited", "mixed", "ambiguousEdited", "undecided"] as const;

/** Kinds of edit that can be told not to modify a read. */
export type EditKind = Edit["kind"];

/** Whether a read that is best on this reference counts as edited, and what it is called. */
export function outcomeOn(
  role: Reference["role"],
  modified: boolean,
): Exclude<Outcome, "ambiguousEdited" | "undecided"> {
  if (role === "hdr") return modified ? "mixed" : "hdr";
  if (role === "prime-edited") return modified ? "mixed" : "primeEdited";
  return modified ? "nhej" : "unmodified";
}

/** The outcome of a read from those on the references that it fits best, equally well. */
export function outcomeOf(best: readonly { role: Reference["role"]; modified: boolean }[]): Outcome {
  const outcomes = new Set(best.map(({ role, modified }) => outcomeOn(role, modified)));
  const [first] = outcomes;
  if (outcomes.size === 1) return first!;
  return outcomes.has("unmodified") ? "undecided" : "ambiguousEdited";
}

/** Whether any edit in the window is of a kind that counts. */
export function isModified(read: AlignedRead, ignored: ReadonlySet<EditKind>): boolean {
  return read.edits.some((edit) => edit.inWindow && !ignored.has(edit.kind));
}

/** Whether a read shows every base of the window; one that ends within it cannot be judged. */
export function coversWindow({ from, to }: AlignedRead, { window }: Reference): boolean {
  return from <= window.from && to >= window.to;
}
