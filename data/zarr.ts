import {
  type AsyncReadable,
  BoolArray,
  type DataType,
  get,
  isZarritaError,
  open,
  type RangeQuery,
  root,
  slice,
  type Array as ZarrArray,
} from "zarrita";
import { type ArrayTree, type AxisRange, type NumberArray, type TreeArray, wideIntegers } from "./array-tree.ts";
import { MissingFileError } from "./errors.ts";
import { ArrayTreeError, ZarrError } from "./format-errors.ts";
import type { ReadablePlace } from "./zip.ts";

interface NodeDescription {
  kind: "group" | "array";
  attributes: Record<string, unknown>;
}

/**
 * Opens a Zarr store, of version 2 or 3, sharded or not, for reading.
 *
 * @param place a folder, a bucket, or the inside of a zip archive (`openZip`)
 * @param prefix of the store within the place, with a "/" at its end, or empty
 * @param name for errors
 * @throws ZarrError (data/zarr) when there is no Zarr group
 */
export async function openZarr(place: ReadablePlace, prefix = "", name = place.uri + prefix): Promise<ArrayTree> {
  const store: AsyncReadable = {
    get: (key) => bytesOf(place, prefix + key.slice(1)),
    getRange: (key, range) => bytesOf(place, prefix + key.slice(1), range),
  };
  const nodes = new Map<string, Promise<NodeDescription | undefined>>();

  async function json(key: string): Promise<Record<string, unknown> | undefined> {
    const bytes = await bytesOf(place, prefix + key);
    if (bytes === undefined) return undefined;
    try {
      return JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown>;
    } catch (error) {
      throw new ZarrError(name, key, (error as Error).message, { cause: error });
    }
  }

  async function describe(path: string): Promise<NodeDescription | undefined> {
    const below = path === "" ? "" : `${path}/`;
    const v3 = await json(`${below}zarr.json`);
    if (v3 !== undefined)
      return { kind: v3.node_type === "array" ? "array" : "group", attributes: recordOf(v3.attributes) };
    const kind = (await json(`${below}.zarray`)) ? "array" : (await json(`${below}.zgroup`)) ? "group" : undefined;
    return kind && { kind, attributes: recordOf(await json(`${below}.zattrs`)) };
  }

  function node(path: string): Promise<NodeDescription | undefined> {
    const known = nodes.get(path) ?? describe(path);
    nodes.set(path, known);
    return known;
  }

  if ((await node(""))?.kind !== "group")
    throw new ZarrError(name, "", "there is neither zarr.json nor .zgroup of a group at its root");

  return {
    name,
    kind: async (path) => (await node(path))?.kind,
    async keys(path) {
      const below = path === "" ? "" : `${path}/`;
      const names = new Set<string>();
      for await (const { key } of place.list(prefix + below)) {
        const [child = "", ...rest] = key.slice(prefix.length + below.length).split("/");
        if (rest.length > 0) names.add(child);
      }
      const kinds = await Promise.all([...names].map((child) => node(below + child)));
      return [...names].filter((_, i) => kinds[i] !== undefined);
    },
    async attributes(path) {
      const found = await node(path);
      if (found === undefined) throw new ArrayTreeError(name, path, "absent", "a group or an array");
      return found.attributes;
    },
    async array(path) {
      const found = await node(path);
      if (found?.kind !== "array")
        throw new ArrayTreeError(name, path, found === undefined ? "absent" : "a group", "an array");
      try {
        return zarrArray(await open(root(store).resolve(path), { kind: "array" }), path, name);
      } catch (error) {
        throw explained(error, name, path);
      }
    },
    close: async () => {},
  };
}

async function bytesOf(place: ReadablePlace, key: string, range?: RangeQuery): Promise<Uint8Array | undefined> {
  try {
    const bytes = await rangeOf(place, key, range);
    // zarrita's codecs look at the whole buffer below the bytes.
    return bytes === undefined || bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  } catch (error) {
    if (error instanceof MissingFileError) return undefined;
    throw error;
  }
}

async function rangeOf(place: ReadablePlace, key: string, range?: RangeQuery): Promise<Uint8Array | undefined> {
  if (range === undefined) return place.read(key);
  if (!("suffixLength" in range)) return place.read(key, { start: range.offset, end: range.offset + range.length });
  const entry = await place.stat(key);
  return entry && place.read(key, { start: Math.max(0, entry.sizeBytes - range.suffixLength) });
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function kindOf(type: DataType): TreeArray["kind"] {
  if (type === "bool") return "boolean";
  if (/^u?int/.test(type)) return "integer";
  return type.startsWith("float") ? "float" : "text";
}

function zarrArray(array: ZarrArray<DataType, AsyncReadable>, path: string, name: string): TreeArray {
  const kind = kindOf(array.dtype);

  async function read(ranges: readonly AxisRange[] | undefined): Promise<unknown> {
    try {
      const selection = ranges?.map(([from, to]) => slice(from, to)) ?? null;
      const part = await get(array, selection);
      return typeof part === "object" && part !== null && "data" in part ? part.data : [part];
    } catch (error) {
      throw explained(error, name, path);
    }
  }

  async function numbers(ranges?: readonly AxisRange[]): Promise<NumberArray> {
    if (ranges?.some(([from, to]) => to <= from) || array.shape.includes(0)) return new Float64Array(0);
    const values = await read(ranges);
    if (values instanceof BoolArray) return Uint8Array.from(values, Number);
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) return wideIntegers(values);
    if (values instanceof Float16Array) return Float64Array.from(values);
    if (kind !== "text" && ArrayBuffer.isView(values)) return values as NumberArray;
    if (kind !== "text" && Array.isArray(values)) return Float64Array.from(values, Number);
    throw new ArrayTreeError(name, path, `of ${array.dtype}`, "numbers");
  }

  return {
    path,
    shape: array.shape,
    chunks: array.chunks,
    kind,
    numbers,
    borrowNumbers: (range) => numbers([range]),
    async texts(range) {
      if ((range !== undefined && range[1] <= range[0]) || array.shape.includes(0)) return [];
      if (kind !== "text") throw new ArrayTreeError(name, path, `of ${array.dtype}`, "texts");
      const values = await read(range && [range]);
      return Array.from(values as Iterable<unknown>, String);
    },
  };
}

function explained(error: unknown, name: string, path: string): unknown {
  if (isZarritaError(error)) return new ZarrError(name, path, error.message, { cause: error });
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("data/") || (error instanceof Error && error.name === "AbortError")) return error;
  return new ZarrError(name, path, error instanceof Error ? error.message : String(error), { cause: error });
}
