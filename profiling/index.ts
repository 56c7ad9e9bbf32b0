/** Profiles: aggregate, normalize to controls, select features, plate metrics. */
export { type Aggregated, aggregate } from "./aggregate.ts";
export { type Annotated, type AnnotateOptions, annotate, annotationNotes } from "./annotate.ts";
export { annotateCmap, type CmapOptions } from "./annotate-cmap.ts";
export { DEFAULT_BLOCKLIST } from "./blocklist.ts";
export { parseBlocklist } from "./blocklist-file.ts";
export { collatePlate } from "./collate.ts";
export { collateBackend } from "./collate-backend.ts";
export {
  type CompareOptions,
  type Comparison,
  compareProfiles,
  comparisonLines,
  type DifferentCell,
} from "./compare.ts";
export {
  CONSENSUS_OPERATIONS,
  type Consensus,
  type ConsensusOperation,
  type ConsensusOptions,
  consensus,
} from "./consensus.ts";
export { type CorrelatedFeature, correlatedFeatures } from "./correlated-features.ts";
export { CORRELATION_METHODS, type CorrelationMethod } from "./correlation.ts";
export { NoSamplesError, ProfileShapeError, SampleQueryError, UnknownColumnError } from "./errors.ts";
export { readExternalMetadata } from "./external-metadata.ts";
export {
  FEATURE_OPERATIONS,
  type FeatureOperation,
  type FeatureSelectKeywords,
  featureOperationsOf,
  type VarianceSemantics,
} from "./feature-operations.ts";
export {
  dropsToTable,
  type FeatureDrop,
  type FeatureSelection,
  type FeatureStep,
  featureSelect,
} from "./feature-select.ts";
export { readGct, writeGct } from "./gct.ts";
export { type GritOptions, grit, type WellGrit } from "./grit.ts";
export {
  BackendError,
  BadFileError,
  CollateOptionError,
  DamagedGzipError,
  EmptyTableError,
  EncodingError,
  IngestThreadError,
  MissingColumnError,
  NothingToCollateError,
  RaggedRowError,
  RepeatedColumnError,
  TooManyColumnsError,
  UnclosedQuoteError,
} from "./ingest-errors.ts";
export type {
  CollateCall,
  Collated,
  CollateOptions,
  CollateProgress,
  FileProblem,
  ImageSetReport,
  IngestReport,
  KeepCells,
} from "./ingest-types.ts";
export {
  type AveragePrecision,
  type GroupPrecision,
  type MeanAveragePrecisionOptions,
  meanAveragePrecision,
  type PairRule,
} from "./mean-average-precision.ts";
export { type ModzOptions, modz, modzWeights } from "./modz.ts";
export { normalizationFromJson, normalizationToJson } from "./normalization-file.ts";
export {
  applyNormalization,
  type FitNormalizationOptions,
  fitNormalization,
  NORMALIZE_METHODS,
  type Normalization,
  type NormalizedGroup,
  type NormalizeMethod,
  type NormalizeOptions,
  normalize,
} from "./normalize.ts";
export { dropOutliers, markOutliers, OUTLIER_RULES, type OutlierReport, type OutlierRule } from "./outlier-rules.ts";
export {
  type AssayWindow,
  assayWindow,
  coefficientOfVariation,
  type PositionEffect,
  positionEffect,
  replicateCorrelation,
  type WellValue,
} from "./plate-metrics.ts";
export { type BarcodePlatemap, platemapOf, readBarcodePlatemap, readPlatemap } from "./platemap.ts";
export {
  guessDesign,
  type ProfileDesign,
  type ProfileSummary,
  type StrengthCurve,
  type SummaryWell,
  summariseProfiles,
} from "./profile-summary.ts";
export {
  featureColumn,
  groupWells,
  type MetadataCell,
  metadataColumn,
  type Profiles,
  profilesFromTable,
  profilesOf,
  profilesToTable,
  takeFeatures,
  takeWells,
} from "./profiles.ts";
export { profilesOfTable, type ReadProfilesOptions, readProfiles } from "./read-profiles.ts";
export { type RecipeConfig, readRecipeConfig } from "./recipe-config.ts";
export {
  MissingInputError,
  PlateMetadataError,
  RecipeConfigError,
  type RecipeProblem,
  RecipeThreadError,
  RecipeWriteError,
  UnmatchedWellsError,
} from "./recipe-errors.ts";
export { type PlanOptions, planRecipe, type RecipePlan } from "./recipe-plan.ts";
export type { RecipeRecord, StepReport, StepResult } from "./recipe-record.ts";
export {
  type ExecuteStep,
  type RecipeProgress,
  type RunRecipeOptions,
  runRecipe,
  type StepOutcome,
} from "./recipe-run.ts";
export type { RecipeInput, RecipeOutput, RecipePlaces, RecipeStep, RecipeStepCall } from "./recipe-step.ts";
export { runRecipeStep } from "./recipe-steps.ts";
export { type RecipeSurvey, surveyRecipe } from "./recipe-survey.ts";
export { type RecipeThreads, recipeThreads } from "./recipe-threads.ts";
export {
  type GroupScore,
  percentMatching,
  percentReplicating,
  type ReplicateScore,
  type ReplicateScoreOptions,
} from "./replicate-scores.ts";
export { selectWells } from "./sample-query.ts";
export { type ProjectDesign, platesOf, simulateProject, smallProject } from "./simulate-project.ts";
export { SPHERIZE_VARIANTS, type SpherizeVariant } from "./spherize.ts";
export {
  ConstantFeaturesError,
  InfiniteValuesError,
  MissingValuesError,
  NoFeaturesError,
  NonNumericFeatureError,
  OperationOptionError,
  ProfileFormatError,
  RankError,
  UnknownOperationError,
} from "./statistics-errors.ts";
export { type WriteProfilesOptions, writeProfiles } from "./write-profiles.ts";
