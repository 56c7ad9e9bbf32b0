import type { Place } from "@artesian/data";
import type { CollateSettings } from "./collate-options.ts";
import { uniteColumns } from "./column-union.ts";
import { readCell } from "./csv-cell.ts";
import { parseImageTable, type TextTable } from "./image-table.ts";
import { BadFileError } from "./ingest-errors.ts";
import type { KeepCells } from "./ingest-types.ts";
import { type ObjectKeeper, objectColumns } from "./keep-objects.ts";
import { type OpenSet, wholeFile } from "./open-sets.ts";
import type { PlannedJob } from "./plan-jobs.ts";

/** Opens what objects are kept in, if anything. */
export async function openKeepers(
  place: Place,
  keep: KeepCells | undefined,
  jobs: readonly PlannedJob[],
  sets: readonly OpenSet[],
  settings: CollateSettings,
  signal?: AbortSignal,
): Promise<ObjectKeeper[]> {
  if (keep?.sqlite === undefined && keep?.parquet === undefined) return [];
  const columns = await objectColumns(place, jobs, settings.job.compartments, signal);
  const names = uniteColumns(sets.map(({ table }) => table.names));
  const read = async (set: number): Promise<TextTable> => {
    const { image } = sets[set]!;
    const bytes = await wholeFile(place, image, signal);
    if (!(bytes instanceof Uint8Array)) throw new BadFileError(bytes.file, bytes.line, bytes.code, bytes.message);
    return parseImageTable(bytes, image.key);
  };
  const at = settings.image.strata.indexOf("Metadata_Plate");
  const addsPlate = at >= 0 && !names.includes("Metadata_Plate");
  const plate = (set: number): (string | null)[] => sets[set]!.table.strata.map((row) => row[at] ?? null);
  const keepers: ObjectKeeper[] = [];
  if (keep.sqlite !== undefined) {
    const { sqliteKeeper } = await import("./keep-sqlite.ts");
    keepers.push(
      sqliteKeeper(keep.sqlite.path, columns, {
        tableNumbers: sets.map(({ tableNumber }) => tableNumber),
        names,
        read,
        ...(addsPlate && { plate }),
      }),
    );
  }
  if (keep.parquet !== undefined) {
    const { parquetKeeper } = await import("./keep-parquet.ts");
    keepers.push(
      parquetKeeper(
        keep.parquet.place,
        keep.parquet.prefix,
        columns,
        {
          setNames: sets.map(({ name }) => name),
          read: () => imageColumns(sets, names, read, addsPlate ? plate : undefined),
        },
        signal,
      ),
    );
  }
  return keepers;
}

/** The image tables of all sets as columns: numbers where all cells are, texts otherwise. */
async function imageColumns(
  sets: readonly OpenSet[],
  names: readonly string[],
  read: (set: number) => Promise<TextTable>,
  plate?: (set: number) => (string | null)[],
): Promise<{ name: string; values: (string | number | null)[] }[]> {
  const setNames: string[] = [];
  const plates: (string | null)[] = [];
  const cells: (string | null)[][] = names.map(() => []);
  for (let set = 0; set < sets.length; set++) {
    const table = await read(set);
    const index = new Map(table.names.map((name, i) => [name, i]));
    const places = names.map((name) => index.get(name) ?? -1);
    table.rows.forEach((row) => {
      setNames.push(sets[set]!.name);
      places.forEach((place, j) => {
        const text = place < 0 ? null : (row[place] ?? null);
        cells[j]!.push(text === null || readCell(text).kind === "missing" ? null : text);
      });
    });
    if (plate !== undefined) plates.push(...plate(set));
  }
  return [
    { name: "Metadata_ImageSet", values: setNames },
    ...(plate === undefined ? [] : [{ name: "Metadata_Plate", values: plates }]),
    ...names.map((name, j) => ({ name, values: typed(name, cells[j]!) })),
  ];
}

function typed(name: string, cells: readonly (string | null)[]): (string | number | null)[] {
  const numeric =
    !/Metadata_(?:Plate|Well)$/.test(name) &&
    cells.every((cell) => cell === null || (readCell(cell).kind === "number" && !/^[+-]?0\d/.test(cell)));
  return numeric ? cells.map((cell) => (cell === null ? null : Number(cell))) : [...cells];
}
