/** Profiles: aggregate, normalize to controls, select features, plate metrics. */
export { type Aggregated, aggregate } from "./aggregate.ts";
export { type Annotated, annotate } from "./annotate.ts";
export { type CorrelatedFeature, correlatedFeatures } from "./correlated-features.ts";
export { NoSamplesError, ProfileShapeError, SampleQueryError, UnknownColumnError } from "./errors.ts";
export { type FeatureDrop, type FeatureOperation, featureSelect } from "./feature-select.ts";
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
export { selectWells } from "./sample-query.ts";
