/** Profiles: aggregate, normalize to controls, select features, plate metrics. */
export { type Aggregated, aggregate } from "./aggregate.ts";
export { type Annotated, type AnnotateOptions, annotate, annotationNotes } from "./annotate.ts";
export { annotateCmap, type CmapOptions } from "./annotate-cmap.ts";
export { collatePlate } from "./collate.ts";
export { collateBackend } from "./collate-backend.ts";
export { type CorrelatedFeature, correlatedFeatures } from "./correlated-features.ts";
export { NoSamplesError, ProfileShapeError, SampleQueryError, UnknownColumnError } from "./errors.ts";
export { readExternalMetadata } from "./external-metadata.ts";
export { type FeatureDrop, type FeatureOperation, featureSelect } from "./feature-select.ts";
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
  applyNormalization,
  type FitNormalizationOptions,
  fitNormalization,
  type Normalization,
  type NormalizedGroup,
  type NormalizeMethod,
  type NormalizeOptions,
  normalize,
} from "./normalize.ts";
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
export { type RecipeConfig, readRecipeConfig } from "./recipe-config.ts";
export {
  MissingInputError,
  PlateMetadataError,
  RecipeConfigError,
  type RecipeProblem,
  RecipeThreadError,
  UnmatchedWellsError,
} from "./recipe-errors.ts";
export { selectWells } from "./sample-query.ts";
