import type { Store } from "./open-store.ts";
import { type PerturbationInput, perturbationId, upsertPerturbation } from "./record-layout.ts";
import type { ProblemInput } from "./record-projects.ts";
import type { EditSampleRow } from "./schema.ts";
import { insertIfAbsent, upsert } from "./upsert.ts";

/** A share of reads with its interval; null without reads. */
export interface EditRate extends EditShare {
  count: number;
  of: number;
}

export interface EditShare {
  value: number | null;
  lower: number | null;
  upper: number | null;
}

/** What a sample came to. */
export interface EditCounts {
  /** What was counted: reads, or molecules told by UMIs. */
  unit: "reads" | "molecules";
  /** Reads or molecules that were aligned, and those that could be judged. */
  aligned: number;
  judged: number;
  edited: EditRate;
  /** By outcome: unmodified, nhej, hdr, … */
  outcomes: Record<string, EditRate>;
  /** Edited share above that of the untreated controls; null without controls. */
  aboveControls: EditShare | null;
  /** Share of frameshifts among edited reads of a coding amplicon; null without a coding sequence. */
  frameshift: number | null;
}

export interface EditSampleInput {
  experimentId: string;
  sample: string;
  /** Place in the sample sheet, from 1. */
  order: number;
  /** What was done to the cells, where the sheet says it. */
  perturbation?: PerturbationInput | null;
  /** Where the cells stood, where the sheet says it. */
  plate?: string | null;
  well?: string | null;
  amplicon: string;
  guides: readonly string[];
  /** Whether other samples are held against it. */
  isControl: boolean;
  result:
    | {
        status: "done";
        counts: EditCounts;
        /** The whole result: an object with JSON. */
        resultUri: string;
        /** Tables, figures and report by file name: objects. */
        files: Readonly<Record<string, string>>;
        notes: readonly string[];
      }
    | { status: "failed"; problem: ProblemInput };
  generation: number;
  at: string;
}

/** Stores what a sample came to; an older generation changes nothing. */
export function recordEdits(store: Store, input: EditSampleInput): void {
  if (input.perturbation) upsertPerturbation(store, input.perturbation);
  upsert(store, "edit_sample", ["experiment_id", "sample"], rowOf(input, input.result));
}

/** Stores that a sample is to be quantified; what is known of it stays until there is something newer. */
export function recordListedEdits(store: Store, input: Omit<EditSampleInput, "result">): void {
  if (input.perturbation) upsertPerturbation(store, input.perturbation);
  insertIfAbsent(store, "edit_sample", rowOf(input, { status: "waiting" }));
}

function rowOf(
  input: Omit<EditSampleInput, "result">,
  result: EditSampleInput["result"] | { status: "waiting" },
): EditSampleRow {
  const { perturbation } = input;
  const done = result.status === "done" ? result : undefined;
  return {
    experiment_id: input.experimentId,
    sample: input.sample,
    sample_order: input.order,
    perturbation_id: perturbation ? perturbationId(perturbation) : null,
    plate: input.plate ?? null,
    well: input.well ?? null,
    amplicon: input.amplicon,
    status: result.status,
    result_uri: done?.resultUri ?? null,
    doc: JSON.stringify({
      guides: input.guides,
      isControl: input.isControl,
      counts: done?.counts ?? null,
      files: done?.files ?? {},
      notes: done?.notes ?? [],
    }),
    problem: result.status === "failed" ? JSON.stringify(result.problem) : null,
    generation: input.generation,
    at: input.at,
  };
}

/** Forgets samples that a newer sheet of the experiment does not name. */
export function forgetEdits(
  store: Store,
  { experimentId, found, generation }: { experimentId: string; found: readonly string[]; generation: number },
): void {
  store.run(
    "DELETE FROM edit_sample WHERE experiment_id = ? AND generation <= ? AND sample NOT IN (SELECT value FROM json_each(?))",
    experimentId,
    generation,
    JSON.stringify(found),
  );
}
