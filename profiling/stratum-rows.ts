import { sameNames } from "./column-union.ts";
import type { JobResult, StratumResult } from "./ingest-job.ts";

/**
 * The numbers of all strata in one array of shape (strata, lead + columns), filled as results come: it becomes the profiles as it is,
 * where every result has the same columns and nothing is left out, so that a plate's numbers are held once.
 */
export interface StratumRows {
  /**
   * Copies a result's numbers into their rows.
   * @param rows of each of the result's strata
   * @returns the result's strata over the array; those of other columns than the first result's as they are
   */
  put(result: JobResult, rows: readonly number[]): StratumResult[];
  /** The array, when every row was filled with these columns by compartment. */
  whole(columns: readonly (readonly string[])[]): Float64Array | undefined;
}

/**
 * @param count strata
 * @param lead columns in front, for the caller to fill
 */
export function stratumRows(count: number, lead: number): StratumRows {
  let values: Float64Array | undefined;
  let known: readonly (readonly string[])[] = [];
  let filled = 0;
  const isKnown = (columns: readonly (readonly string[])[]): boolean =>
    columns.length === known.length && columns.every((names, c) => sameNames(names, known[c]!));
  const widthOf = (): number => known.reduce((sum, names) => sum + names.length, lead);
  return {
    put(result, rows) {
      if (values === undefined) {
        known = result.columns;
        values = new Float64Array(count * widthOf());
      }
      if (!isKnown(result.columns)) return result.strata;
      const all = values;
      const width = widthOf();
      filled += result.strata.length;
      return result.strata.map((stratum, local) => {
        let at = rows[local]! * width + lead;
        return {
          ...stratum,
          values: stratum.values.map((cells) => {
            all.set(cells, at);
            at += cells.length;
            return all.subarray(at - cells.length, at);
          }),
        };
      });
    },
    whole: (columns) => (filled === count && isKnown(columns) ? values : undefined),
  };
}
