import { centreScale } from "./control-scale.ts";
import type { BuildCall, MapUnits } from "./map-units.ts";
import { typicalVariation } from "./tvn.ts";

/** How technical variation is taken out, learnt on the controls. */
export type Alignment =
  | { kind: "none" }
  /** Each batch in the spread of its own controls. */
  | { kind: "centre-scale" }
  /** Typical variation normalization; `ridge` is added to each batch's covariance, default 0.5. */
  | { kind: "tvn"; ridge?: number };

/**
 * Units with technical variation between batches taken out.
 * @throws TooFewControlsError (maps/too-few-controls)
 */
export function alignUnits(given: MapUnits, alignment: Alignment, call: BuildCall = {}): MapUnits {
  if (alignment.kind === "none") return given;
  return alignment.kind === "centre-scale" ? centreScale(given, call) : typicalVariation(given, alignment, call);
}
