import { tableFromRows } from "@artesian/data";
import { colours, type EditingFigure, few, percentText, rateText, SCHEMA } from "./figure.ts";
import type { EditingResult } from "./result.ts";

/** Bases on each side of the window that are drawn. */
const AROUND = 20;

/** What is left of the rate of each kind of edit at each base around the window when untreated controls are subtracted. */
export function backgroundFigure({ background, amplicon }: EditingResult): EditingFigure | null {
  if (background === null) return null;
  const { window, sequence } = amplicon.references[0]!;
  const from = Math.max(0, (window[0] ?? 0) - AROUND);
  const to = Math.min(sequence.length, (window.at(-1) ?? sequence.length) + 1 + AROUND);
  const shown = background.positions.filter(({ position }) => position >= from && position < to);
  const rows = shown.map(({ position, kind, treated, control, difference, q }) => ({
    position: position + 1,
    base: sequence[position]!,
    kind,
    treated_percent: treated.of > 0 ? (100 * treated.count) / treated.of : null,
    control_percent: control.of > 0 ? (100 * control.count) / control.of : null,
    difference_percent: 100 * difference.value,
    lower_percent: 100 * difference.lower,
    upper_percent: 100 * difference.upper,
    q,
  }));
  const title = "Edits beyond untreated controls";
  const certain = shown.filter(({ q, difference }) => q < 0.05 && difference.value > 0);
  const most = [...certain].sort((a, b) => b.difference.value - a.difference.value)[0];
  const kinds = ["substitution", "deletion", "insertion"];
  const x = {
    field: "position",
    type: "quantitative" as const,
    title: "base of the amplicon",
    scale: { domain: [from + 0.5, to + 0.5], nice: false },
  };
  const color = {
    field: "kind",
    type: "nominal" as const,
    title: null,
    scale: { domain: kinds, range: ["#e69f00", colours.accent, "#c2255c"] },
  };
  const values = rows
    .filter(({ difference_percent }) => Number.isFinite(difference_percent))
    .map((row) => ({
      // Three kinds at one base stand side by side.
      position: row.position + (kinds.indexOf(row.kind) - 1) * 0.25,
      kind: row.kind,
      difference: few(row.difference_percent),
      lower: few(row.lower_percent),
      upper: few(row.upper_percent),
    }));
  return {
    id: "background",
    title,
    alt: `${title}, bases ${from + 1} to ${to}: ${certain.length} of ${shown.length} kinds of edit by base are more frequent than in the controls at a false discovery rate of 5 %${most === undefined ? "" : `, most the ${most.kind} at base ${most.position + 1} with ${rateText(most.difference)}`}. Controls show ${percentText(background.edited.value)} edited reads.`,
    spec: {
      $schema: SCHEMA,
      title,
      width: 620,
      height: 220,
      data: { values },
      layer: [
        {
          mark: { type: "rule", strokeWidth: 1.5 },
          encoding: {
            x,
            y: { field: "lower", type: "quantitative", title: "difference, % of reads" },
            y2: { field: "upper" },
            color,
          },
        },
        {
          mark: { type: "point", filled: true, size: 22 },
          encoding: { x, y: { field: "difference", type: "quantitative" }, color },
        },
      ],
    },
    table: tableFromRows(rows),
  };
}
