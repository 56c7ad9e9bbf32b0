import type { FeatureDrop } from "@artesian/profiling/feature-select.ts";
import type { IngestReport } from "@artesian/profiling/ingest-types.ts";
import type { StepReport } from "@artesian/profiling/recipe-record.ts";

/** A dropped feature in one line: which operation, why, and the feature it is correlated with. */
export function explainDrop({ feature, operation, reason, partner }: FeatureDrop): string {
  return `dropped ${feature} (${operation}): ${reason}${partner === undefined ? "" : ` with ${partner}`}`;
}

/** Everything that a step dropped, a line each. */
export function explainReport({ details }: StepReport): string[] {
  const lines: string[] = [];
  if (details.ingest !== null && typeof details.ingest === "object")
    lines.push(...explainIngest(details.ingest as IngestReport));
  const drops = details.dropped;
  if (Array.isArray(drops)) lines.push(...(drops as FeatureDrop[]).map(explainDrop));
  if (Array.isArray(details.constantFeatures))
    lines.push(...(details.constantFeatures as string[]).map((name) => `does not vary among the samples: ${name}`));
  if (details.unmatched !== null && typeof details.unmatched === "object")
    lines.push(...explainUnmatched(details.unmatched as Record<string, string[]>));
  return lines;
}

/** Image sets, files, wells, columns and objects that were left out, a line each. */
export function explainIngest(report: IngestReport): string[] {
  const { sets, dropped, incomplete, absentColumns, textColumns, unlinked } = report;
  const name = (profile: Record<string, string | number>): string => Object.values(profile).join(" ");
  return [
    ...sets
      .filter(({ status }) => status !== "complete")
      .flatMap((set) => [
        `${set.name}: ${set.status}${set.duplicateOf === undefined ? "" : ` of ${set.duplicateOf}`}`,
        ...set.problems.map(({ message }) => `  ${message}`),
      ]),
    ...dropped.map(({ profile, reason }) => `left out ${name(profile)}: ${reason}`),
    ...incomplete.map(({ profile, missing }) => `${name(profile)} lacks ${missing.join(", ")}`),
    ...textColumns.map((column) => `left out ${column}: no cell of it is a number`),
    ...absentColumns.map(({ column, files }) => `${files} files lack ${column}: missing values there`),
    ...Object.entries(unlinked)
      .filter(([, objects]) => objects > 0)
      .map(([compartment, objects]) => `${objects} objects have no partner in ${compartment}`),
  ];
}

/** Wells and perturbations without a partner, a line each. */
export function explainUnmatched(unmatched: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(unmatched).flatMap(([name, values]) =>
    values.map((value) => `${EXPLAINED[name] ?? name}: ${value}`),
  );
}

const EXPLAINED: Readonly<Record<string, string>> = {
  unmatchedWells: "left out, not in the plate map",
  unusedWells: "in the plate map, without a profile",
  repeatedWells: "named more than once by the plate map",
  unmatchedExternal: "not in the external metadata",
  repeatedExternal: "more than once in the external metadata",
};
