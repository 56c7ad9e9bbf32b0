/** One difference of an allele from its amplicon. Positions count bases of the amplicon from 0. */
export type TrueEdit =
  | { kind: "substitution"; at: number; base: string }
  /** `bases` stand left of the amplicon's base `at`. */
  | { kind: "insertion"; at: number; bases: string }
  /** `length` bases from `at` on are missing. */
  | { kind: "deletion"; at: number; length: number };

/** First base of the amplicon behind an edit. */
export function editEnd(edit: TrueEdit): number {
  if (edit.kind === "insertion") return edit.at;
  return edit.at + (edit.kind === "deletion" ? edit.length : 1);
}

/**
 * The sequence that edits make of an amplicon.
 * @param edits in ascending order, none within another
 * @example applyEdits("ACGT", [{ kind: "insertion", at: 1, bases: "TT" }, { kind: "deletion", at: 2, length: 2 }]) // "ATTC"
 */
export function applyEdits(amplicon: string, edits: readonly TrueEdit[]): string {
  let sequence = "";
  let at = 0;
  for (const edit of edits) {
    sequence += amplicon.slice(at, edit.at);
    if (edit.kind === "substitution") sequence += edit.base;
    if (edit.kind === "insertion") sequence += edit.bases;
    at = editEnd(edit);
  }
  return sequence + amplicon.slice(at);
}

/**
 * Edits with every insertion and deletion as far left as it can stand without meeting another edit (Tan, Abecasis and Kang 2015, doi
 * 10.1093/bioinformatics/btv112), in ascending order. The sequence they make is the same.
 */
export function leftNormalised(amplicon: string, edits: readonly TrueEdit[]): TrueEdit[] {
  const placed: TrueEdit[] = [];
  for (const edit of edits) {
    const before = placed.at(-1);
    const least = before === undefined ? 0 : editEnd(before);
    placed.push(edit.kind === "substitution" ? edit : shifted(amplicon, edit, least));
  }
  return placed;
}

function shifted(amplicon: string, edit: Exclude<TrueEdit, { kind: "substitution" }>, least: number): TrueEdit {
  let { at } = edit;
  if (edit.kind === "deletion") {
    while (at > least && amplicon[at - 1] === amplicon[at + edit.length - 1]) at--;
    return { ...edit, at };
  }
  let { bases } = edit;
  while (at > least && amplicon[at - 1] === bases.at(-1)) {
    bases = amplicon[at - 1] + bases.slice(0, -1);
    at--;
  }
  return { ...edit, at, bases };
}

/**
 * At how many places a left-normalised insertion or deletion can stand with the same sequence as outcome; 1 is unambiguous.
 * @param end first base that belongs to the next edit, or the amplicon's length
 */
export function placementsOf(amplicon: string, edit: TrueEdit, end = amplicon.length): number {
  if (edit.kind === "substitution") return 1;
  let shift = 0;
  if (edit.kind === "deletion") {
    const { at, length } = edit;
    while (at + length + shift < end && amplicon[at + shift] === amplicon[at + length + shift]) shift++;
  } else {
    const { at, bases } = edit;
    while (at + shift < end) {
      const inserted = shift < bases.length ? bases[shift] : amplicon[at + shift - bases.length];
      if (inserted !== amplicon[at + shift]) break;
      shift++;
    }
  }
  return shift + 1;
}

/** Edits as a text that is equal for equal ones: `del 20 3; ins 25 AC; sub 30 T`. */
export function editsText(edits: readonly TrueEdit[]): string {
  return edits
    .map((edit) => {
      if (edit.kind === "deletion") return `del ${edit.at} ${edit.length}`;
      return edit.kind === "insertion" ? `ins ${edit.at} ${edit.bases}` : `sub ${edit.at} ${edit.base}`;
    })
    .join("; ");
}

/**
 * The edits that lead from an amplicon to another whole sequence, such as a donor's: one substitution a base when both are as long, else
 * what remains between common beginning and end.
 */
export function editsBetween(amplicon: string, sequence: string): TrueEdit[] {
  if (amplicon.length === sequence.length)
    return [...amplicon].flatMap((base, at): TrueEdit[] =>
      sequence[at] === base ? [] : [{ kind: "substitution", at, base: sequence[at]! }],
    );
  const shorter = Math.min(amplicon.length, sequence.length);
  let left = 0;
  while (left < shorter && amplicon[left] === sequence[left]) left++;
  let right = 0;
  while (right < shorter - left && amplicon.at(-1 - right) === sequence.at(-1 - right)) right++;
  const bases = sequence.slice(left, sequence.length - right);
  const length = amplicon.length - right - left;
  const edits: TrueEdit[] = [];
  if (bases !== "") edits.push({ kind: "insertion", at: left, bases });
  if (length > 0) edits.push({ kind: "deletion", at: left, length });
  return leftNormalised(amplicon, edits);
}
