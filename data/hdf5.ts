import { open as openFile } from "node:fs/promises";
import type { Dataset, File, Group } from "h5wasm/node";
import { type ArrayTree, type AxisRange, type NumberArray, type TreeArray, wideIntegers } from "./array-tree.ts";
import { ArrayTreeError, ForeignFilterError, Hdf5Error } from "./format-errors.ts";

type H5 = typeof import("h5wasm/node");

/** Filters that HDF5's library as built for WebAssembly decodes: deflate, shuffle, fletcher32, n-bit, scale-offset. */
const KNOWN_FILTERS = new Set([1, 2, 3, 5, 6]);
/** Names of filters that people meet, from the HDF Group's registry of filters. */
const FILTER_NAMES: Record<number, string> = {
  4: "SZIP",
  32000: "LZF",
  32001: "Blosc",
  32004: "LZ4",
  32008: "bitshuffle",
  32013: "ZFP",
  32015: "Zstandard",
  32026: "Blosc2",
};
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

let library: Promise<H5> | undefined;

/** HDF5's library, loaded when the first file is opened: one for a whole thread, and it throws. */
export async function loadLibrary(): Promise<H5> {
  library ??= import("h5wasm/node").then(async (module) => {
    const h5 = module as H5;
    const { activate_throwing_error_handler: throwErrors } = await h5.ready;
    // Otherwise it writes its errors to the terminal.
    throwErrors();
    return h5;
  });
  return library;
}

/**
 * Opens an HDF5 file of this machine for reading. Only the parts asked for are read from disk. Reading is synchronous inside, so that
 * long work belongs on a thread of its own.
 *
 * @param path of a real file
 * @param name for errors; default the path
 * @throws Hdf5Error (data/hdf5) when it is no HDF5 file; later ForeignFilterError (data/hdf5-filter)
 */
export async function openHdf5(path: string, name: string = path): Promise<ArrayTree> {
  await checkSignature(path, name);
  const h5 = await loadLibrary();
  let file: File;
  try {
    file = new h5.File(path, "r");
    if (Number(file.file_id) < 0) throw new Error("the library does not open it");
  } catch (error) {
    throw new Hdf5Error(name, `it cannot be opened (${reasonOf(error)}). Copy it again.`, { cause: error });
  }
  const entityOf = (at: string): Dataset | Group | undefined => {
    const entity = at === "" ? file : found(() => file.get(at));
    if (entity instanceof h5.Dataset || entity instanceof h5.Group) return entity;
    return undefined;
  };
  let open = true;
  return {
    name,
    async kind(at) {
      const entity = entityOf(at);
      if (entity === undefined) return undefined;
      return entity instanceof h5.Dataset ? "array" : "group";
    },
    async keys(at) {
      const entity = entityOf(at);
      if (entity === undefined || entity instanceof h5.Dataset)
        throw new ArrayTreeError(name, at, entity === undefined ? "absent" : "an array", "a group");
      return entity.keys();
    },
    async attributes(at) {
      const entity = entityOf(at);
      if (entity === undefined) throw new ArrayTreeError(name, at, "absent", "a group or an array");
      return Object.fromEntries(
        Object.entries(entity.attrs).flatMap(([key, attribute]) => {
          const value = found(() => attribute.json_value);
          return value === undefined ? [] : [[key, value]];
        }),
      );
    },
    async array(at) {
      const entity = entityOf(at);
      if (entity instanceof h5.Dataset) return hdf5Array(h5, entity, at, name);
      throw new ArrayTreeError(name, at, entity === undefined ? "absent" : "a group", "an array");
    },
    async close() {
      if (open) file.close();
      open = false;
    },
  };
}

/** The innermost cause of the library's report of many lines. */
/** What an error of the library says last, which is its cause. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const causes = [...text.matchAll(/#\d+: .*?: (.+)$/gm)];
  return (causes.at(-1)?.[1] ?? text.split("\n")[0] ?? "").trim();
}

/** The library throws for what is not there; that is an answer here. */
export function found<T>(get: () => T): T | undefined {
  try {
    return get() ?? undefined;
  } catch {
    return undefined;
  }
}

/** The signature stands at 0, 512, 1024, 2048 … (HDF5 File Format Specification, superblock). */
async function checkSignature(path: string, name: string): Promise<void> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(8);
    for (let at = 0; at < size; at = at === 0 ? 512 : 2 * at) {
      await file.read(bytes, 0, 8, at);
      if (SIGNATURE.every((byte, i) => bytes[i] === byte)) return;
    }
    throw new Hdf5Error(
      name,
      size === 0 ? "it is empty. Copy it again." : "it is not an HDF5 file: the signature is missing. Copy it again.",
    );
  } finally {
    await file.close();
  }
}

const KINDS: Record<number, TreeArray["kind"]> = { 0: "integer", 1: "float", 3: "text", 6: "compound", 8: "boolean" };

function hdf5Array(h5: H5, dataset: Dataset, path: string, name: string): TreeArray {
  const { metadata } = dataset;
  const kind = KINDS[metadata.type];
  if (kind === undefined)
    throw new ArrayTreeError(name, path, `of HDF5's type ${metadata.type}`, "numbers, booleans, texts or records");
  for (const { id, name: filter } of dataset.filters)
    if (!KNOWN_FILTERS.has(id))
      throw new ForeignFilterError(
        name,
        path,
        FILTER_NAMES[id] ?? `filter ${id}${filter === "" ? "" : ` (${filter})`}`,
      );
  if ((kind === "integer" || kind === "float") && metadata.size > 1 && !metadata.littleEndian)
    throw new ArrayTreeError(name, path, "of big-endian numbers", "little-endian ones, as h5py and 10x write them");
  const shape = metadata.shape ?? [];

  function read(ranges: readonly (readonly [number, number])[] | undefined): unknown {
    if (shape.some((length) => length === 0)) return empty(kind === "text");
    try {
      return ranges === undefined ? dataset.value : dataset.slice(ranges.map(([from, to]) => [from, to]));
    } catch (error) {
      throw new Hdf5Error(name, `${path} cannot be read (${reasonOf(error)}). Copy it again.`, {
        cause: error,
      });
    }
  }

  async function numbers(ranges?: readonly AxisRange[]): Promise<NumberArray> {
    if (ranges?.some(([from, to]) => to <= from)) return new Float64Array(0);
    const values = numbersOf(read(ranges));
    if (values === undefined) throw new ArrayTreeError(name, path, `of ${kind}`, "numbers");
    return values;
  }

  return {
    path,
    shape,
    ...(metadata.chunks !== null && { chunks: metadata.chunks }),
    kind,
    numbers,
    async borrowNumbers([from, to]) {
      const View = BORROWED.get(`${kind}${metadata.size}${kind === "integer" && !metadata.signed ? "u" : ""}`);
      if (View === undefined || shape.length !== 1 || to <= from || to > shape[0]!) return numbers([[from, to]]);
      const { Module } = h5;
      const at = borrowedSpace(Module, (to - from) * metadata.size);
      try {
        Module.get_dataset_data(dataset.file_id, dataset.path, [BigInt(to - from)], [BigInt(from)], [1n], BigInt(at));
      } catch (error) {
        throw new Hdf5Error(name, `${path} cannot be read (${reasonOf(error)}). Copy it again.`, { cause: error });
      }
      return new View(Module.HEAPU8.buffer, at, to - from);
    },
    async texts(range) {
      if (range !== undefined && range[1] <= range[0]) return [];
      const values = read(range === undefined ? undefined : [range]);
      if (!isTexts(values)) throw new ArrayTreeError(name, path, `of ${kind}`, "texts");
      return values;
    },
    async records() {
      const members = metadata.compound_type?.members;
      if (members === undefined) throw new ArrayTreeError(name, path, `of ${kind}`, "records");
      const rows = read(undefined) as unknown[][];
      return new Map(
        members.map((member, i) => [
          member.name,
          member.type === 3 ? rows.map((row) => String(row[i])) : Float64Array.from(rows, (row) => scalarOf(row[i])),
        ]),
      );
    },
  };
}

/** Types whose bytes in memory are those of a typed array. */
const BORROWED = new Map<string, new (buffer: ArrayBufferLike, at: number, length: number) => NumberArray>([
  ["integer1", Int8Array],
  ["integer1u", Uint8Array],
  ["integer2", Int16Array],
  ["integer2u", Uint16Array],
  ["integer4", Int32Array],
  ["integer4u", Uint32Array],
  ["float4", Float32Array],
  ["float8", Float64Array],
]);

let space = { at: 0, sizeBytes: 0 };

/** Memory of the library's that is used again and again. */
function borrowedSpace(module: H5["Module"], sizeBytes: number): number {
  if (sizeBytes > space.sizeBytes) {
    if (space.at !== 0) module._free(space.at);
    space = { at: 0, sizeBytes: 0 };
    const at = module._malloc(sizeBytes);
    if (at === 0) throw new RangeError(`HDF5's library has no ${sizeBytes} bytes of memory left.`);
    space = { at, sizeBytes };
  }
  return space.at;
}

function empty(text: boolean): unknown {
  return text ? [] : new Float64Array(0);
}

/** A member of a record: a number, or an array of one. */
function scalarOf(value: unknown): number {
  return Number(ArrayBuffer.isView(value) ? (value as NumberArray)[0] : value);
}

function isTexts(values: unknown): values is string[] {
  return Array.isArray(values) && values.every((value) => typeof value === "string");
}

function numbersOf(values: unknown): NumberArray | undefined {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return wideIntegers(values);
  if (typeof values === "number") return Float64Array.of(values);
  if (typeof values === "bigint") return Float64Array.of(Number(values));
  return ArrayBuffer.isView(values) && !(values instanceof DataView) ? (values as NumberArray) : undefined;
}
