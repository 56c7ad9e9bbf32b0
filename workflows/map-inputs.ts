import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Column,
  columnOf,
  decompressed,
  digestOf,
  folderStore,
  locate,
  type Place,
  readCsv,
  readParquet,
  sha256,
  type Table,
} from "@artesian/data";
import {
  type Arms,
  armsOfLocations,
  armsOfMapLocations,
  centromereMidpoints,
  type GeneFacts,
  type GeneSet,
  type MapUnit,
  type MapUnits,
  mapUnits,
  type NamesByPerturbation,
  parseGmt,
  type RelationSet,
  readPerturbationNames,
  readRelations,
  takeUnits,
  zFpkmOf,
} from "@artesian/maps";
import type { MetadataCell, Profiles } from "@artesian/profiling/profiles.ts";
import { profilesOfTable, readProfiles } from "@artesian/profiling/read-profiles.ts";
import { namesOfPerturbations, openReader, profilesOfExperiment } from "@artesian/store";
import { MapInputError } from "./errors.ts";
import type { MapConfig } from "./map-config.ts";

/** Symbol of a unit without perturbation. */
const UNNAMED = "untreated";

type Environment = Record<string, string | undefined>;

/** One file of profiles, with what names its content. */
export interface InputFile {
  uri: string;
  sha256: string;
  experiment: string | undefined;
  read(): Promise<Profiles>;
}

/**
 * The files that a configuration's inputs name, in order, with digests: profiles by path or pattern ("plates/*.parquet"), or
 * the raw profiles of experiments in a data folder.
 * @throws MapInputError (workflows/map-input) for a file, pattern, folder or experiment that is not there
 */
export async function inputFiles(config: MapConfig, env: Environment, signal?: AbortSignal): Promise<InputFile[]> {
  const call = signal === undefined ? {} : { signal };
  const isFeature = featureTest(config);
  const files: InputFile[] = [];
  for (const input of config.inputs) {
    if ("data" in input) {
      files.push(...(await dataFolderFiles(input.data, input.experiment, isFeature)));
      continue;
    }
    const { place, keys } = await matching(input.profiles, env, call);
    for (const key of keys)
      files.push({
        uri: `${place.uri.replace(/\/$/, "")}/${key}`,
        sha256: await contentDigest(place, key, call),
        experiment: input.experiment,
        read: () => readProfiles(place, key, { isFeature, cacheDir: join(tmpdir(), "artesian-map-inputs"), ...call }),
      });
  }
  return files;
}

/** A place and the keys in it that fit a path, of which the last part may have stars. */
async function matching(
  path: string,
  env: Environment,
  call: { signal?: AbortSignal },
): Promise<{ place: Place; keys: string[] }> {
  const { place, key } = locate(path, env);
  if (!key.includes("*")) {
    if (!isFolder(key) && (await place.stat(key, call)) === undefined)
      throw new MapInputError(path, `there is no such file.`);
    return { place, keys: [key] };
  }
  const pattern = new RegExp(`^${key.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*")}$`);
  const found = new Set<string>();
  for await (const entry of place.list(key.slice(0, key.indexOf("*")), call)) {
    const name = isFolder(key) ? entry.key.replace(/(?<=\.zarr)\/.*$/, "") : entry.key;
    if (pattern.test(name)) found.add(name);
  }
  const keys = [...found];
  if (keys.length === 0) throw new MapInputError(path, `no file fits. Only the last part of a path may have stars.`);
  return { place, keys };
}

/** Profiles that are a folder of files. */
function isFolder(key: string): boolean {
  return key.endsWith(".zarr");
}

/** SHA-256 of a file, or of the names and digests of all files in a folder. */
async function contentDigest(place: Place, key: string, call: { signal?: AbortSignal }): Promise<string> {
  if (!isFolder(key)) return sha256(await place.read(key, call));
  const parts: [name: string, digest: string][] = [];
  for await (const entry of place.list(`${key}/`, call))
    parts.push([entry.key.slice(key.length), sha256(await place.read(entry.key, call))]);
  if (parts.length === 0) throw new MapInputError(`${place.uri}/${key}`, `there is no such folder.`);
  return digestOf(parts);
}

async function dataFolderFiles(
  dir: string,
  only: string | undefined,
  isFeature: (name: string) => boolean,
): Promise<InputFile[]> {
  const path = join(dir, "store.db");
  if (!existsSync(path))
    throw new MapInputError(dir, `there is no data folder (no store.db). Name what a run or watch made.`);
  const reader = openReader(path);
  const objects = folderStore(join(dir, "objects"));
  try {
    const rows = await reader.db.selectFrom("experiment").select("id").orderBy("id").execute();
    const ids = rows.map((row) => row.id).filter((id) => only === undefined || id === only);
    const files: InputFile[] = [];
    for (const experiment of ids)
      for (const { plate, rawUri } of await profilesOfExperiment(reader.db, experiment)) {
        if (plate === null || rawUri === null) continue;
        files.push({
          uri: `${dir}: ${experiment}, plate ${plate}`,
          sha256: rawUri.replace("sha256:", ""),
          experiment,
          read: async () => profilesOfTable(await readParquet(await objects.get(rawUri)), `plate ${plate}`, isFeature),
        });
      }
    if (files.length === 0)
      throw new MapInputError(
        dir,
        `there are no plate profiles${only === undefined ? "" : ` of experiment ${only}`}; experiments: ${rows.map((row) => row.id).join(", ") || "none"}.`,
      );
    return files;
  } finally {
    await reader.close();
  }
}

/** Names that metadata sheets gave the perturbations of a data folder. */
async function dataFolderNames(dir: string): Promise<NamesByPerturbation> {
  const reader = openReader(join(dir, "store.db"));
  try {
    return await namesOfPerturbations(reader.db);
  } finally {
    await reader.close();
  }
}

function featureTest({ features }: MapConfig): (name: string) => boolean {
  if (features === "infer") return (name) => /^(?:Cells|Cytoplasm|Nuclei)/.test(name);
  if ("prefix" in features) return (name) => name.startsWith(features.prefix);
  const names = new Set(features.names);
  return (name) => names.has(name);
}

/**
 * Units of all files, with the features that every file has.
 * @throws MapInputError (workflows/map-input) for a column that is not there, or without controls
 */
export async function readUnits(
  files: readonly InputFile[],
  config: MapConfig,
  progress: (done: number) => void,
): Promise<{ units: MapUnits; partialFeatures: number; unnamed: number }> {
  const parts: { file: InputFile; profiles: Profiles }[] = [];
  for (const file of files) {
    parts.push({ file, profiles: await file.read() });
    progress(parts.length);
  }
  const counts = new Map<string, number>();
  for (const { profiles } of parts) for (const name of profiles.features) counts.set(name, (counts.get(name) ?? 0) + 1);
  const features = [...counts].filter(([, count]) => count === parts.length).map(([name]) => name);
  if (features.length === 0)
    throw new MapInputError("inputs", `no feature is in every file. "features" says which columns are features.`);
  const rows = parts.reduce((sum, { profiles }) => sum + profiles.rowCount, 0);
  const values = new Float64Array(rows * features.length);
  const units: MapUnit[] = [];
  for (const { file, profiles } of parts) {
    const at = features.map((name) => profiles.features.indexOf(name));
    const width = profiles.features.length;
    for (let i = 0; i < profiles.rowCount; i++)
      for (let j = 0; j < at.length; j++)
        values[(units.length + i) * features.length + j] = profiles.values[i * width + at[j]!]!;
    units.push(...unitsOf(file, profiles, config));
  }
  if (config.recipe.align.kind !== "none" && !units.some(({ control }) => control))
    throw new MapInputError(
      "controls",
      `no unit has ${config.controls.column} ${config.controls.values.join(" or ")}.`,
    );
  // What nobody treated, and is no control either, says nothing.
  const told = units.flatMap(({ control, symbol }, i) => (control || symbol !== UNNAMED ? [i] : []));
  return {
    units: takeUnits(mapUnits(units, features, values), told),
    partialFeatures: counts.size - features.length,
    unnamed: units.length - told.length,
  };
}

function unitsOf(file: InputFile, profiles: Profiles, config: MapConfig): MapUnit[] {
  const { columns, controls } = config;
  const cells = (setting: string, name: string): MetadataCell[] => {
    const found = profiles.metadata[name];
    if (found === undefined)
      throw new MapInputError(
        file.uri,
        `${setting}: there is no column ${name}; there are ${Object.keys(profiles.metadata).join(", ")}.`,
      );
    return found;
  };
  const optional = (setting: string, name: string | undefined): MetadataCell[] | undefined =>
    name === undefined ? undefined : cells(setting, name);
  const names = cells("columns.perturbation", columns.perturbation);
  const batches = cells("columns.batch", columns.batch);
  const wells = cells("columns.well", columns.well);
  const marks = cells("controls.column", controls.column);
  const types = optional("columns.type", columns.type);
  const doses = optional("columns.concentration", columns.concentration);
  const experiments = optional("columns.experiment", columns.experiment);
  const objects = optional("columns.objects", columns.objects);
  const flags = optional("columns.flags", columns.flags);
  const intensities = columns.intensities.map((name) => cells("columns.intensities", name));
  return Array.from({ length: profiles.rowCount }, (_, i): MapUnit => {
    const control = controls.values.includes(String(marks[i] ?? ""));
    const symbol = names[i] === null || names[i] === undefined ? UNNAMED : String(names[i]);
    const type = types === undefined ? config.type : typeOf(types[i] ?? null);
    return {
      id: `${batches[i]} ${wells[i]}`,
      perturbation: `${type}:${symbol}`,
      type,
      symbol,
      concentration: numberOf(doses?.[i]),
      batch: String(batches[i] ?? ""),
      experiment: file.experiment ?? String(experiments?.[i] ?? "all"),
      control,
      objects: numberOf(objects?.[i]),
      flags: String(flags?.[i] ?? "")
        .split(/[;|]/)
        .map((flag) => flag.trim())
        .filter((flag) => flag !== ""),
      intensities: intensities.map((column) => numberOf(column[i]) ?? Number.NaN),
    };
  });
}

function typeOf(cell: MetadataCell): MapUnit["type"] {
  return cell === "gene" || cell === "compound" ? cell : "other";
}

function numberOf(cell: MetadataCell | undefined): number | null {
  const value = cell === null || cell === undefined || cell === "" ? Number.NaN : Number(cell);
  return Number.isNaN(value) ? null : value;
}

/** What a configuration says of genes, names and known relations, with digests of the files. @throws MapInputError (workflows/map-input) */
export async function readFacts(
  { genes, names, inputs, relations, clusters }: MapConfig,
  env: Environment,
  signal?: AbortSignal,
): Promise<{
  facts: GeneFacts;
  names: NamesByPerturbation[];
  relations: RelationSet[];
  clusters: { source: string; sets: GeneSet[] }[];
  files: { uri: string; sha256: string }[];
}> {
  const files: { uri: string; sha256: string }[] = [];
  const textOf = async (path: string): Promise<string> => {
    const { place, key } = locate(path, env);
    const call = signal === undefined ? {} : { signal };
    if ((await place.stat(key, call)) === undefined) throw new MapInputError(path, `there is no such file.`);
    const bytes = await place.read(key, call);
    files.push({ uri: path, sha256: sha256(bytes) });
    const parts: Uint8Array[] = [];
    for await (const part of decompressed(place.stream(key, call), { name: path })) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  let arms: Arms | undefined;
  if (genes.mapLocations !== undefined) arms = armsOfMapLocations(await textOf(genes.mapLocations), genes.mapLocations);
  else if (genes.locations !== undefined && genes.centromeres !== undefined) {
    const midpoints = centromereMidpoints(await textOf(genes.centromeres), genes.centromeres);
    const table = readCsv(await textOf(genes.locations), { source: genes.locations, text: ["symbol", "chromosome"] });
    const [symbols, chromosomes, ends] = ["symbol", "chromosome", "end"].map((name) =>
      column(table, name, genes.locations!),
    );
    arms = armsOfLocations(
      Array.from({ length: table.rowCount }, (_, row) => ({
        symbol: String(symbols!.values[row]),
        chromosome: String(chromosomes!.values[row]),
        end: Number(ends!.values[row]),
      })),
      midpoints,
    );
  }
  let zFpkm: Map<string, number> | undefined;
  if (genes.expression !== undefined) {
    const { file, symbol, level, zFpkm: named = "zfpkm" } = genes.expression;
    const table = readCsv(await textOf(file), { source: file, text: [symbol] });
    const [symbols, values] = [column(table, symbol, file), column(table, level ?? named, file)];
    const found = new Map<string, number>();
    for (let row = 0; row < table.rowCount; row++) {
      const [name, value] = [String(symbols.values[row]), values.kind === "number" ? values.values[row]! : Number.NaN];
      // Of genes that share a symbol the one that is expressed most.
      if (!Number.isNaN(value)) found.set(name, Math.max(value, found.get(name) ?? Number.NEGATIVE_INFINITY));
    }
    zFpkm = level === undefined ? found : zFpkmOf(found, `${file}: ${level}`).zFpkm;
  }
  const named: NamesByPerturbation[] = [];
  for (const dir of new Set(inputs.flatMap((input) => ("data" in input ? [input.data] : [])))) {
    const own = await dataFolderNames(dir);
    if (own.size === 0) continue;
    named.push(own);
    files.push({ uri: `${dir}: names of perturbations`, sha256: digestOf([...own]) });
  }
  for (const path of names) named.push(readPerturbationNames(await textOf(path), path));
  const sets: RelationSet[] = [];
  for (const [name, path] of Object.entries(relations)) sets.push(readRelations(await textOf(path), name));
  const known: { source: string; sets: GeneSet[] }[] = [];
  for (const [source, path] of Object.entries(clusters))
    known.push({ source, sets: parseGmt(await textOf(path), path) });
  const facts = { ...(arms && { arms }), ...(zFpkm && { zFpkm }) };
  return { facts, names: named, relations: sets, clusters: known, files };
}

function column(table: Table, name: string, file: string): Column {
  const found = columnOf(table, name);
  if (found === undefined)
    throw new MapInputError(
      file,
      `there is no column ${name}; there are ${table.columns.map((one) => one.name).join(", ")}.`,
    );
  return found;
}
