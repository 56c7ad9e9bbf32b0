/** Phenoprints, rescue, similarity, projection: from normalised well profiles to answers. */
export { type Aggregated, type Aggregation, aggregateUnits } from "./aggregate-units.ts";
export { type Alignment, alignUnits } from "./align-units.ts";
export { type AllNeighbours, allNeighbours } from "./all-neighbours.ts";
export { type BuiltGroup, type BuiltMap, buildMap, type MapRecipe } from "./build-map.ts";
export {
  type BuildRun,
  type BuildRunState,
  forgetRun,
  type RunPolicy,
  type RunQuery,
  readRun,
  readRunLog,
  readRuns,
  runsToForget,
  writeRun,
} from "./build-runs.ts";
export { type CardKeeping, cardHtml, cardMarkdown } from "./card-text.ts";
export {
  type Arms,
  armsOfLocations,
  armsOfMapLocations,
  centromereMidpoints,
  type GeneLocation,
} from "./chromosome-arms.ts";
export { type ClusterSeparation, clusterSeparation } from "./cluster-separation.ts";
export { averageLinkage, cutTree, leafOrder, type Merge } from "./clustering.ts";
export { compareVersions, type VersionDifference } from "./compare-versions.ts";
export { type Consistency, replicateConsistency } from "./consistency.ts";
export { type CosineDistribution, cosineDistribution } from "./cosine-distribution.ts";
export { cosineQuantiles, quantilesOfCounts } from "./cosine-quantiles.ts";
export { type DoseCurveDrawing, doseCurveDrawing } from "./dose-curve.ts";
export { DOSE_TAU, type DoseTrend, doseTrend } from "./dose-trend.ts";
export { embedUnits } from "./embed-units.ts";
export { type Magnitude, type MagnitudeOptions, perturbationMagnitude } from "./energy-distance.ts";
export { type Enrichment, enrichment } from "./enrichment.ts";
export {
  ArmCorrectionError,
  CatalogBusyError,
  EnrichmentError,
  EvictionRefusedError,
  ExpressionLevelsError,
  GeneSetError,
  GenomeTableError,
  GroupFileError,
  GroupTooLargeError,
  MapShapeError,
  MissingKnowledgeError,
  MissingSplitError,
  NoRowsError,
  PerturbationNamesError,
  PhenoprintRefusedError,
  PromotionRefusedError,
  RelationsError,
  ScanThreadError,
  StoreUnreachableError,
  TooFewControlsError,
  UnknownGroupError,
  UnknownPerturbationError,
  UnknownRowError,
  UnknownTileError,
  ZeroVectorError,
} from "./errors.ts";
export {
  AGREEMENT_RULES,
  type AgreementBadge,
  type AgreementRules,
  type ExperimentAgreement,
  experimentAgreement,
} from "./experiment-agreement.ts";
export {
  type ExperimentMap,
  type ExperimentMapOptions,
  experimentMap,
  type MapPerturbation,
} from "./experiment-map.ts";
export { fastProducts, kernelVectors } from "./fast-products.ts";
export { type DropReason, type FilteredUnits, type FilterRules, filterUnits } from "./filter-units.ts";
export {
  type Funnel,
  type FunnelInputs,
  type FunnelPair,
  type FunnelResult,
  type FunnelRunOptions,
  openFunnel,
} from "./funnel.ts";
export {
  type Cutoffs,
  FUNNEL_SETTINGS,
  FUNNEL_STEPS,
  type FunnelCounts,
  type FunnelSettings,
  type FunnelStep,
  fdrCutoffs,
  percentCutoffs,
  type TailRule,
} from "./funnel-settings.ts";
export { type GeneSet, parseGmt } from "./gene-sets.ts";
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
export {
  type ClusterOptions,
  clusterGroup,
  clustersAt,
  type GroupClusters,
  groupDistances,
  orderBySimilarity,
} from "./group-clusters.ts";
export { groupFiles, groupFromFiles, rowsFromFile, TOP_ROW_BYTES, unitFiles } from "./group-files.ts";
export { type GroupKnowledge, knowledgeFile, readKnowledge } from "./group-knowledge.ts";
export {
  type GroupDescription,
  type GroupManifest,
  type PreparedGroup,
  prepareGroup,
  readManifest,
  type StoredFile,
} from "./group-manifest.ts";
export {
  bestOf,
  type GroupNeighbour,
  type GroupNeighbourOptions,
  type GroupNeighbours,
  groupNeighbours,
} from "./group-neighbours.ts";
export { type GroupProjection, type ProjectedRow, type ProjectedSeries, projectGroup } from "./group-projection.ts";
export { checkGroup, dosesOf, hasDirection, rawVectorOf, rowLabel, vectorOf } from "./group-rows.ts";
export { type CardEnd, type CardInputs, type HypothesisCard, hypothesisCard } from "./hypothesis-card.ts";
export {
  type GroupBenchmark,
  judgeGroup,
  judgeUnits,
  type MapBenchmark,
  type TestSummary,
  type UnitBenchmark,
} from "./judge-map.ts";
export { type KnownAgainstNovel, type KnownPartner, knownAgainstNovel } from "./known-against-novel.ts";
export { edgesFromText, type KnownEdge, type KnownRelations, knownRelations } from "./known-edges.ts";
export { geneRows, type RelationRecall, type RelationSet, readRelations, relationRecall } from "./known-relations.ts";
export { type DistanceArray, type LinkageMethod, linkage } from "./linkage.ts";
export { type BuildCall, type MapUnit, type MapUnits, mapUnits, takeUnits, treatmentOf } from "./map-units.ts";
export type { PerturbationNames } from "./name-table.ts";
export { type NativeBlas, nativeBlas } from "./native-products.ts";
export { type SimilarityVariant, similarityVariant } from "./normalised-variants.ts";
export { type CompoundMatch, oppositeCompounds, type SeenDose } from "./opposite-compounds.ts";
export { optimalLeafOrder } from "./optimal-leaf-order.ts";
export { cosineAt, percentileOf } from "./percentile.ts";
export type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";
export {
  type NamesByPerturbation,
  namesFile,
  namesInCells,
  readPerturbationNames,
} from "./perturbation-names.ts";
export { type Driver, type Phenoprint, type PhenoprintOptions, type PlateWindow, phenoprint } from "./phenoprint.ts";
export { type PolylinePoint, type Projected, type ProjectionMode, polyline, project } from "./projection.ts";
export { type Proxy, proxiesOf } from "./proxies.ts";
export { type ArmCorrection, type ArmScore, intraArmScore, reduceArmBias } from "./proximity-bias.ts";
export { openCatalog, type Published, type PublishOptions, publishGroups } from "./publish-groups.ts";
export { openGroup, readGroup, readGroupFile, readGroupRows, readNeighbours, readVectors } from "./read-group.ts";
export { readStoredUnits, readUnitVectors, type StoredUnit } from "./read-units.ts";
export { relateRows } from "./relate-rows.ts";
export { type AgreementOptions, type ReplicateAgreement, replicateAgreement } from "./replicate-agreement.ts";
export { type ReplicateRetrieval, type RetrievalOptions, replicateRetrieval } from "./replicate-retrieval.ts";
export { type CompoundHit, type DoseMean, type HitPoint, type RescueOptions, rescueOf } from "./rescue.ts";
export { type CloudPoint, type ProjectionPoint, type RescueProjection, rescueProjection } from "./rescue-projection.ts";
export { openRowIndex, type RowIndex, rowIndexBytes, rowsAt, rowsNamed, rowsOfIndex } from "./row-index.ts";
export { type FoundRows, type PastedRows, type RowMatch, type RowSearch, rowSearch } from "./row-search.ts";
export { type ScannedRows, type ScanOptions, scanVectors } from "./scan-vectors.ts";
export { analyseScreen, areDoseSteps, type ScreenAnalysis, type ScreenOptions } from "./screen.ts";
export { type ScreenedPairs, screenPairs } from "./screen-pairs.ts";
export { type AxisEnds, axisEnds, type ProfileMatrix, type ScreenWell, type WellRole } from "./screen-wells.ts";
export { ec50Text, hitSentence, mapSentence, twoDigits } from "./sentences.ts";
export { askCard, FUNNEL_BYTES, funnelOf, settingsFor } from "./serve/ask-funnel.ts";
export { askHealth, type GroupHealth, versionBefore } from "./serve/ask-health.ts";
export {
  askCompounds,
  askEnrichment,
  askKnown,
  askProxies,
  askTrust,
  geneSetsOf,
} from "./serve/ask-hypotheses.ts";
export { askMissing, type MissingTold, missingSentence, type PageSettings } from "./serve/ask-missing.ts";
export {
  askNeighbours,
  type NeighbourQuestion,
  type NeighboursTold,
  type NeighbourTold,
} from "./serve/ask-neighbours.ts";
export { askProjection, type ProjectionQuestion, type ProjectionTold } from "./serve/ask-projection.ts";
export { askReplicates, type ReplicatesTold } from "./serve/ask-replicates.ts";
export { askBlock, askClusters, askSimilarity } from "./serve/ask-similarity.ts";
export { type ByteCache, byteCache } from "./serve/byte-cache.ts";
export {
  lastingNames,
  NAMED_SETS,
  type RowTold,
  rowMeant,
  rowsMeant,
  rowsTold,
  strongestRows,
} from "./serve/chosen-rows.ts";
export type { ServiceLog } from "./serve/follow-catalog.ts";
export { type GroupView, groupView, type NamesSource, type ViewOptions } from "./serve/group-view.ts";
export {
  type Eviction,
  type HeldVersion,
  type LocalLayer,
  type LocalLayerOptions,
  type LocalState,
  openLocalLayer,
} from "./serve/local-layer.ts";
export {
  type Layer,
  type Lease,
  type MapService,
  type MapServiceOptions,
  openMapService,
  type ServedGroup,
  type ServiceStatus,
} from "./serve/map-service.ts";
export { type FileScan, fileScan } from "./serve/scan-file.ts";
export type { SharedNotices, SharedState } from "./serve/shared-notices.ts";
export {
  blockFile,
  npyBytes,
  rowColumns,
  SLICE_FORMATS,
  SLICE_TYPES,
  type SliceFormat,
  sliceFile,
} from "./serve/slice-file.ts";
export { type SideEffects, sideEffects } from "./side-effect.ts";
export { cosine, cosineMatrix, type Neighbour, neighboursOf, percentileIn, sortedPairs } from "./similarity.ts";
export {
  cosineByte,
  NO_COSINE,
  TILE_EDGE,
  type TileLayout,
  type TileLevel,
  type TilePyramid,
  tileLevels,
  tilePyramid,
} from "./similarity-tiles.ts";
export { type MapDesign, type SimulatedMap, simulateMap } from "./simulate-map.ts";
export { simulatedFiles } from "./simulated-files.ts";
export { NO_ROW, type TopLists, topLists } from "./top-lists.ts";
export { type GeneFacts, type RowStep, TRANSFORMATIONS, type Transformation, transformRows } from "./transform-rows.ts";
export { TRUST_RULES, type Trust, type TrustCheck, type TrustRules, trustedRows, trustOf } from "./trust.ts";
export { type TukeyMedianOptions, tukeyMedian } from "./tukey-median.ts";
export { typicalVariation } from "./tvn.ts";
export { type DroppedFeature, type UsableFeatures, usableFeatures } from "./usable-features.ts";
export type { VectorHealth } from "./vector-health.ts";
export { referenceProducts, type VectorProducts } from "./vector-products.ts";
export type { PairList, ScanAnswer, ScanQuestion } from "./vector-scan.ts";
export {
  sideEffectWord,
  VERDICT_RULES,
  type Verdict,
  type VerdictEvidence,
  type VerdictRules,
  verdictOf,
} from "./verdict.ts";
export {
  MISSING_STEPS,
  type MissingFacts,
  type MissingStep,
  type WalkedStep,
  type WhyMissing,
  whyMissing,
} from "./why-missing.ts";
export { type ExpressionScale, zFpkmOf } from "./zfpkm.ts";
