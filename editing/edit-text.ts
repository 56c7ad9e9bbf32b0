import { type Edit, leftmostInsertion } from "./calls.ts";
import { type Codes, decodeSequence } from "./sequence.ts";

/** An edit of a reference, with its bases: an indel as far left as it goes. */
export interface NamedEdit {
  kind: Edit["kind"];
  /** First changed base of the reference, from 0; of an insertion, the reference's bases left of it. */
  position: number;
  length: number;
  /** Bases of the reference that are changed or deleted; empty for an insertion. */
  reference: string;
  /** Bases instead; empty for a deletion. */
  alternative: string;
}

/** Names an edit of a read with its bases. */
export function nameEdit(edit: Edit, reference: Codes, read: Codes): NamedEdit {
  const { kind, length, left, readAt } = edit;
  const position = edit.position - left;
  return {
    kind,
    position,
    length,
    reference: kind === "insertion" ? "" : decodeSequence(reference, position, position + length),
    alternative:
      kind === "substitution"
        ? decodeSequence(read, readAt, readAt + 1)
        : kind === "insertion"
          ? decodeSequence(leftmostInsertion(edit, read))
          : "",
  };
}

/**
 * An edit in the manner of HGVS, bases of the reference counted from 1; indels are as far left as they go, as in VCF.
 * @example editText({ kind: "deletion", position: 97, length: 2, … }) // "98_99del"
 */
export function editText({ kind, position, length, reference, alternative }: NamedEdit): string {
  if (kind === "substitution") return `${position + 1}${reference}>${alternative}`;
  if (kind === "insertion") return `${position}_${position + 1}ins${alternative}`;
  return length === 1 ? `${position + 1}del` : `${position + 1}_${position + length}del`;
}
