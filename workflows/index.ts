/** Workflows: phenomics, from images to an answer. */
export { type Condition, meets, parseCondition } from "./condition.ts";
export { type DataFolder, dataFolder } from "./data-folder.ts";
export { ChangedImageError, ConditionError, ExperimentDesignError, MetadataError, TaskInputError } from "./errors.ts";
export {
  type ExperimentDocument,
  type ExperimentOptions,
  type ExperimentPlan,
  namedNuclei,
  naturalOrder,
  type PlateLayout,
  planExperiment,
  type WellAnnotation,
  type WellRole,
} from "./experiment.ts";
export { type ImagePlace, placeKey } from "./image-place.ts";
export {
  type ChannelChoice,
  type ImageSource,
  type Inventory,
  patternOf,
  placeOfFile,
  takeInventory,
} from "./image-source.ts";
export { type MetadataSheet, readMetadataSheet, type SheetRow } from "./metadata-sheet.ts";
export { planGraph, type WorkflowGraph } from "./plan-graph.ts";
export {
  type PlateFiles,
  type ProfilingOptions,
  type ProfilingPlan,
  planProfiling,
  platesIn,
} from "./profiling-plan.ts";
export { type SheetText, sheetOfPlatemaps, withExternal } from "./profiling-sheet.ts";
export type { RuntimeSettings } from "./runtime.ts";
export { sinkName } from "./store-sink.ts";
export { planOf, taskCode, type WorkflowName, workflows } from "./workflow.ts";
