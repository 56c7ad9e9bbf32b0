import { type MetadataCell, metadataColumn, type Profiles } from "./profiles.ts";
import { OperationOptionError } from "./statistics-errors.ts";

/**
 * How noisy features are within replicates: standard deviation (ddof 0) in each group, averaged over the groups, as pycytominer's
 * `noise_removal`. Missing values are left out; wells without a group take no part.
 * @param groups a metadata column, or one group a well
 * @param rows wells to use
 * @param columns features over those wells
 * @returns the averages, of shape (features); NaN for a feature without values
 */
export function replicateNoise(
  profiles: Profiles,
  groups: string | readonly MetadataCell[],
  rows: readonly number[],
  columns: readonly Float64Array[],
): Float64Array {
  const cells = typeof groups === "string" ? metadataColumn(profiles, groups) : groups;
  if (cells.length !== profiles.rowCount)
    throw new OperationOptionError(
      "noise_removal",
      "groups",
      `${cells.length} groups`,
      `${profiles.rowCount}, one a well`,
    );
  const members = new Map<MetadataCell, number[]>();
  rows.forEach((row, place) => {
    const group = cells[row] ?? null;
    if (group === null) return;
    const known = members.get(group);
    if (known === undefined) members.set(group, [place]);
    else known.push(place);
  });
  return Float64Array.from(columns, (column) => {
    let [total, used] = [0, 0];
    for (const places of members.values()) {
      const deviation = deviationOf(column, places);
      if (Number.isNaN(deviation)) continue;
      total += deviation;
      used++;
    }
    return total / used;
  });
}

function deviationOf(column: Float64Array, places: readonly number[]): number {
  let [sum, count] = [0, 0];
  for (const place of places) {
    if (Number.isNaN(column[place]!)) continue;
    sum += column[place]!;
    count++;
  }
  let squares = 0;
  for (const place of places) if (!Number.isNaN(column[place]!)) squares += (column[place]! - sum / count) ** 2;
  return Math.sqrt(squares / count);
}
