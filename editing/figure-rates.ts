import { tableFromRows } from "@artesian/data";
import type { Outcome } from "./classify.ts";
import { colours, type EditingFigure, type FigureSpec, few, outcomeNames, rateText, SCHEMA } from "./figure.ts";
import type { Rate } from "./rates.ts";
import type { EditingResult } from "./result.ts";

interface RateRow {
  name: string;
  count?: number;
  of?: number;
  rate: Rate;
}

/** What became of the reads, each outcome with its interval. */
export function outcomesFigure({ outcomes, counts, edited }: EditingResult): EditingFigure {
  const rows = (Object.keys(outcomes) as Outcome[])
    .filter((outcome) => outcomes[outcome].count > 0 || outcome === "unmodified" || outcome === "nhej")
    .map((outcome): RateRow => {
      const { count, of, ...rate } = outcomes[outcome];
      return { name: outcomeNames[outcome], count, of, rate };
    });
  const title = "What became of the reads";
  return {
    id: "outcomes",
    title,
    alt: `${title}: of ${counts.judged.toLocaleString("en")}, ${rows.map(({ name, rate }) => `${name} ${rateText(rate)}`).join(", ")}. Edited of those decided: ${rateText(edited)}.`,
    spec: rateBars(title, rows, "% of reads judged"),
    table: rateTable(rows, "outcome"),
  };
}

/** Edits in the coding sequence, of the modified reads. */
export function framesFigure({ frames }: EditingResult): EditingFigure | null {
  if (frames === null) return null;
  const { inFrame, frameshift, noncoding, splice } = frames;
  const all = inFrame + frameshift + noncoding;
  const title = "Effect of the edits on the coding sequence";
  const share = (count: number): Rate => ({ value: all > 0 ? count / all : Number.NaN, lower: 0, upper: 1 });
  const rows = [
    { name: "frameshift", count: frameshift },
    { name: "in frame", count: inFrame },
    { name: "not in an exon", count: noncoding },
    { name: "at a splice site", count: splice },
  ].map(({ name, count }): RateRow => ({ name, count, of: all, rate: share(count) }));
  return {
    id: "frames",
    title,
    alt: `${title}: of ${all.toLocaleString("en")} modified reads, ${rows.map(({ name, count }) => `${count} ${name}`).join(", ")}.`,
    spec: rateBars(title, rows, "% of modified reads", false),
    table: tableFromRows(rows.map(({ name, count }) => ({ effect: name, reads: count ?? 0, of: all }))),
  };
}

/** Conversion at every editable base of the protospacers. */
export function conversionsFigure({ conversions }: EditingResult): EditingFigure | null {
  if (conversions === null) return null;
  const { editor, sites } = conversions;
  const guides = new Set(sites.map(({ guide }) => guide));
  const rows = sites.map(
    ({ guide, protospacerPosition, converted, reads, value, lower, upper }): RateRow => ({
      name: `${guides.size > 1 ? `${guide} ` : ""}${editor.from}${protospacerPosition}`,
      count: converted,
      of: reads,
      rate: { value, lower, upper },
    }),
  );
  const title = `${editor.from} to ${editor.to} by position in the protospacer`;
  const most = [...rows].sort((a, b) => b.rate.value - a.rate.value)[0];
  return {
    id: "conversions",
    title,
    alt:
      most === undefined
        ? `${title}: the protospacer has no ${editor.from}.`
        : `${title}: ${rows.length} positions; most at ${most.name}, ${rateText(most.rate)}.`,
    spec: rateBars(title, rows, "% of reads converted"),
    table: rateTable(rows, "site"),
  };
}

/** The edited rate of every sample, with its interval. */
export function samplesFigure(results: readonly EditingResult[]): EditingFigure {
  const rows = results.map(
    ({ sample, edited: { count, of, ...rate } }): RateRow => ({ name: sample, count, of, rate }),
  );
  const title = "Edited reads by sample";
  const values = rows.map(({ rate }) => rate.value).filter((value) => Number.isFinite(value));
  return {
    id: "samples",
    title,
    alt: `${title}: ${rows.length} samples, from ${few(100 * Math.min(...values))} % to ${few(100 * Math.max(...values))} %.`,
    spec: rateBars(title, rows, "% of reads edited"),
    table: rateTable(rows, "sample"),
  };
}

function rateTable(rows: readonly RateRow[], name: string): EditingFigure["table"] {
  return tableFromRows(
    rows.map((row) => ({
      [name]: row.name,
      count: row.count ?? null,
      of: row.of ?? null,
      percent: 100 * row.rate.value,
      lower_percent: 100 * row.rate.lower,
      upper_percent: 100 * row.rate.upper,
    })),
  );
}

/** Bars with the intervals of their ends and the numbers beside them. */
function rateBars(title: string, rows: readonly RateRow[], valueTitle: string, intervals = true): FigureSpec {
  const values = rows.map(({ name, count, of, rate }) => ({
    name,
    percent: few(100 * rate.value),
    lower: few(100 * rate.lower),
    upper: few(100 * rate.upper),
    text: intervals ? rateText(rate) : `${Number((100 * rate.value).toPrecision(3)) || 0} %`,
    count: count ?? null,
    of: of ?? null,
  }));
  const end = intervals
    ? Math.max(0, ...rows.map(({ rate }) => rate.upper))
    : Math.max(0, ...rows.map(({ rate }) => rate.value || 0));
  const x = {
    type: "quantitative" as const,
    title: valueTitle,
    scale: { domain: [0, Math.max(0.01, end * 100 * 1.35)], nice: false },
  };
  const y = {
    field: "name",
    type: "nominal" as const,
    sort: null,
    title: null,
    axis: { labelLimit: 220 },
  };
  const tooltip = ["name", "count", "of", "text"].map((field) => ({ field, type: "nominal" as const }));
  return {
    $schema: SCHEMA,
    title,
    width: 460,
    height: { step: 22 },
    data: { values },
    layer: [
      {
        mark: { type: "bar", color: colours.accent, size: 13 },
        encoding: { y, x: { ...x, field: "percent" }, tooltip },
      },
      ...(intervals
        ? [
            {
              mark: { type: "rule" as const, color: colours.ink },
              encoding: { y, x: { ...x, field: "lower" }, x2: { field: "upper" } },
            },
          ]
        : []),
      {
        mark: { type: "text", align: "left", dx: 6, color: colours.ink },
        encoding: { y, x: { ...x, field: intervals ? "upper" : "percent" }, text: { field: "text", type: "nominal" } },
      },
    ],
  };
}
