import type { AmpliconDesign } from "./amplicon.ts";
import { BadReferenceError } from "./design-errors.ts";
import { type Codes, decodeSequence, encodeSequence, reverseComplement } from "./sequence.ts";

/** What a pegRNA brings along behind its spacer, both 5′ to 3′. */
export interface PegRna {
  /** The 3′ extension: the template of the edit, then the primer binding site. */
  extension: string;
  /** The end of the scaffold, directly before the extension; ten bases are plenty. */
  scaffold: string;
}

/** Bases of the intended flap that a read must show before the scaffold's. */
const ANCHOR = 12;
/** Fewest bases of the scaffold: one could be a wrong base. */
const LEAST = 2;

/**
 * What a read shows, on the amplicon's strand, when the polymerase ran on into the scaffold (Anzalone et al. 2019, doi
 * 10.1038/s41586-019-1711-4): the end of the intended flap, then the copy of the scaffold's last bases, as many as no reference has there.
 * @throws BadReferenceError ("editing/reference") when the extension is not in the prime-edited reference, or the scaffold cannot be told
 *   from it; AlphabetError ("editing/alphabet")
 */
export function scaffoldPattern({ references }: AmpliconDesign, { extension, scaffold }: PegRna): Codes {
  const edited = references.find(({ role }) => role === "prime-edited");
  if (edited === undefined)
    throw new BadReferenceError(
      "pegRNA",
      "there is no prime-edited reference. Give the amplicon as it is after the edit.",
    );
  const flap = decodeSequence(reverseComplement(encodeSequence(extension, "pegRNA extension")));
  const copy = decodeSequence(reverseComplement(encodeSequence(scaffold, "pegRNA scaffold")));
  const text = decodeSequence(edited.codes);
  const turned = decodeSequence(reverseComplement(edited.codes));
  const forward = flap !== "" && text.includes(flap);
  if (!forward && !(flap !== "" && turned.includes(flap)))
    throw new BadReferenceError(
      "pegRNA extension",
      `its reverse complement ${flap} is not in ${edited.name} on either strand. Give template and primer binding site, 5′ to 3′.`,
    );
  const all = references.flatMap(({ codes }) => [decodeSequence(codes), decodeSequence(reverseComplement(codes))]);
  for (let bases = LEAST; bases <= copy.length; bases++) {
    const pattern = flap.slice(-ANCHOR) + copy.slice(0, bases);
    if (all.some((reference) => reference.includes(pattern))) continue;
    const codes = encodeSequence(pattern, "pegRNA");
    return forward ? codes : reverseComplement(codes);
  }
  throw new BadReferenceError(
    "pegRNA scaffold",
    `its last ${copy.length} bases cannot be told from what follows the edit, expected at least ${LEAST} that can. Give more of its bases.`,
  );
}

/** Whether the first `length` codes of a read contain a pattern. */
export function contains(codes: Codes, length: number, pattern: Codes): boolean {
  for (let at = 0; at + pattern.length <= length; at++) {
    let i = 0;
    while (i < pattern.length && codes[at + i] === pattern[i]) i++;
    if (i === pattern.length) return true;
  }
  return false;
}
