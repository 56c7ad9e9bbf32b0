import type { Place } from "@artesian/data";
import type { PlannedFile } from "./file-pieces.ts";
import { type ImageRun, indexImages } from "./image-runs.ts";
import type { ImageSet } from "./image-sets.ts";
import type { Strata } from "./image-strata.ts";
import { problemOf } from "./ingest-errors.ts";
import type { IngestJob } from "./ingest-job.ts";
import type { FileProblem } from "./ingest-types.ts";

/** A job with what to read for it. */
export interface PlannedJob {
  job: IngestJob;
  /** Of shape (files of the job). */
  files: PlannedFile[];
  /** Index of each of the job's strata in the plate's. */
  strata: number[];
  /** Index of each of the job's sets in the plate's. */
  sets: number[];
}

/** Sets that are read, with the numbers of their images. */
export interface ReadableSet {
  set: ImageSet;
  imageNumbers: Float64Array;
}

/** Sets of several strata beyond this size are read by stratum, so that memory stays bounded. */
export const WHOLE_BYTES = 64 * 2 ** 20;

/**
 * Parts the work into jobs: sets that share a stratum are read together. When a few files hold a whole plate, they are indexed by image
 * and each stratum becomes a job that reads its own ranges; compressed files have no ranges and are read as a whole.
 */
export async function planJobs(
  place: Place,
  sets: readonly ReadableSet[],
  strata: Strata,
  compartments: readonly string[],
  call: { signal?: AbortSignal; wholeBytes?: number } = {},
): Promise<{ jobs: PlannedJob[]; problems: { set: number; compartment: string | undefined; problem: FileProblem }[] }> {
  const jobs: PlannedJob[] = [];
  const problems: { set: number; compartment: string | undefined; problem: FileProblem }[] = [];
  for (const component of componentsOf(sets.length, strata)) {
    const files = component.sets.flatMap((set) => filesOf(sets[set]!.set, set, compartments));
    const sizeBytes = files.reduce((sum, { file }) => sum + file.sizeBytes, 0);
    const whole =
      component.strata.length === 1 ||
      sizeBytes <= (call.wholeBytes ?? WHOLE_BYTES) ||
      files.some(({ file }) => file.gzip);
    if (whole) {
      jobs.push(jobOf(sets, strata, component.strata, component.sets, files));
      continue;
    }
    const indexed: (SetPart & { index: Awaited<ReturnType<typeof indexImages>> })[] = [];
    for (const file of files) {
      try {
        indexed.push({
          ...file,
          index: await indexImages(place, file.file, file.compartment === undefined ? 2 : 1, call.signal),
        });
      } catch (error) {
        problems.push({ set: file.set, compartment: file.compartment, problem: problemOf(file.file.key, error) });
      }
    }
    component.strata.forEach((stratum, s) => {
      const parts = indexed.flatMap(({ index, ...file }) => {
        const numbers = sets[file.set]!.imageNumbers;
        const own = new Set<number>();
        const known = new Set<number>(numbers);
        strata.ofImage[file.set]!.forEach((of, row) => {
          if (of === stratum) own.add(numbers[row]!);
        });
        // objects of unknown images are counted once, by the first stratum
        const runs = index.runs.filter(({ image }) => own.has(image) || (s === 0 && !known.has(image)));
        return runs.length === 0 ? [] : [{ ...file, file: { ...file.file, ranges: [index.header, ...united(runs)] } }];
      });
      const own = component.sets.filter((set) => strata.ofImage[set]!.includes(stratum));
      jobs.push(jobOf(sets, strata, [stratum], own, parts));
    });
  }
  return { jobs, problems };
}

interface SetPart {
  set: number;
  compartment: string | undefined;
  file: PlannedFile;
}

function filesOf(set: ImageSet, index: number, compartments: readonly string[]): SetPart[] {
  const own = compartments.flatMap((compartment): SetPart[] => {
    const file = set.objects.get(compartment);
    return file === undefined || file.sizeBytes === 0 ? [] : [{ set: index, compartment, file }];
  });
  const { munged } = set;
  if (own.length === 0 && munged !== undefined && munged.sizeBytes > 0)
    return [{ set: index, compartment: undefined, file: munged }];
  return own;
}

function jobOf(
  sets: readonly ReadableSet[],
  strata: Strata,
  ownStrata: readonly number[],
  ownSets: readonly number[],
  parts: readonly SetPart[],
): PlannedJob {
  const local = new Map(ownStrata.map((stratum, i) => [stratum, i]));
  const place = new Map(ownSets.map((set, i) => [set, i]));
  return {
    job: {
      strata: ownStrata.map((stratum) => JSON.stringify(strata.list[stratum]!.key)),
      sets: ownSets.map((set) => ({
        name: sets[set]!.set.name,
        images: sets[set]!.imageNumbers,
        strata: strata.ofImage[set]!.map((stratum) => local.get(stratum) ?? -1),
      })),
      files: parts.map(({ set, compartment, file }) => ({
        set: place.get(set)!,
        file: file.key,
        ...(compartment !== undefined && { compartment }),
      })),
    },
    files: parts.map(({ file }) => file),
    strata: [...ownStrata],
    sets: [...ownSets],
  };
}

function united(runs: readonly ImageRun[]): ImageRun[] {
  const result: ImageRun[] = [];
  for (const run of runs) {
    const before = result.at(-1);
    if (before !== undefined && before.end === run.start) before.end = run.end;
    else result.push({ ...run });
  }
  return result;
}

/** Sets that share strata, in the order of their first set. */
function componentsOf(setCount: number, strata: Strata): { sets: number[]; strata: number[] }[] {
  const parent = Array.from({ length: setCount }, (_, set) => set);
  const root = (set: number): number => {
    let at = set;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  for (const { images } of strata.list) {
    const first = root(images[0]!.set);
    for (const { set } of images) {
      const other = root(set);
      parent[Math.max(first, other)] = Math.min(root(first), other);
    }
  }
  const components = new Map<number, { sets: number[]; strata: number[] }>();
  for (let set = 0; set < setCount; set++) {
    const key = root(set);
    const component = components.get(key);
    if (component === undefined) components.set(key, { sets: [set], strata: [] });
    else component.sets.push(set);
  }
  strata.list.forEach(({ images }, stratum) => {
    components.get(root(images[0]!.set))!.strata.push(stratum);
  });
  return [...components.values()].filter((component) => component.strata.length > 0);
}
