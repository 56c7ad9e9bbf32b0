import { pythonFloat } from "./number-text.ts";
import { type MetadataCell, type Profiles, profilesOf } from "./profiles.ts";
import { ProfileFormatError } from "./statistics-errors.ts";

/**
 * Profiles as Gene Cluster Text #1.3 for Morpheus (clue.io/connectopedia/gct_format), the bytes of pycytominer's `write_gct`: one column a
 * well named SAMPLE_0, SAMPLE_1, …, rows of `Metadata_` columns without that prefix, then rows of features, which name themselves in the
 * column cp_feature_name; CRLF line ends, `nan` for what is missing. Metadata of other names is not written.
 * A metadata column of whole numbers without gaps is written without decimals, every other number with them.
 */
export function writeGct(profiles: Profiles): string {
  const metadata = Object.entries(profiles.metadata).filter(([name]) => name.startsWith("Metadata_"));
  const width = profiles.features.length;
  const lines = [
    "#1.3",
    [width, profiles.rowCount, 1, metadata.length].join("\t"),
    row("id", "cp_feature_name", (i) => `SAMPLE_${i}`),
    ...metadata.map(([name, cells]) => {
      const whole = cells.every((cell) => typeof cell === "number" && Number.isInteger(cell));
      return row(name.replaceAll("Metadata_", ""), "nan", (i) => cellText(cells[i] ?? null, whole));
    }),
  ];
  for (let j = 0; j < width; j++)
    lines.push(row(profiles.features[j]!, profiles.features[j]!, (i) => pythonFloat(profiles.values[i * width + j]!)));
  return `${lines.join("\r\n")}\r\n`;

  function row(first: string, second: string, cell: (i: number) => string): string {
    const cells = [first, second];
    for (let i = 0; i < profiles.rowCount; i++) cells.push(cell(i));
    return cells.map(quoted).join("\t");
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
