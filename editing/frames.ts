import type { Edit } from "./calls.ts";
import type { EditKind } from "./classify.ts";
import type { Exon } from "./coding.ts";

/** What the edits of a read do to the protein that its gene codes for, as far as reading frames tell. */
export interface FrameEffect {
  /** `noncoding`: no coding base is touched; `inFrame`: the number of coding bases changes by a multiple of three or not at all. */
  frame: "noncoding" | "inFrame" | "frameshift";
  /** A splice site is hit: GT or AG is not what it was, however the edit is placed. */
  splice: boolean;
}

/**
 * The effect of a read's edits in the window on the coding parts of its reference. An indel that can be placed in several equivalent ways is
 * taken where it leaves splice sites whole, if there is such a place: the sequence then still has the site. An insertion at the very edge
 * of an exon belongs to it, one between exon and splice site hits the site's place and counts as coding.
 */
export function frameEffect(
  edits: readonly Edit[],
  exons: readonly Exon[],
  ignored: ReadonlySet<EditKind>,
): FrameEffect {
  let touched = false;
  let splice = false;
  let change = 0;
  for (const edit of edits) {
    if (!edit.inWindow || ignored.has(edit.kind)) continue;
    const position = placed(edit, exons);
    const end = position + (edit.kind === "insertion" ? 0 : edit.length);
    if (hitsSite(edit, position, exons)) splice = true;
    for (const exon of exons) {
      if (edit.kind === "insertion") {
        if (position < exon.start || position > exon.end) continue;
        change += edit.length;
        touched = true;
      } else {
        const bases = Math.min(end, exon.end) - Math.max(position, exon.start);
        if (bases <= 0) continue;
        touched = true;
        if (edit.kind === "deletion") change -= bases;
      }
    }
  }
  const frame = !touched ? "noncoding" : change % 3 === 0 ? "inFrame" : "frameshift";
  return { frame, splice };
}

/** Where an indel is taken to be: as near to its alignment as leaves the splice sites whole, or as aligned. */
function placed(edit: Edit, exons: readonly Exon[]): number {
  const { position, left, right } = edit;
  for (let step = 0; step <= Math.max(left, right); step++) {
    if (step <= left && !hitsSite(edit, position - step, exons)) return position - step;
    if (step <= right && !hitsSite(edit, position + step, exons)) return position + step;
  }
  return position;
}

function hitsSite(edit: Edit, position: number, exons: readonly Exon[]): boolean {
  for (const { spliceSites } of exons)
    for (const { start } of spliceSites) {
      if (edit.kind === "insertion" ? position === start + 1 : position < start + 2 && position + edit.length > start)
        return true;
    }
  return false;
}
