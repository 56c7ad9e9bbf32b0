import { ingest } from "./ingest.ts";
import type { CellColumn, MatrixSource, ReadCall } from "./matrix.ts";
import { passesOver } from "./pass-threads.ts";
import type { SummaryParameters } from "./presets.ts";
import { type SplitProblem, splitsOf } from "./split-cells.ts";
import { type SplitSummary, summariseSplit } from "./summarise-split.ts";
import type { Summary } from "./summary.ts";

export interface SummaryContext {
  /** A folder for intermediate files, about two bytes an entry; they are gone when the call ends or the process does. */
  scratch: string;
  signal?: AbortSignal;
  /** `read`: how much of the file is behind; `split`: how many parts are; `pass`: how much of one pass over the spill. */
  progress?: (stage: "read" | "split" | "pass", done: number, total: number) => void;
  /** Most memory for what is kept of every cell and gene. Default 1 GiB. */
  memoryBudgetBytes?: number;
  /** Threads that pass over a matrix after it was read; 1 when several matrices are summarised at once. Default 2. */
  threads?: 1 | 2;
}

/**
 * Everything that is published of one matrix: numbers, tables and figures of all its cells, then of each value of each column to split
 * by. The file is read once; the passes over its spill do the rest. Equal input and parameters give equal output, whatever the format.
 *
 * A step that fails is a problem in its split's report, and the rest goes on; columns that are missing are split problems.
 * @throws what the source throws when its entries cannot be read, and the signal's reason
 * @example
 * const { report, figures } = await summariseSource(source, presets.modern, { scratch: "/tmp" });
 * report.splits[0].cells.kept.cells; // cells that passed
 */
export async function summariseSource(
  source: MatrixSource,
  parameters: SummaryParameters,
  context: SummaryContext,
): Promise<Summary> {
  const { signal, progress } = context;
  const read: ReadCall = {
    ...(signal && { signal }),
    ...(progress && { progress: (done, total) => progress("read", done, total) }),
  };
  const columns: CellColumn[] = [];
  const splitProblems: SplitProblem[] = [];
  const column = async (name: string): Promise<CellColumn | undefined> => {
    if (source.columnNames.includes(name)) return source.column(name, { ...(signal && { signal }) });
    const known =
      source.columnNames.length === 0 ? "it has none" : `it has ${source.columnNames.slice(0, 20).join(", ")}`;
    splitProblems.push({ column: name, message: `There is no column "${name}" about cells; ${known}.` });
    return undefined;
  };
  for (const name of parameters.splits) {
    const found = await column(name);
    if (found !== undefined) columns.push(found);
  }
  const batch = parameters.batch === undefined ? undefined : await column(parameters.batch);
  const matrix = await ingest(source, {
    scratch: context.scratch,
    ...(context.memoryBudgetBytes !== undefined && { memoryBudgetBytes: context.memoryBudgetBytes }),
    ...read,
  });
  try {
    const { splits, problems } = splitsOf(columns, matrix.cellCount);
    const passes = passesOver(matrix, {
      scratch: context.scratch,
      ...(signal && { signal }),
      ...(progress && { progress: (done, total) => progress("pass", done, total) }),
      ...(context.threads && { threads: context.threads }),
    });
    const parts: SplitSummary[] = [];
    try {
      for (const split of splits) {
        progress?.("split", parts.length, splits.length);
        parts.push(await summariseSplit(matrix, split, parameters, passes, batch, signal));
      }
    } finally {
      await passes.close();
    }
    progress?.("split", splits.length, splits.length);
    return {
      report: {
        format: matrix.format,
        key: matrix.key,
        cells: matrix.cellCount,
        genes: matrix.geneCount,
        entries: matrix.entryCount,
        values: matrix.valueKind,
        parameters,
        warnings: matrix.warnings,
        splitProblems: [...splitProblems, ...problems],
        splits: parts.map((part) => part.report),
      },
      figures: parts.flatMap((part) => part.figures.map((figure) => ({ ...figure, split: part.report.split }))),
      tables: parts.flatMap((part) => part.tables),
    };
  } finally {
    matrix.spill.close();
  }
}
