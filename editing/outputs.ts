import { type Table, writeCsv } from "@artesian/data";
import { drawPng, drawSvg, reportHtml } from "@artesian/figures";
import type { EditingFigure } from "./figure.ts";
import { allelesFigure } from "./figure-alleles.ts";
import { backgroundFigure } from "./figure-background.ts";
import { indelSizesFigure, nucleotidesFigure, positionsFigure } from "./figure-positions.ts";
import { conversionsFigure, framesFigure, outcomesFigure } from "./figure-rates.ts";
import { editingReport } from "./report.ts";
import type { EditingResult } from "./result.ts";
import {
  allelesTable,
  backgroundTable,
  conversionAllelesTable,
  conversionsTable,
  editsTable,
  indelTable,
  nucleotidesTable,
  quantificationTable,
} from "./tables.ts";
import { writeVcf } from "./vcf.ts";

/** A file of a result. */
export interface OutputFile {
  /** In the result's folder, with `/`. */
  name: string;
  content: string | Uint8Array;
}

/** A file that is made while it is written. */
export interface StreamedFile {
  name: string;
  content: AsyncIterable<Uint8Array>;
}

export interface OutputOptions {
  /** Whether figures are drawn as PNG too. Default true. */
  png?: boolean;
  signal?: AbortSignal;
}

/** The document that tables, figures and report are made from. */
export const RESULT_FILE = "editing.json";

const OUTPUT_FILES = [
  /^figures\/[a-z0-9-]+\.(?:svg|png|vl\.json|csv)$/,
  /^(?:quantification|alleles|nucleotide-percentages|indel-histogram|edits|conversions|conversion-alleles|background)\.csv$/,
  /^(?:conditions|pool|comparison|positions)\.csv$/,
  /^(?:edits\.vcf|reads\.bam(?:\.bai)?|report\.html|(?:editing|batch|comparison)\.json)$/,
];

/** Whether a file has a name that results, batches and comparisons give theirs. */
export function isOutputFile(name: string): boolean {
  return OUTPUT_FILES.some((pattern) => pattern.test(name));
}

/** The pictures of a result; those that it has no data for are left out. */
export function figuresOf(result: EditingResult): EditingFigure[] {
  return [
    outcomesFigure(result),
    positionsFigure(result),
    indelSizesFigure(result),
    nucleotidesFigure(result),
    ...result.alleles.map((list, index) => allelesFigure(result, list, index)),
    conversionsFigure(result),
    framesFigure(result),
    backgroundFigure(result),
  ].filter((figure) => figure !== null);
}

/** The tables of a result by file name, without ending. */
export function tablesOf(result: EditingResult): Record<string, Table> {
  return {
    quantification: quantificationTable([result]),
    alleles: allelesTable(result),
    "nucleotide-percentages": nucleotidesTable(result),
    "indel-histogram": indelTable(result),
    edits: editsTable(result),
    ...(result.conversions === null
      ? {}
      : { conversions: conversionsTable(result), "conversion-alleles": conversionAllelesTable(result) }),
    ...(result.background === null ? {} : { background: backgroundTable(result) }),
  };
}

/**
 * All files of a result: its document, tables, VCF, report, and each figure as SVG, PNG, Vega-Lite specification and CSV. Equal results
 * give equal bytes.
 * @throws the signal's reason
 * @example for await (const { name, content } of outputsOf(result)) await place.write(name, content);
 */
export async function* outputsOf(result: EditingResult, options: OutputOptions = {}): AsyncGenerator<OutputFile> {
  const { png = true, signal } = options;
  const tables = tablesOf(result);
  for (const [name, table] of Object.entries(tables)) yield { name: `${name}.csv`, content: writeCsv(table) };
  yield { name: "edits.vcf", content: writeVcf(result) };
  const drawn: { figure: EditingFigure; svg: string }[] = [];
  for (const figure of figuresOf(result)) {
    signal?.throwIfAborted();
    const svg = await drawSvg(figure.spec);
    drawn.push({ figure, svg });
    yield* figureFiles(figure, svg, png, signal);
  }
  yield { name: "report.html", content: reportHtml(editingReport(result, tables, drawn)) };
  // Last: a folder with this document has everything else.
  yield { name: RESULT_FILE, content: `${JSON.stringify(result)}\n` };
}

/** The files of one figure. */
export async function* figureFiles(
  { id, spec, table, alt }: EditingFigure,
  svg: string,
  png: boolean,
  signal?: AbortSignal,
): AsyncGenerator<OutputFile> {
  yield { name: `figures/${id}.svg`, content: withDescription(svg, alt) };
  if (png) yield { name: `figures/${id}.png`, content: await drawPng(svg, { ...(signal && { signal }) }) };
  yield { name: `figures/${id}.vl.json`, content: `${JSON.stringify({ ...spec, description: alt })}\n` };
  yield { name: `figures/${id}.csv`, content: writeCsv(table) };
}

/** An SVG that says what it shows to those who do not see it. */
function withDescription(svg: string, alt: string): string {
  const text = alt.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return svg.replace(/^<svg /, `<svg role="img" aria-label="${text}" `);
}
