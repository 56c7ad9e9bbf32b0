import type { Db } from "./read-experiments.ts";

/** What one file of a plate reader says of one plate. */
export interface StoredReadingSet {
  plate: string;
  object: string;
  version: string;
  instrument: string | null;
  doc: Record<string, unknown>;
  tableUri: string;
  wells: number;
  at: string;
}

/** The files that an experiment's readings come from, by plate. */
export async function readingSets(db: Db, experimentId: string): Promise<StoredReadingSet[]> {
  const rows = await db
    .selectFrom("reading_set")
    .select(["plate", "object", "version", "instrument", "doc", "table_uri", "wells", "at"])
    .where("experiment_id", "=", experimentId)
    .orderBy("plate")
    .orderBy("object")
    .execute();
  return rows.map(({ doc, table_uri, ...row }) => ({ ...row, doc: JSON.parse(doc), tableUri: table_uri }));
}

/** An experiment's readings by plate, metric and well. */
export async function readingsOf(
  db: Db,
  experimentId: string,
): Promise<
  { plate: string; metric: string; well: string; value: number | null; note: string | null; object: string }[]
> {
  return db
    .selectFrom("reading")
    .select(["plate", "metric", "well", "value", "note", "object"])
    .where("experiment_id", "=", experimentId)
    .orderBy("plate")
    .orderBy("metric")
    .orderBy("well")
    .execute();
}
