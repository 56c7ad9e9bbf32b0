import type { PlaceEntry } from "@artesian/data";
import type { ManifestRow } from "./manifest.ts";
import type { MatrixFormat } from "./matrix.ts";

/** A matrix that a place holds, and the files that it is made of. */
export interface FoundMatrix {
  project: string;
  /** Its name, unique in the project. */
  matrix: string;
  format: MatrixFormat;
  /** The file that holds the entries; of a Zarr store its prefix, with "/" at the end. */
  key: string;
  /** The lists beside a Matrix Market file. */
  genes?: string;
  cells?: string;
  /** An archive holds the three files, or the store. */
  zipped: boolean;
  /** All of its files, for digests and freshness. */
  files: PlaceEntry[];
  /** What a manifest says of it. */
  species?: string;
  title?: string;
  layer?: string;
}

/** A file that belongs to no matrix, or a matrix that lacks a file. */
export interface DiscoveryProblem {
  project: string;
  key: string;
  reason: string;
}

export interface Discovery {
  matrices: FoundMatrix[];
  problems: DiscoveryProblem[];
}

export interface DiscoverOptions {
  /** Only what it lists is taken, with its projects and names. */
  manifest?: readonly ManifestRow[];
}

const TEXT = "\\.(?:tsv|csv|txt)(?:\\.gz)?$";
const GENES = new RegExp(`(?:^|[._/-])(?:features|genes)${TEXT}`, "i");
const CELLS = new RegExp(`(?:^|[._/-])(?:barcodes|cells)${TEXT}`, "i");
const MTX = /\.mtx(?:\.gz)?$/i;
const TEXT_MATRIX = /\.(?:csv|tsv|txt)(?:\.gz)?$/i;
const ANNOTATION = /(?:meta|annotation|clinical|design|manifest|readme|license|samples?)[^/]*$/i;
const SINGLE: readonly [RegExp, MatrixFormat, boolean][] = [
  [/\.h5ad$/i, "h5ad", false],
  [/\.(?:h5|hdf5)$/i, "10x-h5", false],
  [/\.loom$/i, "loom", false],
  [/\.zarr\.zip$/i, "zarr", true],
  [/\.zip$/i, "mtx", true],
];

/**
 * Groups the files of a place into the matrices of projects.
 *
 * - A project is the first level of the path; a matrix that lies at the top is a project of its own.
 * - `*.mtx[.gz]` goes with the lists in its folder (`features` or `genes`, `barcodes` or `cells`; tsv, csv or txt, compressed or not)
 *   that have its prefix, or, when it is the only one there, with the only ones there.
 * - `*.h5ad`, `*.h5`, `*.loom`, `*.zarr/`, `*.zarr.zip`, `*.zip` (of a Matrix Market file and its lists) and other `*.csv`, `*.tsv`,
 *   `*.txt` are one matrix each.
 *
 * What is left over is told with its reason; nothing is left out silently.
 *
 * @example
 * const entry = (key: string) => ({ key, sizeBytes: 1, etag: "1", modifiedMs: 0 });
 * discoverMatrices([entry("p1/a.h5ad"), entry("p1/notes.pdf")]).matrices[0]?.project; // "p1"
 */
export function discoverMatrices(entries: readonly PlaceEntry[], options: DiscoverOptions = {}): Discovery {
  const found = groupFiles(entries);
  return options.manifest === undefined ? found : listed(found, options.manifest, entries);
}

function groupFiles(entries: readonly PlaceEntry[]): Discovery {
  const matrices: FoundMatrix[] = [];
  const problems: DiscoveryProblem[] = [];
  const loose: PlaceEntry[] = [];
  const stores = new Map<string, PlaceEntry[]>();
  for (const entry of entries) {
    const store = /^((?:.*\/)?[^/]+\.zarr\/)/i.exec(entry.key)?.[1];
    if (store === undefined) loose.push(entry);
    else stores.set(store, [...(stores.get(store) ?? []), entry]);
  }
  // Version 2 keeps what it is in hidden files, which places do not list: opening tells whether it is a store.
  for (const [key, files] of stores) matrices.push(foundMatrix("zarr", key, files));
  const byFolder = Map.groupBy(loose, (entry) => folderOf(entry.key));
  for (const files of byFolder.values()) groupFolder(files, matrices, problems);
  matrices.sort((a, b) => compare(a.key, b.key));
  problems.sort((a, b) => compare(a.key, b.key));
  nameApart(matrices);
  return { matrices, problems };
}

function groupFolder(files: readonly PlaceEntry[], matrices: FoundMatrix[], problems: DiscoveryProblem[]): void {
  const left = new Set(files);
  const mtx = files.filter(({ key }) => MTX.test(key));
  for (const entry of mtx) {
    left.delete(entry);
    const genes = partOf(entry, files, GENES, mtx.length === 1);
    const cells = partOf(entry, files, CELLS, mtx.length === 1);
    const missing = [
      genes === undefined ? "features or genes" : "",
      cells === undefined ? "barcodes or cells" : "",
    ].filter(Boolean);
    if (genes === undefined || cells === undefined) {
      const reason = `no list of ${missing.join(" and of ")} with its prefix in its folder (as matrix.mtx.gz has features.tsv.gz and barcodes.tsv.gz)`;
      problems.push({ project: projectOf(entry.key), key: entry.key, reason });
      continue;
    }
    left.delete(genes);
    left.delete(cells);
    matrices.push({ ...foundMatrix("mtx", entry.key, [entry, genes, cells]), genes: genes.key, cells: cells.key });
  }
  for (const entry of left) {
    const { key } = entry;
    const problem = (reason: string): void => {
      problems.push({ project: projectOf(key), key, reason });
    };
    const single = SINGLE.find(([pattern]) => pattern.test(key));
    if (single !== undefined) matrices.push({ ...foundMatrix(single[1], key, [entry]), zipped: single[2] });
    else if (GENES.test(key) || CELLS.test(key))
      problem("a list of genes or cells whose Matrix Market file is not there");
    else if (TEXT_MATRIX.test(key) && !ANNOTATION.test(key)) matrices.push(foundMatrix("csv", key, [entry]));
    else if (TEXT_MATRIX.test(key)) problem("looks like annotations by its name; rename it when it is a matrix");
    else problem("no format of matrices that is known");
  }
}

/** The list with the matrix's prefix: `a_matrix.mtx` goes with `a_genes.tsv`, `a.mtx` with `a_genes.tsv` or `a.genes.tsv`. */
function partOf(
  matrix: PlaceEntry,
  files: readonly PlaceEntry[],
  pattern: RegExp,
  onlyMatrix: boolean,
): PlaceEntry | undefined {
  const name = baseOf(matrix.key);
  const stem = name.replace(MTX, "");
  const prefixes = [stem.replace(/matrix$/i, ""), `${stem}_`, `${stem}.`, `${stem}-`];
  const lists = files.filter(({ key }) => pattern.test(key));
  const withPrefix = lists.find(({ key }) => {
    const prefix = baseOf(key).replace(new RegExp(`(?:features|genes|barcodes|cells)${TEXT}`, "i"), "");
    return prefixes.includes(prefix);
  });
  return withPrefix ?? (onlyMatrix && lists.length === 1 ? lists[0] : undefined);
}

function foundMatrix(format: MatrixFormat, key: string, files: PlaceEntry[]): FoundMatrix {
  return { project: projectOf(key), matrix: nameOf(key), format, key, zipped: false, files };
}

function listed(found: Discovery, manifest: readonly ManifestRow[], entries: readonly PlaceEntry[]): Discovery {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const matrices: FoundMatrix[] = [];
  const problems: DiscoveryProblem[] = [];
  for (const row of manifest) {
    const described = {
      project: row.project,
      matrix: row.name ?? nameOf(row.matrix),
      ...(row.species !== undefined && { species: row.species }),
      ...(row.title !== undefined && { title: row.title }),
      ...(row.layer !== undefined && { layer: row.layer }),
    };
    const parts = [row.matrix, row.genes, row.cells].filter((key) => key !== undefined);
    const known = found.matrices.find(({ key }) => key === row.matrix || key === `${row.matrix}/`);
    const absent = parts.filter((key) => !byKey.has(key) && known === undefined);
    if (absent.length > 0)
      problems.push({
        project: row.project,
        key: row.matrix,
        reason: `the manifest names ${absent.join(", ")}, which is not there`,
      });
    else if (row.genes !== undefined && row.cells !== undefined) {
      const files = [row.matrix, row.genes, row.cells].flatMap((key) => byKey.get(key) ?? []);
      const format = { format: "mtx" as const, key: row.matrix, zipped: false, files };
      matrices.push({ ...format, ...described, genes: row.genes, cells: row.cells });
    } else if (known === undefined)
      problems.push({ project: row.project, key: row.matrix, reason: reasonOf(found, row.matrix) });
    else matrices.push({ ...known, ...described });
  }
  nameApart(matrices);
  return { matrices, problems };
}

function reasonOf(found: Discovery, key: string): string {
  return found.problems.find((problem) => problem.key === key)?.reason ?? "no format of matrices that is known";
}

/** Names that a project has twice get their path, then a number. */
function nameApart(matrices: FoundMatrix[]): void {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  for (const { project, matrix } of matrices) {
    const id = `${project}/${matrix}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  for (const found of matrices) {
    if ((counts.get(`${found.project}/${found.matrix}`) ?? 0) > 1) {
      const below = folderOf(found.key.replace(/\/$/, "")).split("/").slice(1).filter(Boolean);
      if (below.length > 0) found.matrix = [...below, found.matrix].join("-");
    }
    const name = found.matrix;
    for (let number = 2; taken.has(`${found.project}/${found.matrix}`); number++) found.matrix = `${name}-${number}`;
    taken.add(`${found.project}/${found.matrix}`);
  }
}

function projectOf(key: string): string {
  const levels = key.replace(/\/$/, "").split("/");
  return levels.length > 1 ? (levels[0] ?? "") : nameOf(key);
}

/** The file's name without its endings; of a trio's `matrix` the folder's. */
function nameOf(key: string): string {
  const base = baseOf(key.replace(/\/$/, ""))
    .replace(/\.(?:gz|zip)$/i, "")
    .replace(/\.(?:mtx|h5ad|h5|hdf5|loom|zarr|csv|tsv|txt)$/i, "");
  const stem = base.replace(/[._-]?matrix$/i, "");
  const folders = folderOf(key).split("/").filter(Boolean);
  return stem === "" ? (folders.at(-1) ?? base) : stem;
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

function baseOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
