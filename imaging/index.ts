/** Planes, layouts, image quality, thumbnails, objects, features, simulator. Pure: bytes in, values out. */

export { aggregateObjects } from "./aggregate-objects.ts";
export { measureArtefacts, type NamedPlane } from "./artefacts.ts";
export { downscale } from "./downscale.ts";
export { descriptorNames, embeddingSize, embedSite, siteDescriptors } from "./embedding.ts";
export {
  DamagedFileError,
  EmptyFileError,
  FileNameError,
  FileNamePatternError,
  FlagRuleError,
  ImageTooLargeError,
  LoadDataError,
  NotAnImageError,
  ObjectCountError,
  ObjectOptionError,
  PlaneShapeError,
  PlateFormatError,
  ScreenDesignError,
  TruncatedFileError,
  UnsupportedImageError,
  WellNameError,
} from "./errors.ts";
export type { Finding } from "./fault-finding.ts";
export { ENOUGH_SITES, PLATE_SITES, type SiteEvidence } from "./fault-reference.ts";
export { type PlateFault, summariseFaults } from "./fault-summary.ts";
export { detectFaults, type FaultContext } from "./faults.ts";
export {
  type FeatureFamily,
  type FeatureTable,
  featureFamilies,
  isPosition,
  measureObjects,
  pipelineFamilies,
} from "./features.ts";
export {
  customPattern,
  type DetectedPattern,
  detectPattern,
  type FileNameOptions,
  type ImageName,
  parseFileName,
} from "./file-name.ts";
export { FILE_NAME_PATTERNS, type FileNamePattern } from "./file-name-patterns.ts";
export { type Flag, type FlagBound, type FlagRule, flagColumns, flagImage } from "./flag-rules.ts";
export { guessNuclei, type NuclearLikeness } from "./guess-nuclei.ts";
export { type IntensityWindow, intensityWindow, sharedWindow, type WindowOptions } from "./intensity-window.ts";
export { labelsToPng, type Outline, outlinesToPng } from "./label-picture.ts";
export { borderObjects, keepObjects, type Labels, labelsFrom, type ObjectPixels, objectPixels } from "./labels.ts";
export { type LoadDataImage, type LoadDataSite, readLoadData } from "./load-data.ts";
export { commonShape, type Plane, type PlaneData, planeOf, planeScale } from "./plane.ts";
export { measureImageQuality, type QualityOptions, qualityColumns } from "./quality.ts";
export { type ReadPlaneOptions, readPlane } from "./read-plane.ts";
export { createScratch, type Scratch } from "./scratch.ts";
export { cytoplasmOf, type SegmentCellsOptions, segmentCells } from "./segment-cells.ts";
export { type SegmentNucleiOptions, segmentNuclei } from "./segment-nuclei.ts";
export type { ThresholdMethod } from "./segment-threshold.ts";
export {
  acquisitionOrder,
  designScreen,
  type MetadataRow,
  type PlateDesign,
  type ScreenDesign,
  type ScreenOptions,
  SIMULATED_CHANNELS,
  screenMetadata,
  type WellDesign,
  type WellRole,
} from "./simulate-design.ts";
export { FAULT_LABELS, type FaultLabel, type InjectedFault } from "./simulate-faults.ts";
export { type CompoundTruth, type GeneTruth, PHENOTYPE_PARAMETERS, type Phenotype } from "./simulate-phenotype.ts";
export { renderSite, type SimulatedSite } from "./simulate-site.ts";
export { RESCUE_AT_LEAST, type ScreenTruth, screenTruth } from "./simulate-truth.ts";
export {
  type PlateSprite,
  planSprite,
  plateSprite,
  type SpriteOptions,
  type SpritePlace,
  type SpriteTile,
} from "./sprite.ts";
export {
  CHANNEL_COLOURS,
  CHANNEL_STRENGTHS,
  type ChannelImageOptions,
  type CompositeOptions,
  channelImage,
  encodeImage,
  type ImageFormat,
  paintComposite,
  type RgbImage,
  siteComposite,
} from "./thumbnail.ts";
export {
  type CellTranslocation,
  cellRings,
  measureTranslocation,
  measureTranslocations,
  type SiteTranslocation,
  siteTranslocation,
} from "./translocation.ts";
export {
  type PlateFormat,
  parseWell,
  plateFormat,
  plateFormatOf,
  type WellPlace,
  wellName,
  wellsOf,
} from "./well.ts";
export { writeTiff } from "./write-tiff.ts";
