import { PlateReaderError } from "./errors.ts";
import { type Block, type Reading, titleOf } from "./plate-grid.ts";
import {
  cellOf,
  isBlank,
  isReading,
  type Line,
  numberOf,
  type PlateLines,
  rowOfLetters,
  secondsOf,
  unitOf,
  wellOf,
} from "./plate-lines.ts";

const WELL = /^(?:wells?|well[ _]?id|well[ _]?name|well[ _]?pos(?:ition)?|position|pos\.?)$/i;
const WELL_ROW = /^well[ _]?row$/i;
const WELL_COLUMN = /^well[ _]?col(?:umn)?$/i;
const PLATE = /^(?:plate|barcode|plate[ _]?(?:id|name|barcode))$/i;
const TIME = /^time\b/i;
const CYCLE = /^cycle\b/i;
const TEMPERATURE = /^t(?:emp(?:erature)?\b|°)/i;
const NO_MEASURE = /^(?:row|col(?:umn)?|well[ _]?(?:row|col(?:umn)?)|#|no\.?|index)$/i;

type WellOf = (line: Line) => { row: number; column: number } | undefined;

/** Where a list's head line has the well: in one column, or in a column for its row and one for its column. */
function wellReader({ cells }: Line): WellOf | undefined {
  const [one, row, column] = [WELL, WELL_ROW, WELL_COLUMN].map((form) => cells.findIndex((cell) => form.test(cell)));
  if (one !== undefined && one >= 0) return (line) => wellOf(line.cells[one] ?? "");
  if (row === undefined || column === undefined || row < 0 || column < 0) return undefined;
  return (line) => {
    const found = rowOfLetters(line.cells[row] ?? "");
    return found === undefined ? undefined : wellOf(`${line.cells[row]}${line.cells[column]}`);
  };
}

/**
 * A list: a head line with the column Well (or Well Row and Well Col), then a line a well. Columns of numbers are what was measured; of texts
 * the plate is kept. A second head line may give a time for each column, as BMG's kinetic tables have it.
 * @returns undefined when no list begins at the line
 * @throws PlateReaderError (data/plate-reader)
 */
export function listBlock(lines: PlateLines, start: number): Block | undefined {
  const head = lines.lines[start] as Line;
  const well = wellReader(head);
  if (well === undefined) return undefined;
  const second = lines.lines[start + 1];
  const times = second === undefined || well(second) !== undefined ? undefined : timesOf(second, lines);
  const first = start + (times === undefined ? 1 : 2);
  if (well(lines.lines[first] ?? head) === undefined) return undefined;
  let end = first;
  while (end < lines.lines.length && well(lines.lines[end] as Line) !== undefined) end++;
  const body = lines.lines.slice(first, end);
  const strange = lines.lines[end];
  if (
    strange !== undefined &&
    !isBlank(strange) &&
    strange.cells.length >= head.cells.length &&
    head.cells.length > 1
  ) {
    const said = strange.cells.filter((cell) => cell !== "").join(" ");
    if (/^[A-Z]{1,2}\d/i.test(said))
      throw new PlateReaderError(lines.source, strange.number, `"${said.slice(0, 40)}" begins with no well of a plate`);
  }
  const special = (form: RegExp): number => head.cells.findIndex((cell) => form.test(cell));
  const [plateAt, timeAt, cycleAt, temperatureAt] = [PLATE, TIME, CYCLE, TEMPERATURE].map(special);
  const measures = measuresOf(lines, head, body, times);
  const readings: Reading[] = [];
  for (const line of body) {
    const place = well(line) as { row: number; column: number };
    const number = (at: number | undefined): number => numberOf(line.cells[at ?? -1] ?? "", lines.decimalComma);
    for (const { at, measure, timeS } of measures) {
      const text = line.cells[at] ?? "";
      if (text === "") continue;
      readings.push({
        ...place,
        ...cellOf(text, lines, line.number, `column "${head.cells[at]}"`),
        plate: line.cells[plateAt ?? -1] || null,
        measure,
        cycle: number(cycleAt),
        timeS:
          timeS ??
          secondsOf(line.cells[timeAt ?? -1] ?? "", unitOf(head.cells[timeAt ?? -1] ?? ""), lines.decimalComma),
        temperatureC: number(temperatureAt),
        line: line.number,
      });
    }
  }
  return { readings, end, columns: 0 };
}

/** Times of a second head line, by column. */
function timesOf({ cells }: Line, { decimalComma }: PlateLines): Map<number, number> | undefined {
  const at = cells.findIndex((cell) => TIME.test(cell));
  if (at < 0) return undefined;
  const unit = unitOf(cells[at] ?? "");
  const times = new Map<number, number>();
  for (const [column, cell] of cells.entries()) {
    const seconds = column > at && cell !== "" ? secondsOf(cell, unit, decimalComma) : Number.NaN;
    if (Number.isFinite(seconds)) times.set(column, seconds);
  }
  return times.size === 0 ? undefined : times;
}

/** Columns that hold readings: those most of whose cells are numbers or words for readings that failed. */
function measuresOf(
  lines: PlateLines,
  head: Line,
  body: readonly Line[],
  times: ReadonlyMap<number, number> | undefined,
): { at: number; measure: string; timeS: number | undefined }[] {
  const found: { at: number; measure: string; timeS: number | undefined }[] = [];
  const names = new Map<string, number>();
  for (const [at, name] of head.cells.entries()) {
    if ([WELL, PLATE, TIME, CYCLE, TEMPERATURE, NO_MEASURE].some((form) => form.test(name))) continue;
    const cells = body.map((line) => line.cells[at] ?? "").filter((cell) => cell !== "");
    const good = cells.filter((cell) => isReading(cell, lines));
    const numbers = cells.filter((cell) => Number.isFinite(numberOf(cell, lines.decimalComma)));
    if (numbers.length === 0 || good.length * 2 <= cells.length || (times !== undefined && !times.has(at))) continue;
    const given = (name || `column ${at + 1}`).slice(0, 120);
    const timeS = times?.get(at);
    const again = timeS === undefined ? (names.get(given) ?? 0) + 1 : 1;
    names.set(given, again);
    found.push({ at, measure: again === 1 ? given : `${given} ${again}`, timeS });
  }
  return found;
}

/**
 * Readings over time. A line a cycle under wells as columns ("Cycle Nr., Time [s], Temp. [°C], A1, A2, …", or Gen5's "Time, T° 600, A1, …"), or a line a
 * well under cycles as columns, with their times and temperatures in the lines between.
 * @returns undefined when nothing of that kind begins at the line
 * @throws PlateReaderError (data/plate-reader)
 */
export function kineticBlock(lines: PlateLines, start: number, after: number): Block | undefined {
  const head = lines.lines[start] as Line;
  const first = head.cells[0] ?? "";
  const wells = head.cells.map((cell) => wellOf(cell));
  const others = head.cells.filter((cell, at) => cell !== "" && wells[at] === undefined);
  const known = (cell: string): boolean => [TIME, CYCLE, TEMPERATURE].some((form) => form.test(cell));
  if (others.some(known) && wells.filter((well) => well !== undefined).length >= 2 && others.every(known))
    return wellsAcross(lines, start, after);
  if ((CYCLE.test(first) || TIME.test(first)) && wells.every((well) => well === undefined))
    return wellsDown(lines, start, after);
  return undefined;
}

function wellsAcross(lines: PlateLines, start: number, after: number): Block | undefined {
  const head = lines.lines[start] as Line;
  const [timeAt = -1, cycleAt = -1, temperatureAt = -1] = [TIME, CYCLE, TEMPERATURE].map((form) =>
    head.cells.findIndex((cell) => form.test(cell)),
  );
  const title = titleOf(lines, start, after);
  // Gen5 names the read in the column of its temperature: "T° OD:600".
  const measure = title.measure || (head.cells[temperatureAt] ?? "").replace(/^T°\s*/i, "");
  const readings: Reading[] = [];
  let end = start + 1;
  for (; end < lines.lines.length; end++) {
    const { cells, number } = lines.lines[end] as Line;
    const timeS = secondsOf(cells[timeAt] ?? "", unitOf(head.cells[timeAt] ?? ""), lines.decimalComma);
    const cycle = numberOf(cells[cycleAt] ?? "", lines.decimalComma);
    if (!Number.isFinite(timeS) && !Number.isFinite(cycle)) break;
    const temperatureC = numberOf(cells[temperatureAt] ?? "", lines.decimalComma);
    for (const [at, name] of head.cells.entries()) {
      const place = wellOf(name);
      const text = cells[at] ?? "";
      if (place === undefined || text === "") continue;
      const cell = cellOf(text, lines, number, `well ${name}`);
      readings.push({ ...place, ...cell, plate: null, measure, cycle, timeS, temperatureC, line: number });
    }
  }
  return readings.length === 0 ? undefined : { readings, end, columns: 0 };
}

function wellsDown(lines: PlateLines, start: number, after: number): Block | undefined {
  const rows: Partial<Record<"cycle" | "timeS" | "temperatureC", number[]>> = {};
  let end = start;
  for (; end < lines.lines.length; end++) {
    const { cells } = lines.lines[end] as Line;
    const [first = "", ...rest] = cells;
    const numbers = (): number[] => rest.map((cell) => numberOf(cell, lines.decimalComma));
    if (CYCLE.test(first)) rows.cycle = numbers();
    else if (TIME.test(first)) rows.timeS = rest.map((cell) => secondsOf(cell, unitOf(first), lines.decimalComma));
    else if (TEMPERATURE.test(first)) rows.temperatureC = numbers();
    else break;
  }
  const title = titleOf(lines, start, after);
  const { measure } = title;
  const readings: Reading[] = [];
  for (; end < lines.lines.length; end++) {
    const { cells, number } = lines.lines[end] as Line;
    const place = wellOf(cells[0] ?? "");
    if (place === undefined) break;
    for (const [at, text] of cells.slice(1).entries()) {
      if (text === "") continue;
      const [cycle, timeS, temperatureC] = [rows.cycle, rows.timeS, rows.temperatureC].map(
        (row) => row?.[at] ?? Number.NaN,
      );
      if (!Number.isFinite(cycle) && !Number.isFinite(timeS))
        throw new PlateReaderError(lines.source, number, `well ${cells[0]} has more readings than there are cycles`);
      const cell = cellOf(text, lines, number, `well ${cells[0]}, cycle ${at + 1}`);
      readings.push({
        ...place,
        ...cell,
        plate: null,
        measure,
        cycle: cycle ?? Number.NaN,
        timeS: timeS ?? Number.NaN,
        temperatureC: temperatureC ?? Number.NaN,
        line: number,
      });
    }
  }
  return readings.length === 0 ? undefined : { readings, end, columns: 0 };
}
