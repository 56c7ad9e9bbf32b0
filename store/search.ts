import { sql } from "kysely";
import { type Db, likePattern } from "./read-experiments.ts";

export type Found =
  | { kind: "experiment"; id: string; name: string }
  | { kind: "plate"; experimentId: string; plate: string }
  | { kind: "well"; experimentId: string; plate: string; well: string }
  | { kind: "perturbation"; id: string; type: string; name: string }
  | { kind: "run"; id: string; name: string; state: string };

/**
 * Finds things by what people call them: an experiment, a plate ("P3"), a well ("P3 C05" or "C05"), a perturbation or its synonym, a run.
 * @param limit of each kind
 */
export async function search(db: Db, text: string, limit: number): Promise<Found[]> {
  const q = text.trim();
  if (q === "") return [];
  const pattern = likePattern(q);
  const matches = (...columns: string[]) =>
    sql<boolean>`(${sql.join(
      columns.map((column) => sql`${sql.ref(column)} LIKE ${pattern} ESCAPE '\\'`),
      sql` OR `,
    )})`;
  const experiments = await db
    .selectFrom("experiment")
    .select(["id", "name"])
    .where(matches("id", "name"))
    .orderBy("updated_at", "desc")
    .limit(limit)
    .execute();
  const plates = await db
    .selectFrom("plate")
    .select(["experiment_id", "plate"])
    .where(matches("plate"))
    .orderBy("plate")
    .limit(limit)
    .execute();
  const perturbations = await db
    .selectFrom("perturbation")
    .select(["id", "type", "name"])
    .where((eb) => eb.or([matches("name", "synonyms"), isInchiKey(q)]))
    .orderBy(sql`CASE WHEN lower(name) = ${q.toLowerCase()} THEN 0 ELSE 1 END`)
    .orderBy(sql`length(name)`)
    .orderBy("name")
    .limit(limit)
    .execute();
  const runs = await db
    .selectFrom("run")
    .select(["id", "name", "state"])
    .where(matches("id", "name"))
    .orderBy("started_at", "desc")
    .limit(limit)
    .execute();
  return [
    ...perturbations.map((row) => ({ kind: "perturbation" as const, ...row })),
    ...experiments.map((row) => ({ kind: "experiment" as const, ...row })),
    ...plates.map((row) => ({ kind: "plate" as const, experimentId: row.experiment_id, plate: row.plate })),
    ...(await findWells(db, q, limit)),
    ...runs.map((row) => ({ kind: "run" as const, ...row })),
  ];
}

/** Whether a text begins a perturbation's InChIKey: its first block, of 14 letters, says which molecule it is. */
function isInchiKey(text: string) {
  if (!/^[A-Z]{14}(?:-[A-Z]{0,10}(?:-[A-Z]?)?)?$/i.test(text)) return sql<boolean>`FALSE`;
  return sql<boolean>`json_extract(doc, '$.inchiKey') LIKE ${`${text}%`}`;
}

async function findWells(db: Db, q: string, limit: number): Promise<Found[]> {
  const match = /^(?:(.*?)[\s/·]+)?(A?[A-Za-z])0*(\d{1,2})$/.exec(q);
  if (match === null) return [];
  const well = `${match[2]!.toUpperCase()}${match[3]!.padStart(2, "0")}`;
  let query = db.selectFrom("well").select(["experiment_id", "plate", "well"]).where("well", "=", well);
  if (match[1]) query = query.where("plate", "like", `%${match[1]}%`);
  const rows = await query.orderBy("experiment_id").orderBy("plate").limit(limit).execute();
  return rows.map((row) => ({ kind: "well", experimentId: row.experiment_id, plate: row.plate, well: row.well }));
}
