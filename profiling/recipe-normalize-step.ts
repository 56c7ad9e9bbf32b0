import { chooseFeatures } from "./feature-columns.ts";
import { normalize } from "./normalize.ts";
import { inputOf, readProfileFile, writeProfilesOf } from "./recipe-files.ts";
import type { StepResult } from "./recipe-record.ts";
import type { NormalizeStep, RecipePlaces, RecipeStepCall } from "./recipe-step.ts";

/** Profiles of a plate in units of its wells' or its negative controls' spread. */
export async function normalizeStep(
  step: NormalizeStep,
  places: RecipePlaces,
  call: RecipeStepCall,
): Promise<StepResult> {
  const { plate, method, samples, epsilon, by, features, imageFeatures, compartments } = step.parameters;
  const input = inputOf(step, "profiles");
  const choice = { features, imageFeatures, compartments };
  const whole = await readProfileFile(places, input, choice, call);
  const { profiles, leftOut } = chooseFeatures(whole, choice);
  const normalized = normalize(profiles, {
    method,
    samples,
    ...(epsilon === undefined ? {} : { epsilon }),
    ...(by === undefined ? {} : { by }),
  });
  const constant = [...new Set(normalized.groups.flatMap(({ constantFeatures }) => constantFeatures))];
  const some = (names: readonly string[]): string => `${names.slice(0, 3).join(", ")}${names.length > 3 ? " …" : ""}`;
  const notes: [number, string][] = [
    [constant.length, `${constant.length} features do not vary among the samples: ${some(constant)}`],
    [leftOut.length, `${leftOut.length} columns are neither metadata nor features and are left out: ${some(leftOut)}`],
    [
      normalized.ungrouped.length,
      `${normalized.ungrouped.length} wells of ${plate} have no ${by?.join(", ")} and are missing values`,
    ],
  ];
  const report = {
    notes: notes.filter(([count]) => count > 0).map(([, note]) => note),
    details: {
      samples: normalized.groups.map((group) => ({ key: group.key, samples: group.samples, wells: group.sampleCount })),
      constantFeatures: constant,
      leftOut,
    },
  };
  return writeProfilesOf(step, normalized.profiles, report, places, call);
}
