/** SQL schema and queries: rows and pointers, no column per metric. SQLite now, shaped so that PostgreSQL can follow. */
export {
  AsyncTransactionError,
  InvalidRowError,
  MapCardError,
  NewerSchemaError,
  UnreadableStoreError,
  VerdictNotFoundError,
  WellNameError,
} from "./errors.ts";
export { type Finding, type FindingsState, type SentencePart, sentenceText } from "./finding.ts";
export { findings } from "./findings.ts";
export { findingsOf, findingsState } from "./findings-state.ts";
export type { GeneCells, GeneCounts } from "./gene-blocks.ts";
export { mapCardById, mapCardsOf, type StoredMapCard, saveMapCard, withdrawMapCard } from "./map-cards.ts";
export { schemaVersion } from "./migrate.ts";
export { openReader, openStore, type Store, type StoreReader } from "./open-store.ts";
export {
  type ExperimentResults,
  experimentResults,
  hitsOf,
  hitsOfPerturbation,
  listMaps,
  type StoredHit,
  type StoredMap,
} from "./read-answers.ts";
export { changeMarks } from "./read-changes.ts";
export { editsOfExperiment, editsOfPerturbation, editsOfSample, type StoredEdits } from "./read-edits.ts";
export {
  type Db,
  type Experiment,
  type ExperimentState,
  experimentById,
  experimentState,
  imagesOf,
  listExperiments,
  type PlateOverview,
  plannedPlates,
  plateOverview,
  readingsOnly,
} from "./read-experiments.ts";
export {
  failedRequests,
  functionLedger,
  type LedgerQuery,
  listFunctions,
  requestsOfKey,
  type StoredFunction,
  type StoredRequest,
} from "./read-functions.ts";
export { expressedGenes, expressionOfGene, genesOfProject, type StoredExpression } from "./read-genes.ts";
export {
  listPerturbations,
  namesOfPerturbations,
  type PerturbationCounts,
  type StoredNames,
  wellsOfPerturbation,
} from "./read-perturbations.ts";
export {
  type LayoutWell,
  layoutWells,
  type MetricLevel,
  type MetricValue,
  metricNames,
  metricValues,
  plateQuality,
  READING,
} from "./read-plates.ts";
export { profilesOfExperiment, type StoredProfiles } from "./read-profiles.ts";
export {
  listProjects,
  matricesOfProject,
  projectById,
  projectTitles,
  type StoredMatrix,
  type StoredProblem,
  type StoredProject,
  type StoredProjectStatus,
} from "./read-projects.ts";
export { readingSets, readingsOf, type StoredReadingSet } from "./read-readings.ts";
export { auditTrail, type StoredVerdict, standingVerdict, verdictsOf } from "./read-reviews.ts";
export { imageToSiteP99Ms, listRuns, runById, type StoredRun, wellsPerMinute } from "./read-runs.ts";
export {
  flagsOf,
  imageFile,
  type StoredFlag,
  type StoredImage,
  type StoredSite,
  type WellRecord,
  wellRecord,
} from "./read-well.ts";
export {
  type EstimateInput,
  type FlagInput,
  type FlagSetInput,
  type HitInput,
  type HitVerdict,
  type MapInput,
  type PhenoprintInput,
  type ProjectionInput,
  recordFlags,
  recordHits,
  recordMap,
  recordPhenoprint,
  recordProjection,
  recordReport,
} from "./record-answers.ts";
export {
  type EditCounts,
  type EditRate,
  type EditSampleInput,
  forgetEdits,
  recordEdits,
  recordListedEdits,
} from "./record-edits.ts";
export {
  type FunctionInput,
  type FunctionRequestInput,
  type FunctionResultInput,
  type FunctionState,
  recordFunctionRequest,
  recordFunctionResult,
  recordRedriven,
  registerFunctions,
} from "./record-functions.ts";
export {
  type ExperimentInput,
  type ImageInput,
  insertExperiment,
  type PerturbationInput,
  type PlateLayoutInput,
  perturbationId,
  type Role,
  recordImage,
  upsertExperiment,
  upsertPerturbation,
  upsertPlateLayout,
  type WellInput,
} from "./record-layout.ts";
export { type ProfileResultInput, recordProfiles } from "./record-profiles.ts";
export {
  forgetProjects,
  type MatrixInput,
  type MatrixResultInput,
  type ProblemInput,
  type ProjectInput,
  type ProjectResultInput,
  recordGenes,
  recordMatrix,
  recordMatrixResult,
  recordProject,
  recordProjectResult,
} from "./record-projects.ts";
export { type ReadingSetInput, recordReadings } from "./record-readings.ts";
export {
  clearFailure,
  type Failed,
  type FailureInput,
  type ImageQualityInput,
  type PlateResultInput,
  type PlateSpriteInput,
  recordFailure,
  recordImageQuality,
  recordPlate,
  recordPlateSprite,
  recordSite,
  recordWell,
  refinePlateMetrics,
  type SiteInput,
  type WellResultInput,
} from "./record-results.ts";
export {
  finishRun,
  forgetDeliveries,
  linkRun,
  type PlanGraph,
  postVerdict,
  type RunCounts,
  type RunInput,
  type RunState,
  recordAudit,
  recordRun,
  recordSinkPosition,
  sinkPosition,
  undoVerdict,
  type VerdictInput,
} from "./record-runs.ts";
export { type Found, search } from "./search.ts";
export { counted, countWord } from "./words.ts";
