import type { Place } from "@artesian/data";
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { KeptObjects } from "./ingest-job.ts";
import { columnPlaces, type ObjectColumns, type ObjectKeeper } from "./keep-objects.ts";

/** What the image table of the plate says: a column of texts or numbers each, of shape (images). */
export interface ParquetImages {
  setNames: readonly string[];
  /** All images, written once at the end. */
  read(): Promise<{ name: string; values: (string | number | null)[] }[]>;
}

/** Rows a row group: a well or two of a large plate. */
const GROUP_ROWS = 4096;

/**
 * Keeps objects as Parquet: `PREFIX/Cells.parquet` and so on, with `Metadata_ImageSet`, ImageNumber, ObjectNumber and the measured columns under their
 * compartment's prefix, missing values as null; `PREFIX/Image.parquet` holds the image table. Each file appears when it is complete.
 */
export function parquetKeeper(
  place: Place,
  prefix: string,
  columns: ObjectColumns,
  images: ParquetImages,
  signal?: AbortSignal,
): ObjectKeeper {
  const root = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const call = signal === undefined ? {} : { signal };
  const files = new Map(
    Object.entries(columns).map(([compartment, names]) => [
      compartment,
      objectFile(compartment, names, images.setNames),
    ]),
  );
  const writes = new Map(
    [...files].map(([compartment, file]) => {
      const done = place.write(`${root}${compartment}.parquet`, file.bytes, call);
      done.catch(() => undefined); // heard at the end
      return [compartment, done];
    }),
  );
  return {
    async put(sets, kept) {
      for (const objects of kept) await files.get(objects.compartment)!.put(sets[objects.set]!, objects);
    },
    async finish() {
      for (const file of files.values()) await file.end();
      await Promise.all(writes.values());
      const data = (await images.read()).map(({ name, values }) => {
        const numeric = values.every((value) => value === null || typeof value === "number");
        return {
          name,
          type: numeric ? ("DOUBLE" as const) : ("STRING" as const),
          nullable: true,
          data: numeric ? values : values.map((value) => (value === null ? null : String(value))),
        };
      });
      const writer = new ByteWriter();
      const table = new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData: data }) });
      await table.write({ columnData: data });
      await table.finish();
      await place.write(`${root}Image.parquet`, writer.getBytes(), call);
    },
    async abandon() {
      for (const file of files.values()) file.fail(new Error("The objects are not kept: collating ended early."));
      await Promise.allSettled(writes.values());
    },
  };
}

interface ObjectFile {
  /** What is written so far, as it comes; it throws when the file is given up, so that the place keeps nothing. */
  bytes: AsyncGenerator<Uint8Array>;
  put(set: number, objects: KeptObjects): Promise<void>;
  end(): Promise<void>;
  fail(error: Error): void;
}

function objectFile(compartment: string, names: readonly string[], setNames: readonly string[]): ObjectFile {
  const titles = names.map((name) =>
    name === "ImageNumber" || name === "ObjectNumber" ? name : `${compartment}_${name}`,
  );
  const chunks: Uint8Array[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake: () => void = () => {};
  const writer = new ByteWriter();
  const flush = (): void => {
    if (writer.index === 0) return;
    chunks.push(writer.getBytes().slice());
    writer.index = 0;
    wake();
  };
  let sets: string[] = [];
  let cells: (number | null)[][] = names.map(() => []);
  const dataOf = () => [
    { name: "Metadata_ImageSet", type: "STRING" as const, nullable: false, data: sets },
    ...titles.map((name, j) => ({ name, type: "DOUBLE" as const, nullable: true, data: cells[j]! })),
  ];
  const table = new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData: dataOf() }) });
  const group = async (): Promise<void> => {
    if (sets.length === 0) return;
    await table.write({ columnData: dataOf(), rowGroupSize: sets.length });
    sets = [];
    cells = names.map(() => []);
    flush();
  };
  return {
    bytes: (async function* () {
      for (;;) {
        if (failure !== undefined) throw failure;
        const chunk = chunks.shift();
        if (chunk !== undefined) yield chunk;
        else if (ended) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    })(),
    async put(set, objects) {
      const places = columnPlaces(names, objects.names);
      for (let row = 0; row < objects.rowCount; row++) {
        sets.push(setNames[set]!);
        const base = row * objects.names.length;
        for (let j = 0; j < places.length; j++) {
          const value = places[j]! < 0 ? Number.NaN : objects.values[base + places[j]!]!;
          cells[j]!.push(Number.isNaN(value) ? null : value);
        }
      }
      if (sets.length >= GROUP_ROWS) await group();
    },
    async end() {
      await group();
      await table.finish();
      flush();
      ended = true;
      wake();
    },
    fail(error) {
      failure = error;
      wake();
    },
  };
}
