import { randomUUID } from "node:crypto";
import { digestOf, openPlace } from "@artesian/data";
import { buildMap, openCatalog, type Published, publishGroups } from "@artesian/maps";
import { UsageError } from "./exit.ts";
import type { MapConfig } from "./map-config.ts";
import { inputFiles, readFacts, readUnits } from "./map-inputs.ts";
import { droppedBy, type MadeGroup, type Progress, prepareGroups } from "./map-prepare.ts";
import { type BuildRecord, buildRecordIn, readBuild, unchangedBuild, writeBuild } from "./map-staging.ts";
import { bytesOf, type LayerBytes, type Standing, standingOf } from "./map-standing.ts";
import { version } from "./version.ts";

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
}

/**
 * From profiles to group versions in the build's folder; with `dryRun` nothing is written.
 * @returns the record of the build that is there already, when nothing changed since and `force` is not set
 * @throws UsageError for inputs that are not there
 */
export async function makeMap(
  config: MapConfig,
  { env, dryRun = false, force = false, now = Date.now }: MakeOptions,
  call: Progress,
): Promise<{ unchanged: BuildRecord } | { made: BuildSummary }> {
  const created = new Date(now()).toISOString();
  const [folder, store] = [openPlace(config.build, env), openPlace(config.store, env)];
  const files = await inputFiles(config, env);
  const known = await readFacts(config, env);
  const inputs = [...files.map(({ uri, sha256 }) => ({ uri, sha256 })), ...known.files];
  const key = digestOf({ version, config: { ...config, store: null, build: null }, inputs });
  const before = dryRun || force ? undefined : await unchangedBuild(folder, key);
  if (before !== undefined) return { unchanged: before };
  const { units, partialFeatures, unnamed } = await readUnits(files, config, (done) =>
    call.progress("read inputs", done, files.length),
  );
  const built = buildMap(units, config.recipe, known.facts, call);
  const { relations, clusters } = known;
  const made = prepareGroups(config, { built, units, inputs, relations, clusters, created }, call);
  if (!dryRun) await writeBuild(folder, { key, map: config.map }, made, call);
  const { catalog } = await openCatalog(store);
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
      units: { read: units.units.length, unnamed, kept: built.units.units.length, dropped: droppedBy(built) },
      features: {
        used: units.features.length - built.droppedFeatures.length,
        dropped: built.droppedFeatures,
        partialFeatures,
      },
      groups,
      others: catalog.groups
        .filter(({ id }) => !groups.some((group) => group.id === id))
        .map(({ id, current }) => `${id}@${current}`),
    },
  };
}

export interface MakeOptions {
  env: Environment;
  dryRun?: boolean;
  /** Build although nothing changed. */
  force?: boolean;
  /** ms since 1970. */
  now?: () => number;
}

/**
 * Publishes what `makeMap` left in the build's folder.
 * @throws UsageError without a build; what `publishGroups` throws
 */
export async function publishMade(
  config: MapConfig,
  { env, force = false }: Pick<MakeOptions, "env" | "force">,
  call: Progress,
): Promise<Published> {
  const folder = openPlace(config.build, env);
  const record = await buildRecordIn(folder);
  if (record?.map !== config.map)
    throw new UsageError(
      `${config.build}: there is no build of ${config.map}. Build it first: artesian map build --config FILE`,
    );
  const groups = await readBuild(folder, record);
  const options = { gate: config.gate, force, publication: randomUUID() };
  return publishGroups(openPlace(config.store, env), groups, options, call);
}
