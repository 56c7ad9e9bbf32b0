import type { Db } from "./read-experiments.ts";
import type { HitInput, MapInput, PhenoprintInput, ProjectionInput } from "./record-answers.ts";

/** A compound's stored answer; the name is its perturbation's. */
export type StoredHit = HitInput & { perturbationId: string; at: string };

/** Hits of an experiment: restoring first, lower EC50 first, then by name. */
export async function hitsOf(db: Db, experimentId: string): Promise<StoredHit[]> {
  const rows = await db.selectFrom("hit").selectAll().where("experiment_id", "=", experimentId).execute();
  return rows.map(hitOf).sort(strongestFirst);
}

/** What each experiment says about one compound. */
export async function hitsOfPerturbation(
  db: Db,
  perturbationId: string,
): Promise<(StoredHit & { experimentId: string })[]> {
  const rows = await db
    .selectFrom("hit")
    .selectAll()
    .where("perturbation_id", "=", perturbationId)
    .orderBy("at", "desc")
    .execute();
  return rows.map((row) => ({ ...hitOf(row), experimentId: row.experiment_id }));
}

function hitOf(row: { doc: string; perturbation_id: string; at: string }): StoredHit {
  const hit: HitInput = JSON.parse(row.doc);
  return { ...hit, perturbationId: row.perturbation_id, at: row.at };
}

const RANK = ["restores", "partly restores", "other phenotype", "not determined", "no effect"];

function strongestFirst(a: HitInput, b: HitInput): number {
  const rank = RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict);
  const inside = (hit: HitInput) => (hit.ec50?.relation === "=" ? hit.ec50.value : Number.MAX_VALUE);
  const dose = inside(a) - inside(b);
  return rank || dose || a.name.localeCompare(b.name, "en", { numeric: true });
}

/** Results of a whole experiment; a part is undefined until its node has run. */
export interface ExperimentResults {
  hits?: { missing: string[]; at: string };
  phenoprint?: { phenoprint: PhenoprintInput | null; missing: string[]; at: string };
  projection?: { projection: ProjectionInput | null; missing: string[]; at: string };
  map?: { map: StoredMap | null; sentence: string | null; missing: string[]; at: string };
  report?: { uri: string; at: string };
}

export type StoredMap = Omit<MapInput, "cosine"> & { cosine: (number | null)[] };

/** Reads the results of an experiment, or only those of the kinds named. */
export async function experimentResults(
  db: Db,
  experimentId: string,
  kinds: readonly (keyof ExperimentResults)[] = ["hits", "phenoprint", "projection", "map", "report"],
): Promise<ExperimentResults> {
  const rows = await db
    .selectFrom("experiment_result")
    .selectAll()
    .where("experiment_id", "=", experimentId)
    .where("kind", "in", kinds)
    .execute();
  const results: Record<string, unknown> = {};
  for (const row of rows)
    results[row.kind] = { ...JSON.parse(row.doc), ...(row.uri === null ? {} : { uri: row.uri }), at: row.at };
  return results as ExperimentResults;
}

/** Experiments that have a map, newest first. */
export async function listMaps(
  db: Db,
): Promise<{ experimentId: string; name: string; perturbations: number; at: string }[]> {
  const rows = await db
    .selectFrom("experiment_result")
    .innerJoin("experiment", "experiment.id", "experiment_result.experiment_id")
    .select(["experiment_id", "name", "experiment_result.doc", "experiment_result.at"])
    .where("kind", "=", "map")
    .orderBy("experiment_result.at", "desc")
    .limit(500)
    .execute();
  return rows.flatMap((row) => {
    const { map }: { map: StoredMap | null } = JSON.parse(row.doc);
    return map === null
      ? []
      : [{ experimentId: row.experiment_id, name: row.name, perturbations: map.perturbations.length, at: row.at }];
  });
}
