import type { ReferenceRole } from "./amplicon.ts";
import type { Outcome } from "./classify.ts";
import type { Exon } from "./coding.ts";
import type { BaseEditor, ConversionAllele, ConversionSite } from "./conversions.ts";
import type { LocatedGuide } from "./guide.ts";
import type { AlleleList } from "./list-alleles.ts";
import type { CountedEdit } from "./list-edits.ts";
import type { FrameCounts } from "./quantify.ts";
import type { Rate, ReadCount } from "./rates.ts";

/** A count with its share and the interval of the share. */
export type CountedRate = ReadCount & Rate;

/** A file that went into a result, by content. */
export interface InputFile {
  /** What it is to the analysis: `reads1`, `reads2`, `control reads1`. */
  role: string;
  /** Its name without folders. */
  name: string;
  sizeBytes: number;
  sha256: string;
}

/** Where a result comes from. */
export interface Provenance {
  code: { version: string; digest: string };
  inputs: InputFile[];
  /** As the analysis used them, defaults included. */
  parameters: Record<string, unknown>;
}

/** A reference as a result tells of it. Positions count from 0. */
export interface ReferenceResult {
  name: string;
  role: ReferenceRole;
  sequence: string;
  cuts: number[];
  /** Bases that count. */
  window: number[];
  exons: Exon[];
  reads: number;
  unmodified: number;
  modified: number;
  /** Modified reads by kinds of edit in the window: none, S, I, S I, D, S D, I D, S I D. */
  kinds: number[];
  /** Of shape (length) each; `inserted` of shape (length + 1) by boundary. */
  positions: {
    covered: number[];
    deleted: number[];
    inserted: number[];
    A: number[];
    C: number[];
    G: number[];
    T: number[];
    N: number[];
  };
  /** Pairs of bases and reads, ascending. */
  netSizes: [size: number, reads: number][];
  insertionSizes: [size: number, reads: number][];
  deletionSizes: [size: number, reads: number][];
}

/** A difference to untreated controls. */
export interface Contrast {
  treated: ReadCount;
  control: ReadCount;
  difference: Rate;
  /** Fisher's exact test of the two counts. */
  p: number;
  /** Adjusted for all rows of its table (Benjamini and Hochberg 1995). */
  q: number;
}

export interface PositionContrast extends Contrast {
  /** In the amplicon, from 0; of an insertion, the bases left of it. */
  position: number;
  kind: "substitution" | "insertion" | "deletion";
}

/** What untreated controls say of a sample. */
export interface Background {
  controls: { name: string; reads: number; edited: CountedRate }[];
  /** The controls' rate together; of several with their scatter. */
  edited: Rate;
  difference: Rate;
  p: number;
  positions: PositionContrast[];
}

/** An edit with its rate, and what the controls show of it. */
export interface EditResult extends CountedEdit {
  rate: Rate;
  background: Contrast | null;
}

/** Everything that is known of a sample: the document `editing.json`, from which tables, figures and the report are made. */
export interface EditingResult {
  format: "artesian editing";
  formatVersion: 1;
  sample: string;
  provenance: Provenance;
  amplicon: { name: string; guides: LocatedGuide[]; references: ReferenceResult[] };
  /** What `reads` and all other counts are of: reads, or molecules told by UMIs. */
  unit: "reads" | "molecules";
  /** What happened to the files' reads before they were aligned, in order. */
  reading: Record<string, number>;
  counts: {
    /** Distinct sequences that were aligned, and how many reads they stand for. */
    unique: number;
    aligned: number;
    lowIdentity: number;
    uncovered: number;
    /** What is left: the sum of the outcomes. */
    judged: number;
    ambiguous: number;
  };
  outcomes: Record<Outcome, CountedRate>;
  /** All outcomes but unmodified, of the reads that can be decided. */
  edited: CountedRate;
  frames: FrameCounts | null;
  conversions: { editor: BaseEditor; sites: (ConversionSite & Rate)[]; alleles: (ConversionAllele & Rate)[] } | null;
  scaffold: CountedRate | null;
  alleles: AlleleList[];
  edits: EditResult[];
  background: Background | null;
  notes: string[];
}
