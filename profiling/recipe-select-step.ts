import { DEFAULT_BLOCKLIST } from "./blocklist.ts";
import { chooseFeatures, stackProfiles } from "./feature-columns.ts";
import { type FeatureDrop, type FeatureOperation, featureSelect } from "./feature-select.ts";
import { type Profiles, takeWells } from "./profiles.ts";
import { gctText, profileBytes, readProfileFile, roundProfiles, writeFile } from "./recipe-files.ts";
import type { RecordedFile, StepResult } from "./recipe-record.ts";
import type { FeatureSelectParameters, FeatureSelectStep } from "./recipe-step.ts";
import type { RecipeStepCall } from "./recipe-steps.ts";
import type { RecipePlaces } from "./recipe-survey.ts";

/** The recipe's operations with pycytominer's default thresholds. */
export function recipeOperations(
  names: readonly string[],
  semantics: FeatureSelectParameters["varianceThreshold"],
): FeatureOperation[] {
  return names.map((name): FeatureOperation => {
    switch (name) {
      case "variance_threshold":
        return { operation: "variance_threshold", semantics };
      case "blocklist":
        return { operation: "blocklist", features: DEFAULT_BLOCKLIST };
      case "frequency_threshold":
      case "correlation_threshold":
      case "drop_na_columns":
      case "drop_outliers":
        return { operation: name };
      default:
        throw new TypeError(`The plan names the operation ${name}, which a recipe does not have.`);
    }
  });
}

/** Selects features over a plate, a batch or all plates, and writes each plate and the stacked profiles. */
export async function selectStep(
  step: FeatureSelectStep,
  places: RecipePlaces,
  call: RecipeStepCall,
): Promise<StepResult> {
  const { members, operations, samples, varianceThreshold, features, imageFeatures, compartments, digits } =
    step.parameters;
  const plates: Profiles[] = [];
  for (const { place, key } of step.inputs) {
    call.signal?.throwIfAborted();
    const profiles = await readProfileFile(places[place], key, call);
    plates.push(chooseFeatures(profiles, { features, imageFeatures, compartments }).profiles);
    call.onProgress?.((0.5 * plates.length) / step.inputs.length);
  }
  const stacked = stackProfiles(plates.map((plate, index) => withBatch(plate, members[index]![0])));
  const { profiles: selected, dropped } = featureSelect(stacked, recipeOperations(operations, varianceThreshold), {
    samples,
  });
  call.onProgress?.(0.7);
  const rounded = roundProfiles(selected, digits);
  const outputs: RecordedFile[] = [];
  let start = 0;
  for (const [index, plate] of plates.entries()) {
    call.signal?.throwIfAborted();
    const rows = Array.from({ length: plate.rowCount }, (_, row) => start + row);
    start += plate.rowCount;
    const { key, name } = step.outputs[index]!;
    outputs.push(
      await writeFile(places.project, key, name, profileBytes(withoutBatch(takeWells(rounded, rows))), call),
    );
    call.onProgress?.(0.7 + (0.3 * (index + 1)) / plates.length);
  }
  for (const { key, name } of step.outputs.slice(plates.length)) {
    const batch = name.replace(/\/(?:csv|gct)$/, "");
    const rows = rounded.metadata[BATCH]!.flatMap((cell, row) => (cell === batch ? [row] : []));
    const profiles = takeWells(rounded, rows);
    outputs.push(
      await writeFile(
        places.project,
        key,
        name,
        name.endsWith("/gct") ? gctText(profiles) : profileBytes(profiles),
        call,
      ),
    );
  }
  return {
    outputs,
    report: {
      notes: dropNotes(stacked.features.length, dropped),
      details: {
        wells: stacked.rowCount,
        features: selected.features.length,
        measured: stacked.features.length,
        dropped,
      },
    },
  };
}

const BATCH = "Metadata_batch";

const withBatch = (profiles: Profiles, batch: string): Profiles => ({
  ...profiles,
  metadata: { ...profiles.metadata, [BATCH]: Array.from({ length: profiles.rowCount }, () => batch) },
});

function withoutBatch(profiles: Profiles): Profiles {
  const { [BATCH]: _, ...metadata } = profiles.metadata;
  return { ...profiles, metadata };
}

/** How many features each operation dropped, in sentences. */
export function dropNotes(measured: number, dropped: readonly FeatureDrop[]): string[] {
  const counts = new Map<string, number>();
  for (const { operation } of dropped) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  const parts = [...counts].map(([operation, count]) => `${operation} ${count}`);
  return [
    `${measured - dropped.length} of ${measured} features are kept${parts.length === 0 ? "" : `; dropped by ${parts.join(", ")}`}`,
  ];
}
