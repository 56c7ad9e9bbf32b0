import type { SummaryFigure } from "./figure.ts";
import type { MatrixFormat, MatrixWarning } from "./matrix.ts";
import type { ValueKind } from "./pass.ts";
import type { SummaryParameters } from "./presets.ts";
import type { SplitProblem } from "./split-cells.ts";
import type { SplitReport, SummaryTable } from "./summarise-split.ts";

/** What a summary says, as plain JSON: no times and no paths of this machine, so that equal input gives equal bytes. */
export interface SummaryReport {
  format: MatrixFormat;
  key: string;
  cells: number;
  genes: number;
  /** Values other than zero. */
  entries: number;
  values: ValueKind;
  parameters: SummaryParameters;
  /** About the file. */
  warnings: MatrixWarning[];
  /** Columns that the matrix could not be split by. */
  splitProblems: SplitProblem[];
  splits: SplitReport[];
}

/** Everything that is published of a matrix. Figures and tables belong to the split that they name. */
export interface Summary {
  report: SummaryReport;
  figures: (SummaryFigure & { split: string })[];
  tables: SummaryTable[];
}
