import { readCsv } from "@artesian/data";
import { RunSheetError } from "./errors.ts";

/** Files that an instrument or a copy puts last: when one is there, the run folder is whole. */
export const RUN_MARKERS: readonly string[] = ["RTAComplete.txt", "CopyComplete.txt"];

/** A file that a sample sheet promises. */
export interface PromisedFile {
  sample: string;
  /** As a person would look for it: a path below the run folder, or a pattern of demultiplexed names. */
  name: string;
  /** Whether a file of the run folder is it. @param path below the run folder */
  is(path: string): boolean;
}

/** What a sample sheet says of its run. */
export interface RunSheet {
  samples: string[];
  files: PromisedFile[];
}

/** How far a run folder has come. */
export interface RunFolderState {
  complete: boolean;
  /** What says so: a marker's name, or "every file of the sample sheet". */
  because: string;
  /** Promised files that are not there, when there is no marker. */
  missing: string[];
}

const READ_1 = /^(?:reads?_?1|fastq_?r1|r1|fastq_?1|fastq|forward)$/i;
const READ_2 = /^(?:reads?_?2|fastq_?r2|r2|fastq_?2|reverse)$/i;
const NAME = /^(?:name|sample|sample_?name|sample_?id)$/i;

/**
 * Reads which files a run's sample sheet promises. Two forms are known: a table with the columns sample and reads1 (and reads2; fastq_r1, fastq_r2), paths being below the
 * sheet's folder, lanes separated by ";"; and Illumina's sheets, version 1 and 2, whose samples become `SAMPLE_S1_L001_R1_001.fastq.gz` when they are demultiplexed.
 * @param source names the sheet in errors
 * @throws RunSheetError (editing/run-sheet) with the line; CsvError (data/csv)
 */
export function readRunSheet(text: string, source: string): RunSheet {
  return /^\uFEFF?\s*"?\[\w+\]/.test(text) ? illuminaSheet(text, source) : tableSheet(text, source);
}

function tableSheet(text: string, source: string): RunSheet {
  const table = readCsv(text, { source, text: columnNames(text) });
  const find = (form: RegExp) => table.columns.find(({ name }) => form.test(name.trim()));
  const [name, first, second] = [find(NAME), find(READ_1), find(READ_2)];
  if (first === undefined)
    throw new RunSheetError(
      source,
      1,
      "has no column for reads; expected reads1, or a sheet of Illumina's with a section [Data]",
    );
  const cell = (column: typeof name, row: number): string => String(column?.values[row] ?? "").trim();
  const samples: string[] = [];
  const files: PromisedFile[] = [];
  for (let row = 0; row < table.rowCount; row++) {
    const path = cell(first, row);
    if (path === "") throw new RunSheetError(source, row + 2, "names no file of reads");
    const sample = cell(name, row) || path;
    samples.push(sample);
    for (const given of [path, cell(second, row)].flatMap((text) => text.split(";")).map((text) => text.trim())) {
      if (given === "") continue;
      const below = given.replace(/^(?:\.\/)+/, "");
      if (/^[a-z][a-z0-9+.-]*:\/\/|^[/\\]|^[A-Z]:/i.test(below) || below.split("/").includes(".."))
        throw new RunSheetError(source, row + 2, `"${given}" is not below the sheet's folder`);
      files.push({ sample, name: below, is: (found) => found === below });
    }
  }
  return checked({ samples, files }, source);
}

/** Names are texts, also where they look like numbers. */
function columnNames(text: string): string[] {
  const head = /^\uFEFF?([^\r\n]*)/.exec(text)?.[1] ?? "";
  return head.split(/[,\t]/).map((name) => name.replace(/^"|"$/g, ""));
}

function illuminaSheet(text: string, source: string): RunSheet {
  const sections = sectionsOf(text);
  const data = sections.get("data") ?? sections.get("bclconvert_data");
  if (data === undefined) throw new RunSheetError(source, 1, "has no section [Data] or [BCLConvert_Data]");
  const reads = sections.get("reads")?.lines ?? [];
  const paired =
    reads.filter((line) => /^\s*\d+\b/.test(line)).length > 1 ||
    reads.some((line) => /^Read2Cycles\s*,\s*[1-9]/i.test(line));
  const [head = "", ...rows] = data.lines;
  const columns = head.split(",").map((name) => name.trim().toLowerCase());
  const at = (name: string): number => columns.indexOf(name);
  if (at("sample_id") < 0)
    throw new RunSheetError(source, data.line + 1, "has no column Sample_ID in its section of samples");
  const samples = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const cells = row.split(",").map((cell) => cell.trim());
    const sample = cells[at("sample_name")] || cells[at("sample_id")];
    if (!sample) throw new RunSheetError(source, data.line + 2 + index, "names no sample");
    samples.add(sample);
  }
  const files = [...samples].flatMap((sample) =>
    (paired ? ["R1", "R2"] : ["R1"]).map((read): PromisedFile => {
      // Demultiplexing writes no "_" within a sample's name.
      const stem = RegExp.escape(sample.replaceAll("_", "-"));
      const form = new RegExp(
        `(?:^|/)(?:${RegExp.escape(sample)}|${stem})_S\\d+(?:_L\\d{3})?_${read}_\\d{3}\\.fastq(?:\\.gz)?$`,
      );
      return { sample, name: `${sample}_S*_${read}_001.fastq.gz`, is: (path) => form.test(path) };
    }),
  );
  return checked({ samples: [...samples], files }, source);
}

/** Sections by their name in small letters, without empty lines. */
function sectionsOf(text: string): Map<string, { line: number; lines: string[] }> {
  const sections = new Map<string, { line: number; lines: string[] }>();
  let lines: string[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n?|\n/)
    .entries()) {
    const name = /^\s*"?\[(\w+)\]/.exec(line)?.[1];
    if (name !== undefined) {
      lines = [];
      sections.set(name.toLowerCase(), { line: index + 1, lines });
    } else if (line.replaceAll(",", "").trim() !== "") lines.push(line.replaceAll('"', ""));
  }
  return sections;
}

function checked(sheet: RunSheet, source: string): RunSheet {
  if (sheet.samples.length === 0) throw new RunSheetError(source, 2, "lists no sample");
  return sheet;
}

/**
 * Whether a run folder is whole: a marker is there, or every file that its sample sheet promises.
 * @param paths of its files, below it
 * @param markers names of files that are put last
 */
export function runFolderState(
  paths: readonly string[],
  sheet: RunSheet,
  markers: readonly string[] = RUN_MARKERS,
): RunFolderState {
  const marker = markers.find((name) => paths.includes(name));
  if (marker !== undefined) return { complete: true, because: marker, missing: [] };
  const missing = sheet.files.filter((file) => !paths.some((path) => file.is(path))).map(({ name }) => name);
  const because = missing.length === 0 ? "every file of the sample sheet" : "";
  return { complete: missing.length === 0, because, missing };
}
