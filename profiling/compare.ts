import { UnknownColumnError } from "./errors.ts";
import type { MetadataCell, Profiles } from "./profiles.ts";

export interface CompareOptions {
  /** Metadata columns that say which rows belong together; default: Metadata_Plate and Metadata_Well where both have them, else the order. */
  by?: readonly string[];
  /** Differences |a − b| / max(|a|, |b|, floor) up to this are equal. Default 1e-9. */
  tolerance?: number;
  /** Values smaller than this are compared absolutely. Default 1e-6. */
  floor?: number;
}

/** A cell in which two profiles differ. */
export interface DifferentCell {
  row: string;
  column: string;
  left: MetadataCell;
  right: MetadataCell;
  /** Relative difference; Infinity when one side is missing or a text differs. */
  difference: number;
}

/** What tells two tables of profiles apart. */
export interface Comparison {
  equal: boolean;
  rows: { left: number; right: number; matched: number; onlyLeft: string[]; onlyRight: string[]; repeated: string[] };
  features: {
    left: number;
    right: number;
    common: number;
    onlyLeft: string[];
    onlyRight: string[];
    sameOrder: boolean;
  };
  metadata: { onlyLeft: string[]; onlyRight: string[] };
  cells: {
    compared: number;
    different: number;
    /** Missing on one side only. */
    missingLeft: number;
    missingRight: number;
    worst?: DifferentCell;
    /** Features that differ, the most different first, at most 20. */
    byFeature: { feature: string; different: number; worst: number }[];
    /** Metadata columns that differ, with an example. */
    byMetadata: { column: string; different: number; example: DifferentCell }[];
  };
}

/**
 * Tells two tables of profiles apart: columns, rows and every common cell. Missing equals missing, infinities equal when alike.
 * @throws UnknownColumnError (profiling/unknown-column) for a column of `by` that a side lacks
 */
export function compareProfiles(left: Profiles, right: Profiles, options: CompareOptions = {}): Comparison {
  const by = options.by ?? defaultKeys(left, right);
  for (const name of by)
    for (const side of [left, right])
      if (!Object.hasOwn(side.metadata, name)) throw new UnknownColumnError(name, Object.keys(side.metadata));
  const tolerance = options.tolerance ?? 1e-9;
  const floor = options.floor ?? 1e-6;
  const { pairs, ...rows } = matchRows(left, right, by);
  const rightIndex = new Map(right.features.map((name, j) => [name, j]));
  const leftNames = new Set(left.features);
  const common = left.features.flatMap((name, j) => {
    const k = rightIndex.get(name);
    return k === undefined ? [] : [{ name, j, k }];
  });
  const rightOrder = right.features.filter((name) => leftNames.has(name));
  const cells: Comparison["cells"] = {
    compared: 0,
    different: 0,
    missingLeft: 0,
    missingRight: 0,
    byFeature: [],
    byMetadata: [],
  };
  const note = (cell: DifferentCell): void => {
    cells.different++;
    if (cells.worst === undefined || cell.difference > cells.worst.difference) cells.worst = cell;
  };
  for (const { name, j, k } of common) {
    let [different, worst] = [0, 0];
    for (const [i, o, row] of pairs) {
      const a = left.values[i * left.features.length + j]!;
      const b = right.values[o * right.features.length + k]!;
      cells.compared++;
      const difference = differenceOf(a, b, floor);
      if (difference <= tolerance) continue;
      different++;
      if (difference > worst) worst = difference;
      if (Number.isNaN(a)) cells.missingLeft++;
      if (Number.isNaN(b)) cells.missingRight++;
      note({ row, column: name, left: Number.isNaN(a) ? null : a, right: Number.isNaN(b) ? null : b, difference });
    }
    if (different > 0) cells.byFeature.push({ feature: name, different, worst });
  }
  cells.byFeature.sort((a, b) => b.worst - a.worst);
  cells.byFeature.splice(20);
  for (const name of Object.keys(left.metadata).filter((column) => Object.hasOwn(right.metadata, column))) {
    let different = 0;
    let example: DifferentCell | undefined;
    for (const [i, o, row] of pairs) {
      const [a, b] = [left.metadata[name]![i] ?? null, right.metadata[name]![o] ?? null];
      cells.compared++;
      const difference =
        typeof a === "number" && typeof b === "number"
          ? differenceOf(a, b, floor)
          : a === b
            ? 0
            : Number.POSITIVE_INFINITY;
      if (difference <= tolerance) continue;
      different++;
      example ??= { row, column: name, left: a, right: b, difference };
      note({ row, column: name, left: a, right: b, difference });
    }
    if (example !== undefined) cells.byMetadata.push({ column: name, different, example });
  }
  const missing = (from: readonly string[], other: ReadonlySet<string>): string[] =>
    from.filter((name) => !other.has(name));
  const [leftColumns, rightColumns] = [left, right].map((side) => Object.keys(side.metadata));
  const features = {
    left: left.features.length,
    right: right.features.length,
    common: common.length,
    onlyLeft: missing(left.features, new Set(right.features)),
    onlyRight: missing(right.features, leftNames),
    sameOrder: common.every(({ name }, place) => rightOrder[place] === name),
  };
  const metadata = {
    onlyLeft: missing(leftColumns!, new Set(rightColumns)),
    onlyRight: missing(rightColumns!, new Set(leftColumns)),
  };
  const apart = [
    rows.onlyLeft,
    rows.onlyRight,
    rows.repeated,
    features.onlyLeft,
    features.onlyRight,
    metadata.onlyLeft,
    metadata.onlyRight,
  ];
  const equal = cells.different === 0 && features.sameOrder && apart.every((names) => names.length === 0);
  return { equal, rows, features, metadata, cells };
}

/** The comparison in sentences, the most important first: what `artesian profile compare` prints. */
export function comparisonLines(found: Comparison): string[] {
  const some = (names: readonly string[]): string =>
    `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
  const lines: string[] = [found.equal ? "The profiles are equal." : "The profiles differ."];
  const { rows, features, metadata, cells } = found;
  lines.push(`Rows: ${rows.left} and ${rows.right}, ${rows.matched} matched.`);
  if (rows.onlyLeft.length > 0) lines.push(`  only in the first: ${some(rows.onlyLeft)}`);
  if (rows.onlyRight.length > 0) lines.push(`  only in the second: ${some(rows.onlyRight)}`);
  if (rows.repeated.length > 0) lines.push(`  more than once, not compared: ${some(rows.repeated)}`);
  lines.push(
    `Features: ${features.left} and ${features.right}, ${features.common} common${features.sameOrder ? "" : ", in another order"}.`,
  );
  if (features.onlyLeft.length > 0) lines.push(`  only in the first: ${some(features.onlyLeft)}`);
  if (features.onlyRight.length > 0) lines.push(`  only in the second: ${some(features.onlyRight)}`);
  if (metadata.onlyLeft.length > 0) lines.push(`Metadata only in the first: ${some(metadata.onlyLeft)}`);
  if (metadata.onlyRight.length > 0) lines.push(`Metadata only in the second: ${some(metadata.onlyRight)}`);
  lines.push(`Cells: ${cells.compared} compared, ${cells.different} different.`);
  if (cells.worst !== undefined) {
    const { row, column, left, right, difference } = cells.worst;
    lines.push(
      `  worst: ${column} of ${row}: ${left ?? "missing"} and ${right ?? "missing"} (${difference.toPrecision(3)})`,
    );
  }
  for (const { feature, different, worst } of cells.byFeature.slice(0, 5))
    lines.push(`  ${feature}: ${different} cells, up to ${worst.toPrecision(3)}`);
  for (const { column, different, example } of cells.byMetadata.slice(0, 5))
    lines.push(
      `  ${column}: ${different} cells, such as ${example.left ?? "missing"} and ${example.right ?? "missing"}`,
    );
  return lines;
}

function differenceOf(a: number, b: number, floor: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const difference = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), floor);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}

function defaultKeys(left: Profiles, right: Profiles): string[] {
  const keys = ["Metadata_Plate", "Metadata_Well"];
  const both = keys.filter((name) => [left, right].every((side) => Object.hasOwn(side.metadata, name)));
  return both.includes("Metadata_Well") ? both : [];
}

function matchRows(
  left: Profiles,
  right: Profiles,
  by: readonly string[],
): Comparison["rows"] & { pairs: [number, number, string][] } {
  const keysOf = (side: Profiles): string[] =>
    Array.from({ length: side.rowCount }, (_, row) =>
      by.length === 0 ? `row ${row + 1}` : by.map((name) => String(side.metadata[name]![row] ?? "missing")).join(" "),
    );
  const [leftKeys, rightKeys] = [keysOf(left), keysOf(right)];
  const repeated = new Set<string>();
  const indexOf = (keys: readonly string[]): Map<string, number> => {
    const index = new Map<string, number>();
    keys.forEach((key, row) => {
      if (index.has(key)) repeated.add(key);
      else index.set(key, row);
    });
    return index;
  };
  const [leftIndex, rightIndex] = [indexOf(leftKeys), indexOf(rightKeys)];
  const pairs: [number, number, string][] = [];
  const onlyLeft: string[] = [];
  for (const [key, row] of leftIndex) {
    const other = rightIndex.get(key);
    if (other === undefined) onlyLeft.push(key);
    else if (!repeated.has(key)) pairs.push([row, other, key]);
  }
  const onlyRight = [...rightIndex.keys()].filter((key) => !leftIndex.has(key));
  return {
    left: left.rowCount,
    right: right.rowCount,
    matched: pairs.length,
    onlyLeft,
    onlyRight,
    repeated: [...repeated],
    pairs,
  };
}
