import { type ObjectStore, readParquet, writeParquet } from "@artesian/data";
import {
  type FeatureDrop,
  type FeatureOperation,
  featureSelect,
  guessDesign,
  NORMALIZE_METHODS,
  normalize,
  type Profiles,
  profilesFromTable,
  profilesOf,
  profilesToTable,
  selectWells,
  summariseProfiles,
} from "@artesian/profiling";

import { z } from "zod";
import { getJson, putJson } from "./vectors.ts";

/**
 * The steps that every profile goes through, whether its wells were measured here or by CellProfiler: normalise, select features,
 * summarise. Each reads a table and leaves a table; the record carries pointers.
 */

const normalizeSettings = z.object({
  method: z.enum(NORMALIZE_METHODS),
  /** Queries, best first: the first that finds enough wells is used. */
  samples: z.array(z.string()).min(1),
  minimumSamples: z.int().min(2).default(3),
  epsilon: z.number().min(0).optional(),
});

const selectSettings = z.object({
  operations: z.array(z.looseObject({ operation: z.string() })),
  /** Wells that the thresholds are computed on. */
  samples: z.string().default("all"),
});

/** Settings of a step: the node's parameters, over which an experiment's own recipe goes. */
const designOf = z.object({
  design: z
    .object({
      recipe: z
        .object({
          normalize: z.record(z.string(), z.json()).optional(),
          select: z.record(z.string(), z.json()).optional(),
        })
        .nullish(),
    })
    .nullish(),
});
const recipeOf = (input: unknown) => designOf.parse(input).design?.recipe;

const normalizedBy = z.object({ method: z.string(), samples: z.string(), wells: z.number() });

/** A column that is measured, not known. */
export const isFeature = (name: string): boolean => /^(?:Cells|Cytoplasm|Nuclei|Embedding)_/.test(name);

/** @throws MissingObjectError (data/missing-object) */
export async function getProfiles(objects: ObjectStore, uri: string): Promise<Profiles> {
  return profilesFromTable(await readParquet(await objects.get(uri)), isFeature);
}

export async function putProfiles(objects: ObjectStore, profiles: Profiles): Promise<string> {
  return (await objects.put(writeParquet(profilesToTable(profiles)))).uri;
}

/** Each feature in units of the controls' spread; without enough controls, of all wells; with hardly a well, as measured. */
export async function normalizeProfiles(input: unknown, objects: ObjectStore, parameters: unknown) {
  const { rawProfiles } = z.object({ rawProfiles: z.string() }).parse(input);
  const settings = normalizeSettings.parse({ ...record(parameters), ...recipeOf(input)?.normalize });
  const raw = await getProfiles(objects, rawProfiles);
  const samples = [...settings.samples, "all"].find((query) => countWells(raw, query) >= settings.minimumSamples);
  if (samples === undefined) return { profiles: await putProfiles(objects, raw), normalizedBy: null };
  const { profiles } = normalize(raw, {
    method: settings.method,
    samples,
    minimumSamples: settings.minimumSamples,
    infinite: "missing",
    ...(settings.epsilon === undefined ? {} : { epsilon: settings.epsilon }),
  });
  return {
    profiles: await putProfiles(objects, profiles),
    normalizedBy: { method: settings.method, samples, wells: countWells(raw, samples) },
  };
}

/** A query about a column that the sheet never named finds nobody. */
function countWells(profiles: Profiles, query: string): number {
  try {
    return selectWells(profiles, query).length;
  } catch (error) {
    if ((error as { code?: unknown }).code === "profiling/unknown-column") return 0;
    throw error;
  }
}

/** Leaves out features that say nothing or say it twice, and keeps each reason. */
export async function selectFeatures(input: unknown, objects: ObjectStore, parameters: unknown) {
  const { profiles: uri } = z.object({ profiles: z.string() }).parse(input);
  return selectOf(await getProfiles(objects, uri), input, objects, parameters);
}

async function selectOf(profiles: Profiles, input: unknown, objects: ObjectStore, parameters: unknown) {
  const settings = selectSettings.parse({ ...record(parameters), ...recipeOf(input)?.select });
  const { profiles: selected, dropped } = featureSelect(profiles, settings.operations as FeatureOperation[], {
    samples: settings.samples,
  });
  return {
    selectedProfiles: await putProfiles(objects, selected),
    drops: await putJson(objects, dropped),
    features: { measured: profiles.features.length, kept: selected.features.length },
  };
}

/** What the profiles page shows of a plate or a batch. */
export async function summariseSelected(input: unknown, objects: ObjectStore) {
  const { selectedProfiles, drops, features } = z
    .object({ selectedProfiles: z.string(), drops: z.string(), features: z.object({ measured: z.number() }) })
    .parse(input);
  const selected = await getProfiles(objects, selectedProfiles);
  const reasons = (await getJson(objects, drops)) as FeatureDrop[];
  const design = guessDesign(selected);
  const { doseUnit } = z.object({ doseUnit: z.string().optional() }).parse(record(record(input).design));
  const summary = summariseProfiles(selected, features.measured, reasons, {
    ...design,
    ...(doseUnit === undefined ? {} : { doseUnit }),
  });
  const { same, other } = summary.replicates;
  return { profileSummary: await putJson(objects, { ...summary, design }), replicates: { same, other } };
}

/** All plates of an experiment as one table of the features that every plate has: selected and summarised together. */
export async function profileBatch(input: unknown, objects: ObjectStore, parameters: unknown) {
  const { plates } = z
    .object({ plates: z.array(z.object({ profiles: z.string(), normalizedBy: normalizedBy.nullish() })) })
    .parse(input);
  const parts = await Promise.all(plates.map(({ profiles }) => getProfiles(objects, profiles)));
  const together = concatenate(parts);
  const selected = await selectOf(together, input, objects, parameters);
  const summary = await summariseSelected({ ...record(input), ...selected }, objects);
  return {
    batchProfiles: await putProfiles(objects, together),
    normalizedBy: commonNormalization(plates.map((plate) => plate.normalizedBy ?? null)),
    ...selected,
    ...summary,
  };
}

/** How all plates were normalised, each by its own wells; null when they differ. */
function commonNormalization(
  plates: readonly (z.infer<typeof normalizedBy> | null)[],
): z.infer<typeof normalizedBy> | null {
  const [first] = plates;
  if (first === undefined || first === null) return null;
  const alike = plates.every((one) => one?.method === first.method && one.samples === first.samples);
  return alike ? { ...first, wells: plates.reduce((sum, one) => sum + (one?.wells ?? 0), 0) } : null;
}

/** Wells of all plates below each other, with the features that every plate has. */
export function concatenate(parts: readonly Profiles[]): Profiles {
  const others = parts.map((part) => new Set(part.features));
  const features = (parts[0]?.features ?? []).filter((name) => others.every((has) => has.has(name)));
  const rows = parts.reduce((sum, part) => sum + part.rowCount, 0);
  const values = new Float64Array(rows * features.length);
  const names = [...new Set(parts.flatMap((part) => Object.keys(part.metadata)))];
  let row = 0;
  for (const part of parts) {
    const index = new Map(part.features.map((name, j) => [name, j]));
    const from = features.map((name) => index.get(name) ?? 0);
    for (let i = 0; i < part.rowCount; i++, row++)
      for (let j = 0; j < from.length; j++)
        values[row * features.length + j] = part.values[i * part.features.length + from[j]!]!;
  }
  const metadata = Object.fromEntries(
    names.map((name) => [
      name,
      parts.flatMap((part) => part.metadata[name] ?? Array.from({ length: part.rowCount }, () => null)),
    ]),
  );
  return profilesOf(metadata, features, values);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
