import { PlateReaderError } from "./errors.ts";
import { type Block, gridBlock, type Reading } from "./plate-grid.ts";
import { isBlank, type Line, type PlateLines, plateLines, wellName } from "./plate-lines.ts";
import { kineticBlock, listBlock } from "./plate-list.ts";
import { type Table, tableOf } from "./table.ts";

/** What a plate reader measured. */
export interface PlateReadings {
  /** Who made the reader, when the export says so. */
  instrument: string | null;
  /** What the export says of itself: test, date, time, plate names, … */
  about: Record<string, string>;
  /** The smallest plate format that has every well read, or the one that a grid shows. */
  format: { wells: number; rows: number; columns: number };
  /** Names of what was measured, in the order of the export. */
  measures: string[];
  /** Plates that the export names; none when it is of one plate. */
  plates: string[];
  /** A row a reading: plate, well, measure, cycle, time_s, temperature_c, value, note (OVER, …). */
  table: Table;
}

/** Plates of shape (rows, columns). */
const FORMATS = [
  [2, 3],
  [3, 4],
  [4, 6],
  [6, 8],
  [8, 12],
  [16, 24],
  [32, 48],
] as const;
const MOST_READINGS = 5_000_000;
const MAKERS: readonly [RegExp, string][] = [
  [/\bTecan\b|i-control|SparkControl|Magellan/i, "Tecan"],
  [/BioTek|Gen5|Synergy|Cytation/i, "BioTek"],
  [/BMG|(?:CLARIO|PHERA|FLUO|LUMI|SPECTRO|NEPHELO)star|Test (?:run no\.|ID):/i, "BMG Labtech"],
  [/SoftMax|SpectraMax|Molecular Devices/i, "Molecular Devices"],
  [/EnSpire|EnVision|EnSight|VICTOR|PerkinElmer|Revvity/i, "PerkinElmer"],
];

/**
 * Reads what plate readers export as text (BMG MARS, Tecan i-control and SparkControl, BioTek Gen5, and tables of the same forms by hand): grids,
 * one or many; lists with a line a well; kinetics with a line a well or a cycle. Separators, decimal commas and encodings are found out. A reading that
 * failed (OVER, saturated, …) is missing and keeps its word.
 * @param content bytes as the instrument's software wrote them, or text
 * @param options source names the file in errors
 * @throws PlateReaderError (data/plate-reader) with the line of what is wrong: no readings, text in a number's place, a well twice
 * @example readPlateReader(",1,2,3\nA,0.1,0.2,OVER\n", { source: "P1.csv" }).measures // ["value"]
 */
export function readPlateReader(content: Uint8Array | string, options: { source: string }): PlateReadings {
  const lines = plateLines(content, options.source);
  const readings: Reading[] = [];
  const prose: Line[] = [];
  const taken = new Map<string, number>();
  let after = 0;
  let columns = 0;
  for (let at = 0; at < lines.lines.length; ) {
    const line = lines.lines[at] as Line;
    const block = isBlank(line)
      ? undefined
      : (gridBlock(lines, at, after) ?? listBlock(lines, at) ?? kineticBlock(lines, at, after));
    if (block === undefined) {
      prose.push(line);
      at++;
      continue;
    }
    for (const reading of named(block, taken)) readings.push(reading);
    if (readings.length > MOST_READINGS)
      throw new PlateReaderError(lines.source, line.number, `more than ${MOST_READINGS} readings`);
    columns = Math.max(columns, block.columns);
    at = block.end;
    after = at;
  }
  if (readings.length === 0)
    throw new PlateReaderError(
      lines.source,
      1,
      "there are no readings: neither a grid (1 2 3 … above A B C …), nor a list with a column Well, nor wells over time",
    );
  checkOnce(lines, readings);
  const text = prose.map(({ cells }) => cells.join(" ")).join("\n");
  return {
    instrument: MAKERS.find(([form]) => form.test(text))?.[1] ?? null,
    about: aboutOf(prose),
    format: formatFor(lines, readings, columns),
    measures: [...new Set(readings.map(({ measure }) => measure))],
    plates: [...new Set(readings.flatMap(({ plate }) => plate ?? []))],
    table: tidy(readings),
  };
}

/** A block's readings with a name of their own: a second grid of one title is "title 2", unless cycle or time tell them apart. */
function named({ readings }: Block, taken: Map<string, number>): Reading[] {
  const renamed = new Map<string, string>();
  return readings.map((reading) => {
    const { cycle, timeS } = reading;
    const given = reading.measure || "value";
    const timed = Number.isFinite(cycle) || Number.isFinite(timeS);
    let measure = renamed.get(given);
    if (measure === undefined) {
      const times = timed ? 0 : (taken.get(given) ?? 0);
      measure = times === 0 ? given : `${given} ${times + 1}`;
      taken.set(given, times + 1);
      renamed.set(given, measure);
    }
    return { ...reading, measure };
  });
}

function checkOnce({ source }: PlateLines, readings: readonly Reading[]): void {
  const seen = new Map<string, number>();
  for (const reading of readings) {
    const { plate, measure, cycle, timeS, line } = reading;
    const place = [plate ?? "", wellName(reading), measure, cycle, timeS].join("\u0000");
    const first = seen.get(place);
    if (first !== undefined)
      throw new PlateReaderError(
        source,
        line,
        `well ${wellName(reading)} has a second "${measure}", the first is in line ${first}. Export cycles with their number or time, plates with their name`,
      );
    seen.set(place, line);
  }
}

/** "Key: value" cells, and lines of a key and one value, above and below the readings. */
function aboutOf(prose: readonly Line[]): Record<string, string> {
  const about: Record<string, string> = {};
  const note = (key: string, value: string): void => {
    if (Object.keys(about).length < 100 && !Object.hasOwn(about, key)) about[key] = value.slice(0, 500);
  };
  for (const { cells } of prose) {
    const words = cells.filter((cell) => cell !== "");
    for (const [at, word] of words.entries()) {
      const pair = /^([^:]{1,40}):\s+(.+)$/.exec(word) ?? /^([A-Za-z][\w .]{0,39}):(\S.*)$/.exec(word);
      if (pair !== null) note(pair[1] ?? "", pair[2] ?? "");
      else if (/^[^:]{1,40}:$/.test(word) && words[at + 1] !== undefined) note(word.slice(0, -1), words[at + 1] ?? "");
    }
    if (words.length === 2 && !words.some((word) => word.includes(":"))) note(words[0] ?? "", words[1] ?? "");
  }
  return about;
}

function formatFor(
  { source }: PlateLines,
  readings: readonly Reading[],
  shown: number,
): { wells: number; rows: number; columns: number } {
  let lowest = 0;
  let widest = shown;
  for (const { row, column } of readings) {
    lowest = Math.max(lowest, row + 1);
    widest = Math.max(widest, column + 1);
  }
  // A list of a few wells is of an ordinary plate; only a grid shows that its plate is smaller.
  const found = FORMATS.find(([rows, columns]) => rows >= lowest && columns >= widest && (shown > 0 || columns >= 12));
  if (found === undefined) throw new PlateReaderError(source, 1, `no plate has ${lowest} rows and ${widest} columns`);
  return { wells: found[0] * found[1], rows: found[0], columns: found[1] };
}

function tidy(readings: readonly Reading[]): Table {
  const numbers = (name: string, of: (reading: Reading) => number) => ({
    name,
    kind: "number" as const,
    values: Float64Array.from(readings, of),
  });
  const texts = (name: string, of: (reading: Reading) => string | null) => ({
    name,
    kind: "text" as const,
    values: readings.map(of),
  });
  return tableOf([
    texts("plate", ({ plate }) => plate),
    texts("well", wellName),
    texts("measure", ({ measure }) => measure),
    numbers("cycle", ({ cycle }) => cycle),
    numbers("time_s", ({ timeS }) => timeS),
    numbers("temperature_c", ({ temperatureC }) => temperatureC),
    numbers("value", ({ value }) => value),
    texts("note", ({ note }) => note),
  ]);
}
