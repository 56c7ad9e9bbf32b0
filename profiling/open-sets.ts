import { crc32 } from "node:zlib";
import type { Place } from "@artesian/data";
import type { CollateSettings } from "./collate-options.ts";
import { emptySetReport, type ReadSet } from "./collate-report.ts";
import { filePieces, readProblem } from "./file-pieces.ts";
import type { ImageSet, SetFile } from "./image-sets.ts";
import { type ImageTable, parseImageTable, takeImages } from "./image-table.ts";
import { BadFileError, EmptyTableError, problemOf } from "./ingest-errors.ts";
import type { CollateCall, FileProblem, ImageSetReport } from "./ingest-types.ts";
import { runOver } from "./run-over.ts";
import { sharedNames, sharedTexts } from "./shared-names.ts";

/** A set whose image table is valid. */
export interface OpenSet extends ReadSet {
  set: ImageSet;
  image: SetFile;
  /** CRC-32 of the image table's bytes, as cytominer-database names a set. */
  tableNumber: number;
}

/** A problem of a file ends the call when it is to; an empty table never does: it is what a failed image leaves. */
export function refuseBad(settings: CollateSettings, problem: FileProblem, report?: ImageSetReport): void {
  if (settings.badFiles === "fail" && problem.code !== "profiling/empty-table")
    throw new BadFileError(problem.file, problem.line, problem.code, problem.message);
  report?.problems.push(problem);
}

/**
 * All bytes of a small file, decompressed.
 * @returns its problem when it cannot be read
 */
export async function wholeFile(place: Place, file: SetFile, signal?: AbortSignal): Promise<Uint8Array | FileProblem> {
  if (!file.gzip) {
    try {
      return await place.read(file.key, signal === undefined ? {} : { signal });
    } catch (error) {
      return readProblem(file.key, error);
    }
  }
  const parts: Uint8Array[] = [];
  for await (const { bytes, problem } of filePieces(place, [file], () => {}, signal)) {
    if (problem !== undefined) return problem;
    parts.push(bytes);
  }
  return parts.length === 1 ? parts[0]! : new Uint8Array(Buffer.concat(parts));
}

const AT_ONCE = 16;

/** Reads the image tables; sets without a valid one, and those that repeat another's byte for byte, are reported and left out. */
export async function openSets(
  place: Place,
  found: readonly ImageSet[],
  settings: CollateSettings,
  { signal, onProgress }: CollateCall,
): Promise<{ open: OpenSet[]; reports: ImageSetReport[]; bytes: number }> {
  const totalBytes = found.reduce((sum, { image }) => sum + (image?.sizeBytes ?? 0), 0);
  const reports: ImageSetReport[] = [];
  const opened: (OpenSet | undefined)[] = [];
  const compact = compacted();
  let doneBytes = 0;
  let done = 0;
  await runOver(
    found,
    AT_ONCE,
    () => ({ close: async () => {} }),
    async (_, set, index, stop) => {
      const one = await openSet(place, set, settings, stop);
      if ("table" in one) opened[index] = { ...one, table: compact(one.table) };
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
  const skipped = (problem: FileProblem): { report: ImageSetReport } => {
    refuseBad(settings, problem);
    return { report: emptySetReport(set.name, "skipped", [problem]) };
  };
  if (set.image === undefined) return skipped(problemOf(file, new EmptyTableError(file, "there is no such file")));
  const bytes = await wholeFile(place, set.image, signal);
  if (!(bytes instanceof Uint8Array)) return skipped(bytes);
  try {
    const table = takeImages(parseImageTable(bytes, file), file, settings.image);
    const report = emptySetReport(set.name, "complete");
    report.images = table.imageNumbers.length;
    report.problems.push(...absentTables(set, settings.job.compartments));
    return { set, image: set.image, name: set.name, table, report, tableNumber: crc32(bytes) };
  } catch (error) {
    return skipped(problemOf(file, error));
  }
}

/** Image tables without what they have in common: a plate has thousands, each with the same hundreds of names. */
function compacted(): (table: ImageTable) => ImageTable {
  const names = sharedNames();
  const text = sharedTexts();
  const cell = (found: string | null): string | null => (found === null ? null : text(found));
  return (table) => ({
    ...table,
    names: names(table.names),
    features: names(table.features),
    strata: table.strata.map((cells) => cells.map(cell)),
    ...(table.fieldsOfView !== undefined && { fieldsOfView: table.fieldsOfView.map(cell) }),
  });
}

/** Compartments without a table; a munged table holds all of them. */
function absentTables(set: ImageSet, compartments: readonly string[]): FileProblem[] {
  if (set.munged !== undefined && !compartments.some((name) => set.objects.has(name))) return [];
  return compartments.flatMap((name) => {
    const object = set.objects.get(name);
    if (object !== undefined && object.sizeBytes > 0) return [];
    const missing = object?.key ?? `${set.name}/${name}.csv`;
    const state = object === undefined ? "there is no such file" : "the file has no byte";
    return [problemOf(missing, new EmptyTableError(missing, state))];
  });
}
