import { aggregateStep } from "./recipe-aggregate-step.ts";
import { annotateStep } from "./recipe-annotate-step.ts";
import { normalizeStep } from "./recipe-normalize-step.ts";
import type { StepResult } from "./recipe-record.ts";
import { selectStep } from "./recipe-select-step.ts";
import type { RecipePlaces, RecipeStep, RecipeStepCall } from "./recipe-step.ts";

/**
 * Computes one step of a recipe: reads its inputs, writes its outputs, tells what it dropped. The same step with the same inputs writes the
 * same bytes.
 * @throws MissingFileError (data/missing-file), RecipeWriteError (profiling/cannot-write) and what the step's own function throws
 */
export async function runRecipeStep(
  step: RecipeStep,
  places: RecipePlaces,
  call: RecipeStepCall = {},
): Promise<StepResult> {
  switch (step.kind) {
    case "aggregate":
      return aggregateStep(step, places, call);
    case "annotate":
      return annotateStep(step, places, call);
    case "normalize":
      return normalizeStep(step, places, call);
    case "feature_select":
      return selectStep(step, places, call);
    // What draws figures is large: it is loaded by the thread that draws.
    case "summary":
      return (await import("./recipe-quality-steps.ts")).summaryStep(step, places, call);
    case "heatmaps":
      return (await import("./recipe-quality-steps.ts")).heatmapsStep(step, places, call);
  }
}
