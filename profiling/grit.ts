import { NoSamplesError } from "./errors.ts";
import { groupWells, type MetadataCell, type Profiles } from "./profiles.ts";
import { selectWells } from "./sample-query.ts";
import { eachSimilarity, type Similarity } from "./similarity.ts";

export interface GritOptions {
  /** Query of the control wells, see `selectWells`. */
  controls: string;
  /** Metadata columns that name a treatment. */
  by: readonly string[];
  /** Default "pearson". */
  similarity?: Similarity;
}

export interface WellGrit {
  well: number;
  key: MetadataCell[];
  /** NaN without replicates. */
  grit: number;
}

/**
 * Grit (Way et al. 2022, cytominer-eval): how far a well's similarities to its replicates stand above those to the controls, in standard
 * deviations (ddof 0) of the latter, averaged over the replicates; a treatment's grit is the mean of its wells'.
 * @returns wells of treatments (controls have no grit), and treatments in order of first appearance
 * @throws NoSamplesError (profiling/no-samples) for fewer than two controls
 */
export function grit(
  profiles: Profiles,
  options: GritOptions,
): { wells: WellGrit[]; treatments: { key: MetadataCell[]; wells: number; grit: number }[] } {
  const controls = selectWells(profiles, options.controls);
  if (controls.length < 2) throw new NoSamplesError(options.controls, "Grit", controls.length, 2);
  const isControl = new Set(controls);
  const { groups } = groupWells(profiles, options.by);
  const groupOf = new Map<number, number>();
  groups.forEach(({ rows }, group) => {
    for (const row of rows) if (!isControl.has(row)) groupOf.set(row, group);
  });
  const wells: WellGrit[] = [];
  eachSimilarity(profiles, options.similarity ?? "pearson", (well, similarities) => {
    const group = groupOf.get(well);
    if (group === undefined) return;
    let [sum, squares] = [0, 0];
    for (const control of controls) sum += similarities[control]!;
    const centre = sum / controls.length;
    for (const control of controls) squares += (similarities[control]! - centre) ** 2;
    const scale = Math.sqrt(squares / controls.length);
    const replicates = groups[group]!.rows.filter((row) => row !== well && groupOf.get(row) === group);
    const total = replicates.reduce((part, row) => part + (similarities[row]! - centre) / scale, 0);
    wells.push({ well, key: groups[group]!.key, grit: total / replicates.length });
  });
  const treatments = groups.flatMap(({ key }, group) => {
    const own = wells.filter(({ well }) => groupOf.get(well) === group);
    if (own.length === 0) return [];
    const known = own.filter((score) => !Number.isNaN(score.grit));
    return [{ key, wells: own.length, grit: known.reduce((sum, score) => sum + score.grit, 0) / known.length }];
  });
  return { wells, treatments };
}
