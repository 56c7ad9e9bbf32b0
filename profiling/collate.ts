import { crc32 } from "node:zlib";
import type { Place } from "@artesian/data";
import { type CollateSettings, collateSettings } from "./collate-options.ts";
import { collated, emptySetReport, type PlacedResult, type ReadSet } from "./collate-report.ts";
import { filePieces } from "./file-pieces.ts";
import { findImageSets, type ImageSet } from "./image-sets.ts";
import { groupImages } from "./image-strata.ts";
import { parseImageTable, takeImages } from "./image-table.ts";
import { BadFileError, EmptyTableError, NothingToCollateError } from "./ingest-errors.ts";
import { problemOf } from "./ingest-session.ts";
import { ingestThread } from "./ingest-threads.ts";
import type { CollateCall, Collated, CollateOptions, FileProblem, ImageSetReport } from "./ingest-types.ts";
import { type PlannedJob, planJobs } from "./plan-jobs.ts";
import { runOver } from "./run-over.ts";

/** A set whose image table is valid. */
export interface OpenSet extends ReadSet {
  set: ImageSet;
  /** CRC-32 of the image table's bytes, as cytominer-database names a set. */
  tableNumber: number;
}

/**
 * Makes a profile of each well from a folder of CellProfiler's tables, one folder an image set: `Image.csv` with a CSV a compartment, or with
 * a munged `object.csv`; each may be compressed (`.gz`). Tables are read in worker threads, well by well, so that memory does not grow
 * with the plate. Columns are the union over all sets; a set with an empty compartment keeps the others. Follows chapter 5 of the
 * image-based profiling handbook; numbers are those of pycytominer's `SingleCells.aggregate_profiles` (mode compartments) and of CytoTable
 * followed by `aggregate` (mode joined).
 * @param prefix folder of the image sets within the place, such as `analysis/BATCH/PLATE/analysis`
 * @returns one row a stratum: `Metadata_Plate`, `Metadata_Well`, `Metadata_Site_Count`, `Metadata_Count_…`, `Metadata_Object_Count`,
 *   `Image_…`, then the features of each compartment; and the report of what was read and left out
 * @throws CollateOptionError (profiling/collate-option), NothingToCollateError (profiling/nothing-to-collate), BadFileError
 *   (profiling/bad-file) when bad files are to fail, IngestThreadError (profiling/ingest-thread)
 * @example const { profiles, report } = await collatePlate(openPlace("."), "analysis/B1/P1/analysis", { imageFeatures: ["Count"] })
 */
export async function collatePlate(
  place: Place,
  prefix: string,
  options: CollateOptions = {},
  call: CollateCall = {},
): Promise<Collated> {
  const settings = collateSettings(options);
  const { signal, onProgress, threads = 2 } = call;
  signal?.throwIfAborted();
  const found = await findImageSets(place, prefix, settings.job.compartments, settings.objectFile, signal);
  const where = `${place.uri} ${prefix}`.trim();
  if (found.length === 0)
    throw new NothingToCollateError(
      where,
      `there is no Image.csv, ${settings.job.compartments.join(".csv, ")}.csv or ${settings.objectFile}`,
      "Give the folder that holds one folder an image set.",
    );
  const { open, reports, bytes: imageBytes } = await openSets(place, found, settings, call);
  if (open.length === 0) {
    const first = reports.flatMap(({ problems }) => problems)[0];
    throw new NothingToCollateError(
      where,
      `none of ${found.length} image sets has a valid image table`,
      first?.message ?? "",
    );
  }
  const strata = groupImages(open, settings.fieldsOfView);
  const plan = await planJobs(
    place,
    open.map(({ set, table }) => ({ set, imageNumbers: table.imageNumbers })),
    strata,
    settings.job.compartments,
    signal === undefined ? {} : { signal },
  );
  for (const { set, problem } of plan.problems) refuseBad(settings, problem, open[set]!.report);
  const totalBytes = plan.jobs.reduce((sum, job) => sum + bytesOf(job), 0);
  let doneBytes = 0;
  let done = 0;
  const results: PlacedResult[] = [];
  await runOver(
    plan.jobs,
    Math.max(1, Math.min(threads, plan.jobs.length)),
    () => ingestThread(),
    async (thread, job, index, stop) => {
      const pieces = filePieces(
        place,
        job.files,
        (bytes) => {
          doneBytes += bytes;
          onProgress?.({ step: "objects", doneBytes, totalBytes, done, total: strata.list.length });
        },
        stop,
      );
      const result = await thread.read(settings.job, job.job, pieces);
      for (const { problem } of result.problems) refuseBad(settings, problem);
      results[index] = { result, strata: job.strata, sets: job.sets };
      done += job.strata.length;
    },
    signal,
  );
  onProgress?.({ step: "objects", doneBytes: totalBytes, totalBytes, done, total: strata.list.length });
  return collated(settings, open, reports, strata, results, imageBytes + totalBytes);
}

function bytesOf({ files }: PlannedJob): number {
  return files.reduce(
    (sum, { ranges, sizeBytes }) =>
      sum + (ranges === undefined ? sizeBytes : ranges.reduce((part, { start, end }) => part + end - start, 0)),
    0,
  );
}

/** A problem of a file ends the call when it is to; an empty table never does: it is what a failed image leaves. */
function refuseBad(settings: CollateSettings, problem: FileProblem, report?: ImageSetReport): void {
  if (settings.badFiles === "fail" && problem.code !== "profiling/empty-table")
    throw new BadFileError(problem.file, problem.line, problem.code, problem.message);
  report?.problems.push(problem);
}

const AT_ONCE = 16;

/** Reads the image tables; sets without a valid one, and those that repeat another's byte for byte, are reported and left out. */
async function openSets(
  place: Place,
  found: readonly ImageSet[],
  settings: CollateSettings,
  { signal, onProgress }: CollateCall,
): Promise<{ open: OpenSet[]; reports: ImageSetReport[]; bytes: number }> {
  const totalBytes = found.reduce((sum, { image }) => sum + (image?.sizeBytes ?? 0), 0);
  const reports: ImageSetReport[] = [];
  const opened: (OpenSet | undefined)[] = [];
  let doneBytes = 0;
  let done = 0;
  await runOver(
    found,
    AT_ONCE,
    () => ({ close: async () => {} }),
    async (_, set, index, stop) => {
      const one = await openSet(place, set, settings, stop);
      if ("table" in one) opened[index] = one;
      reports[index] = one.report;
      doneBytes += set.image?.sizeBytes ?? 0;
      onProgress?.({ step: "images", doneBytes, totalBytes, done: ++done, total: found.length });
    },
    signal,
  );
  const open: OpenSet[] = [];
  const seen = new Map<string, string>();
  for (const one of opened) {
    if (one === undefined) continue;
    const identity = `${one.tableNumber} ${one.table.imageNumbers.join(" ")} ${JSON.stringify(one.table.strata)}`;
    const before = seen.get(identity);
    if (before !== undefined) {
      one.report.status = "duplicate";
      one.report.duplicateOf = before;
    } else {
      seen.set(identity, one.name);
      open.push(one);
    }
  }
  return { open, reports, bytes: totalBytes };
}

async function openSet(
  place: Place,
  set: ImageSet,
  settings: CollateSettings,
  signal: AbortSignal,
): Promise<OpenSet | { report: ImageSetReport }> {
  const file = set.image?.key ?? `${set.name}/Image.csv`;
  try {
    if (set.image === undefined) throw new EmptyTableError(file, "there is no such file");
    let bytes: Uint8Array = new Uint8Array(0);
    for await (const piece of filePieces(place, [set.image], () => {}, signal)) {
      if (piece.problem !== undefined) {
        refuseBad(settings, piece.problem);
        return { report: emptySetReport(set.name, "skipped", [piece.problem]) };
      }
      bytes = bytes.length === 0 ? piece.bytes : new Uint8Array(Buffer.concat([bytes, piece.bytes]));
    }
    const table = takeImages(parseImageTable(bytes, file), file, settings.image);
    const report = emptySetReport(set.name, "complete");
    report.images = table.imageNumbers.length;
    const own = settings.job.compartments.filter((name) => set.objects.has(name));
    if (set.munged === undefined || own.length > 0)
      for (const name of settings.job.compartments) {
        const object = set.objects.get(name);
        if (object !== undefined && object.sizeBytes > 0) continue;
        const missing = object?.key ?? `${set.name}/${name}.csv`;
        const state = object === undefined ? "there is no such file" : "the file has no byte";
        report.problems.push(problemOf(missing, new EmptyTableError(missing, state)));
      }
    return { set, name: set.name, table, report, tableNumber: crc32(bytes) };
  } catch (error) {
    const problem = problemOf(file, error);
    refuseBad(settings, problem);
    return { report: emptySetReport(set.name, "skipped", [problem]) };
  }
}
