import { chooseFeatures, stackProfiles } from "./feature-columns.ts";
import { featureOperationsOf } from "./feature-operations.ts";
import { type FeatureDrop, featureSelect } from "./feature-select.ts";
import { type Profiles, takeWells } from "./profiles.ts";
import { readProfileFile, writeProfileFile } from "./recipe-files.ts";
import type { RecordedFile, StepResult } from "./recipe-record.ts";
import type { FeatureSelectStep, RecipePlaces, RecipeStepCall } from "./recipe-step.ts";

/** Selects features over a plate, a batch or all plates, and writes each plate and the stacked profiles. */
export async function selectStep(
  step: FeatureSelectStep,
  places: RecipePlaces,
  call: RecipeStepCall,
): Promise<StepResult> {
  const { members, operations, samples, varianceThreshold, features, imageFeatures, compartments, digits } =
    step.parameters;
  const plates: Profiles[] = [];
  for (const input of step.inputs) {
    call.signal?.throwIfAborted();
    const choice = { features, imageFeatures, compartments };
    plates.push(chooseFeatures(await readProfileFile(places, input, choice, call), choice).profiles);
    call.onProgress?.((0.5 * plates.length) / step.inputs.length);
  }
  const stacked = stackProfiles(plates.map((plate, index) => withBatch(plate, members[index]![0])));
  const { profiles: selected, dropped } = featureSelect(
    stacked,
    featureOperationsOf(operations, {}, varianceThreshold),
    {
      samples,
    },
  );
  call.onProgress?.(0.7);
  const outputs: RecordedFile[] = [];
  let start = 0;
  for (const [index, plate] of plates.entries()) {
    call.signal?.throwIfAborted();
    const rows = Array.from({ length: plate.rowCount }, (_, row) => start + row);
    start += plate.rowCount;
    const { key, name } = step.outputs[index]!;
    outputs.push(
      await writeProfileFile(places.project, key, name, withoutBatch(takeWells(selected, rows)), digits, call),
    );
    call.onProgress?.(0.7 + (0.3 * (index + 1)) / plates.length);
  }
  for (const { key, name } of step.outputs.slice(plates.length)) {
    const batch = name.replace(/\/(?:csv|gct)$/, "");
    const rows = selected.metadata[BATCH]!.flatMap((cell, row) => (cell === batch ? [row] : []));
    const profiles = takeWells(selected, rows);
    outputs.push(await writeProfileFile(places.project, key, name, profiles, digits, call));
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
