import type { GeneSet } from "./gene-sets.ts";
import { jsonOf } from "./group-manifest.ts";
import { type KnownRelations, knownRelations } from "./known-edges.ts";
import type { RelationSet } from "./known-relations.ts";

/** What others have published about the genes of a build, kept with it: the same version of a group is always compared with the same relations. */
export interface GroupKnowledge {
  /** null: the build was given none. */
  relations: KnownRelations | null;
  sets: { source: string; sets: GeneSet[] }[];
}

/** Knowledge of a build as `knowledge.json`, by name; nothing when there is none. */
export function knowledgeFile(
  relations: readonly RelationSet[],
  sets: readonly { source: string; sets: readonly GeneSet[] }[],
): Map<string, Uint8Array> {
  if (relations.length === 0 && sets.length === 0) return new Map();
  const text = JSON.stringify({ relations: relations.map(({ name, pairs }) => ({ source: name, pairs })), sets });
  return new Map([["knowledge.json", new TextEncoder().encode(`${text}\n`)]]);
}

/** @throws GroupFileError (maps/group-file) when the text is no JSON */
export function readKnowledge(text: string, key: string): GroupKnowledge {
  const { relations, sets } = jsonOf(text, key) as {
    relations: { source: string; pairs: [string, string][] }[];
    sets: GroupKnowledge["sets"];
  };
  const edges = relations.flatMap(({ source, pairs }) => pairs.map(([a, b]) => ({ a, b, source })));
  return { relations: relations.length === 0 ? null : knownRelations(edges), sets };
}
