/** Workflows: phenomics, from images to an answer; expression, from a portal's matrices to its pages; functions on objects that appear. */
export { type Condition, meets, parseCondition } from "./condition.ts";
export { type DagExecutors, executorNames } from "./dag-executors.ts";
export { type DataFolder, dataFolder } from "./data-folder.ts";
export { editingCode } from "./edit-code.ts";
export { EDITING_RUNS, type EditingRunRecord, type EditingSettings, editingRunRecord } from "./editing.schemas.ts";
export {
  ChangedImageError,
  ChangedMatrixError,
  ChangedReadsError,
  ConditionError,
  ExperimentDesignError,
  FunctionDeclarationError,
  FunctionParametersError,
  FunctionResultError,
  FunctionRunError,
  MetadataError,
  MissingReadsError,
  SkipListError,
  TaskInputError,
  UnsettledRunError,
  UnwatchedPlaceError,
} from "./errors.ts";
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
export {
  type LookRecord,
  type MatrixSummary,
  matrixSummary,
  type PortalEntry,
  type PortalRecord,
  type ProjectIndex,
  portalEntry as portalEntrySchema,
} from "./expression.schemas.ts";
export { bodyText, type ObjectFunction, readFunctions, triggerText, wants } from "./function-declaration.ts";
export type { Handler, HandlerContext, HandlerEvent, HandlerResult } from "./function-handler.ts";
export { runFunction } from "./function-run.ts";
export { FUNCTIONS, functionsPlan, OBJECT_EVENTS } from "./functions-plan.ts";
export type { FunctionsSettings } from "./functions-runtime.ts";
export { type ImagePlace, placeKey } from "./image-place.ts";
export {
  type ChannelChoice,
  type ImageSource,
  type Inventory,
  patternOf,
  placeOfFile,
  takeInventory,
} from "./image-source.ts";
export {
  type KafkaPlace,
  type KafkaSettings,
  kafkaConnection,
  kafkaWorkerOptions,
  sharedExecutors,
} from "./kafka-runtime.ts";
export { type MetadataSheet, readMetadataSheet, type SheetRow } from "./metadata-sheet.ts";
export { planGraph, type WorkflowGraph } from "./plan-graph.ts";
export { projectKey, STATS_PREFIX, splitFolders } from "./portal-files.ts";
export {
  FILES,
  fileOf,
  LOOKS,
  type LookOptions,
  lookAt,
  PORTALS,
  type PortalOptions,
  portalOf,
} from "./portal-look.ts";
export {
  type PlateFiles,
  type ProfilingOptions,
  type ProfilingPlan,
  planProfiling,
  platesIn,
} from "./profiling-plan.ts";
export { type SheetText, sheetOfPlatemaps, withExternal } from "./profiling-sheet.ts";
export { readIndex, readPortalIndex } from "./publish-tasks.ts";
export type { RuntimeSettings } from "./runtime.ts";
export { readSkipList } from "./skip-list.ts";
export { sinkName } from "./store-sink.ts";
export { type PortalCheck, type PortalFault, type VerifyOptions, verifyPortal } from "./verify-portal.ts";
export {
  type Delivered,
  deliver,
  eventOf,
  followFolder,
  type ReplayOptions,
  replay,
  type Swept,
  sweep,
  type WatchedPlace,
  watchedFor,
  watchedPlace,
} from "./watched-place.ts";
export { planOf, taskCode, type WorkflowName, workflows } from "./workflow.ts";
