import { type Table, tableFromRows, writeCsv } from "@artesian/data";
import { drawSvg, reportHtml } from "@artesian/figures";
import type { Outcome } from "./classify.ts";
import { rateText } from "./figure.ts";
import { samplesFigure } from "./figure-rates.ts";
import { figureFiles, type OutputFile, type OutputOptions } from "./outputs.ts";
import type { AssignedPool } from "./pool.ts";
import { type ReplicateRate, replicateRate } from "./rates.ts";
import { provenanceRows } from "./report.ts";
import type { EditingResult, Provenance } from "./result.ts";
import { quantificationRow } from "./tables.ts";

/** How a sample of a batch, or an amplicon of a pool, came out. */
export type BatchEntry =
  | { sample: string; condition: string | null; status: "done"; result: EditingResult }
  | { sample: string; condition: string | null; status: "failed"; code: string; message: string };

/** Replicates of one condition together. */
export interface ConditionRate {
  condition: string;
  samples: string[];
  edited: ReplicateRate;
  outcomes: Record<Outcome, ReplicateRate>;
}

/** The document of a batch: `batch.json`. */
export interface BatchDocument {
  format: "artesian editing batch";
  formatVersion: 1;
  provenance: Provenance;
  samples: (
    | { sample: string; condition: string | null; status: "done"; folder: string }
    | { sample: string; condition: string | null; status: "failed"; code: string; message: string }
  )[];
  conditions: ConditionRate[];
  pool: AssignedPool | null;
  notes: string[];
}

export const BATCH_FILE = "batch.json";

/** Where a sample's own files are in a batch's folder. */
export function sampleFolder(sample: string): string {
  return `samples/${sample}`;
}

/** The rates of conditions, each from its samples that are done. */
export function conditionsOf(entries: readonly BatchEntry[]): ConditionRate[] {
  const names = [...new Set(entries.flatMap(({ condition }) => (condition === null ? [] : [condition])))];
  return names.flatMap((condition) => {
    const results = entries.flatMap((entry) =>
      entry.status === "done" && entry.condition === condition ? [entry.result] : [],
    );
    if (results.length === 0) return [];
    const outcomes = Object.keys(results[0]!.outcomes) as Outcome[];
    return [
      {
        condition,
        samples: results.map(({ sample }) => sample),
        edited: replicateRate(results.map(({ edited }) => edited)),
        outcomes: Object.fromEntries(
          outcomes.map((outcome) => [outcome, replicateRate(results.map((result) => result.outcomes[outcome]))]),
        ) as Record<Outcome, ReplicateRate>,
      },
    ];
  });
}

/** The files of a batch beside those of its samples. */
export async function* batchOutputs(
  entries: readonly BatchEntry[],
  provenance: Provenance,
  more: { pool: AssignedPool | null; notes: readonly string[] },
  { png = true, signal }: OutputOptions = {},
): AsyncGenerator<OutputFile> {
  const conditions = conditionsOf(entries);
  const done = entries.flatMap((entry) => (entry.status === "done" ? [entry.result] : []));
  const tables: [name: string, caption: string, table: Table][] = [
    ["quantification", more.pool === null ? "Samples" : "Amplicons", entriesTable(entries)],
    ...(conditions.length > 0
      ? [["conditions", "Conditions", conditionsTable(conditions)] as [string, string, Table]]
      : []),
    ...(more.pool === null ? [] : [["pool", "Reads of the pool", poolTable(more.pool)] as [string, string, Table]]),
  ];
  for (const [name, , table] of tables) yield { name: `${name}.csv`, content: writeCsv(table) };
  const figure = done.length > 0 ? samplesFigure(done) : undefined;
  const svg = figure === undefined ? undefined : await drawSvg(figure.spec);
  if (figure !== undefined && svg !== undefined) yield* figureFiles(figure, svg, png, signal);
  const failed = entries.flatMap((entry) => (entry.status === "failed" ? [entry] : []));
  const report = reportHtml({
    title: `Editing in ${entries.length} ${more.pool === null ? "samples" : "amplicons"}`,
    summary: [
      `${done.length} of ${entries.length} are done.`,
      ...failed.map(({ sample, message }) => `${sample} failed: ${message}`),
      ...conditions.map(
        ({ condition, samples, edited }) =>
          `${condition}: ${rateText(edited)} edited (${samples.length} ${samples.length === 1 ? "sample" : "samples"}, overdispersion ρ ${Number(edited.overdispersion.toPrecision(2))}).`,
      ),
      ...more.notes,
    ],
    sections: [
      {
        heading: "Rates",
        blocks: [
          ...(figure === undefined || svg === undefined
            ? []
            : [
                {
                  kind: "figure" as const,
                  svg,
                  alt: figure.alt,
                  caption: figure.alt,
                  data: figure.table,
                  name: figure.id,
                },
              ]),
          ...tables.map(([name, caption, table]) => ({ kind: "table" as const, caption, table, name })),
        ],
      },
    ],
    provenance: provenanceRows(provenance),
  });
  yield { name: "report.html", content: report };
  const document: BatchDocument = {
    format: "artesian editing batch",
    formatVersion: 1,
    provenance,
    samples: entries.map((entry) =>
      entry.status === "failed"
        ? entry
        : { sample: entry.sample, condition: entry.condition, status: "done", folder: sampleFolder(entry.sample) },
    ),
    conditions,
    pool: more.pool,
    notes: [...more.notes],
  };
  yield { name: BATCH_FILE, content: `${JSON.stringify(document)}\n` };
}

function entriesTable(entries: readonly BatchEntry[]): Table {
  const first = { status: "", condition: null, code: null, message: null };
  return tableFromRows(
    entries.map((entry) => {
      const { sample, condition, status } = entry;
      if (entry.status === "done") return { sample, ...first, status, condition, ...quantificationRow(entry.result) };
      return { sample, ...first, status, condition, code: entry.code, message: entry.message };
    }),
  );
}

function conditionsTable(conditions: readonly ConditionRate[]): Table {
  return tableFromRows(
    conditions.map(({ condition, samples, edited, outcomes }) => ({
      condition,
      samples: samples.join(" "),
      replicates: edited.replicates,
      edited_percent: 100 * edited.value,
      edited_lower_percent: 100 * edited.lower,
      edited_upper_percent: 100 * edited.upper,
      overdispersion: edited.overdispersion,
      ...Object.fromEntries(
        Object.entries(outcomes).flatMap(([outcome, rate]) => [
          [`${outcome}_percent`, 100 * rate.value],
          [`${outcome}_lower_percent`, 100 * rate.lower],
          [`${outcome}_upper_percent`, 100 * rate.upper],
        ]),
      ),
    })),
  );
}

function poolTable({ total, unassigned, ambiguous, amplicons }: AssignedPool): Table {
  const row = (amplicon: string, reads: number) => ({
    amplicon,
    reads,
    percent: total > 0 ? (100 * reads) / total : null,
  });
  return tableFromRows([
    ...amplicons.map(({ name, reads }) => row(name, reads)),
    row("(several fit)", ambiguous),
    row("(none fits)", unassigned),
  ]);
}
