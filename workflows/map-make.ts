import { digestOf, openPlace } from "@artesian/data";
import { buildMap, openCatalog, type Published, publishGroups, unitFiles } from "@artesian/maps";
import { MapBuildFolderError } from "./errors.ts";
import type { MapConfig } from "./map-config.ts";
import { type InputFile, inputFiles, readFacts, readUnits } from "./map-inputs.ts";
import { droppedBy, type MadeGroup, type Progress, prepareGroups } from "./map-prepare.ts";
import { type BuildStep, buildStages, type StagesOptions } from "./map-stages.ts";
import { type BuildRecord, buildRecordIn, readBuild, unchangedBuild, writeBuild } from "./map-staging.ts";
import { bytesOf, type LayerBytes, type Standing, standingOf } from "./map-standing.ts";

type Environment = Record<string, string | undefined>;

/** A group as it was made, and how it stands against what is published. */
export interface GroupSummary extends Standing, Pick<MadeGroup["prepared"]["manifest"], "benchmark" | "proximityBias"> {
  id: string;
  version: string;
  isDefault: boolean;
  rows: number;
  dims: number;
  bytes: LayerBytes;
}

/** What a build read, left out and made. */
export interface BuildSummary {
  inputs: { uri: string; sha256: string }[];
  units: { read: number; unnamed: number; kept: number; dropped: Record<string, number> };
  features: { used: number; dropped: string[]; partialFeatures: number };
  groups: GroupSummary[];
  /** Current groups of the store that this build does not make; publishing leaves them as they are. */
  others: string[];
  steps: readonly BuildStep[];
}

/** What a build depends on, as it is now. */
export interface MapPlan {
  files: InputFile[];
  known: Awaited<ReturnType<typeof readFacts>>;
  inputs: { uri: string; sha256: string }[];
  /** Of code version, configuration and inputs: an equal key is an equal build. */
  key: string;
}

export interface MakeOptions {
  env: Environment;
  /** Version of the code that builds. */
  codeVersion: string;
  dryRun?: boolean;
  /** Build although nothing changed, from the beginning. */
  force?: boolean;
  /** What `planMap` said just now; default: it is asked. */
  plan?: MapPlan;
  /** Told of the build's steps. */
  onStep?: NonNullable<StagesOptions["onStep"]>;
  /** ms since 1970. */
  now?: () => number;
}

/** Looks at what a configuration names. @throws MapInputError (workflows/map-input) for inputs that are not there */
export async function planMap(
  config: MapConfig,
  { env, codeVersion }: Pick<MakeOptions, "env" | "codeVersion">,
  signal?: AbortSignal,
): Promise<MapPlan> {
  const files = await inputFiles(config, env, signal);
  const known = await readFacts(config, env, signal);
  const inputs = [...files.map(({ uri, sha256 }) => ({ uri, sha256 })), ...known.files];
  return { files, known, inputs, key: digestOf({ version: codeVersion, config: settingsOf(config), inputs }) };
}

/** Settings that decide what a build makes; where it lies, when it is built and how long runs are kept does not. */
function settingsOf(config: MapConfig): Record<string, unknown> {
  return { ...config, store: null, build: null, schedule: null, history: null };
}

/** Digest of the settings that decide what a build makes. */
export function configDigest(config: MapConfig): string {
  return digestOf(settingsOf(config));
}

/**
 * From profiles to group versions in the build's folder; with `dryRun` nothing is written. A build that was cut off goes on after the steps
 * that it had finished.
 * @returns the record of the build that is there already, when nothing changed since and `force` is not set
 * @throws MapInputError (workflows/map-input) for inputs that are not there
 */
export async function makeMap(
  config: MapConfig,
  options: MakeOptions,
  call: Progress,
): Promise<{ unchanged: BuildRecord } | { made: BuildSummary }> {
  const { env, dryRun = false, force = false, onStep, now = Date.now } = options;
  const created = new Date(now()).toISOString();
  const [folder, store] = [openPlace(config.build, env), openPlace(config.store, env)];
  const { files, known, inputs, key } = options.plan ?? (await planMap(config, options, call.signal));
  const before = dryRun || force ? undefined : await unchangedBuild(folder, key);
  if (before !== undefined) return { unchanged: before };
  const signal = call.signal === undefined ? {} : { signal: call.signal };
  const stages = buildStages({ folder: dryRun ? undefined : folder, key, now, ...signal, ...(onStep && { onStep }) });
  if (force) await stages.clear();
  const aligned = await stages.keep("aligned units", async () => {
    const { units, ...counts } = await readUnits(files, config, (done) =>
      call.progress("read inputs", done, files.length),
    );
    const built = buildMap(units, config.recipe, known.facts, call);
    const read = { ...counts, units: units.units.length, features: units.features.length };
    return { built, read, files: unitFiles(built, units) };
  });
  const { built, read } = aligned;
  const { names, relations, clusters } = known;
  const ready = { built, unitFiles: aligned.files, inputs, names, relations, clusters, created };
  const made = await prepareGroups(config, ready, stages, call);
  if (!dryRun) {
    await writeBuild(folder, { key, map: config.map }, made, call);
    await stages.clear();
  }
  const { catalog } = await openCatalog(store, signal);
  const groups: GroupSummary[] = [];
  for (const one of made) {
    const { id, version, rows, dims, benchmark, proximityBias } = one.prepared.manifest;
    const bytes = await bytesOf(store, one.prepared);
    const standing = await standingOf(store, catalog, one, config);
    groups.push({ id, version, isDefault: one.isDefault, rows, dims, bytes, benchmark, proximityBias, ...standing });
  }
  return {
    made: {
      inputs,
      units: { read: read.units, unnamed: read.unnamed, kept: built.units.units.length, dropped: droppedBy(built) },
      features: {
        used: read.features - built.droppedFeatures.length,
        dropped: built.droppedFeatures,
        partialFeatures: read.partialFeatures,
      },
      groups,
      others: catalog.groups
        .filter(({ id }) => !groups.some((group) => group.id === id))
        .map(({ id, current }) => `${id}@${current}`),
      steps: stages.steps,
    },
  };
}

/**
 * Publishes what `makeMap` left in the build's folder.
 * @param publication names this call in the catalogue, other than every other call
 * @throws MapBuildFolderError (workflows/map-build-folder) without a build; what `publishGroups` throws
 */
export async function publishMade(
  config: MapConfig,
  { env, publication, force = false }: Pick<MakeOptions, "env" | "force"> & { publication: string },
  call: Progress,
): Promise<Published> {
  const folder = openPlace(config.build, env);
  const record = await buildRecordIn(folder);
  if (record?.map !== config.map)
    throw new MapBuildFolderError(
      config.build,
      `there is no build of ${config.map}. Build it first: artesian map build --config FILE`,
    );
  const groups = await readBuild(folder, record);
  return publishGroups(openPlace(config.store, env), groups, { gate: config.gate, force, publication }, call);
}
