import type { Table } from "@artesian/data";
import { annotateCmap, type CmapOptions } from "./annotate-cmap.ts";
import { UnknownColumnError } from "./errors.ts";
import { metadataName, withMetadataPrefix } from "./platemap.ts";
import { type MetadataCell, metadataColumn, type Profiles, takeWells } from "./profiles.ts";

export interface AnnotateOptions {
  /** Column of the plate map and column of the profiles that name the well. Default Metadata_well_position, Metadata_Well. */
  joinOn?: readonly [platemap: string, profiles: string];
  /** Puts "Metadata_" before the plate map's column names. Default true. */
  addMetadataIdToPlatemap?: boolean;
  /** Takes over CellProfiler's Image_Metadata_Plate and Image_Metadata_Well as Metadata_Plate and Metadata_Well. Default true. */
  cleanCellProfiler?: boolean;
  /** Adds the Connectivity Map's columns. Default none. */
  cmap?: CmapOptions;
  /** What is known of the perturbations, and the columns to match. */
  external?: { table: Table; joinLeft: string; joinRight: string };
  /** Columns with one value for all wells, such as Metadata_cell_line or Metadata_batch. */
  constants?: Readonly<Record<string, string>>;
}

/** What a join of profiles with metadata found. */
export interface Annotated {
  /** Wells in the plate map's order, metadata columns first. */
  profiles: Profiles;
  /** Wells of the profiles that the plate map does not name: left out. */
  unmatchedWells: string[];
  /** Wells of the plate map without a profile. */
  unusedWells: string[];
  /** Wells that the plate map names more than once: their profile appears as often. */
  repeatedWells: string[];
  /** Values of the merge column that the external metadata does not have: those columns stay empty. */
  unmatchedExternal: string[];
  /** Values of the merge column that the external metadata has more than once: wells appear as often. */
  repeatedExternal: string[];
}

/**
 * Adds what a laboratory knows of each well: the plate map by well (inner join, in the plate map's order), then external metadata by
 * perturbation (left join; a missing value matches a missing value, as in pandas). Values are compared as text. A column that both
 * sides have gets the suffix "_platemap" or "_external". The rules are those of pycytominer's annotate; what finds no partner is
 * reported, and equal rows are not dropped.
 * @throws UnknownColumnError (profiling/unknown-column) when a column to join on is missing
 * @example annotate(profiles, readPlatemap(text, "map.txt")).unmatchedWells
 */
export function annotate(profiles: Profiles, platemap: Table, options: AnnotateOptions = {}): Annotated {
  const [mapColumn, wellColumn] = options.joinOn ?? ["Metadata_well_position", "Metadata_Well"];
  const map = options.addMetadataIdToPlatemap === false ? platemap : withMetadataPrefix(platemap);
  const cleaned = (options.cleanCellProfiler ?? true) ? cleanNames(profiles) : profiles;
  const wellName = Object.hasOwn(cleaned.metadata, wellColumn) ? wellColumn : cleanName(wellColumn);
  const left = columnsOf(map);
  const join = innerJoin(columnIn(left, mapColumn), metadataColumn(cleaned, wellName));
  const wells = takeWells(
    cleaned,
    join.pairs.map(({ right }) => right),
  );
  let metadata: Record<string, MetadataCell[]> = {};
  for (const [name, cells] of Object.entries(left)) {
    if (name === mapColumn && mapColumn !== wellName) continue;
    const plain = name !== mapColumn && Object.hasOwn(wells.metadata, name) ? `${name}_platemap` : name;
    metadata[plain] = join.pairs.map((pair) => cells[pair.left] ?? null);
  }
  metadata = { ...metadata, ...wells.metadata };
  if (options.cmap !== undefined) metadata = annotateCmap(metadata, wellName, options.cmap);
  for (const [name, value] of Object.entries(options.constants ?? {}))
    metadata[metadataName(name)] = Array.from({ length: wells.rowCount }, () => value);
  let annotated: Profiles = { ...wells, metadata };
  let external: ReturnType<typeof leftJoin> | undefined;
  if (options.external !== undefined) {
    const { table, joinLeft, joinRight } = options.external;
    const right = columnsOf(withMetadataPrefix(table));
    const [leftName, rightName] = [metadataName(joinLeft), metadataName(joinRight)];
    external = leftJoin(metadataColumn(annotated, leftName), columnIn(right, rightName));
    annotated = takeWells(
      annotated,
      external.pairs.map(({ left: row }) => row),
    );
    for (const [name, cells] of Object.entries(right)) {
      if (name === rightName && rightName === leftName) continue;
      const plain = Object.hasOwn(metadata, name) ? `${name}_external` : name;
      annotated.metadata[plain] = external.pairs.map((pair) =>
        pair.right === undefined ? null : (cells[pair.right] ?? null),
      );
    }
  }
  return {
    profiles: { ...annotated, metadata: metadataFirst(annotated.metadata) },
    unmatchedWells: join.unmatchedRight,
    unusedWells: join.unmatchedLeft,
    repeatedWells: join.repeatedLeft,
    unmatchedExternal: external?.unmatched ?? [],
    repeatedExternal: external?.repeated ?? [],
  };
}

const cleanName = (name: string): string => name.replace(/^Image_(?=Metadata_(?:Plate|Well)$)/, "");

function cleanNames(profiles: Profiles): Profiles {
  const entries = Object.entries(profiles.metadata);
  const named = new Map(entries);
  return {
    ...profiles,
    metadata: Object.fromEntries(
      entries.map(([name, cells]) => [named.has(cleanName(name)) ? name : cleanName(name), cells]),
    ),
  };
}

/** Metadata_ columns before others, each in order. */
function metadataFirst(metadata: Readonly<Record<string, MetadataCell[]>>): Record<string, MetadataCell[]> {
  const entries = Object.entries(metadata);
  const known = entries.filter(([name]) => name.startsWith("Metadata_"));
  return Object.fromEntries([...known, ...entries.filter(([name]) => !name.startsWith("Metadata_"))]);
}

function columnsOf(table: Table): Record<string, MetadataCell[]> {
  return Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      Array.from({ length: table.rowCount }, (_, row): MetadataCell => {
        const cell = column.values[row];
        return cell === undefined || (typeof cell === "number" && Number.isNaN(cell)) ? null : cell;
      }),
    ]),
  );
}

function columnIn(columns: Readonly<Record<string, MetadataCell[]>>, name: string): MetadataCell[] {
  const cells = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (cells === undefined) throw new UnknownColumnError(name, Object.keys(columns));
  return cells;
}

const keyOf = (cell: MetadataCell | undefined): string | null =>
  cell === null || cell === undefined ? null : String(cell);

function rowsByKey(cells: readonly MetadataCell[]): Map<string | null, number[]> {
  const rows = new Map<string | null, number[]>();
  cells.forEach((cell, row) => {
    const key = keyOf(cell);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, [row]);
    else known.push(row);
  });
  return rows;
}

function innerJoin(left: readonly MetadataCell[], right: readonly MetadataCell[]) {
  const byKey = rowsByKey(right);
  const pairs: { left: number; right: number }[] = [];
  const [unmatchedLeft, repeatedLeft] = [new Set<string>(), new Set<string>()];
  const seen = new Set<string | null>();
  left.forEach((cell, row) => {
    const key = keyOf(cell);
    const rows = key === null ? undefined : byKey.get(key);
    if (rows === undefined) unmatchedLeft.add(key ?? "(none)");
    else {
      if (seen.has(key)) repeatedLeft.add(key ?? "");
      for (const one of rows) pairs.push({ left: row, right: one });
    }
    seen.add(key);
  });
  const unmatchedRight = [...byKey.keys()]
    .filter((key) => key === null || !seen.has(key))
    .map((key) => key ?? "(none)");
  return { pairs, unmatchedLeft: [...unmatchedLeft], unmatchedRight, repeatedLeft: [...repeatedLeft] };
}

function leftJoin(left: readonly MetadataCell[], right: readonly MetadataCell[]) {
  const byKey = rowsByKey(right);
  const pairs: { left: number; right: number | undefined }[] = [];
  const [unmatched, repeated] = [new Set<string>(), new Set<string>()];
  left.forEach((cell, row) => {
    const key = keyOf(cell);
    const rows = byKey.get(key);
    if (rows === undefined) unmatched.add(key ?? "(none)");
    else if (rows.length > 1) repeated.add(key ?? "(none)");
    for (const one of rows ?? [undefined]) pairs.push({ left: row, right: one });
  });
  return { pairs, unmatched: [...unmatched], repeated: [...repeated] };
}

/** What was left out or stayed without a partner, in sentences; none when everything fits. */
export function annotationNotes(found: Omit<Annotated, "profiles">): string[] {
  const some = (names: readonly string[]): string =>
    `${names.slice(0, 8).join(", ")}${names.length > 8 ? ` and ${names.length - 8} more` : ""}`;
  const count = (names: readonly string[], what: string): string =>
    `${names.length} ${what}${names.length === 1 ? "" : "s"}`;
  const one = (names: readonly string[]): boolean => names.length === 1;
  const notes: [readonly string[], (names: readonly string[]) => string][] = [
    [
      found.unmatchedWells,
      (names) =>
        `${count(names, "well")} ${one(names) ? "is" : "are"} left out, the plate map does not name ${one(names) ? "it" : "them"}: ${some(names)}`,
    ],
    [
      found.unusedWells,
      (names) => `${count(names, "well")} of the plate map ${one(names) ? "has" : "have"} no profile: ${some(names)}`,
    ],
    [found.repeatedWells, (names) => `the plate map names ${some(names)} more than once: the profile appears as often`],
    [found.unmatchedExternal, (names) => `external metadata lacks ${count(names, "perturbation")}: ${some(names)}`],
    [found.repeatedExternal, (names) => `external metadata has ${some(names)} more than once: wells appear as often`],
  ];
  return notes.flatMap(([names, say]) => (names.length === 0 ? [] : [say(names)]));
}

/** What `--strict` refuses of an annotation: everything that is left out, doubled or unknown; wells without a perturbation are none. */
export function strictlyWrong(found: Omit<Annotated, "profiles">): string[] {
  return annotationNotes({ ...found, unmatchedExternal: found.unmatchedExternal.filter((name) => name !== "(none)") });
}

/** Why no well matches at all, as far as the names show. */
export function noWellMatches(found: Omit<Annotated, "profiles">): string {
  const [ours = "", theirs = ""] = [found.unmatchedWells[0], found.unusedWells[0]];
  const plain = (well: string): string => well.toUpperCase().replace(/^([A-Z]+)0+/, "$1");
  const alike = found.unusedWells.some((well) => plain(well) === plain(ours));
  return `none of ${found.unmatchedWells.length} wells of the profiles (${ours}, …) is in the plate map (${theirs}, …).${
    alike
      ? ` Both name the same wells differently: write ${ours} in the plate map.`
      : " Is it the plate map of this plate?"
  }`;
}
