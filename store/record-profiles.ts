import type { Store } from "./open-store.ts";
import { upsert } from "./upsert.ts";

/** Profiles of a plate, or of a whole experiment, as pointers to their tables. */
export interface ProfileResultInput {
  experimentId: string;
  /** Left out: all plates together. */
  plate?: string;
  rawUri?: string | null;
  normalizedUri: string | null;
  selectedUri: string;
  /** JSON: every dropped feature with its reason. */
  dropsUri: string;
  /** JSON: what the profiles page shows. */
  summaryUri: string;
  /** JSON: what reading the files had to say; only of wells that CellProfiler measured. */
  reportUri?: string | null;
  /** Features before and after selection. */
  measured: number;
  kept: number;
  /** Median correlation of replicates, and of wells with different treatments. */
  replicates: { same: number | null; other: number | null };
  normalizedBy?: { method: string; samples: string; wells: number } | null;
  generation?: number;
  at: string;
}

/** Stores where profiles are; an older generation changes nothing. */
export function recordProfiles(store: Store, input: ProfileResultInput): void {
  upsert(store, "profile_result", ["experiment_id", "plate"], {
    experiment_id: input.experimentId,
    plate: input.plate ?? "",
    raw_uri: input.rawUri ?? null,
    normalized_uri: input.normalizedUri,
    selected_uri: input.selectedUri,
    drops_uri: input.dropsUri,
    summary_uri: input.summaryUri,
    report_uri: input.reportUri ?? null,
    measured: input.measured,
    kept: input.kept,
    replicates: input.replicates.same,
    others: input.replicates.other,
    doc: JSON.stringify({ normalizedBy: input.normalizedBy ?? null }),
    generation: input.generation ?? 1,
    at: input.at,
  });
}
