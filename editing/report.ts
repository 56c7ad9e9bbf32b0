import { type Table, tableFromRows } from "@artesian/data";
import type { Report, ReportFigure, ReportSection, ReportTable } from "@artesian/figures";
import { countText, type EditingFigure, outcomeNames, percentText, rateText } from "./figure.ts";
import type { EditingResult, Provenance } from "./result.ts";

/** Rows of a long table on the page; its CSV has all. */
const MOST_ROWS = 50;

/** The report of one sample. @param drawn its figures with their SVG */
export function editingReport(
  result: EditingResult,
  tables: Readonly<Record<string, Table>>,
  drawn: readonly { figure: EditingFigure; svg: string }[],
): Report {
  const figure = (id: string): ReportFigure[] =>
    drawn
      .filter(
        ({ figure }) => figure.id === id || (/^-\d+$/.test(figure.id.slice(id.length)) && figure.id.startsWith(id)),
      )
      .map(figureBlock);
  const table = (name: string, caption: string): ReportTable[] =>
    tables[name] === undefined ? [] : [tableBlock(name, caption, tables[name])];
  const sections: ReportSection[] = [
    {
      heading: "Outcomes",
      blocks: [
        ...figure("outcomes"),
        ...figure("frames"),
        tableBlock("reads", "From the files to the rates", funnel(result)),
      ],
    },
    { heading: "Alleles", blocks: [...figure("alleles"), ...table("alleles", "Most frequent alleles")] },
    {
      heading: "Positions",
      blocks: [...figure("positions"), ...figure("nucleotides"), ...table("nucleotide-percentages", "Bases read")],
    },
    { heading: "Insertions and deletions", blocks: [...figure("indel-sizes"), ...table("indel-histogram", "Sizes")] },
    ...(result.conversions === null
      ? []
      : [
          {
            heading: "Base editing",
            blocks: [
              ...figure("conversions"),
              ...table("conversions", "By position"),
              ...table("conversion-alleles", "By allele: target and bystanders"),
            ],
          },
        ]),
    { heading: "Edits", blocks: table("edits", "Every edit that enough reads have") },
    ...(result.background === null
      ? []
      : [
          {
            heading: "Untreated controls",
            blocks: [...figure("background"), ...table("background", "Difference at every position")],
          },
        ]),
  ];
  return {
    title: `Editing of ${result.amplicon.name} in ${result.sample}`,
    summary: summaryOf(result),
    sections,
    provenance: provenanceRows(result.provenance),
  };
}

/** What a result says, a sentence each. */
export function summaryOf(result: EditingResult): string[] {
  const { edited, outcomes, counts, unit, background, alleles, notes, conversions, scaffold } = result;
  const top = alleles[0]?.alleles.find(({ outcome }) => outcome !== "unmodified");
  const best = [...(conversions?.sites ?? [])].sort((a, b) => b.value - a.value)[0];
  return [
    `${rateText(edited)} of the ${unit} are edited: ${countText(edited.count)} of ${countText(edited.of)}.`,
    ...(outcomes.hdr.count > 0 ? [`HDR without further edits: ${rateText(outcomes.hdr)}.`] : []),
    ...(outcomes.primeEdited.count > 0
      ? [`Prime-edited without further edits: ${rateText(outcomes.primeEdited)}.`]
      : []),
    ...(best === undefined
      ? []
      : [
          `Most converted: ${conversions!.editor.from}${best.protospacerPosition} of ${best.guide}, ${rateText(best)} of the ${unit}.`,
        ]),
    ...(scaffold === null ? [] : [`Scaffold of the pegRNA: in ${rateText(scaffold)} of the ${unit}.`]),
    ...(top === undefined
      ? []
      : [
          `The most frequent edited allele (${top.edits.join(" ") || outcomeNames[top.outcome]}) is ${percentText(top.reads / counts.judged)} of the ${unit}.`,
        ]),
    ...(background === null
      ? []
      : [
          `Untreated controls show ${rateText(background.edited)}; what is left is ${rateText(background.difference)}.`,
        ]),
    ...notes,
  ];
}

/** What was lost on the way, step by step. */
function funnel({ reading, counts }: EditingResult): Table {
  return tableFromRows([
    ...Object.entries(reading).map(([step, reads]) => ({ step, reads })),
    { step: "aligned", reads: counts.aligned },
    { step: "left out: unlike the amplicon", reads: counts.lowIdentity },
    { step: "left out: end within the window", reads: counts.uncovered },
    { step: "judged", reads: counts.judged },
    { step: "fit several references equally well", reads: counts.ambiguous },
  ]);
}

/** Where a result comes from, for the end of a report. */
export function provenanceRows({ code, inputs, parameters }: Provenance): Record<string, string> {
  return {
    code: `artesian ${code.version} (${code.digest.slice(0, 12)})`,
    ...Object.fromEntries(inputs.map(({ role, name, sha256 }) => [`${role}: ${name}`, `sha256 ${sha256}`])),
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, JSON.stringify(value)])),
  };
}

function figureBlock({ figure, svg }: { figure: EditingFigure; svg: string }): ReportFigure {
  return { kind: "figure", svg, alt: figure.alt, caption: figure.alt, data: figure.table, name: figure.id };
}

function tableBlock(name: string, caption: string, table: Table): ReportTable {
  const shown = table.rowCount > MOST_ROWS ? head(table, MOST_ROWS) : table;
  const rest =
    table.rowCount > MOST_ROWS
      ? ` (the first ${MOST_ROWS} of ${countText(table.rowCount)} rows; ${name}.csv has all)`
      : "";
  return { kind: "table", caption: `${caption}${rest}`, table: shown, name };
}

function head({ columns }: Table, rows: number): Table {
  return {
    rowCount: rows,
    columns: columns.map((column) =>
      column.kind === "number"
        ? { ...column, values: column.values.slice(0, rows) }
        : { ...column, values: column.values.slice(0, rows) },
    ),
  };
}
