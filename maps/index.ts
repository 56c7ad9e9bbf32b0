/** Phenoprints, rescue, similarity, projection: from normalised well profiles to answers. */

export { type Aggregated, type Aggregation, aggregateUnits } from "./aggregate-units.ts";
export { type Alignment, alignUnits } from "./align-units.ts";
export { type BuiltGroup, type BuiltMap, buildMap, type MapRecipe } from "./build-map.ts";
export {
  type Arms,
  armsOfLocations,
  armsOfMapLocations,
  centromereMidpoints,
  type GeneLocation,
} from "./chromosome-arms.ts";
export { type ClusterSeparation, clusterSeparation, type GeneCluster, readClusters } from "./cluster-separation.ts";
export { averageLinkage, leafOrder, type Merge } from "./clustering.ts";
export { compareVersions, type VersionDifference } from "./compare-versions.ts";
export { type Consistency, replicateConsistency } from "./consistency.ts";
export { type CosineDistribution, cosineDistribution } from "./cosine-distribution.ts";
export { type DoseCurveDrawing, doseCurveDrawing } from "./dose-curve.ts";
export { embedUnits } from "./embed-units.ts";
export { type Magnitude, type MagnitudeOptions, perturbationMagnitude } from "./energy-distance.ts";
export {
  ArmCorrectionError,
  CatalogBusyError,
  ClustersError,
  GenomeTableError,
  GroupFileError,
  MapShapeError,
  NoRowsError,
  PhenoprintRefusedError,
  PromotionRefusedError,
  RelationsError,
  TooFewControlsError,
  UnknownGroupError,
  ZeroVectorError,
} from "./errors.ts";
export {
  type ExperimentMap,
  type ExperimentMapOptions,
  experimentMap,
  type MapPerturbation,
} from "./experiment-map.ts";
export { type DropReason, type FilteredUnits, type FilterRules, filterUnits } from "./filter-units.ts";
export {
  CATALOG_KEY,
  type Catalog,
  type CatalogGroup,
  type CatalogVersion,
  enterVersions,
  type GateRules,
  gateReasons,
  readCatalog,
  versionIn,
} from "./group-catalog.ts";
export { groupFiles, groupFromFiles, rowsFromFile, TOP_ROW_BYTES, unitFiles } from "./group-files.ts";
export {
  type GroupDescription,
  type GroupManifest,
  type PreparedGroup,
  prepareGroup,
  readManifest,
  type StoredFile,
} from "./group-manifest.ts";
export {
  type GroupBenchmark,
  judgeGroup,
  judgeUnits,
  type MapBenchmark,
  type TestSummary,
  type UnitBenchmark,
} from "./judge-map.ts";
export {
  geneRows,
  type RelationRecall,
  type RelationSet,
  readRelations,
  relationRecall,
} from "./known-relations.ts";
export { type BuildCall, type MapUnit, type MapUnits, mapUnits, takeUnits, treatmentOf } from "./map-units.ts";
export type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";
export { type Driver, type Phenoprint, type PhenoprintOptions, type PlateWindow, phenoprint } from "./phenoprint.ts";
export { type PolylinePoint, type Projected, type ProjectionMode, polyline, project } from "./projection.ts";
export { type ArmCorrection, type ArmScore, intraArmScore, reduceArmBias } from "./proximity-bias.ts";
export { openCatalog, type Published, type PublishOptions, publishGroups } from "./publish-groups.ts";
export {
  openGroup,
  readGroup,
  readGroupFile,
  readGroupRows,
  readNeighbours,
  readVectors,
} from "./read-group.ts";
export { readStoredUnits, readUnitVectors, type StoredUnit } from "./read-units.ts";
export { relateRows } from "./relate-rows.ts";
export { type AgreementOptions, type ReplicateAgreement, replicateAgreement } from "./replicate-agreement.ts";
export { type ReplicateRetrieval, type RetrievalOptions, replicateRetrieval } from "./replicate-retrieval.ts";
export { type CompoundHit, type DoseMean, type HitPoint, type RescueOptions, rescueOf } from "./rescue.ts";
export { type CloudPoint, type ProjectionPoint, type RescueProjection, rescueProjection } from "./rescue-projection.ts";
export { analyseScreen, areDoseSteps, type ScreenAnalysis, type ScreenOptions } from "./screen.ts";
export { type AxisEnds, axisEnds, type ProfileMatrix, type ScreenWell, type WellRole } from "./screen-wells.ts";
export { ec50Text, hitSentence, mapSentence, twoDigits } from "./sentences.ts";
export { type SideEffects, sideEffects } from "./side-effect.ts";
export { cosine, cosineMatrix, type Neighbour, neighboursOf, percentileIn, sortedPairs } from "./similarity.ts";
export { type MapDesign, type SimulatedMap, simulateMap } from "./simulate-map.ts";
export { NO_ROW, type TopLists, topLists } from "./top-lists.ts";
export { type PerturbationTrace, tracePerturbation, traceSentences } from "./trace-perturbation.ts";
export {
  type GeneFacts,
  type RowStep,
  TRANSFORMATIONS,
  type Transformation,
  transformRows,
} from "./transform-rows.ts";
export { type TukeyMedianOptions, tukeyMedian } from "./tukey-median.ts";
export { typicalVariation } from "./tvn.ts";
export { type DroppedFeature, type UsableFeatures, usableFeatures } from "./usable-features.ts";
export {
  sideEffectWord,
  VERDICT_RULES,
  type Verdict,
  type VerdictEvidence,
  type VerdictRules,
  verdictOf,
} from "./verdict.ts";
