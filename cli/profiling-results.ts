import type { IngestReport } from "@artesian/profiling";
import { ingestNotes } from "@artesian/profiling/recipe-aggregate-step.ts";
import { profilesOfExperiment } from "@artesian/store";
import type { Workspace } from "./workspace.ts";

/** What has come of an experiment over CellProfiler's tables so far, in numbers and in sentences. */
export async function profilingResults(
  { reader, store, objects }: Pick<Workspace, "reader" | "store" | "objects">,
  experiment: string,
) {
  const scopes = await profilesOfExperiment(reader.db, experiment);
  const failures = store
    .all("SELECT plate, code, message FROM failure WHERE experiment_id = ? ORDER BY plate", experiment)
    .map((row) => ({ plate: String(row.plate), code: String(row.code), message: String(row.message) }));
  const missing = store
    .all(
      "SELECT plate, missing FROM plate_result WHERE experiment_id = ? AND missing <> '[]' ORDER BY plate",
      experiment,
    )
    .map((row) => `plate ${row.plate}: no profile of ${(JSON.parse(String(row.missing)) as string[]).join(", ")}`);
  const leftOut: string[] = [];
  for (const { plate, reportUri } of scopes) {
    if (plate === null || reportUri === null) continue;
    const report = JSON.parse(new TextDecoder().decode(await objects.get(reportUri))) as IngestReport;
    leftOut.push(...ingestNotes(report).map((note) => `plate ${plate}: ${note}`));
  }
  return {
    scopes,
    plates: scopes.map(({ plate, measured, kept, replicates, normalizedBy }) => ({
      plate,
      measured,
      kept,
      replicates,
      normalizedBy,
    })),
    failures,
    missing,
    leftOut,
    summary: [
      ...scopes.map(
        ({ plate, measured, kept, replicates, normalizedBy }) =>
          `${plate === null ? "All plates" : `Plate ${plate}`}: ${kept} of ${measured} features kept${normalizedBy === null ? "" : `, normalised by ${normalizedBy.wells} wells`}${replicates.same === null ? "" : `, replicates correlate ${replicates.same.toFixed(2)}`}.`,
      ),
      ...missing.map((line) => `Missing: ${line}.`),
      ...leftOut.map((line) => `Note: ${line}`),
      ...failures
        .filter(({ plate }) => plate !== "" || failures.length === 1)
        .map(({ plate, message }) => `Failed: ${plate === "" ? "all plates together" : `plate ${plate}`}: ${message}`),
    ],
  };
}
