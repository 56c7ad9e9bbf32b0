import { nearestName } from "./nearest-name.ts";

/** A sample query that cannot be read, or that names a column which is not there. */
export class SampleQueryError extends Error {
  readonly code = "profiling/sample-query";
  readonly query: string;
  readonly position: number;
  readonly problem: string;
  constructor(query: string, position: number, problem: string) {
    super(
      `Sample query "${query}", character ${position + 1}: ${problem}. Write for example Metadata_control_type == 'negcon' and Metadata_dose > 1.`,
    );
    this.query = query;
    this.position = position;
    this.problem = problem;
  }
}

/** No well is left to learn a normalization or a selection from. */
export class NoSamplesError extends Error {
  readonly code = "profiling/no-samples";
  readonly samples: string;
  readonly group: string;
  readonly found: number;
  readonly expected: number;
  constructor(samples: string, group: string, found: number, expected: number) {
    super(
      `${group}: the samples ${samples} select ${found} wells, expected at least ${expected}. Check the control wells in the metadata, or choose other samples.`,
    );
    this.samples = samples;
    this.group = group;
    this.found = found;
    this.expected = expected;
  }
}

/** A column that an operation needs and the profiles do not have. */
export class UnknownColumnError extends Error {
  readonly code = "profiling/unknown-column";
  readonly column: string;
  readonly available: readonly string[];
  constructor(column: string, available: readonly string[]) {
    const near = nearestName(column, available);
    super(
      `Profiles have no column "${column}".${near === undefined ? "" : ` Did you mean "${near}"?`} Found: ${available.slice(0, 12).join(", ")}${available.length > 12 ? " …" : ""}.`,
    );
    this.column = column;
    this.available = available;
  }
}

/** Metadata and feature numbers whose sizes do not fit together. */
export class ProfileShapeError extends Error {
  readonly code = "profiling/profile-shape";
  readonly part: string;
  readonly found: number;
  readonly expected: number;
  constructor(part: string, found: number, expected: number) {
    super(`Profiles: ${part} has ${found} entries, expected ${expected}. Every well needs one value a column.`);
    this.part = part;
    this.found = found;
    this.expected = expected;
  }
}
