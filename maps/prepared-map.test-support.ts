/** Test-only: a small simulated map, built and ready to be published. */
import { MissingFileError, type Place, type PlaceEntry, sha256 } from "@artesian/data";
import { buildMap, type MapRecipe } from "./build-map.ts";
import { groupFiles, unitFiles } from "./group-files.ts";
import { knowledgeFile } from "./group-knowledge.ts";
import { type PreparedGroup, prepareGroup } from "./group-manifest.ts";
import { judgeGroup, judgeUnits } from "./judge-map.ts";
import type { MapUnits } from "./map-units.ts";
import { simulateMap } from "./simulate-map.ts";
import { TRANSFORMATIONS } from "./transform-rows.ts";

const CREATED = "2026-03-01T12:00:00.000Z";

const smallRecipe: MapRecipe = {
  filter: { replicates: 2 },
  align: { kind: "tvn" },
  aggregate: { byExperiment: true },
  transformations: [TRANSFORMATIONS.plain!, TRANSFORMATIONS["centre-scaled"]!],
  default: "last",
  seed: 1,
};

const known = new Map<string, ReturnType<typeof madeOf>>();

/** What a laboratory's wells and its filter are instead of the simulated ones and the usual. */
export interface OtherMap {
  units?: (simulated: MapUnits) => MapUnits;
  filter?: MapRecipe["filter"];
  zFpkm?: Readonly<Record<string, number>>;
}

function madeOf(seed: number, genes: number, { units: change, filter, zFpkm }: OtherMap = {}) {
  const design = { seed, genes, pathways: 3, genesPerPathway: 6, features: 10, controlsPerBatch: 8, batches: 3 };
  const { units: simulated, truth } = simulateMap(design);
  const units = change?.(simulated) ?? simulated;
  const recipe = { ...smallRecipe, ...(filter && { filter }) };
  const facts = { ...truth, zFpkm: new Map([...truth.zFpkm, ...Object.entries(zFpkm ?? {})]) };
  const built = buildMap(units, recipe, facts);
  const relations = [{ name: "truth", pairs: truth.relations }];
  const groups = built.groups.map((one) => ({
    ...one,
    files: groupFiles(one.group, { int8: true }),
    benchmark: { ...judgeGroup(one.group, { relations }), ...judgeUnits(built, 1) },
  }));
  const sets = [...truth.pathways].map(([name, genes]) => ({ name, description: "", genes }));
  const shared = new Map([...unitFiles(built, units), ...knowledgeFile(relations, [{ source: "truth", sets }])]);
  return { units, built, groups, shared, recipe };
}

/** Two groups of a small simulated map, ready to be published. */
export function preparedMap(
  options: { seed?: number; id?: string; genes?: number; created?: string; label?: string; other?: OtherMap } = {},
) {
  const { seed = 1, id = "demo", genes = 24, created = CREATED, label = "Demo", other } = options;
  const name = `${seed} ${genes}`;
  const made = (other === undefined ? known.get(name) : undefined) ?? madeOf(seed, genes, other);
  if (other === undefined) known.set(name, made);
  const groups = made.groups.map(({ group, transformation, isDefault, proximityBias, files, benchmark }, rank) => ({
    isDefault,
    group,
    prepared: prepareGroup(
      {
        id: `${id}${transformation.suffix}`,
        label: `${label}, ${transformation.label}`,
        rank,
        parents: [],
        transformation,
        recipe: made.recipe,
        model: null,
        inputs: [{ uri: "simulated", sha256: "0".repeat(64) }],
        rows: group.rows.length,
        dims: group.dims,
        units: made.built.units.units.length,
        dropped: {},
        benchmark,
        proximityBias: proximityBias ?? null,
      },
      files,
      made.shared,
      created,
    ),
  }));
  return { groups, built: made.built };
}

/** Forgets what was built, to build it again. */
export function forgetMaps(): void {
  known.clear();
}

/** A place in memory: a write is seen when it is whole, as every place promises. */
export function memoryPlace(): Place & { files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  const entryOf = (key: string): PlaceEntry | undefined => {
    const bytes = files.get(key);
    return bytes && { key, sizeBytes: bytes.byteLength, etag: sha256(bytes), modifiedMs: 0 };
  };
  const write: Place["write"] = async (key, content) => {
    const parts: Uint8Array[] = [];
    if (typeof content === "string" || content instanceof Uint8Array) parts.push(Buffer.from(content));
    else for await (const part of content) parts.push(part);
    files.set(key, Buffer.concat(parts));
    return entryOf(key)!;
  };
  const read: Place["read"] = async (key, { start = 0, end } = {}) => {
    const bytes = files.get(key);
    if (bytes === undefined) throw new MissingFileError(key, "memory");
    return bytes.subarray(start, end);
  };
  return {
    uri: "memory",
    files,
    async *list(prefix = "") {
      for (const key of [...files.keys()].sort()) if (key.startsWith(prefix)) yield entryOf(key)!;
    },
    stat: async (key) => entryOf(key),
    read,
    async *stream(key, range) {
      yield await read(key, range);
    },
    write,
    replace: async (key, content, expected) => (entryOf(key)?.etag === expected ? write(key, content) : undefined),
    remove: async (key) => {
      files.delete(key);
    },
  };
}

/** Every byte of a prepared map in one digest. */
export function digestOfPrepared(groups: readonly { prepared: PreparedGroup }[]): string {
  return sha256(
    groups.flatMap(({ prepared }) => [...prepared.content].map(([key, bytes]) => key + sha256(bytes))).join(),
  );
}
