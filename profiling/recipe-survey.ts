import type { Place } from "@artesian/data";
import {
  analysisPrefix,
  backendKey,
  barcodePlatemapKey,
  externalMetadataKey,
  type FeatureSelectLevel,
  loadDataKeys,
  platemapKey,
  profileKeys,
  profilesPrefix,
  recordKey,
} from "./layout.ts";
import { meant } from "./nearest-name.ts";
import { platemapOf, readBarcodePlatemap } from "./platemap.ts";
import type { RecipeConfig } from "./recipe-config.ts";
import { MissingInputError, PlateMetadataError } from "./recipe-errors.ts";
import { readTextFile } from "./recipe-files.ts";
import { readRecord } from "./recipe-record.ts";
import type { RecipePlaces } from "./recipe-step.ts";

/** What is there of one plate. */
export interface PlateSurvey {
  /** Its aggregated profiles exist. */
  profiles: boolean;
  /** They were collated or taken over because the recipe does not aggregate, so that they follow their source. */
  profilesTakenOver: boolean;
  backend: ("sqlite" | "csv" | "parquet")[];
  /** Prefix of CellProfiler's CSVs, null when there are none. */
  analysis: string | null;
  loadData: { place: "project" | "workspace"; key: string } | null;
  /** Levels of feature selection to negative controls that exist. */
  selectedNegcon: FeatureSelectLevel[];
  platemap: { name?: string; problem?: Error };
  externalProblem?: Error;
  /** Says that nothing is there to aggregate. */
  sourceProblem(plate: string): Error;
}

/** What a project holds for a recipe. */
export interface RecipeSurvey {
  /** By `BATCH/PLATE`. */
  plates: Record<string, PlateSurvey>;
  notes: string[];
}

/**
 * Looks what a project holds: profiles, backends, CellProfiler's output, plate maps. Reads nothing large. What is wrong with one plate
 * is kept with that plate, so that the others can go on.
 */
export async function surveyRecipe(
  config: RecipeConfig,
  places: RecipePlaces,
  call: { signal?: AbortSignal } = {},
): Promise<RecipeSurvey> {
  const annotates = config.annotate?.perform === true;
  const external = annotates ? await externalProblem(config, places.project, call) : undefined;
  const plates: Record<string, PlateSurvey> = {};
  for (const { batch, plates: names } of config.batches) {
    const platemaps = annotates ? await platemapsOf(batch, names, places.project, call) : new Map();
    const surveyed = await Promise.all(names.map((plate) => surveyPlate(config, batch, plate, places, call)));
    names.forEach((plate, index) => {
      plates[`${batch}/${plate}`] = {
        ...surveyed[index]!,
        platemap: platemaps.get(plate) ?? {},
        ...(external === undefined ? {} : { externalProblem: external }),
      };
    });
  }
  return { plates, notes: [] };
}

async function surveyPlate(
  config: RecipeConfig,
  batch: string,
  plate: string,
  { project, workspace }: RecipePlaces,
  call: { signal?: AbortSignal },
): Promise<PlateSurvey> {
  const there = async (place: Place, key: string): Promise<boolean> => (await place.stat(key, call)) !== undefined;
  const keys = profileKeys(config.outputDir, batch, plate);
  const extensions = ["sqlite", "csv", "parquet"] as const;
  const levels = ["all", "batch", "plate"] as const;
  const nested = analysisPrefix(batch, plate);
  const flat = nested.replace(/analysis\/$/, "");
  const [profiles, made, backend, selected, loadData, analysis] = await Promise.all([
    there(project, keys.aggregated),
    readRecord(project, recordKey(profilesPrefix(config.outputDir, batch, plate), "aggregate"), call),
    Promise.all(extensions.map((extension) => there(workspace, backendKey(batch, plate, extension)))),
    config.qualityControl?.heatmap
      ? Promise.all(levels.map((level) => there(project, keys.selected("negcon", level))))
      : Promise.resolve([]),
    config.qualityControl?.summary
      ? firstThere(
          (["project", "workspace"] as const).flatMap((place) =>
            loadDataKeys(batch, plate).map((key) => ({ place, key })),
          ),
          ({ place, key }) => there(place === "project" ? project : workspace, key),
        )
      : Promise.resolve(null),
    holdsAny(workspace, nested, call).then(async (some) =>
      some ? nested : (await holdsAny(workspace, flat, call)) ? flat : null,
    ),
  ]);
  return {
    profiles,
    profilesTakenOver: made !== undefined && "takenOver" in made.parameters && made.parameters.takenOver,
    backend: extensions.filter((_, index) => backend[index]),
    analysis,
    loadData,
    selectedNegcon: levels.filter((_, index) => selected[index]),
    platemap: {},
    sourceProblem: (name) =>
      new MissingInputError(
        name,
        [
          `${project.uri}/${keys.aggregated}`,
          ...extensions.map((extension) => `${workspace.uri}/${backendKey(batch, plate, extension)}`),
          `${workspace.uri}/${nested}`,
        ],
        "Check batch and plate names in the configuration, and give --workspace when CellProfiler's output or the backends are elsewhere.",
      ),
  };
}

async function firstThere<T>(candidates: readonly T[], there: (candidate: T) => Promise<boolean>): Promise<T | null> {
  for (const candidate of candidates) if (await there(candidate)) return candidate;
  return null;
}

async function holdsAny(place: Place, prefix: string, call: { signal?: AbortSignal }): Promise<boolean> {
  for await (const _ of place.list(prefix, call)) return true;
  return false;
}

async function externalProblem(
  config: RecipeConfig,
  project: Place,
  call: { signal?: AbortSignal },
): Promise<Error | undefined> {
  const file = config.annotate?.external?.file;
  if (file === undefined) return undefined;
  const key = externalMetadataKey(file);
  if ((await project.stat(key, call)) !== undefined) return undefined;
  const others: string[] = [];
  for await (const entry of project.list(externalMetadataKey(""), call))
    others.push(entry.key.slice(externalMetadataKey("").length));
  return new PlateMetadataError(
    `${project.uri}/${key}`,
    undefined,
    `the external metadata is not there.${others.length === 0 ? ` The folder ${externalMetadataKey("")} is empty or missing.` : meant(file, others)}`,
  );
}

/** Plate maps of a batch's plates, or what is wrong with each. */
async function platemapsOf(
  batch: string,
  plates: readonly string[],
  project: Place,
  call: { signal?: AbortSignal },
): Promise<Map<string, PlateSurvey["platemap"]>> {
  const key = barcodePlatemapKey(batch);
  const everyPlate = (problem: Error): Map<string, PlateSurvey["platemap"]> =>
    new Map(plates.map((plate) => [plate, { problem }]));
  if ((await project.stat(key, call)) === undefined)
    return everyPlate(
      new PlateMetadataError(
        `${project.uri}/${key}`,
        undefined,
        `the batch has no barcode_platemap.csv. It names the plate map of each plate (columns Assay_Plate_Barcode, Plate_Map_Name).`,
      ),
    );
  let read: ReturnType<typeof readBarcodePlatemap>;
  try {
    read = readBarcodePlatemap(await readTextFile(project, key, call), `${project.uri}/${key}`);
  } catch (error) {
    if (error instanceof Error && "code" in error) return everyPlate(error);
    throw error;
  }
  const missing = new Map<string, Error | undefined>();
  const problemOf = async (name: string): Promise<Error | undefined> => {
    if (missing.has(name)) return missing.get(name);
    const mapKey = platemapKey(batch, name);
    let problem: Error | undefined;
    if ((await project.stat(mapKey, call)) === undefined) {
      const others: string[] = [];
      const folder = mapKey.slice(0, mapKey.lastIndexOf("/") + 1);
      for await (const entry of project.list(folder, call)) others.push(entry.key.slice(folder.length));
      problem = new PlateMetadataError(
        `${project.uri}/${mapKey}`,
        undefined,
        `the plate map is not there; barcode_platemap.csv names it.${others.length === 0 ? ` The folder ${folder} is empty or missing.` : meant(`${name}.txt`, others)}`,
      );
    }
    missing.set(name, problem);
    return problem;
  };
  const found = new Map<string, PlateSurvey["platemap"]>();
  for (const plate of plates) {
    try {
      const name = platemapOf(read, plate);
      const problem = await problemOf(name);
      found.set(plate, problem === undefined ? { name } : { name, problem });
    } catch (error) {
      if (!(error instanceof PlateMetadataError)) throw error;
      found.set(plate, { problem: error });
    }
  }
  return found;
}
