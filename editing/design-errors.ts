/** Where a sequence lies in an amplicon, as people count: from 1, both ends included. */
export interface NamedPlace {
  from: number;
  to: number;
  strand: "+" | "-";
  mismatches: number;
}

const placeText = (place: NamedPlace): string =>
  `bases ${place.from} to ${place.to} of the ${place.strand === "+" ? "forward" : "reverse"} strand`;

/** An amplicon or another reference that cannot be used as it is. */
export class BadReferenceError extends Error {
  readonly code = "editing/reference";
  readonly reference: string;
  readonly problem: string;
  constructor(reference: string, problem: string) {
    super(`${reference}: ${problem}`);
    this.reference = reference;
    this.problem = problem;
  }
}

/** A guide that the amplicon does not have on either strand. */
export class GuideNotFoundError extends Error {
  readonly code = "editing/guide-not-found";
  readonly guide: string;
  readonly amplicon: string;
  readonly nearest: NamedPlace | null;
  constructor(guide: string, amplicon: string, nearest: NamedPlace | null, allowed: number) {
    const found =
      nearest === null
        ? "The guide is longer than the amplicon."
        : `The nearest place is ${placeText(nearest)}, with ${nearest.mismatches} mismatch${nearest.mismatches === 1 ? "" : "es"}, expected ${allowed === 0 ? "none" : `${allowed} at most`}.`;
    super(
      `Guide ${guide} is not in amplicon ${amplicon}. ${found} Give the guide without its PAM as it is in the amplicon, or allow more mismatches.`,
    );
    this.guide = guide;
    this.amplicon = amplicon;
    this.nearest = nearest;
  }
}

/** A guide that the amplicon has more than once. */
export class RepeatedGuideError extends Error {
  readonly code = "editing/guide-repeated";
  readonly guide: string;
  readonly amplicon: string;
  readonly places: readonly NamedPlace[];
  constructor(guide: string, amplicon: string, places: readonly NamedPlace[]) {
    super(
      `Guide ${guide} is in amplicon ${amplicon} ${places.length} times: ${places.map(placeText).join("; ")}. Say that every place counts, or give the window by coordinates.`,
    );
    this.guide = guide;
    this.amplicon = amplicon;
    this.places = places;
  }
}

/** A quantification window of which nothing is left, or whose coordinates are not in the amplicon. */
export class WindowError extends Error {
  readonly code = "editing/window";
  readonly amplicon: string;
  readonly problem: string;
  constructor(amplicon: string, problem: string) {
    super(`Amplicon ${amplicon}: ${problem}`);
    this.amplicon = amplicon;
    this.problem = problem;
  }
}

/** A coding sequence that is not a part of the amplicon. */
export class CodingNotFoundError extends Error {
  readonly code = "editing/coding-not-found";
  readonly coding: string;
  readonly amplicon: string;
  constructor(coding: string, amplicon: string, found: string) {
    super(
      `Coding sequence ${coding} ${found} in amplicon ${amplicon}, expected once on either strand. Give each exon's part of the amplicon by itself, without introns.`,
    );
    this.coding = coding;
    this.amplicon = amplicon;
  }
}

/** A parameter of an analysis that is out of its range. */
export class EditingOptionError extends Error {
  readonly code = "editing/option";
  readonly option: string;
  readonly found: string;
  constructor(option: string, found: string, expected: string) {
    super(`${option} is ${found}; expected ${expected}.`);
    this.option = option;
    this.found = found;
  }
}

/** A sample of which no read can be judged: there is no rate to tell, and zero would be a lie. */
export class NoReadsKeptError extends Error {
  readonly code = "editing/no-reads-kept";
  readonly sample: string;
  readonly reads: number;
  readonly reasons: Readonly<Record<string, number>>;
  constructor(sample: string, reads: number, reasons: Readonly<Record<string, number>>) {
    const lost = Object.entries(reasons)
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => `${count} ${reason}`);
    super(
      `Sample ${sample}: none of ${reads} reads can be judged${lost.length > 0 ? ` (${lost.join(", ")})` : ""}. Check that reads and amplicon belong together, and the filters.`,
    );
    this.sample = sample;
    this.reads = reads;
    this.reasons = reasons;
  }
}

/** A sample sheet or an amplicon table that cannot be carried out. */
export class SheetError extends Error {
  readonly code = "editing/sheet";
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** Results that cannot be held against each other, or are none. */
export class ComparisonError extends Error {
  readonly code = "editing/comparison";
  readonly what: string;
  readonly problem: string;
  constructor(what: string, problem: string) {
    super(`${what}: ${problem}`);
    this.what = what;
    this.problem = problem;
  }
}
