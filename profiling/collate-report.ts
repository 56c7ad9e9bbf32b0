import type { CollateSettings } from "./collate-options.ts";
import { sameNames, uniteColumns } from "./column-union.ts";
import { imageFeatures, type SetImages, type Strata, siteCount } from "./image-strata.ts";
import type { JobResult, StratumResult } from "./ingest-job.ts";
import type { Collated, FileProblem, ImageSetReport, IngestReport } from "./ingest-types.ts";
import { type MetadataCell, profilesOf } from "./profiles.ts";
import type { StratumRows } from "./stratum-rows.ts";

/** A job's result with the plate's indices. */
export interface PlacedResult {
  result: JobResult;
  strata: readonly number[];
  sets: readonly number[];
}

/** A set that is read: its images, and where its report is. */
export interface ReadSet extends SetImages {
  report: ImageSetReport;
}

export function emptySetReport(
  name: string,
  status: ImageSetReport["status"],
  problems: FileProblem[] = [],
): ImageSetReport {
  return { name, status, images: 0, objects: {}, problems };
}

/**
 * Puts the results of all jobs together: one table, and the report of what was used.
 * @param held where the results' numbers are, in the order of `sortedStrata` and behind as many columns as `imageWidth` says
 */
export function collated(
  settings: CollateSettings,
  sets: readonly ReadSet[],
  allSets: readonly ImageSetReport[],
  strata: Strata,
  results: readonly PlacedResult[],
  bytes: number,
  held?: StratumRows,
): Collated {
  const { compartments } = settings.job;
  settleSets(compartments, sets, results);
  const texts = nonNumericOf(results);
  const columns = compartments.map((_, c) => uniteColumns(results.map(({ result }) => result.columns[c]!)));
  const byStratum = spread(strata.list.length, compartments, columns, results);
  const rows = sortedStrata(settings, strata);
  const kept: number[] = [];
  const report: IngestReport = {
    sets: [...allSets],
    counts: { complete: 0, partial: 0, skipped: 0, duplicate: 0 },
    incomplete: [],
    dropped: [],
    unassignedImages: strata.unassigned,
    orphans: byCompartment(compartments, results, (result) => result.orphans),
    unlinked: byCompartment(compartments, results, (result) => result.unlinked),
    nonNumeric: texts,
    textColumns: [],
    absentColumns: absentOf(compartments, results),
    bytes,
  };
  for (const { status } of report.sets) report.counts[status]++;
  for (const { index, profile } of rows) {
    const own = byStratum[index]!;
    const missing = compartments.filter((_, c) => own.counts[c] === 0);
    if (missing.length === compartments.length) report.dropped.push({ profile, objects: 0, reason: "no objects" });
    else if (own.objects < settings.minCells)
      report.dropped.push({ profile, objects: own.objects, reason: `fewer than ${settings.minCells} objects` });
    else {
      kept.push(index);
      if (missing.length > 0) report.incomplete.push({ profile, missing });
    }
  }
  const measured = columns.flatMap((names, c) =>
    names.map((name, j) => ({ name: `${compartments[c]}_${name}`, c, j })),
  );
  const textual = new Set(texts.map(({ column }) => column));
  const features = measured.filter(({ name, c, j }) => {
    if (!textual.has(name) || byStratum.some(({ values }) => !Number.isNaN(values[c]![j]!))) return true;
    report.textColumns.push(name);
    return false;
  });
  const chosen = kept.map((index) => strata.list[index]!);
  const images = imageFeatures(sets, chosen, settings.job.operation);
  const counts = images.names.filter((name) => name.startsWith("Metadata_Count_"));
  const pictures = images.names.flatMap((name, j) => (name.startsWith("Metadata_Count_") ? [] : [j]));
  const metadata: Record<string, MetadataCell[]> = {};
  const profileOf = new Map(rows.map(({ index, profile }) => [index, profile]));
  for (const name of settings.image.strata) metadata[name] = kept.map((index) => profileOf.get(index)![name]!);
  if (!settings.image.strata.includes(settings.image.fieldOfViewColumn))
    metadata.Metadata_Site_Count = chosen.map((stratum) => siteCount(sets, stratum));
  for (const name of counts) {
    const j = images.names.indexOf(name);
    metadata[name] = chosen.map((_, i) => images.values[i * images.names.length + j]!);
  }
  metadata.Metadata_Object_Count = kept.map((index) => byStratum[index]!.objects);
  const width = pictures.length + features.length;
  const complete = kept.length === strata.list.length && features.length === measured.length;
  const whole = complete ? held?.whole(columns) : undefined;
  const values = whole ?? new Float64Array(kept.length * width);
  kept.forEach((index, i) => {
    pictures.forEach((j, place) => {
      values[i * width + place] = images.values[i * images.names.length + j]!;
    });
    if (whole !== undefined) return;
    features.forEach(({ c, j }, place) => {
      values[i * width + pictures.length + place] = byStratum[index]!.values[c]![j]!;
    });
  });
  const names = [...pictures.map((j) => images.names[j]!), ...features.map(({ name }) => name)];
  return { profiles: profilesOf(metadata, names, values), report };
}

/** Objects, problems and status of each set that was read. */
function settleSets(compartments: readonly string[], sets: readonly ReadSet[], results: readonly PlacedResult[]): void {
  for (const { report } of sets) report.objects = Object.fromEntries(compartments.map((name) => [name, 0]));
  for (const { result, sets: own } of results) {
    result.setObjects.forEach((counts, local) => {
      const { report } = sets[own[local]!]!;
      compartments.forEach((name, c) => {
        report.objects[name] = (report.objects[name] ?? 0) + counts[c]!;
      });
    });
    for (const { set, problem } of result.problems) {
      const { problems } = sets[own[set]!]!.report;
      if (!problems.some(({ file, code }) => file === problem.file && code === problem.code)) problems.push(problem);
    }
  }
  // a set whose images are all left out on purpose is not read, and lacks nothing
  const read = new Set(results.flatMap((result) => result.sets));
  sets.forEach(({ report }, set) => {
    const lacks = read.has(set) && compartments.some((name) => report.objects[name] === 0);
    report.status = lacks || report.problems.length > 0 ? "partial" : "complete";
  });
}

/** Results by stratum, on the columns of the whole plate. */
function spread(
  count: number,
  compartments: readonly string[],
  columns: readonly (readonly string[])[],
  results: readonly PlacedResult[],
): StratumResult[] {
  const index = columns.map((names) => new Map(names.map((name, j) => [name, j])));
  const nothing = columns.map((names) => new Float64Array(names.length).fill(Number.NaN));
  const all = Array.from(
    { length: count },
    (): StratumResult => ({ objects: 0, counts: compartments.map(() => 0), values: nothing }),
  );
  for (const { result, strata } of results) {
    // what has all columns, as nearly all have, is taken as it is
    const whole = result.columns.map((names, c) => sameNames(names, columns[c]!));
    result.strata.forEach(({ objects, counts, values }, local) => {
      all[strata[local]!] = {
        objects,
        counts,
        values: values.map((cells, c) => {
          if (whole[c]) return cells;
          const own = nothing[c]!.slice();
          result.columns[c]!.forEach((name, j) => {
            own[index[c]!.get(name)!] = cells[j]!;
          });
          return own;
        }),
      };
    });
  }
  return all;
}

/** Columns that profiles have in front of the objects' ones: features of images. */
export function imageWidth(sets: readonly SetImages[]): number {
  const names = new Set(sets.flatMap(({ table }) => table.features));
  return [...names].filter((name) => !name.startsWith("Metadata_Count_")).length;
}

/** Strata in the order of their values: numbers by size, texts by code unit. Plates and wells are always texts. */
export function sortedStrata(
  settings: CollateSettings,
  strata: Strata,
): { index: number; profile: Record<string, string | number> }[] {
  const numeric = settings.image.strata.map(
    (name, k) =>
      name !== "Metadata_Plate" &&
      name !== "Metadata_Well" &&
      strata.list.every(({ key }) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(key[k]!)),
  );
  const rows = strata.list.map(({ key }, index) => ({
    index,
    cells: key.map((cell, k): string | number => (numeric[k] ? Number(cell) : cell)),
  }));
  rows.sort((a, b) => {
    for (let k = 0; k < a.cells.length; k++) {
      const x = a.cells[k]!;
      const y = b.cells[k]!;
      if (x < y) return -1;
      if (x > y) return 1;
    }
    return 0;
  });
  return rows.map(({ index, cells }) => ({
    index,
    profile: Object.fromEntries(settings.image.strata.map((name, k) => [name, cells[k]!])),
  }));
}

function byCompartment(
  compartments: readonly string[],
  results: readonly PlacedResult[],
  take: (result: JobResult) => readonly number[],
): Record<string, number> {
  return Object.fromEntries(
    compartments.map((name, c) => [name, results.reduce((sum, { result }) => sum + take(result)[c]!, 0)]),
  );
}

function nonNumericOf(results: readonly PlacedResult[]): IngestReport["nonNumeric"] {
  const columns = new Map<string, IngestReport["nonNumeric"][number]>();
  for (const { result } of results) {
    for (const found of result.nonNumeric) {
      const known = columns.get(found.column);
      if (known === undefined) columns.set(found.column, { ...found });
      else known.cells += found.cells;
    }
  }
  return [...columns.values()].sort((a, b) => (a.column < b.column ? -1 : 1));
}

function absentOf(compartments: readonly string[], results: readonly PlacedResult[]): IngestReport["absentColumns"] {
  return compartments.flatMap((compartment) => {
    const headers = results.flatMap(({ result }) =>
      result.headers.filter((header) => header.compartment === compartment),
    );
    const files = headers.reduce((sum, header) => sum + header.files, 0);
    const alike = new Map<readonly string[], number>();
    for (const { names, files: own } of headers) alike.set(names, (alike.get(names) ?? 0) + own);
    const having = new Map<string, number>();
    for (const [names, own] of alike) for (const name of names) having.set(name, (having.get(name) ?? 0) + own);
    return uniteColumns(headers.map(({ names }) => names)).flatMap((name) => {
      const absent = files - (having.get(name) ?? 0);
      return absent === 0 ? [] : [{ column: `${compartment}_${name}`, files: absent }];
    });
  });
}
