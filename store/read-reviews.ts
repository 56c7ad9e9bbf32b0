import type { Db } from "./read-experiments.ts";

export interface StoredVerdict {
  id: string;
  plate: string;
  well: string | null;
  site: number | null;
  verdict: "pass" | "re-image" | "fail";
  note: string;
  by: string;
  at: string;
  undoneAt: string | null;
}

/** Reviewers' verdicts, newest first; with `plate` and `well` those of that place and its sites. */
export async function verdictsOf(
  db: Db,
  experimentId: string,
  plate?: string,
  well?: string | null,
): Promise<StoredVerdict[]> {
  const rows = await db
    .selectFrom("verdict")
    .selectAll()
    .where("experiment_id", "=", experimentId)
    .$if(plate !== undefined, (query) => query.where("plate", "=", plate ?? ""))
    .$if(well !== undefined, (query) => query.where("well", "=", well ?? ""))
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    plate: row.plate,
    well: row.well === "" ? null : row.well,
    site: row.site === 0 ? null : row.site,
    verdict: row.verdict as StoredVerdict["verdict"],
    note: row.note,
    by: row.by_whom,
    at: row.at,
    undoneAt: row.undone_at,
  }));
}

/** The verdict that stands among those of one place, newest first: the first that is not undone. */
export function standingVerdict(verdicts: readonly StoredVerdict[]): StoredVerdict | null {
  return verdicts.find((verdict) => verdict.undoneAt === null) ?? null;
}

/** The audit trail, newest first. */
export function auditTrail(db: Db, limit: number) {
  return db.selectFrom("audit").selectAll().orderBy("id", "desc").limit(limit).execute();
}
