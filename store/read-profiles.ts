import type { Db } from "./read-experiments.ts";

/** Where the profiles of a plate (null: of all plates together) are, and a few counts. */
export interface StoredProfiles {
  plate: string | null;
  rawUri: string | null;
  normalizedUri: string | null;
  selectedUri: string;
  dropsUri: string;
  summaryUri: string;
  reportUri: string | null;
  measured: number;
  kept: number;
  replicates: { same: number | null; other: number | null };
  normalizedBy: { method: string; samples: string; wells: number } | null;
  at: string;
}

/** Profiles of an experiment: all plates together first, then plate by plate in run order. */
export async function profilesOfExperiment(db: Db, experimentId: string): Promise<StoredProfiles[]> {
  const rows = await db
    .selectFrom("profile_result")
    .leftJoin("plate", (join) =>
      join
        .onRef("plate.experiment_id", "=", "profile_result.experiment_id")
        .onRef("plate.plate", "=", "profile_result.plate"),
    )
    .selectAll("profile_result")
    .select("run_order")
    .where("profile_result.experiment_id", "=", experimentId)
    .execute();
  const order = (row: (typeof rows)[number]): number =>
    row.plate === "" ? -1 : (row.run_order ?? Number.MAX_SAFE_INTEGER);
  rows.sort((a, b) => order(a) - order(b) || (a.plate < b.plate ? -1 : 1));
  return rows.map((row) => {
    const { normalizedBy }: Pick<StoredProfiles, "normalizedBy"> = JSON.parse(row.doc);
    return {
      plate: row.plate === "" ? null : row.plate,
      rawUri: row.raw_uri,
      normalizedUri: row.normalized_uri,
      selectedUri: row.selected_uri,
      dropsUri: row.drops_uri,
      summaryUri: row.summary_uri,
      reportUri: row.report_uri,
      measured: row.measured,
      kept: row.kept,
      replicates: { same: row.replicates, other: row.others },
      normalizedBy,
      at: row.at,
    };
  });
}
