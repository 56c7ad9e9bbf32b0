import { numberWriter } from "./number-bytes.ts";
import { pythonFloat } from "./number-text.ts";
import { inPieces } from "./profile-csv-bytes.ts";
import { type MetadataCell, type Profiles, profilesOf } from "./profiles.ts";
import { ProfileFormatError } from "./statistics-errors.ts";

/**
 * Profiles as Gene Cluster Text #1.3 for Morpheus (clue.io/connectopedia/gct_format), the bytes of pycytominer's `write_gct`: one column a
 * well named SAMPLE_0, SAMPLE_1, …, rows of `Metadata_` columns without that prefix, then rows of features, which name themselves in the
 * column cp_feature_name; CRLF line ends, `nan` for what is missing. Metadata of other names is not written.
 * A metadata column of whole numbers without gaps is written without decimals, every other number with them.
 */
export function writeGct(profiles: Profiles): string {
  return Buffer.concat(Array.from(gctBytes(profiles), (piece) => piece.slice())).toString("utf8");
}

/** The same in pieces of UTF-8, which hold as those of `inPieces`. */
export function gctBytes(profiles: Profiles): Generator<Uint8Array> {
  return inPieces(gctParts(profiles));
}

function* gctParts({ metadata, features, values, rowCount }: Profiles): Generator<Uint8Array | string> {
  const kept = Object.entries(metadata).filter(([name]) => name.startsWith("Metadata_"));
  const wells = Array.from({ length: rowCount }, (_, i) => i);
  const row = (cells: string[]): string => `${cells.map(quoted).join("\t")}\r\n`;
  yield "#1.3\r\n";
  yield `${[features.length, rowCount, 1, kept.length].join("\t")}\r\n`;
  yield row(["id", "cp_feature_name", ...wells.map((i) => `SAMPLE_${i}`)]);
  for (const [name, cells] of kept) {
    const whole = cells.every((cell) => typeof cell === "number" && Number.isInteger(cell));
    yield row([name.replaceAll("Metadata_", ""), "nan", ...wells.map((i) => cellText(cells[i] ?? null, whole))]);
  }
  const numbers = numberWriter();
  const column = new Float64Array(rowCount);
  for (let j = 0; j < features.length; j++) {
    for (let i = 0; i < rowCount; i++) column[i] = values[i * features.length + j]!;
    const name = quoted(features[j]!);
    yield `${name}\t${name}`;
    yield numbers.write(column, "\t", true);
    yield "\r\n";
  }
}

function cellText(cell: MetadataCell, whole: boolean): string {
  if (cell === null) return "nan";
  if (typeof cell === "string") return cell;
  return whole ? String(cell) : pythonFloat(cell);
}

function quoted(text: string): string {
  return /[\t"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Reads GCT #1.3 as {@link writeGct} and Morpheus write it.
 * @throws ProfileFormatError (profiling/profile-format) with the line
 */
export function readGct(text: string, source = "GCT"): Profiles {
  const rows = cellsOf(text);
  const fail = (line: number, problem: string): never => {
    throw new ProfileFormatError(source, `line ${line}: ${problem}`);
  };
  if (rows[0]?.[0]?.trim() !== "#1.3") fail(1, `found "${rows[0]?.[0] ?? ""}", expected "#1.3".`);
  const counts = (rows[1] ?? []).map(Number);
  const [features, wells, rowMetadata, columnMetadata] = counts;
  if (counts.length < 4 || counts.some((count) => !Number.isInteger(count) || count < 0))
    return fail(2, "expected four whole numbers: features, wells, feature and well annotations.");
  const width = 1 + (rowMetadata ?? 0) + (wells ?? 0);
  const body = rows.slice(2, 3 + (columnMetadata ?? 0) + (features ?? 0));
  if (body.length < 1 + (columnMetadata ?? 0) + (features ?? 0))
    fail(
      rows.length,
      `the file ends after ${body.length} rows, line 2 promises ${1 + (columnMetadata ?? 0) + (features ?? 0)}.`,
    );
  body.forEach((cells, i) => {
    if (cells.length !== width) fail(i + 3, `has ${cells.length} cells, expected ${width}.`);
  });
  const first = 1 + (rowMetadata ?? 0);
  const metadata: Record<string, MetadataCell[]> = {};
  for (const cells of body.slice(1, 1 + (columnMetadata ?? 0))) {
    const texts = cells.slice(first).map((cell) => (cell === "nan" || cell === "" ? null : cell));
    const numeric = texts.every((cell) => cell === null || /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(cell));
    metadata[`Metadata_${cells[0]}`] =
      numeric && texts.some((cell) => cell !== null)
        ? texts.map((cell) => (cell === null ? null : Number(cell)))
        : texts;
  }
  const names: string[] = [];
  const values = new Float64Array((features ?? 0) * (wells ?? 0));
  body.slice(1 + (columnMetadata ?? 0)).forEach((cells, j) => {
    names.push(cells[0]!);
    cells.slice(first).forEach((cell, i) => {
      const value = cell === "nan" || cell === "" ? Number.NaN : cell.replace(/inf$/, "Infinity");
      if (typeof value === "string" && Number.isNaN(Number(value)))
        fail(3 + (columnMetadata ?? 0) + 1 + j, `"${cell}" of feature ${cells[0]} is not a number.`);
      values[i * (features ?? 0) + j] = Number(value);
    });
  });
  if (Object.keys(metadata).length === 0) metadata.Metadata_id = body[0]!.slice(first);
  return profilesOf(metadata, names, values);
}

function cellsOf(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line, i, lines) => line !== "" || i < lines.length - 1)
    .map((line) =>
      line.split("\t").map((cell) => (/^".*"$/s.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell)),
    );
}
