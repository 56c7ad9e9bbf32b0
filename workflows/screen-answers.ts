import type { HitInput, MapInput, PhenoprintInput, ProjectionInput } from "@artesian/store";

/** The phenoprint task's answer. */
export interface PhenoprintAnswer {
  phenoprint: PhenoprintInput | null;
  /** Plate metrics on scores that were learnt on the other plates; empty with one plate or a readout. */
  plates: { plate: string; metrics: Record<string, number | null> }[];
  missing: string[];
}

export interface HitsAnswer {
  hits: HitInput[];
  projection: ProjectionInput | null;
  missing: string[];
}

export interface MapAnswer {
  map: MapInput | null;
  /** "The disease gene looks like G2 and opposite to C4", when there is something to say. */
  sentence: string | null;
  nearestGene: { name: string; nearest: string | null; cosine: number | null }[];
  missing: string[];
}
