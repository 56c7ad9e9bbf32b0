import { columnOf, readCsv, type Table } from "@artesian/data";
import { GenomeTableError } from "./errors.ts";

/** Chromosome arm of a gene, such as "16p", by symbol. */
export type Arms = ReadonlyMap<string, string>;

/** Where a gene lies: positions in bases from the start of its chromosome. */
export interface GeneLocation {
  symbol: string;
  chromosome: string;
  end: number;
}

const CHROMOSOME = /^(?:chr)?(\d{1,2}|[XY])$/i;

/**
 * Midpoint of each chromosome's centromere from a table of UCSC's: centromeres (columns chrom, chromStart, chromEnd) or cytobands (with
 * gieStain, where "acen" marks the centromere).
 * @returns positions in bases by chromosome without "chr"
 * @throws GenomeTableError (maps/genome-table); CsvError (data/csv)
 */
export function centromereMidpoints(text: string, file: string): Map<string, number> {
  const table = readTable(text, file);
  const chromosomes = column(table, file, "chrom");
  const [starts, ends] = [numbers(table, file, "chromStart"), numbers(table, file, "chromEnd")];
  const stains = columnOf(table, "gieStain") === undefined ? undefined : column(table, file, "gieStain");
  const spans = new Map<string, { start: number; end: number }>();
  chromosomes.forEach((name, row) => {
    const chromosome = CHROMOSOME.exec(name ?? "")?.[1]?.toUpperCase();
    if (chromosome === undefined || (stains !== undefined && stains[row] !== "acen")) return;
    const span = spans.get(chromosome);
    const [start, end] = [starts[row]!, ends[row]!];
    spans.set(chromosome, { start: Math.min(span?.start ?? start, start), end: Math.max(span?.end ?? end, end) });
  });
  if (spans.size === 0) throw new GenomeTableError(file, "no centromere", "rows of chromosomes chr1 to chrY");
  return new Map([...spans].map(([chromosome, { start, end }]) => [chromosome, (start + end) / 2]));
}

/** Arms of genes: q when the gene's end lies past the midpoint of its chromosome's centromere. Genes elsewhere have none. */
export function armsOfLocations(genes: readonly GeneLocation[], midpoints: ReadonlyMap<string, number>): Arms {
  return new Map(
    genes.flatMap(({ symbol, chromosome, end }) => {
      const name = CHROMOSOME.exec(chromosome)?.[1]?.toUpperCase() ?? "";
      const midpoint = midpoints.get(name);
      return midpoint === undefined ? [] : [[symbol, `${name}${end > midpoint ? "q" : "p"}`] as const];
    }),
  );
}

/**
 * Arms of genes from a table of NCBI's gene_info: the beginning of `map_location` ("16p13.3" → "16p"). Genes with several locations on
 * different arms (pseudoautosomal ones) have none.
 * @throws GenomeTableError (maps/genome-table); CsvError (data/csv)
 */
export function armsOfMapLocations(text: string, file: string): Arms {
  const arms = new Map<string, string>();
  const lines = text.split("\n");
  const header = (lines[0] ?? "").replace(/^#/, "").trimEnd().split("\t");
  const [symbolAt, locationAt] = [header.indexOf("Symbol"), header.indexOf("map_location")];
  if (symbolAt < 0 || locationAt < 0)
    throw new GenomeTableError(file, header.slice(0, 8).join(", ") || "nothing", "the columns Symbol and map_location");
  for (const line of lines.slice(1)) {
    const cells = line.split("\t");
    const found = new Set(
      [...(cells[locationAt] ?? "").matchAll(/(?:^|[^\w.])(\d{1,2}|[XY])([pq])/g)].map(
        ([, name, arm]) => `${name}${arm}`,
      ),
    );
    if (found.size === 1) arms.set(cells[symbolAt] ?? "", [...found][0]!);
  }
  return arms;
}

function readTable(text: string, file: string): Table {
  return readCsv(text.replace(/^#/, ""), { source: file, delimiter: "\t", text: ["chrom"] });
}

function column(table: Table, file: string, name: string): readonly (string | null)[] {
  const found = columnOf(table, name);
  if (found?.kind !== "text") throw missing(table, file, name);
  return found.values;
}

function numbers(table: Table, file: string, name: string): Float64Array {
  const found = columnOf(table, name);
  if (found?.kind !== "number") throw missing(table, file, name);
  return found.values;
}

function missing(table: Table, file: string, name: string): GenomeTableError {
  return new GenomeTableError(file, table.columns.map((one) => one.name).join(", "), `a column ${name}`);
}
