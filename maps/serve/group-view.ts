import type { Place } from "@artesian/data";
import { fastProducts } from "../fast-products.ts";
import { floatsOf, neighboursFromBytes, rowsFromFile, TOP_ROW_BYTES } from "../group-files.ts";
import { type GroupKnowledge, readKnowledge } from "../group-knowledge.ts";
import { type GroupManifest, jsonOf } from "../group-manifest.ts";
import { checkRow } from "../group-rows.ts";
import type { NativeBlas } from "../native-products.ts";
import type { GroupRow, PerturbationGroup } from "../perturbation-group.ts";
import { bothNames, type NamesByPerturbation, namesFromFile } from "../perturbation-names.ts";
import { readGroupFile } from "../read-group.ts";
import { readStoredUnits, type StoredUnit } from "../read-units.ts";
import { openRowIndex, type RowIndex, rowsAt, rowsNamed, rowsOfIndex } from "../row-index.ts";
import { type RowSearch, rowSearch } from "../row-search.ts";
import type { VectorProducts } from "../vector-products.ts";
import type { ByteCache } from "./byte-cache.ts";
import { productsAmong } from "./partial-products.ts";
import { readParts } from "./read-parts.ts";
import type { FileScan } from "./scan-file.ts";

interface Call {
  signal?: AbortSignal;
}

/** A group version whose files are read as questions need them: nothing is held that the cache does not hold. */
export interface GroupView {
  readonly manifest: GroupManifest;
  /** "id@version". */
  readonly name: string;
  readonly place: Place;
  /** A BLAS that compares all rows with each other, see `nativeBlas`. */
  readonly native: NativeBlas | undefined;
  /** All rows, kept while the cache has room. */
  rows(call?: Call): Promise<readonly GroupRow[]>;
  /** Rows by number, by reading them alone. */
  rowsOf(wanted: readonly number[], call?: Call): Promise<GroupRow[]>;
  /** Rows that a symbol or identity names, in any case. */
  named(name: string, call?: Call): Promise<number[]>;
  /** Finds rows by the group's own names and those of `ViewOptions.names`. */
  search(call?: Call): Promise<RowSearch>;
  /** Further names that the group was built with, by identity. */
  names(call?: Call): Promise<NamesByPerturbation>;
  /** Of shape (rows). */
  norms(call?: Call): Promise<Float32Array>;
  /** Lengths of chosen rows, by range where the group is large and nobody asked for all of them. */
  normsOf(wanted: readonly number[], call?: Call): Promise<Float32Array>;
  /** 1,001 quantiles of the cosines of all pairs; empty for a group of one row. */
  quantiles(call?: Call): Promise<Float64Array>;
  knowledge(call?: Call): Promise<GroupKnowledge>;
  units(call?: Call): Promise<StoredUnit[]>;
  /** Unit vectors of chosen rows, of shape (wanted, dims), by range. */
  vectorsOf(wanted: readonly number[], call?: Call): Promise<Float32Array>;
  /** The stored nearest rows of a row, at most 100 a tail, by range. */
  top(row: number, call?: Call): Promise<ReturnType<typeof neighboursFromBytes>>;
  /** Cosines of a row with all rows, of shape (rows); a file larger than memory passes through it in blocks. */
  cosines(row: number, call?: Call): Promise<Float32Array>;
  /** Products among chosen rows by the group's row numbers. */
  among(chosen: readonly number[], call?: Call): Promise<VectorProducts>;
  /** A group of chosen rows alone, in the order given. */
  part(chosen: readonly number[], call?: Call): Promise<PerturbationGroup>;
  /** All rows with their norms and no vectors, for questions that have products of their own. */
  outline(call?: Call): Promise<PerturbationGroup>;
  /** All of it in memory; undefined when the vectors take more than is allowed. */
  whole(
    call?: Call & { mostBytes?: number },
  ): Promise<{ group: PerturbationGroup; products: VectorProducts } | undefined>;
}

export interface ViewOptions {
  cache: ByteCache;
  scan: FileScan;
  native?: NativeBlas | undefined;
  /** Names that are known beside those of the group. */
  names?: NamesSource | undefined;
  /** Vectors up to this size are kept in memory. Default 64 MiB. */
  wholeBytes?: number;
}

/** Names that may change while groups are served; the version changes with them. */
export type NamesSource = () => Promise<{ version: number; names: NamesByPerturbation }>;

/** Bytes that a row takes in memory, measured over groups of genes and compounds. */
const ROW_BYTES = 220;
/** An index of rows up to this size is read whole: twenty thousand rows or so. */
const SMALL_INDEX = 4 * 2 ** 20;
/** Bytes that an open index takes. */
const INDEX_BYTES = 200;
/** In memory a name takes about so many times its text. */
const NAMES_FACTOR = 3;
/** Lengths of up to so many bytes are read whole: a quarter of a million rows. */
const SMALL_NORMS = 2 ** 20;

export function groupView(place: Place, manifest: GroupManifest, options: ViewOptions): GroupView {
  const { cache, scan, wholeBytes = 64 * 2 ** 20 } = options;
  const { dims, files } = manifest;
  const name = `${manifest.id}@${manifest.version}`;
  const kept = <T>(part: string, make: () => Promise<T>, sizeOf: (value: T) => number): Promise<T> =>
    cache.get(`${name}/${part}`, make, sizeOf);
  const file = (one: string): string => files[one]!.key;
  // What many wait for is not ended by one who leaves, so shared reads take no signal.
  const rows = (): Promise<readonly GroupRow[]> =>
    kept(
      "rows",
      async () => {
        const index = files["rows.index"];
        if (index === undefined) return rowsFromFile(await readGroupFile(place, manifest, "rows.parquet"));
        return await rowsOfIndex(await readGroupFile(place, manifest, "rows.index"), index.key);
      },
      (all) => all.length * ROW_BYTES,
    );
  const index = (): Promise<RowIndex> =>
    kept(
      "index",
      () => openRowIndex(place, file("rows.index")),
      () => INDEX_BYTES,
    );
  const names = (): Promise<NamesByPerturbation> =>
    kept(
      "names",
      async (): Promise<NamesByPerturbation> => {
        const stored = files["names.json"];
        if (stored === undefined) return new Map();
        return namesFromFile(new TextDecoder().decode(await readGroupFile(place, manifest, "names.json")), stored.key);
      },
      () => NAMES_FACTOR * (files["names.json"]?.sizeBytes ?? 0),
    );
  const norms = (): Promise<Float32Array> =>
    kept(
      "norms",
      async () => floatsOf(await readGroupFile(place, manifest, "norms.f32")),
      (values) => values.byteLength,
    );
  const wholeVectors = (): Promise<VectorProducts> =>
    kept(
      "vectors",
      async () => fastProducts(floatsOf(await readGroupFile(place, manifest, "vectors.f32")), dims),
      ({ vectors }) => vectors.byteLength,
    );
  const vectorsOf = async (wanted: readonly number[], call: Call = {}): Promise<Float32Array> => {
    for (const row of wanted) checkRow({ rows: { length: manifest.rows } }, row);
    return floatsOf(await readParts(place, file("vectors.f32"), dims * 4, wanted, call));
  };
  const rowsOf = async (wanted: readonly number[], call: Call = {}): Promise<GroupRow[]> => {
    for (const row of wanted) checkRow({ rows: { length: manifest.rows } }, row);
    // Reading all is quicker than thousands of reads, and costs little for a small group or what is in memory.
    const sizeBytes = files["rows.index"]?.sizeBytes ?? 0;
    if (sizeBytes <= SMALL_INDEX || wanted.length > 2000 || cache.held(`${name}/rows`) > 0) {
      const all = await rows();
      return wanted.map((row) => all[row]!);
    }
    return rowsAt(place, await index(), wanted, call);
  };
  const normsOf = async (wanted: readonly number[], call: Call = {}): Promise<Float32Array> => {
    const { sizeBytes } = files["norms.f32"]!;
    if (sizeBytes > SMALL_NORMS && wanted.length <= 2000 && cache.held(`${name}/norms`) === 0)
      return floatsOf(await readParts(place, file("norms.f32"), 4, wanted, call));
    const all = await norms();
    return Float32Array.from(wanted, (row) => all[row]!);
  };
  const outline = async (): Promise<PerturbationGroup> => {
    const [all, lengths] = await Promise.all([rows(), norms()]);
    return { rows: all, dims, vectors: new Float32Array(0), norms: lengths };
  };
  return {
    manifest,
    name,
    place,
    native: options.native,
    rows,
    rowsOf,
    async named(wanted, call = {}) {
      if (files["rows.index"] !== undefined) return rowsNamed(place, await index(), wanted, call);
      const plain = wanted.toUpperCase();
      return (await rows()).flatMap(({ symbol, perturbation }, row) =>
        symbol.toUpperCase() === plain || perturbation.toUpperCase() === plain ? [row] : [],
      );
    },
    async search() {
      // The rows are asked for each time: as long as the search is used, they are not the first to go.
      const [all, own, known] = await Promise.all([rows(), names(), options.names?.()]);
      return kept(
        `search/${known?.version ?? 0}`,
        () => rowSearch(all, (id) => bothNames(known?.names.get(id), own.get(id) ?? {})),
        ({ sizeBytes }) => sizeBytes,
      );
    },
    names,
    norms,
    normsOf,
    quantiles: () =>
      kept(
        "quantiles",
        async () => {
          const bytes = await readGroupFile(place, manifest, "quantiles.json");
          const { quantiles } = jsonOf(new TextDecoder().decode(bytes), file("quantiles.json")) as {
            quantiles: number[];
          };
          return Float64Array.from(quantiles);
        },
        (values) => values.byteLength,
      ),
    knowledge: () =>
      kept(
        "knowledge",
        async (): Promise<GroupKnowledge> => {
          const stored = files["knowledge.json"];
          if (stored === undefined) return { relations: null, sets: [] };
          const bytes = await readGroupFile(place, manifest, "knowledge.json");
          return readKnowledge(new TextDecoder().decode(bytes), stored.key);
        },
        // In memory a name and its lists take about six times its text.
        () => 6 * (files["knowledge.json"]?.sizeBytes ?? 0),
      ),
    units: () =>
      kept(
        "units",
        () => readStoredUnits(place, manifest),
        (units) => units.length * ROW_BYTES,
      ),
    vectorsOf,
    async top(row, call = {}) {
      checkRow({ rows: { length: manifest.rows } }, row);
      return neighboursFromBytes(await readParts(place, file("topk.bin"), TOP_ROW_BYTES, [row], call));
    },
    cosines: (row) =>
      kept(
        `cosines/${row}`,
        async () => {
          const query = await vectorsOf([row]);
          if (files["vectors.f32"]!.sizeBytes <= wholeBytes) return (await wholeVectors()).ofQuery(query);
          return scan.products({ place, key: file("vectors.f32"), rows: manifest.rows, dims }, query);
        },
        (values) => values.byteLength,
      ),
    async among(chosen, call = {}) {
      if (files["vectors.f32"]!.sizeBytes <= wholeBytes) return wholeVectors();
      const unique = [...new Set(chosen)];
      return productsAmong(unique, await vectorsOf(unique, call), dims, manifest.rows);
    },
    async part(chosen, call = {}) {
      const [some, vectors, lengths] = await Promise.all([
        rowsOf(chosen, call),
        vectorsOf(chosen, call),
        normsOf(chosen, call),
      ]);
      return { rows: some, dims, vectors, norms: lengths };
    },
    outline,
    async whole({ mostBytes = wholeBytes } = {}) {
      if (files["vectors.f32"]!.sizeBytes > mostBytes) return undefined;
      const [group, products] = await Promise.all([outline(), wholeVectors()]);
      return { group: { ...group, vectors: products.vectors }, products };
    },
  };
}
