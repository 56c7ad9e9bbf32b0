/** What a heat map shows as files: CSV, GCT, SVG. Values are cosines whatever variant is drawn. */
import { cssColor, type DivergingName, diverging } from "./color.ts";
import { type TableTwin, twinToCsv } from "./csv.ts";
import { formatFixed } from "./format.ts";
import { byteAt, cosineOf, type HeatCells, type HeatShown, shownByte } from "./heat-cells.ts";

/** A row or column of a heat map. */
export interface HeatLabel {
  /** Its row in the group version. */
  row: number;
  label: string;
  perturbation: string;
  type: string;
  /** µM; null for what has no dose. */
  dose: number | null;
}

/** Rows and columns as drawn, with the cells that they stand for. */
export interface HeatTable {
  cells: HeatCells;
  /** Row of `cells` and its label at each place drawn. */
  rows: readonly { at: number; label: HeatLabel }[];
  columns: readonly { at: number; label: HeatLabel }[];
}

/** Most columns of a table twin; more of them are in the CSV. */
export const TWIN_COLUMNS = 60;

/** The table under a heat map, of at most `limit` columns. */
export function heatTwin({ cells, rows, columns }: HeatTable, limit = Number.POSITIVE_INFINITY): TableTwin {
  const drawn = columns.slice(0, limit);
  return {
    columns: [
      { key: "label", label: "perturbation" },
      ...drawn.map((column, k) => ({ key: String(k), label: column.label.label })),
    ],
    rows: rows.map((row) => {
      const line: Record<string, string | number | null> = { label: row.label.label };
      drawn.forEach((column, k) => {
        line[k] = rounded(cosineOf(cells, row.at, column.at));
      });
      return line;
    }),
  };
}

/** CSV of all rows and columns in the order drawn. */
export const heatCsv = (table: HeatTable): string => twinToCsv(heatTwin(table));

/** Stored bytes carry three decimals at most. */
const rounded = (cosine: number | null | undefined): number | null =>
  cosine === null || cosine === undefined ? null : Number(cosine.toFixed(3));

/**
 * GCT 1.3, as Morpheus and cmapPy read it: dimensions, then a header, one line of metadata a column field, one line a row.
 * Identifiers are made unique by their row in the group version.
 */
export function heatGct({ cells, rows, columns }: HeatTable): string {
  const fields = ["label", "type", "dose_uM"] as const;
  const text = (value: string): string => value.replaceAll(/[\t\r\n]/g, " ");
  const meta = (label: HeatLabel): string[] => [
    text(label.label),
    label.type,
    label.dose === null ? "NaN" : String(label.dose),
  ];
  const id = (label: HeatLabel): string => `${text(label.perturbation)}#${label.row}`;
  const lines = [
    "#1.3",
    [rows.length, columns.length, fields.length, fields.length].join("\t"),
    ["id", ...fields, ...columns.map((column) => id(column.label))].join("\t"),
    ...fields.map((field, k) =>
      [field, ...fields.map(() => "na"), ...columns.map((column) => meta(column.label)[k])].join("\t"),
    ),
    ...rows.map((row) =>
      [
        id(row.label),
        ...meta(row.label),
        ...columns.map((column) => rounded(cosineOf(cells, row.at, column.at)) ?? "NaN"),
      ].join("\t"),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** Most cells that an SVG draws one by one; larger maps are saved as PNG. */
export const SVG_CELLS = 40_000;

/** Edges of an SVG in pixels. */
const CELL = 14;
const FONT = 10;

/** The heat map as an SVG document of its own: cells, labels, legend. */
export function heatSvg(table: HeatTable, shown: HeatShown, palette: DivergingName, title: string): string {
  const { cells, rows, columns } = table;
  const longest = (labels: HeatTable["rows"]): number => Math.max(4, ...labels.map(({ label }) => label.label.length));
  const left = 12 + longest(rows) * 6;
  const top = 40 + longest(columns) * 5.2;
  const right = 24 + longest(columns) * 3.6;
  const [width, height] = [left + columns.length * CELL + right, top + rows.length * CELL + 16];
  const parts: string[] = [];
  rows.forEach((row, i) => {
    columns.forEach((column, j) => {
      const byte = byteAt(cells, row.at, column.at);
      if (byte === undefined) return;
      const drawn = shownByte(shown, byte, column.at);
      const fill = drawn === -128 ? "url(#hatch)" : cssColor(diverging(drawn / 127, palette));
      const words = `${row.label.label} × ${column.label.label}: ${byte === -128 ? "no cosine" : `cosine ${formatFixed(byte / 127, 2)}`}`;
      parts.push(
        `<rect x="${left + j * CELL}" y="${top + i * CELL}" width="${CELL - 0.6}" height="${CELL - 0.6}" fill="${fill}"><title>${xml(words)}</title></rect>`,
      );
    });
    parts.push(
      `<text x="${left - 6}" y="${top + i * CELL + CELL - 4}" text-anchor="end">${xml(row.label.label)}</text>`,
    );
  });
  columns.forEach((column, j) => {
    parts.push(
      `<text transform="translate(${left + j * CELL + CELL - 4} ${top - 6}) rotate(-55)">${xml(column.label.label)}</text>`,
    );
  });
  const stops = [-1, -0.5, 0, 0.5, 1].map(
    (value) => `<stop offset="${(value + 1) / 2}" stop-color="${cssColor(diverging(value, palette))}"/>`,
  );
  const hatch =
    '<pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="4" fill="#f0f2f5"/><line x1="0" y1="0" x2="0" y2="4" stroke="#c9d0d8" stroke-width="1.5"/></pattern>';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter, sans-serif" font-size="${FONT}" fill="#1a2129"><title>${xml(title)}</title><defs>${hatch}<linearGradient id="scale">${stops.join("")}</linearGradient></defs><rect width="100%" height="100%" fill="#ffffff"/><text x="8" y="16" font-size="12" font-weight="600">${xml(title)}</text><text x="8" y="31">−1</text><rect x="24" y="23" width="90" height="9" fill="url(#scale)"/><text x="118" y="31">+1</text>${parts.join("")}</svg>\n`;
}

const xml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
