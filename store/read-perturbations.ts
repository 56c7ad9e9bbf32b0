import { sql } from "kysely";
import { type Db, likePattern, type Page } from "./read-experiments.ts";

export interface StoredPerturbation {
  id: string;
  type: "compound" | "gene" | "control";
  name: string;
  synonyms: string[];
  smiles: string | null;
  doc: Record<string, unknown>;
}

export interface PerturbationCounts extends StoredPerturbation {
  experiments: number;
  wells: number;
  doses: number;
}

/** Perturbations in natural order of their names; `q` is looked for in name and synonyms, `ids` restricts to those named. */
export async function listPerturbations(
  db: Db,
  options: Page & { q?: string; type?: string; ids?: readonly string[] },
): Promise<{ perturbations: PerturbationCounts[]; total: number }> {
  let query = db.selectFrom("perturbation");
  if (options.type) query = query.where("type", "=", options.type);
  if (options.ids) query = query.where("perturbation.id", "in", options.ids);
  if (options.q) {
    const pattern = likePattern(options.q);
    query = query.where(sql<boolean>`(name LIKE ${pattern} ESCAPE '\\' OR synonyms LIKE ${pattern} ESCAPE '\\')`);
  }
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await query
    .selectAll()
    .orderBy("type")
    .orderBy(sql`length(name)`)
    .orderBy("name")
    .limit(options.limit)
    .offset(options.offset)
    .execute();
  if (rows.length === 0) return { perturbations: [], total: Number(total) };
  const counts = await db
    .selectFrom("well")
    .select((eb) => [
      "perturbation_id",
      eb.fn.countAll<number>().as("wells"),
      eb.fn.count<number>("experiment_id").distinct().as("experiments"),
      eb.fn.count<number>("dose_um").distinct().as("doses"),
    ])
    .where(
      "perturbation_id",
      "in",
      rows.map((row) => row.id),
    )
    .groupBy("perturbation_id")
    .execute();
  const perturbations = rows.map((row) => {
    const count = counts.find((other) => other.perturbation_id === row.id);
    return {
      id: row.id,
      type: row.type as StoredPerturbation["type"],
      name: row.name,
      synonyms: JSON.parse(row.synonyms),
      smiles: row.smiles,
      doc: JSON.parse(row.doc),
      experiments: Number(count?.experiments ?? 0),
      wells: Number(count?.wells ?? 0),
      doses: Number(count?.doses ?? 0),
    };
  });
  return { perturbations, total: Number(total) };
}

/** Where a perturbation was applied. */
export function wellsOfPerturbation(
  db: Db,
  perturbationId: string,
): Promise<{ experiment_id: string; plate: string; well: string; dose_um: number | null }[]> {
  return db
    .selectFrom("well")
    .select(["experiment_id", "plate", "well", "dose_um"])
    .where("perturbation_id", "=", perturbationId)
    .orderBy("experiment_id")
    .orderBy("dose_um")
    .orderBy("plate")
    .orderBy("row_index")
    .orderBy("column_index")
    .execute();
}

/** What a perturbation is called beside its name, and its structure. */
export interface StoredNames {
  synonyms?: string[];
  inchiKey?: string;
  smiles?: string;
}

/** Further names and structures of all perturbations that have any, by id ("compound:C4"), in order of ids. */
export async function namesOfPerturbations(db: Db): Promise<Map<string, StoredNames>> {
  const rows = await db
    .selectFrom("perturbation")
    .select(["id", "synonyms", "smiles", "doc"])
    .where((eb) => eb.or([eb("synonyms", "!=", "[]"), eb("smiles", "is not", null), eb("doc", "like", "%inchiKey%")]))
    .orderBy("id")
    .execute();
  return new Map(
    rows.map(({ id, synonyms, smiles, doc }) => {
      const [others, { inchiKey }] = [JSON.parse(synonyms) as string[], JSON.parse(doc) as { inchiKey?: string }];
      return [
        id,
        { ...(others.length > 0 && { synonyms: others }), ...(inchiKey && { inchiKey }), ...(smiles && { smiles }) },
      ];
    }),
  );
}
