import type { CellColumn } from "./matrix.ts";

/** Columns with more values are no parts of a project. */
export const MOST_SPLITS = 50;

/** A part of a matrix's cells. */
export interface Split {
  /** Safe as a folder's name: `all`, `donor=D1`. */
  id: string;
  /** Of what it is a part; undefined for all cells. */
  column?: string;
  value?: string;
  /** Shape (cells), 1 = belongs to it. */
  cells: Uint8Array;
}

/** A column that nothing could be split by, and why. */
export interface SplitProblem {
  column: string;
  message: string;
}

/**
 * All cells, then the cells of each value of each column, values in order of their names. Cells without a value belong to no part.
 * Numbers count as names when there are few.
 */
export function splitsOf(
  columns: readonly CellColumn[],
  cellCount: number,
): { splits: Split[]; problems: SplitProblem[] } {
  const splits: Split[] = [{ id: "all", cells: new Uint8Array(cellCount).fill(1) }];
  const problems: SplitProblem[] = [];
  const taken = new Set(["all"]);
  for (const column of columns) {
    const { levels, codes } = levelsOf(column);
    if (levels.length > MOST_SPLITS || levels.length === 0) {
      const found = levels.length === 0 ? "no values" : `${levels.length} values`;
      problems.push({
        column: column.name,
        message: `Column "${column.name}" has ${found}; a matrix is split by 1 to ${MOST_SPLITS}. It is summarised without this split.`,
      });
      continue;
    }
    levels.forEach((value, level) => {
      const cells = Uint8Array.from(codes, (code) => (code === level ? 1 : 0));
      if (!cells.includes(1)) return;
      splits.push({ id: unused(`${safe(column.name)}=${safe(value)}`, taken), column: column.name, value, cells });
    });
  }
  return { splits, problems };
}

/** The values of a column in order of their names, and which one each cell has; −1 is none. */
export function levelsOf(column: CellColumn): { levels: string[]; codes: Int32Array } {
  if (column.kind === "number") {
    const present = [...new Set(column.values)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    const code = new Map(present.map((value, index) => [value, index]));
    return { levels: present.map(String), codes: Int32Array.from(column.values, (value) => code.get(value) ?? -1) };
  }
  const order = Array.from(column.levels.keys()).sort((a, b) => (column.levels[a]! < column.levels[b]! ? -1 : 1));
  const place = new Int32Array(column.levels.length);
  order.forEach((level, index) => {
    place[level] = index;
  });
  return {
    levels: order.map((level) => column.levels[level]!),
    codes: column.codes.map((code) => (code < 0 ? -1 : place[code]!)),
  };
}

function safe(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 80) || "_";
}

function unused(id: string, taken: Set<string>): string {
  let name = id;
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${id}-${number}`;
  taken.add(name.toLowerCase());
  return name;
}
