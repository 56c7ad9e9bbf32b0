import {
  type BuiltMap,
  type GeneSet,
  type GroupRow,
  groupFiles,
  judgeGroup,
  judgeUnits,
  knowledgeFile,
  type MapUnits,
  type PreparedGroup,
  prepareGroup,
  type RelationSet,
  unitFiles,
} from "@artesian/maps";
import type { MapConfig } from "./map-config.ts";

/** A group of a build, judged and ready to be published. */
export interface MadeGroup {
  prepared: PreparedGroup;
  rows: readonly GroupRow[];
  isDefault: boolean;
}

export interface Progress {
  progress: (step: string, done: number, total: number) => void;
}

/** Judges all groups of a build and makes their files. */
export function prepareGroups(
  config: MapConfig,
  made: {
    built: BuiltMap;
    units: MapUnits;
    inputs: { uri: string; sha256: string }[];
    relations: readonly RelationSet[];
    clusters: readonly { source: string; sets: readonly GeneSet[] }[];
    created: string;
  },
  call: Progress,
): MadeGroup[] {
  const { built, units, inputs, relations, clusters, created } = made;
  const shared = new Map([...unitFiles(built, units), ...knowledgeFile(relations, clusters)]);
  const unitBenchmark = judgeUnits(built, config.seed, call);
  return built.groups.map(({ group, transformation, isDefault, proximityBias }, rank) => ({
    isDefault,
    rows: group.rows,
    prepared: prepareGroup(
      {
        id: `${config.map}${transformation.suffix}`,
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
        benchmark: { ...judgeGroup(group, { relations, clusters }, call), ...unitBenchmark },
        proximityBias: proximityBias ?? null,
      },
      groupFiles(group, { int8: config.int8 }, call),
      shared,
      created,
    ),
  }));
}

/** Units that the filter dropped, by reason. */
export function droppedBy({ dropped }: Pick<BuiltMap, "dropped">): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of dropped) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
