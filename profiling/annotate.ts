import { cellText, columnOf, type Table } from "@artesian/data";
import { UnknownColumnError } from "./errors.ts";
import { type MetadataCell, metadataColumn, type Profiles, takeWells } from "./profiles.ts";

/** What a join of profiles with metadata found. */
export interface Annotated {
  /** Wells with metadata, metadata columns first. */
  profiles: Profiles;
  /** Wells that the metadata does not name; left out of the result. */
  unmatchedWells: Record<string, string>[];
  /** Metadata rows without a profile. */
  unusedRows: Record<string, string>[];
  /** Metadata rows that name a well a second time; the first one was used. */
  repeatedRows: Record<string, string>[];
}

/**
 * Adds what a laboratory knows of each well. Nothing is dropped silently: wells without metadata, metadata without a well and wells
 * named twice are reported.
 * @param on pairs of columns to match, profiles' name to metadata's name, compared as text; for example
 * `{ Metadata_Plate: "plate", Metadata_Well: "well" }`
 * @param prefix of new metadata columns that do not have it yet; default "Metadata_". An existing column of the same name is kept and
 * the new one gets the suffix "_platemap".
 * @throws UnknownColumnError (profiling/unknown-column)
 */
export function annotate(
  profiles: Profiles,
  metadata: Table,
  on: Readonly<Record<string, string>>,
  prefix = "Metadata_",
): Annotated {
  const pairs = Object.entries(on);
  const known = pairs.map(([name]) => metadataColumn(profiles, name));
  const given = pairs.map(([, name]) => {
    const column = columnOf(metadata, name);
    if (column === undefined)
      throw new UnknownColumnError(
        name,
        metadata.columns.map((one) => one.name),
      );
    return column;
  });
  const named = (parts: (string | null)[]): Record<string, string> =>
    Object.fromEntries(pairs.map(([name], k) => [name, parts[k] ?? "(missing)"]));
  const rowsByKey = new Map<string, number>();
  const repeatedRows: Record<string, string>[] = [];
  for (let row = 0; row < metadata.rowCount; row++) {
    const parts = given.map((column) => cellText(column, row));
    const key = JSON.stringify(parts);
    if (rowsByKey.has(key)) repeatedRows.push(named(parts));
    else rowsByKey.set(key, row);
  }
  const unused = new Map(rowsByKey);
  const matched: { well: number; row: number }[] = [];
  const unmatchedWells: Record<string, string>[] = [];
  for (let well = 0; well < profiles.rowCount; well++) {
    const parts = known.map((cells) =>
      cells[well] === null || cells[well] === undefined ? null : String(cells[well]),
    );
    const key = JSON.stringify(parts);
    const row = rowsByKey.get(key);
    if (row === undefined) unmatchedWells.push(named(parts));
    else {
      matched.push({ well, row });
      unused.delete(key);
    }
  }
  const kept = takeWells(
    profiles,
    matched.map(({ well }) => well),
  );
  const added: Record<string, MetadataCell[]> = {};
  const joined = new Set(Object.values(on));
  for (const column of metadata.columns) {
    if (joined.has(column.name)) continue;
    const plain = column.name.startsWith(prefix) ? column.name : `${prefix}${column.name}`;
    const name = Object.hasOwn(kept.metadata, plain) ? `${plain}_platemap` : plain;
    added[name] = matched.map(({ row }) => {
      const cell = column.values[row];
      return cell === undefined || (typeof cell === "number" && Number.isNaN(cell)) ? null : cell;
    });
  }
  return {
    profiles: { ...kept, metadata: { ...added, ...kept.metadata } },
    unmatchedWells,
    unusedRows: [...unused.values()].map((row) => named(given.map((column) => cellText(column, row)))),
    repeatedRows,
  };
}
