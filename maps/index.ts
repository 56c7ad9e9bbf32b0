/** Phenoprints, rescue, similarity, projection: from normalised well profiles to answers. */
export { averageLinkage, leafOrder, type Merge } from "./clustering.ts";
export { type Consistency, replicateConsistency } from "./consistency.ts";
export { type DoseCurveDrawing, doseCurveDrawing } from "./dose-curve.ts";
export { MapShapeError, PhenoprintRefusedError, ZeroVectorError } from "./errors.ts";
export {
  type ExperimentMap,
  type ExperimentMapOptions,
  experimentMap,
  type MapPerturbation,
} from "./experiment-map.ts";
export { type Driver, type Phenoprint, type PhenoprintOptions, type PlateWindow, phenoprint } from "./phenoprint.ts";
export { type PolylinePoint, type Projected, type ProjectionMode, polyline, project } from "./projection.ts";
export { type CompoundHit, type DoseMean, type HitPoint, type RescueOptions, rescueOf } from "./rescue.ts";
export { type CloudPoint, type ProjectionPoint, type RescueProjection, rescueProjection } from "./rescue-projection.ts";
export { analyseScreen, areDoseSteps, type ScreenAnalysis, type ScreenOptions } from "./screen.ts";
export { type AxisEnds, axisEnds, type ProfileMatrix, type ScreenWell, type WellRole } from "./screen-wells.ts";
export { ec50Text, hitSentence, mapSentence, twoDigits } from "./sentences.ts";
export { type SideEffects, sideEffects } from "./side-effect.ts";
export { cosine, cosineMatrix, type Neighbour, neighboursOf, percentileIn, sortedPairs } from "./similarity.ts";
export { type DroppedFeature, type UsableFeatures, usableFeatures } from "./usable-features.ts";
export {
  sideEffectWord,
  VERDICT_RULES,
  type Verdict,
  type VerdictEvidence,
  type VerdictRules,
  verdictOf,
} from "./verdict.ts";
