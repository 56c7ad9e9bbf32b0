/** Which of a well's many numbers stand beside its pictures at first. */
import type { WellDetail } from "@artesian/server/api.ts";

/** A row of the numbers table. */
export type NumberRow = WellDetail["numbers"][number];

/** Metrics that tell focus and saturation at a glance. */
const GLANCE: readonly string[] = ["PowerLogLogSlope", "PercentSaturated", "SaturatedPixels"];

/**
 * Counts of the whole well, whatever is flagged, the page's metric, and focus and saturation of the first channel that is on:
 * what a reviewer compares with the pictures. The others are one press away.
 */
export function rowsAtAGlance(
  rows: readonly NumberRow[],
  shown: { metric: string | undefined; channels: readonly string[] },
): NumberRow[] {
  const first = shown.channels[0];
  return rows.filter(
    (row) =>
      row.channel === null ||
      row.flags.some((flag) => flag !== null) ||
      (row.metric === shown.metric && shown.channels.includes(row.channel)) ||
      (GLANCE.includes(row.metric) && row.channel === first),
  );
}
