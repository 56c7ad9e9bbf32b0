import { tableFromRows } from "@artesian/data";
import { colours, countText, type FigureSpec, few, SCHEMA, type SummaryFigure } from "./figure.ts";
import { findKnee, rankSteps } from "./knee.ts";

/** Most points of the curve; they are chosen evenly on the logarithmic axis of ranks. */
const MOST_POINTS = 400;

/**
 * Counts of the barcodes by rank, with knee and inflection where the curve bends: below them are droplets without a cell, if the matrix
 * still has them.
 * @param counts of shape (cells)
 */
export function kneeFigure(counts: Float64Array): SummaryFigure {
  const steps = rankSteps(counts);
  const found = findKnee(steps);
  const shown = thin(steps);
  const marks =
    found === undefined
      ? []
      : [
          { counts: few(found.knee), label: "knee" },
          { counts: few(found.inflection), label: "inflection" },
        ];
  const title = "Counts by rank of the barcode";
  const x = {
    field: "rank",
    type: "quantitative" as const,
    scale: { type: "log" as const },
    title: "rank of the barcode",
  };
  const y = { field: "counts", type: "quantitative" as const, scale: { type: "log" as const }, title: "counts" };
  const spec: FigureSpec = {
    $schema: SCHEMA,
    title,
    width: 420,
    height: 300,
    layer: [
      {
        data: { values: shown.map((step) => ({ rank: few(step.rank), counts: few(step.counts) })) },
        mark: { type: "line", color: colours.accent, strokeWidth: 2 },
        encoding: { x, y },
      },
      {
        data: { values: marks },
        mark: { type: "rule", strokeDash: [4, 3], color: colours.contrast },
        encoding: { y },
      },
      {
        data: { values: marks },
        mark: { type: "text", align: "right", dy: -6, color: colours.contrast },
        encoding: { y, x: { value: 414 }, text: { field: "label", type: "nominal" } },
      },
    ],
  };
  const place =
    found === undefined
      ? "It does not bend, as in a matrix of cells only."
      : `The knee is at ${countText(found.knee)} counts, the inflection at ${countText(found.inflection)}.`;
  const alt =
    steps.length === 0
      ? `${title}: no barcode has counts.`
      : `${title}, on logarithmic axes, from ${countText(steps[0]!.counts)} down to ${countText(steps[steps.length - 1]!.counts)}. ${place}`;
  return {
    id: "knee",
    title,
    alt,
    spec,
    table: tableFromRows(shown.map(({ rank, counts, barcodes }) => ({ rank, counts, barcodes }))),
  };
}

function thin<T extends { rank: number }>(steps: readonly T[]): T[] {
  if (steps.length <= MOST_POINTS) return [...steps];
  const last = Math.log10(steps[steps.length - 1]!.rank);
  const kept: T[] = [];
  let next = 0;
  for (const step of steps) {
    const place = Math.log10(step.rank);
    if (place < next && step !== steps[steps.length - 1]) continue;
    kept.push(step);
    next = place + last / MOST_POINTS;
  }
  return kept;
}
