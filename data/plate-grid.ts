import { PlateReaderError } from "./errors.ts";
import { cellOf, isBlank, isReading, type Line, type PlateLines, rowOfLetters, secondsOf } from "./plate-lines.ts";

/** Readings of one place in an export, as they are told there. */
export interface Reading {
  /** Null when the export is of one plate and does not name it. */
  plate: string | null;
  row: number;
  column: number;
  measure: string;
  /** NaN where there is none, as with the next two. */
  cycle: number;
  timeS: number;
  temperatureC: number;
  value: number;
  note: string | null;
  line: number;
}

/** Readings that stand together. */
export interface Block {
  readings: Reading[];
  /** The first line after it. */
  end: number;
  /** Columns of the plate, when the block shows them all. */
  columns: number;
}

/** What lines above a block say of it. */
export interface Title {
  measure: string;
  cycle: number;
  timeS: number;
  temperatureC: number;
}

const ABOVE = 16;

/** The title of a block from the lines above it, down from the end of the block before. */
export function titleOf({ lines, decimalComma }: PlateLines, start: number, after: number): Title {
  const title: Title = { measure: "", cycle: Number.NaN, timeS: Number.NaN, temperatureC: Number.NaN };
  let mode = "";
  for (let at = start - 1; at >= Math.max(after, start - ABOVE); at--) {
    const words = lines[at]?.cells.filter((cell) => cell !== "") ?? [];
    const [first = "", second = ""] = words;
    const cycle = /^cycle\s*(?:nr\.?\s*)?:?\s*(\d+)\s*(?:\((.*)\))?$/i.exec(first);
    const label = /^label\s*\d*:\s*(.+)$/i.exec(first);
    const temperature = /temp(?:erature)?\.?:?\s*(-?\d+(?:[.,]\d+)?)/i.exec(words.join(" "));
    if (cycle !== null && words.length === 1) {
      title.cycle = Number(cycle[1]);
      title.timeS = secondsOf((cycle[2] ?? "").trim(), "s", decimalComma);
    } else if (/^time\b/i.test(first) && words.length <= 2) {
      const said = second || first.replace(/^time[^:]*:?\s*/i, "");
      if (!Number.isFinite(title.timeS)) title.timeS = secondsOf(said, "s", decimalComma);
    } else if (temperature !== null && /^temp/i.test(first))
      title.temperatureC = Number(temperature[1]?.replace(",", "."));
    else if (label !== null) {
      title.measure = label[1] ?? "";
      break;
    } else if (/^mode$/i.test(first) && mode === "") mode = second;
    else if (
      words.length === 1 &&
      title.measure === "" &&
      !/^(?:<>|results|data|layout)$|:$|^[^:]{1,40}:\s/i.test(first)
    )
      title.measure = first;
  }
  title.measure = (title.measure || mode).replace(/\s+/g, " ").slice(0, 120);
  return title;
}

/** Column numbers 1, 2, 3, … of a grid's head line; undefined when it is none. */
function headOf({ cells }: Line): { at: number; columns: number } | undefined {
  const at = cells.indexOf("1");
  if (at < 1 || cells.slice(0, at).some((cell) => cell !== "" && cell !== "<>")) return undefined;
  let columns = 0;
  while (cells[at + columns] === String(columns + 1)) columns++;
  const after = cells.slice(at + columns).some((cell) => cell !== "");
  return columns < 3 || columns > 48 || after ? undefined : { at, columns };
}

/**
 * A grid: columns 1, 2, 3, … above rows A, B, C, …, as all readers export it. What stands behind a row names what was read (Gen5), and
 * further lines of a row are further reads.
 * @param after the first line that belongs to no block before
 * @returns undefined when no grid begins at the line
 * @throws PlateReaderError (data/plate-reader)
 */
export function gridBlock(lines: PlateLines, start: number, after: number): Block | undefined {
  const head = headOf(lines.lines[start] as Line);
  const next = lines.lines[start + 1];
  if (head === undefined || rowOfLetters(next?.cells[head.at - 1] ?? "") === undefined) return undefined;
  const title = titleOf(lines, start, after);
  const readings: Reading[] = [];
  const seen = new Map<string, number>();
  let row: number | undefined;
  let end = start + 1;
  for (; end < lines.lines.length; end++) {
    const { cells, number } = lines.lines[end] as Line;
    const letters = cells[head.at - 1] ?? "";
    const behind = cells.slice(head.at + head.columns).filter((cell) => cell !== "");
    const named = rowOfLetters(letters);
    if (isBlank(lines.lines[end] as Line) || (named === undefined && (letters !== "" || behind.length === 0))) break;
    if (named === undefined && !cells.slice(head.at, head.at + head.columns).every((cell) => isReading(cell, lines)))
      break;
    row = named ?? row;
    if (row === undefined) break;
    if (behind.length > 1 || (behind.length === 1 && isFurther(behind[0] ?? "", next, head)))
      throw new PlateReaderError(
        lines.source,
        number,
        `row ${letters} has more than the grid's ${head.columns} columns`,
      );
    const measure = behind[0] ?? title.measure;
    const before = seen.get(`${row} ${measure}`);
    if (before !== undefined)
      throw new PlateReaderError(
        lines.source,
        number,
        `row ${letters} comes twice in one grid, first in line ${before}`,
      );
    seen.set(`${row} ${measure}`, number);
    for (let column = 0; column < head.columns; column++) {
      const text = cells[head.at + column] ?? "";
      if (text === "") continue;
      const what = `row ${letters || "?"}, column ${column + 1}`;
      const cell = cellOf(text, lines, number, what);
      readings.push({ ...title, ...cell, measure, plate: null, row, column, line: number });
    }
  }
  return { readings, end, columns: head.columns };
}

/** Whether what stands behind a row is a further number rather than the name of a read: names stand behind every row. */
function isFurther(text: string, first: Line | undefined, head: { at: number; columns: number }): boolean {
  const named = first?.cells.slice(head.at + head.columns).some((cell) => cell !== "");
  return named !== true && /^[+-]?[\d.,]+$/.test(text);
}
