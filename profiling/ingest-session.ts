import type { FilePiece } from "./file-pieces.ts";
import { finishJob } from "./finish-job.ts";
import { EmptyTableError, problemOf } from "./ingest-errors.ts";
import type { IngestJob, JobResult, JobSettings } from "./ingest-job.ts";
import { type ObjectReader, type ObjectTable, objectReader, type ReaderMemory } from "./object-table.ts";

/** Takes the files of one job, piece by piece and in order, and gives its result. */
export interface IngestSession {
  take(piece: FilePiece): void;
  finish(): JobResult;
}

/**
 * A file that cannot be read is left out as a whole, with its problem; the others go on.
 * @param memory what may be kept from job to job
 */
export function ingestSession(settings: JobSettings, job: IngestJob, memory: ReaderMemory): IngestSession {
  const tables: ObjectTable[] = [];
  const problems: JobResult["problems"] = [];
  const nonNumeric: JobResult["nonNumeric"] = [];
  let current = -1;
  let reader: ObjectReader | undefined;
  const refuse = (file: number, error: unknown): void => {
    const { set, compartment, file: name } = job.files[file]!;
    problems.push({ set, compartment, problem: problemOf(name, error) });
    reader = undefined;
  };
  return {
    take({ file, bytes, last, line, problem }) {
      const source = job.files[file]!;
      if (file !== current) {
        current = file;
        reader = objectReader(memory, source, settings.compartments);
      }
      if (reader === undefined) return;
      if (problem !== undefined) {
        problems.push({ set: source.set, compartment: source.compartment, problem });
        reader = undefined;
        return;
      }
      try {
        reader.take(bytes, last, line);
        if (!last) return;
        for (const text of reader.texts()) nonNumeric.push({ ...text, file: source.file });
        const found = reader.tables();
        tables.push(...found);
        if (found.every(({ rowCount }) => rowCount === 0))
          throw new EmptyTableError(source.file, "there is a header and no record");
      } catch (error) {
        refuse(file, error);
      }
    },
    finish() {
      const result = finishJob(settings, job, tables);
      for (const values of new Set(tables.map((table) => table.values))) memory.spare.push(values);
      memory.spare.sort((a, b) => a.length - b.length);
      return { ...result, problems, nonNumeric };
    },
  };
}
