import {
  type BuiltMap,
  type GeneSet,
  type GroupRow,
  groupFiles,
  judgeGroup,
  judgeUnits,
  knowledgeFile,
  type NamesByPerturbation,
  namesFile,
  type PreparedGroup,
  prepareGroup,
  type RelationSet,
} from "@artesian/maps";
import type { MapConfig } from "./map-config.ts";
import type { BuildStages } from "./map-stages.ts";

/** A group of a build, judged and ready to be published. */
export interface MadeGroup {
  prepared: PreparedGroup;
  rows: readonly GroupRow[];
  isDefault: boolean;
}

export interface Progress {
  progress: (step: string, done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Judges all groups of a build and makes their files, each a step that a later build need not repeat. */
export async function prepareGroups(
  config: MapConfig,
  made: {
    built: BuiltMap;
    /** Files of units, which all groups share. */
    unitFiles: Map<string, Uint8Array>;
    inputs: { uri: string; sha256: string }[];
    names: readonly NamesByPerturbation[];
    relations: readonly RelationSet[];
    clusters: readonly { source: string; sets: readonly GeneSet[] }[];
    created: string;
  },
  stages: BuildStages,
  call: Progress,
): Promise<MadeGroup[]> {
  const { built, inputs, names, relations, clusters, created } = made;
  // All groups of a build have the same perturbations.
  const rows = built.groups.flatMap(({ group }) => group.rows);
  const shared = new Map([...made.unitFiles, ...knowledgeFile(relations, clusters), ...namesFile(rows, names)]);
  const unitBenchmark = await stages.keep("replicates", () => judgeUnits(built, config.seed, call));
  const groups: MadeGroup[] = [];
  for (const [rank, { group, transformation, isDefault, proximityBias }] of built.groups.entries()) {
    const id = `${config.map}${transformation.suffix}`;
    const { files, benchmark } = await stages.keep(id, () => ({
      benchmark: judgeGroup(group, { relations, clusters }, call),
      files: groupFiles(group, { int8: config.int8 }, call),
    }));
    const prepared = prepareGroup(
      {
        id,
        label: `${config.label ?? config.map}, ${transformation.label}`,
        rank,
        parents: [],
        transformation,
        recipe: config.recipe,
        model: config.model ?? null,
        inputs,
        rows: group.rows.length,
        dims: group.dims,
        units: built.units.units.length,
        dropped: droppedBy(built),
        benchmark: { ...benchmark, ...unitBenchmark },
        proximityBias: proximityBias ?? null,
      },
      files,
      shared,
      created,
    );
    groups.push({ isDefault, rows: group.rows, prepared });
  }
  return groups;
}

/** Units that the filter dropped, by reason. */
export function droppedBy({ dropped }: Pick<BuiltMap, "dropped">): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of dropped) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
