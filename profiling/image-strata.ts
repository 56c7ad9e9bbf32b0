import { mean, median, present } from "@artesian/numerics";
import { uniteColumns } from "./column-union.ts";
import type { ImageTable } from "./image-table.ts";
import { CollateOptionError } from "./ingest-errors.ts";

/** The images of one image set, with what is known of each. */
export interface SetImages {
  name: string;
  table: ImageTable;
}

/** A profile to be: a well, or whatever the strata say. */
export interface Stratum {
  /** Values of the strata columns. */
  key: string[];
  /** Images by set and row. */
  images: { set: number; row: number }[];
}

export interface Strata {
  list: Stratum[];
  /** Stratum of each image, by set and row; -1 when left out on purpose, undefined-free. */
  ofImage: Int32Array[];
  /** Images that name no plate or no well. */
  unassigned: number;
}

/**
 * Groups images by their strata.
 * @throws CollateOptionError (profiling/collate-option) when a field of view that is asked for does not exist
 */
export function groupImages(sets: readonly SetImages[], fieldsOfView: "all" | readonly number[]): Strata {
  const wanted = fieldsOfView === "all" ? undefined : new Set(fieldsOfView.map(String));
  if (wanted !== undefined) refuseUnknownFields(sets, wanted);
  const list: Stratum[] = [];
  const byKey = new Map<string, number>();
  let unassigned = 0;
  const ofImage = sets.map(({ table }, set) =>
    Int32Array.from(table.strata, (cells, row) => {
      if (wanted !== undefined && !wanted.has(fieldOf(table, row))) return -1;
      const key = cells.filter((cell) => cell !== null);
      if (key.length < cells.length) {
        unassigned++;
        return -1;
      }
      const text = JSON.stringify(key);
      let index = byKey.get(text);
      if (index === undefined) {
        index = list.length;
        byKey.set(text, index);
        list.push({ key, images: [] });
      }
      list[index]!.images.push({ set, row });
      return index;
    }),
  );
  return { list, ofImage, unassigned };
}

function fieldOf(table: ImageTable, row: number): string {
  const text = table.fieldsOfView?.[row] ?? "";
  return text === "" ? "" : String(Number(text));
}

function refuseUnknownFields(sets: readonly SetImages[], wanted: ReadonlySet<string>): void {
  const known = new Set(
    sets.flatMap(({ table }) =>
      table.imageNumbers.length === 0 ? [] : Array.from(table.imageNumbers, (_, row) => fieldOf(table, row)),
    ),
  );
  const unknown = [...wanted].filter((field) => !known.has(field));
  if (unknown.length > 0)
    throw new CollateOptionError(
      "fieldsOfView",
      unknown.join(", "),
      `some of ${[...known].sort().join(", ") || "none"}`,
    );
}

/** Sites of a stratum: images that name a field of view, or all images where no table has that column. */
export function siteCount(sets: readonly SetImages[], { images }: Stratum): number {
  const named = sets.some(({ table }) => table.fieldsOfView !== undefined);
  if (!named) return images.length;
  return images.filter(({ set, row }) => (sets[set]!.table.fieldsOfView?.[row] ?? null) !== null).length;
}

/** Image features of strata: counts are summed, everything else aggregated like objects; names sorted, as pycytominer does. */
export function imageFeatures(
  sets: readonly SetImages[],
  strata: readonly Stratum[],
  operation: "mean" | "median",
): { names: string[]; values: Float64Array } {
  const names = uniteColumns(sets.map(({ table }) => table.features)).sort();
  const places = new Map<ImageTable, Int32Array>();
  for (const { table } of sets) {
    const index = new Map(table.features.map((name, i) => [name, i]));
    places.set(
      table,
      Int32Array.from(names, (name) => index.get(name) ?? -1),
    );
  }
  const values = new Float64Array(strata.length * names.length);
  const summarise = operation === "mean" ? mean : median;
  strata.forEach(({ images }, s) => {
    names.forEach((name, j) => {
      const cells = present(
        images.map(({ set, row }) => {
          const { table } = sets[set]!;
          const place = places.get(table)![j]!;
          return place < 0 ? Number.NaN : table.values[row * table.features.length + place]!;
        }),
      );
      values[s * names.length + j] = name.startsWith("Metadata_Count_")
        ? cells.reduce((sum, cell) => sum + cell, 0)
        : summarise(cells);
    });
  });
  return { names, values };
}
