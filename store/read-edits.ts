import type { Db } from "./read-experiments.ts";
import type { StoredProblem } from "./read-projects.ts";
import type { EditCounts } from "./record-edits.ts";
import type { EditSampleRow } from "./schema.ts";

/** A sample of an experiment, as far as it is known. */
export interface StoredEdits {
  experimentId: string;
  sample: string;
  order: number;
  perturbationId: string | null;
  plate: string | null;
  well: string | null;
  amplicon: string;
  guides: string[];
  isControl: boolean;
  status: "waiting" | "done" | "failed";
  counts: EditCounts | null;
  resultUri: string | null;
  files: Record<string, string>;
  notes: string[];
  problem: StoredProblem | null;
  at: string;
}

/** Samples of an experiment in the order of their sheet. */
export async function editsOfExperiment(db: Db, experimentId: string): Promise<StoredEdits[]> {
  const rows = await db
    .selectFrom("edit_sample")
    .selectAll()
    .where("experiment_id", "=", experimentId)
    .orderBy("sample_order")
    .orderBy("sample")
    .execute();
  return rows.map(stored);
}

/** One sample; undefined when there is none of this name. */
export async function editsOfSample(db: Db, experimentId: string, sample: string): Promise<StoredEdits | undefined> {
  const row = await db
    .selectFrom("edit_sample")
    .selectAll()
    .where("experiment_id", "=", experimentId)
    .where("sample", "=", sample)
    .executeTakeFirst();
  return row === undefined ? undefined : stored(row);
}

/** Samples in which a perturbation was made, of all experiments, newest experiment first. */
export async function editsOfPerturbation(db: Db, perturbationId: string): Promise<StoredEdits[]> {
  const rows = await db
    .selectFrom("edit_sample")
    .selectAll()
    .where("perturbation_id", "=", perturbationId)
    .orderBy("at", "desc")
    .orderBy("experiment_id")
    .orderBy("sample_order")
    .execute();
  return rows.map(stored);
}

function stored(row: EditSampleRow): StoredEdits {
  const doc: Pick<StoredEdits, "guides" | "isControl" | "counts" | "files" | "notes"> = JSON.parse(row.doc);
  return {
    experimentId: row.experiment_id,
    sample: row.sample,
    order: row.sample_order,
    perturbationId: row.perturbation_id,
    plate: row.plate,
    well: row.well,
    amplicon: row.amplicon,
    ...doc,
    status: row.status as StoredEdits["status"],
    resultUri: row.result_uri,
    problem: row.problem === null ? null : JSON.parse(row.problem),
    at: row.at,
  };
}
