/** Expression matrices of any size: readers, one streaming pass, statistics, summary figures. */
export { type Box, boxOf } from "./box.ts";
export {
  type DiscoverOptions,
  type Discovery,
  type DiscoveryProblem,
  discoverMatrices,
  type FoundMatrix,
} from "./discover.ts";
export {
  AxisLengthError,
  CellOrderError,
  EntryCountError,
  EntryIndexError,
  ManifestError,
  MatrixLayoutError,
  MatrixMarketError,
  MatrixTooLargeError,
  MissingPartError,
  NotFiniteError,
  TextMatrixError,
  UnknownCellColumnError,
} from "./errors.ts";
export type { FigureSpec, SummaryFigure } from "./figure.ts";
export { type CellBounds, countKept, type GeneBounds, keepCells, keepGenes } from "./filter.ts";
export { type MadOptions, madBounds } from "./filter-mad.ts";
export { geneClasses } from "./gene-classes.ts";
export type { DispersionFlavour } from "./hvg-bins.ts";
export {
  type DispersionCutoffs,
  type DispersionGenes,
  type DispersionOptions,
  selectByDispersion,
} from "./hvg-dispersion.ts";
export { GeneSelectionError, LoessError, PassThreadError, TiedBinsError } from "./hvg-errors.ts";
export {
  fitVarianceTrend,
  selectByVariance,
  type VarianceFlavour,
  type VarianceGenes,
  type VarianceOptions,
  type VarianceTrend,
} from "./hvg-variance.ts";
export { estimateMemory, type IngestOptions, ingest } from "./ingest.ts";
export { findKnee, type Knee, type RankStep, rankSteps } from "./knee.ts";
export { type LoessOptions, loess } from "./loess.ts";
export { type ManifestRow, readManifest } from "./manifest.ts";
export type {
  CellColumn,
  EntryBlock,
  GeneList,
  MatrixBlock,
  MatrixFormat,
  MatrixSource,
  MatrixWarning,
  ReadCall,
} from "./matrix.ts";
export { type GeneMeans, type GeneMoments, largest, meansOf, momentsOf, type Scale } from "./moments.ts";
export { type OpenMatrixOptions, openMatrix } from "./open-matrix.ts";
export type { CellTotals, ClippedSums, GeneColumns, GeneStatistics, IngestedMatrix, ValueKind, View } from "./pass.ts";
export { clippedSums } from "./pass-clipped.ts";
export { type ColumnOptions, geneColumns } from "./pass-columns.ts";
export { type GenePassOptions, geneStatistics } from "./pass-genes.ts";
export { type GeneShares, geneShares } from "./pass-shares.ts";
export { type Passes, type PassesOptions, passesOver } from "./pass-threads.ts";
export { type GeneSelection, type PresetName, presets, type SummaryParameters } from "./presets.ts";
export type { LineAxis } from "./read-csv.ts";
export { MOST_SPLITS, type Split, type SplitProblem, splitsOf } from "./split-cells.ts";
export { type SummaryContext, summariseSource } from "./summarise.ts";
export { summariseMatrix } from "./summarise-matrix.ts";
export type { SplitReport, SplitSummary, SummaryProblem, SummaryTable } from "./summarise-split.ts";
export type { Summary, SummaryReport } from "./summary.ts";
export type { CellNumbers, CellSummary } from "./summary-cells.ts";
