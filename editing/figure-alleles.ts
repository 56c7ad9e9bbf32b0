import { tableFromRows } from "@artesian/data";
import { baseColours, colours, type EditingFigure, few, outcomeNames, percentText, SCHEMA } from "./figure.ts";
import type { Allele, AlleleList } from "./list-alleles.ts";
import type { EditingResult } from "./result.ts";

/** Alleles in a picture. */
const MOST_ALLELES = 20;

/**
 * The most frequent alleles around a cut, a row each: the amplicon's bases in grey, what differs in colour, a red rule where bases are
 * inserted.
 */
export function allelesFigure(result: EditingResult, list: AlleleList, index: number): EditingFigure {
  const title = `Alleles around ${list.region}`;
  const shown = list.alleles.slice(0, MOST_ALLELES);
  const columns = list.to - list.from;
  const own = result.amplicon.references[0]!.sequence.slice(list.from, list.to);
  const cells = shown.flatMap((allele, row) => cellsOf(allele, row, own));
  const names = shown.map((allele, row) => ({
    row,
    text: `${percentText(allele.reads / result.counts.judged)}  ${outcomeNames[allele.outcome]}${allele.edits.length > 0 ? `  ${allele.edits.slice(0, 3).join(" ")}${allele.edits.length > 3 ? " …" : ""}` : ""}`,
  }));
  const insertions = shown.flatMap((allele, row) => insertedAt(allele).map((column) => ({ row, column })));
  const cut = result.amplicon.guides[index]?.cut;
  const y = (field = "row") => ({
    field,
    type: "quantitative" as const,
    axis: null,
    scale: { domain: [-0.5, Math.max(0.5, shown.length - 0.5)], reverse: true, nice: false },
  });
  const x = {
    field: "column",
    type: "quantitative" as const,
    title: `bases ${list.from + 1} to ${list.to} of the amplicon`,
    axis: { labels: false, ticks: false, grid: false },
    scale: { domain: [-0.5, columns + 33.5], nice: false },
  };
  const first = list.alleles[0];
  const edited = list.alleles.find(({ outcome }) => outcome !== "unmodified");
  return {
    id: `alleles-${index + 1}`,
    title,
    alt:
      first === undefined
        ? `${title}: no read shows them.`
        : `${title}: ${list.distinct.toLocaleString("en")} alleles, the ${shown.length} most frequent drawn. First is ${outcomeNames[first.outcome]} with ${percentText(first.reads / result.counts.judged)} of the reads${edited === undefined ? "" : `; the most frequent edited one is ${edited.edits.join(" ") || outcomeNames[edited.outcome]} with ${percentText(edited.reads / result.counts.judged)}`}.`,
    spec: {
      $schema: SCHEMA,
      title,
      width: (columns + 34) * 12,
      height: Math.max(1, shown.length) * 18,
      view: { stroke: null },
      layer: [
        {
          data: { values: cells.map((cell) => ({ ...cell, left: cell.column - 0.5, right: cell.column + 0.5 })) },
          transform: [
            { calculate: "datum.row - 0.45", as: "top" },
            { calculate: "datum.row + 0.45", as: "bottom" },
          ],
          mark: { type: "rect" },
          encoding: {
            x: { ...x, field: "left" },
            x2: { field: "right" },
            y: y("top"),
            y2: { field: "bottom" },
            color: {
              field: "shade",
              type: "nominal",
              legend: null,
              scale: {
                domain: ["same", ...Object.keys(baseColours), "."],
                range: ["#f1f3f5", ...Object.values(baseColours), "#ffffff"],
              },
            },
          },
        },
        {
          data: { values: cells },
          mark: { type: "text", fontSize: 10, font: "ui-monospace, monospace" },
          encoding: {
            x,
            y: y(),
            text: { field: "letter", type: "nominal" },
            color: { condition: { test: "datum.shade === 'same'", value: colours.ink }, value: "#ffffff" },
          },
        },
        {
          data: { values: insertions.map(({ row, column }) => ({ row, column: column - 0.5 })) },
          transform: [
            { calculate: "datum.row - 0.5", as: "top" },
            { calculate: "datum.row + 0.5", as: "bottom" },
          ],
          mark: { type: "rule", color: "#c2255c", strokeWidth: 3 },
          encoding: { x, y: y("top"), y2: { field: "bottom" } },
        },
        {
          data: { values: cut === undefined ? [] : [{ column: cut - list.from - 0.5 }] },
          mark: { type: "rule", strokeDash: [4, 3], color: colours.quiet },
          encoding: { x },
        },
        {
          data: { values: names.map((name) => ({ ...name, column: columns })) },
          mark: { type: "text", align: "left", fontSize: 10, color: colours.ink, limit: 400 },
          encoding: { x, y: y(), text: { field: "text", type: "nominal" } },
        },
      ],
    },
    table: tableFromRows(
      shown.map(({ reads, outcome, reference, alignedReference, alignedRead, edits }) => ({
        reads,
        percent: few((100 * reads) / result.counts.judged),
        outcome,
        reference,
        aligned_reference: alignedReference,
        aligned_read: alignedRead,
        edits: edits.join(" "),
      })),
    ),
  };
}

interface Cell {
  row: number;
  column: number;
  letter: string;
  shade: string;
}

/** One cell for each base of the reference in the region, held against the amplicon where both are as long there. */
function cellsOf({ alignedReference, alignedRead }: Allele, row: number, amplicon: string): Cell[] {
  const bases = alignedReference.replaceAll("-", "");
  const own = bases.length === amplicon.length ? amplicon : bases;
  const cells: Cell[] = [];
  let column = 0;
  for (let i = 0; i < alignedReference.length; i++) {
    if (alignedReference[i] === "-") continue;
    const letter = alignedRead[i]!;
    cells.push({ row, column, letter, shade: letter === own[column] ? "same" : letter });
    column++;
  }
  return cells;
}

/** Columns left of which bases are inserted. */
function insertedAt({ alignedReference }: Allele): number[] {
  const found = new Set<number>();
  let column = 0;
  for (const base of alignedReference) {
    if (base === "-") found.add(column);
    else column++;
  }
  return [...found];
}
