import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data";
import { PassThreadError } from "./hvg-errors.ts";
import type { ReadCall } from "./matrix.ts";
import type { ClippedSums, GeneColumns, GeneStatistics, IngestedMatrix, View } from "./pass.ts";
import { geneColumns } from "./pass-columns.ts";
import type { ToPass } from "./pass-entry.ts";
import { halvesOf, type MatrixPart, type PartJob, type PartResult, passOverPart } from "./pass-part.ts";
import type { GeneShares } from "./pass-shares.ts";

/** All passes over one matrix. Close it before the matrix's spill. */
export interface Passes {
  geneShares(view: Omit<View, "target">): Promise<GeneShares>;
  geneStatistics(view: View): Promise<GeneStatistics>;
  clippedSums(view: View, clip: Float64Array): Promise<ClippedSums>;
  geneColumns(view: View, genes: readonly number[]): Promise<GeneColumns>;
  close(): Promise<void>;
}

export interface PassesOptions {
  scratch: string;
  signal?: AbortSignal;
  /** Blocks of the first half that the pass under way has behind it. */
  progress?: (done: number, total: number) => void;
  /** 2: the halves of the matrix are passed over at the same time; 1: one after the other. The numbers are the same. Default 2. */
  threads?: 1 | 2;
  /** With fewer entries a thread costs more than it saves. Default 1,000,000. */
  entriesForAThread?: number;
}

/** Columns that need more memory go through the scratch folder, in one thread. */
const COLUMN_BYTES = 4 * 2 ** 20;

/**
 * Passes over the two halves of a matrix in two threads, and puts their sums together. The halves are cut at the same block whether or
 * not a second thread is used, so that the sums are equal to the bit.
 */
export function passesOver(matrix: IngestedMatrix, options: PassesOptions): Passes {
  const { signal, progress } = options;
  const call: ReadCall = { ...(signal && { signal }), ...(progress && { progress }) };
  const [first, second] = halvesOf(matrix.spill.parts, matrix.totals.counts, matrix.geneCount);
  const threaded = (options.threads ?? 2) === 2 && matrix.entryCount >= (options.entriesForAThread ?? 1_000_000);
  let thread: PassThread | undefined;
  const both = async <Job extends PartJob>(job: Job): Promise<[ResultOf<Job>, ResultOf<Job>]> => {
    if (!threaded) return [await over(first, job, call), await over(second, job, call)];
    thread ??= passThread(second);
    return Promise.all([over(first, job, call), thread.run(job)]);
  };
  return {
    async geneShares(view) {
      const [a, b] = await both({ kind: "shares", view: { ...view, target: 1 } });
      return added(a.sums, b.sums);
    },
    async geneStatistics(view) {
      const target = view.target === "median" ? await medianTotal(matrix, view, both) : view.target;
      const [a, b] = await both({ kind: "statistics", view: { ...view, target } });
      return added(a.sums, b.sums);
    },
    async clippedSums(view, clip) {
      const [a, b] = await both({ kind: "clipped", view, clip });
      return added(a.sums, b.sums);
    },
    async geneColumns(view, genes) {
      if (8 * genes.length * matrix.cellCount > COLUMN_BYTES)
        return geneColumns(matrix, view, genes, { scratch: options.scratch, ...call });
      const parts = await both({ kind: "columns", view, genes });
      const sizes = parts.map((part) => (genes.length === 0 ? 0 : part.values.length / genes.length));
      return {
        genes,
        cellCount: sizes[0]! + sizes[1]!,
        column(i) {
          const column = new Float64Array(sizes[0]! + sizes[1]!);
          column.set(parts[0].values.subarray(i * sizes[0]!, (i + 1) * sizes[0]!));
          column.set(parts[1].values.subarray(i * sizes[1]!, (i + 1) * sizes[1]!), sizes[0]!);
          return column;
        },
        close: () => {},
      };
    },
    close: async () => thread?.close(),
  };
}

type ResultOf<Job extends PartJob> = Extract<PartResult, { kind: Job["kind"] }>;

async function over<Job extends PartJob>(part: MatrixPart, job: Job, call: ReadCall): Promise<ResultOf<Job>> {
  return (await passOverPart(part, job, call)) as ResultOf<Job>;
}

/** Adds the sums of `b` to those of `a`. */
function added<T extends object>(a: T, b: T): T {
  for (const name of Object.keys(a) as (keyof T)[]) {
    const [into, from] = [a[name], b[name]];
    if (into instanceof Float64Array && from instanceof Float64Array)
      for (let i = 0; i < into.length; i++) into[i] = into[i]! + from[i]!;
    else if (into instanceof Uint32Array && from instanceof Uint32Array)
      for (let i = 0; i < into.length; i++) into[i] = into[i]! + from[i]!;
  }
  return a;
}

/** Median of the kept cells' totals above zero, over kept genes. */
async function medianTotal(
  matrix: IngestedMatrix,
  view: View,
  both: (job: { kind: "totals"; view: View }) => Promise<[{ values: Float64Array }, { values: Float64Array }]>,
): Promise<number> {
  let totals: Float64Array;
  if (view.keepGenes === undefined) totals = matrix.totals.counts.filter((_, cell) => view.keepCells?.[cell] !== 0);
  else {
    const [a, b] = await both({ kind: "totals", view: { ...view, target: 1 } });
    totals = new Float64Array(a.values.length + b.values.length);
    totals.set(a.values);
    totals.set(b.values, a.values.length);
  }
  const sorted = totals.filter((total) => total > 0).sort();
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half]!;
  return ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
}

interface PassThread {
  run<Job extends PartJob>(job: Job): Promise<ResultOf<Job>>;
  close(): Promise<void>;
}

function passThread(part: MatrixPart): PassThread {
  // A pass makes hardly any garbage: a small nursery keeps the thread's memory to what its sums need.
  const resourceLimits = { maxYoungGenerationSizeMb: 4 };
  const worker = new Worker(new URL("./pass-entry.ts", import.meta.url), { resourceLimits, ...threadOptions() });
  let settle: { resolve: (result: PartResult) => void; reject: (error: unknown) => void } | undefined;
  let broken: Error | undefined;
  const fail = (error: Error): void => {
    broken ??= error;
    settle?.reject(broken);
    settle = undefined;
  };
  worker.on("message", (message: { result: PartResult } | { problem: string }) => {
    if ("problem" in message) return fail(new PassThreadError(message.problem));
    settle?.resolve(message.result);
    settle = undefined;
  });
  worker.on("error", (error) => fail(new PassThreadError(error instanceof Error ? error.message : String(error))));
  worker.on("exit", (code) => fail(new PassThreadError(`it ended with code ${code}`)));
  const post = (message: ToPass): void => worker.postMessage(message);
  post({ kind: "part", part });
  return {
    run: <Job extends PartJob>(job: Job) =>
      new Promise<ResultOf<Job>>((resolve, reject) => {
        if (broken !== undefined) return reject(broken);
        settle = { resolve: (result) => resolve(result as ResultOf<Job>), reject };
        post({ kind: "job", job });
      }),
    async close() {
      settle?.reject(new PassThreadError("it was closed"));
      settle = undefined;
      await worker.terminate();
    },
  };
}
