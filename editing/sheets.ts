import { readCsv, type Table } from "@artesian/data";
import type { AmpliconSpec } from "./amplicon.ts";
import { SheetError } from "./design-errors.ts";

/** A line of a sample sheet. What a column does not say is undefined. */
export interface SheetSample {
  /** Line of the file, from 1. */
  line: number;
  sample: string;
  /** Files, in the order of lanes. */
  reads1: string[];
  reads2: string[];
  amplicon: AmpliconSpec;
  /** Names of samples of the sheet that are its untreated controls. */
  controls: string[];
  /** Samples of one condition are replicates. */
  condition?: string;
  baseEditor?: string;
  /** What was done to the cells: a gene's symbol, `gene:TSC2` or `compound:C4`. */
  perturbation?: string;
  /** Where the cells stood. */
  plate?: string;
  well?: string;
}

/** A line of an amplicon table. */
export interface SheetAmplicon extends AmpliconSpec {
  line: number;
  /** 5′ to 3′ each. */
  forwardPrimer?: string;
  reversePrimer?: string;
}

export interface SheetDefaults {
  amplicon?: AmpliconSpec;
}

const ampliconColumns = ["amplicon", "amplicon_name", "guide", "guide_name", "hdr", "prime_edited", "coding"] as const;
const placeColumns = ["perturbation", "plate", "well"] as const;
const sampleColumns = [
  "sample",
  "reads1",
  "reads2",
  "control",
  "condition",
  "base_editor",
  ...placeColumns,
  ...ampliconColumns,
];
const tableColumns = ["name", "forward_primer", "reverse_primer", ...ampliconColumns];

/**
 * Reads a sample sheet: CSV or TSV with a header; columns in any order and case. Several files, guides, exons or controls in a cell
 * are separated by `;`.
 * @param defaults what lines without an amplicon of their own use
 * @returns the samples, and sentences about columns that are not used
 * @throws SheetError ("editing/sheet") with the line: a missing column or value, a sample named twice, a control that is no sample; CsvError
 *   ("data/csv")
 */
export function readSampleSheet(
  text: string,
  file: string,
  defaults: SheetDefaults = {},
): { samples: SheetSample[]; notes: string[] } {
  const { rows, notes } = readSheet(text, file, sampleColumns, ["sample", "reads1"]);
  const samples = rows.map(({ line, cell, list }): SheetSample => {
    const sample = cell("sample");
    if (sample === undefined) throw new SheetError(file, line, "the sample has no name.");
    if (/[/\\]|^\.+$/.test(sample))
      throw new SheetError(file, line, `"${sample}" cannot be a sample's name: it names a folder. Leave out slashes.`);
    const [reads1, reads2] = [list("reads1"), list("reads2")];
    if (reads1.length === 0)
      throw new SheetError(file, line, `sample ${sample} has no file of reads in column reads1.`);
    if (reads2.length > 0 && reads2.length !== reads1.length)
      throw new SheetError(
        file,
        line,
        `sample ${sample} has ${reads1.length} files of first and ${reads2.length} of second reads, expected as many.`,
      );
    const amplicon = ampliconOf(cell, list, defaults.amplicon);
    if (amplicon === undefined)
      throw new SheetError(file, line, `sample ${sample} has no amplicon, and none is given for all.`);
    const [condition, baseEditor] = [cell("condition"), cell("base_editor")];
    const [perturbation, plate, well] = placeColumns.map(cell);
    return {
      line,
      sample,
      reads1,
      reads2,
      amplicon,
      controls: list("control"),
      ...(condition !== undefined && { condition }),
      ...(baseEditor !== undefined && { baseEditor }),
      ...(perturbation !== undefined && { perturbation }),
      ...(plate !== undefined && { plate }),
      ...(well !== undefined && { well }),
    };
  });
  refuseTwice(
    samples.map(({ sample, line }) => ({ name: sample, line })),
    file,
    "sample",
  );
  for (const { line, sample, controls } of samples)
    for (const control of controls)
      if (control === sample || !samples.some((other) => other.sample === control))
        throw new SheetError(
          file,
          line,
          `control ${control} of sample ${sample} is ${control === sample ? "the sample itself" : "no sample of this sheet"}.`,
        );
  return { samples, notes };
}

/**
 * Reads an amplicon table for pooled samples: CSV or TSV with at least name and amplicon.
 * @throws SheetError ("editing/sheet") with the line; CsvError ("data/csv")
 */
export function readAmpliconTable(text: string, file: string): { amplicons: SheetAmplicon[]; notes: string[] } {
  const { rows, notes } = readSheet(text, file, tableColumns, ["name", "amplicon"]);
  const amplicons = rows.map(({ line, cell, list }): SheetAmplicon => {
    const name = cell("name");
    if (name === undefined) throw new SheetError(file, line, "the amplicon has no name.");
    if (/[/\\]|^\.+$/.test(name))
      throw new SheetError(file, line, `"${name}" cannot be an amplicon's name: it names a folder. Leave out slashes.`);
    const spec = ampliconOf(cell, list, undefined);
    if (spec === undefined) throw new SheetError(file, line, `amplicon ${name} has no sequence in column amplicon.`);
    const [forwardPrimer, reversePrimer] = [cell("forward_primer"), cell("reverse_primer")];
    return {
      ...spec,
      name,
      line,
      ...(forwardPrimer !== undefined && { forwardPrimer }),
      ...(reversePrimer !== undefined && { reversePrimer }),
    };
  });
  refuseTwice(amplicons, file, "amplicon");
  return { amplicons, notes };
}

type Cell = (name: string) => string | undefined;
type List = (name: string) => string[];

function ampliconOf(cell: Cell, list: List, fallback: AmpliconSpec | undefined): AmpliconSpec | undefined {
  const own = cell("amplicon");
  const sequence = own ?? fallback?.sequence;
  if (sequence === undefined) return undefined;
  // Guides and intended sequences given for all belong to the amplicon given for all.
  const base: Partial<AmpliconSpec> = own === undefined ? (fallback ?? {}) : {};
  const names = list("guide_name");
  const guides = list("guide").map((guide, i) => ({
    sequence: guide,
    ...(names[i] !== undefined && { name: names[i] }),
  }));
  const [hdr, primeEdited, coding] = [cell("hdr"), cell("prime_edited"), list("coding")];
  return {
    ...base,
    name: cell("amplicon_name") ?? base.name ?? "amplicon",
    sequence,
    ...(guides.length > 0 && { guides }),
    ...(hdr !== undefined && { hdr }),
    ...(primeEdited !== undefined && { primeEdited }),
    ...(coding.length > 0 && { coding }),
  };
}

interface SheetRow {
  line: number;
  cell: Cell;
  list: List;
}

function readSheet(
  text: string,
  file: string,
  known: readonly string[],
  needed: readonly string[],
): { rows: SheetRow[]; notes: string[] } {
  const names = readCsv(text, { source: file }).columns.map(({ name }) => name);
  const table: Table = readCsv(text, { source: file, text: names });
  const columns = new Map<string, (string | null)[]>();
  const unused: string[] = [];
  for (const column of table.columns) {
    const name = column.name.trim().toLowerCase();
    if (!known.includes(name)) unused.push(column.name.trim());
    else if (columns.has(name)) throw new SheetError(file, 1, `column ${name} is there twice.`);
    else if (column.kind === "text") columns.set(name, column.values);
  }
  for (const name of needed)
    if (!columns.has(name))
      throw new SheetError(
        file,
        1,
        `there is no column ${name}; found ${names.map((one) => one.trim()).join(", ")}. Columns are ${known.join(", ")}.`,
      );
  const lines = recordLines(text).slice(1);
  if (table.rowCount === 0) throw new SheetError(file, 2, "there is no line below the header.");
  const rows = Array.from({ length: table.rowCount }, (_, row): SheetRow => {
    const cell: Cell = (name) => columns.get(name)?.[row]?.trim() || undefined;
    return {
      line: lines[row] ?? row + 2,
      cell,
      list: (name) =>
        (cell(name) ?? "")
          .split(";")
          .map((part) => part.trim())
          .filter((part) => part !== ""),
    };
  });
  return { rows, notes: unused.map((name) => `${file}: column ${name} is not used.`) };
}

/** The line at which each record begins, from 1; blank lines are no records, and a quoted cell may go over several lines. */
function recordLines(text: string): number[] {
  const lines: number[] = [];
  let quoted = false;
  text.split(/\r\n|\n|\r/).forEach((line, index) => {
    if (!quoted && line !== "") lines.push(index + 1);
    for (const letter of line) if (letter === '"') quoted = !quoted;
  });
  return lines;
}

function refuseTwice(rows: readonly { name: string; line: number }[], file: string, what: string): void {
  const seen = new Map<string, number>();
  for (const { name, line } of rows) {
    // Names become folders, and some file systems do not tell case apart.
    const key = name.toLowerCase();
    const before = seen.get(key);
    if (before !== undefined)
      throw new SheetError(file, line, `${what} ${name} is named twice, in line ${before} too. Names must be unique.`);
    seen.set(key, line);
  }
}
