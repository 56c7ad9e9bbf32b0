import { type Table, tableFromRows, writeCsv } from "@artesian/data";
import { drawSvg, reportHtml } from "@artesian/figures";
import type { ComparedRate, Comparison } from "./compare.ts";
import { colours, type EditingFigure, few, rateText, SCHEMA } from "./figure.ts";
import { figureFiles, type OutputFile, type OutputOptions } from "./outputs.ts";
import { provenanceRows } from "./report.ts";
import type { Provenance } from "./result.ts";

/** Rows of a table on the page. */
const MOST_ROWS = 50;

/** Files of a comparison: tables, a figure, a report and the document `comparison.json`. @param names of the two conditions */
export async function* comparisonOutputs(
  comparison: Comparison,
  names: readonly [string, string],
  provenance: Provenance,
  { png = true, signal }: OutputOptions = {},
): AsyncGenerator<OutputFile> {
  const tables: [name: string, caption: string, rows: ComparedRate[]][] = [
    ["comparison", "Rates", [comparison.edited, ...comparison.outcomes]],
    ["positions", "Positions", comparison.positions],
    ["edits", "Edits", comparison.edits],
    ["alleles", "Alleles around the cuts", comparison.alleles],
  ];
  for (const [name, , rows] of tables) yield { name: `${name}.csv`, content: writeCsv(comparedTable(rows, names)) };
  const figure = conditionsFigure(comparison, names);
  const svg = await drawSvg(figure.spec);
  yield* figureFiles(figure, svg, png, signal);
  yield {
    name: "report.html",
    content: reportHtml({
      title: `${names[0]} against ${names[1]}: editing of ${comparison.amplicon}`,
      summary: comparisonLines(comparison, names),
      sections: [
        {
          heading: "Rates",
          blocks: [
            { kind: "figure", svg, alt: figure.alt, caption: figure.alt, data: figure.table, name: figure.id },
            ...tables.map(([name, caption, rows]) => {
              // On the page the rows that differ most come first; the file keeps their order.
              const shown = name === "comparison" ? rows : [...rows].sort((x, y) => x.p - y.p).slice(0, MOST_ROWS);
              const rest =
                shown.length < rows.length ? ` (the ${MOST_ROWS} least likely by chance of ${rows.length})` : "";
              return { kind: "table" as const, caption: `${caption}${rest}`, table: comparedTable(shown, names), name };
            }),
          ],
        },
      ],
      provenance: provenanceRows(provenance),
    }),
  };
  const document = { format: "artesian editing comparison", formatVersion: 1, names, provenance, ...comparison };
  yield { name: "comparison.json", content: `${JSON.stringify(document)}\n` };
}

/** What a comparison says, a sentence each. */
export function comparisonLines(
  { edited, positions, alleles, notes }: Comparison,
  names: readonly [string, string],
): string[] {
  const p = (value: number): string =>
    value === 0 ? "below 1e-300" : value < 1e-4 ? value.toExponential(1) : value.toPrecision(2);
  const found = (rows: readonly ComparedRate[]): number => rows.filter(({ q }) => q < 0.05).length;
  return [
    `Edited: ${names[0]} ${rateText(edited.a)}, ${names[1]} ${rateText(edited.b)}; difference ${rateText(edited.difference)}, p ${p(edited.p)}${edited.pSamples === null ? "" : ` of reads, ${p(edited.pSamples)} of samples`}.`,
    `${found(positions)} of ${positions.length} edits by position and ${found(alleles)} of ${alleles.length} alleles differ at a false discovery rate of 5 %.`,
    ...notes,
  ];
}

function comparedTable(rows: readonly ComparedRate[], [a, b]: readonly [string, string]): Table {
  return tableFromRows(
    rows.map((row) => ({
      what: row.name,
      [`${a}_count`]: row.a.count,
      [`${a}_of`]: row.a.of,
      [`${a}_percent`]: 100 * row.a.value,
      [`${a}_lower_percent`]: 100 * row.a.lower,
      [`${a}_upper_percent`]: 100 * row.a.upper,
      [`${b}_count`]: row.b.count,
      [`${b}_of`]: row.b.of,
      [`${b}_percent`]: 100 * row.b.value,
      [`${b}_lower_percent`]: 100 * row.b.lower,
      [`${b}_upper_percent`]: 100 * row.b.upper,
      difference_percent: 100 * row.difference.value,
      difference_lower_percent: 100 * row.difference.lower,
      difference_upper_percent: 100 * row.difference.upper,
      p: row.p,
      p_samples: row.pSamples,
      q: row.q,
    })),
  );
}

function conditionsFigure({ edited, outcomes }: Comparison, names: readonly [string, string]): EditingFigure {
  const rows = [edited, ...outcomes].flatMap(({ name, a, b }) =>
    ([a, b] as const).map((rate, side) => ({
      outcome: name,
      condition: names[side]!,
      percent: 100 * rate.value,
      lower: 100 * rate.lower,
      upper: 100 * rate.upper,
    })),
  );
  const title = `Outcomes in ${names[0]} and ${names[1]}`;
  const y = { field: "outcome", type: "nominal" as const, sort: null, title: null };
  const yOffset = { field: "condition", type: "nominal" as const, sort: null };
  const color = {
    field: "condition",
    type: "nominal" as const,
    title: null,
    sort: null,
    scale: { domain: [...names], range: [colours.accent, colours.contrast] },
  };
  const values = rows.map((row) => ({
    ...row,
    percent: few(row.percent),
    lower: few(row.lower),
    upper: few(row.upper),
  }));
  return {
    id: "outcomes",
    title,
    alt: `${title}: edited ${rateText(edited.a)} and ${rateText(edited.b)}.`,
    spec: {
      $schema: SCHEMA,
      title,
      width: 460,
      height: { step: 18 },
      data: { values },
      layer: [
        {
          mark: { type: "bar", size: 13 },
          encoding: { y, yOffset, color, x: { field: "percent", type: "quantitative", title: "% of reads" } },
        },
        {
          mark: { type: "rule", color: colours.ink },
          encoding: { y, yOffset, x: { field: "lower", type: "quantitative" }, x2: { field: "upper" } },
        },
      ],
    },
    table: tableFromRows(rows),
  };
}
