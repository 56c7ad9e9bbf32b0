import type { Place } from "@artesian/data";
import { collateSettings } from "./collate-options.ts";
import { collated, imageWidth, type PlacedResult, sortedStrata } from "./collate-report.ts";
import { filePieces } from "./file-pieces.ts";
import { findImageSets } from "./image-sets.ts";
import { groupImages } from "./image-strata.ts";
import { NothingToCollateError } from "./ingest-errors.ts";
import { ingestHere } from "./ingest-here.ts";
import { ingestThread } from "./ingest-threads.ts";
import type { CollateCall, Collated, CollateOptions } from "./ingest-types.ts";
import { inOrder } from "./keep-objects.ts";
import { openKeepers } from "./open-keepers.ts";
import { openSets, refuseBad } from "./open-sets.ts";
import { type PlannedJob, planJobs } from "./plan-jobs.ts";
import { runOver } from "./run-over.ts";
import { stratumRows } from "./stratum-rows.ts";

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
  const where = [place.uri, prefix].filter((part) => part !== "").join("/");
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
  const rowOf = new Int32Array(strata.list.length);
  sortedStrata(settings, strata).forEach(({ index }, row) => {
    rowOf[index] = row;
  });
  const rows = stratumRows(strata.list.length, imageWidth(open));
  const keepers = await openKeepers(place, options.keep, plan.jobs, open, settings, signal);
  const keep = inOrder(keepers);
  try {
    await runOver(
      plan.jobs,
      Math.max(1, Math.min(threads, plan.jobs.length)),
      () => (threads === 0 ? ingestHere() : ingestThread()),
      async (thread, job, index, stop) => {
        const pieces = filePieces(
          place,
          job.files,
          (bytes) => {
            doneBytes += bytes;
            onProgress?.({ step: "objects", doneBytes, totalBytes, done, total: strata.list.length });
          },
          stop,
          thread.buffers,
        );
        const result = await thread.read(settings.job, job.job, pieces);
        for (const { problem } of result.problems) refuseBad(settings, problem);
        await keep(index, job.sets, result.kept);
        const own = rows.put(
          result,
          job.strata.map((stratum) => rowOf[stratum]!),
        );
        results[index] = { result: { ...result, strata: own, kept: [] }, strata: job.strata, sets: job.sets };
        done += job.strata.length;
      },
      signal,
    );
    for (const keeper of keepers) await keeper.finish();
  } catch (error) {
    for (const keeper of keepers) await keeper.abandon();
    throw error;
  }
  onProgress?.({ step: "objects", doneBytes: totalBytes, totalBytes, done, total: strata.list.length });
  return collated(settings, open, reports, strata, results, imageBytes + totalBytes, rows);
}

function bytesOf({ files }: PlannedJob): number {
  return files.reduce(
    (sum, { ranges, sizeBytes }) =>
      sum + (ranges === undefined ? sizeBytes : ranges.reduce((part, { start, end }) => part + end - start, 0)),
    0,
  );
}
