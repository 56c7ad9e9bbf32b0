import { crc32, deflateSync } from "node:zlib";
import { drawSvg, escapeHtml } from "@artesian/figures";
import type { WellMap } from "./quality-control.ts";

const WIDTH = 640;
const HEIGHT = 480;

/** A plate as a grid of wells, coloured by a number (viridis); wells without a number are hatched by an outline. */
export async function drawWellMap({ wells }: WellMap, title: string, legend: string): Promise<string> {
  const unique = (of: (well: WellMap["wells"][number]) => string): string[] => [...new Set(wells.map(of))];
  const rows = unique(({ row }) => row).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const columns = unique(({ column }) => column).sort((a, b) => Number(a) - Number(b));
  const known = wells.map(({ well, row, column, value }) => ({
    well,
    row,
    column,
    value: Number.isFinite(value) ? value : null,
  }));
  const svg = await drawSvg({
    title,
    width: WIDTH - 150,
    height: HEIGHT - 90,
    data: { values: known },
    encoding: {
      x: { field: "column", type: "ordinal", sort: columns, title: null, axis: { orient: "top", labelAngle: 0 } },
      y: { field: "row", type: "ordinal", sort: rows, title: null },
    },
    layer: [
      {
        transform: [{ filter: "datum.value !== null" }],
        mark: { type: "rect", stroke: "white", strokeWidth: 1 },
        encoding: { color: { field: "value", type: "quantitative", scale: { scheme: "viridis" }, title: legend } },
      },
      {
        transform: [{ filter: "datum.value === null" }],
        mark: { type: "rect", fill: "white", stroke: "#868e96", strokeDash: [2, 2] },
      },
    ],
  });
  return withStableIds(svg);
}

/** Vega counts the gradients and clips of a process; counted within the picture, equal pictures are equal bytes. */
function withStableIds(svg: string): string {
  const ids = new Map<string, string>();
  return svg.replaceAll(/\b(gradient_|clip)(\d+)\b/g, (id, kind: string) => {
    const known = ids.get(id) ?? `${kind}${ids.size}`;
    ids.set(id, known);
    return known;
  });
}

/**
 * Correlations of all wells with all wells as a picture: red similar, white none, blue opposite.
 * @param correlations of shape (wells, wells), row-major
 * @param wells names in the order of the rows
 */
export function drawCorrelations(correlations: Float64Array, wells: readonly string[], title: string): string {
  const size = HEIGHT - 90;
  const [left, top] = [60, 50];
  const image = Buffer.from(matrixPng(correlations, wells.length)).toString("base64");
  const scale = Buffer.from(
    matrixPng(
      Float64Array.from({ length: 101 }, (_, i) => 1 - i / 50),
      1,
    ),
  ).toString("base64");
  const label = (x: number, y: number, text: string, more = ""): string =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-family="Inter, system-ui, sans-serif" font-size="10" fill="#55606d"${more}>${escapeHtml(text)}</text>`;
  const ticks = rowStarts(wells).map(({ row, at, end }) => {
    const middle = top + ((at + end) / 2 / wells.length) * size;
    return label(left - 6, middle + 3, row, ' text-anchor="end"');
  });
  const right = left + size + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">`,
    `<text x="${left}" y="24" font-family="Inter, system-ui, sans-serif" font-size="13" font-weight="600" fill="#1a2129">${escapeHtml(title)}</text>`,
    `<image x="${left}" y="${top}" width="${size}" height="${size}" preserveAspectRatio="none" style="image-rendering:optimizeSpeed" image-rendering="optimizeSpeed" xlink:href="data:image/png;base64,${image}"/>`,
    `<rect x="${left}" y="${top}" width="${size}" height="${size}" fill="none" stroke="#c9d0d8"/>`,
    ...ticks,
    label(left + size / 2, top + size + 18, "wells, in the order of the profiles", ' text-anchor="middle"'),
    `<image x="${right}" y="${top}" width="14" height="160" preserveAspectRatio="none" xlink:href="data:image/png;base64,${scale}"/>`,
    label(right + 20, top + 8, "1 similar"),
    label(right + 20, top + 84, "0"),
    label(right + 20, top + 160, "−1 opposite"),
    label(right, top - 8, "correlation"),
    "</svg>",
  ].join("\n");
}

/** Where each row of the plate begins and ends along an axis of wells; rows that come back later are not labelled again. */
function rowStarts(wells: readonly string[]): { row: string; at: number; end: number }[] {
  const starts: { row: string; at: number; end: number }[] = [];
  wells.forEach((well, index) => {
    const row = /^[A-Za-z]+/.exec(well)?.[0] ?? "";
    const last = starts.at(-1);
    if (last?.row === row) last.end = index + 1;
    else starts.push({ row, at: index, end: index + 1 });
  });
  return starts.length <= 32 ? starts : [];
}

/** Numbers from −1 to 1 as pixels of a PNG of the given width; a missing number is grey. */
export function matrixPng(values: Float64Array, width: number): Uint8Array {
  const height = values.length / width;
  const raw = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) raw.set(redBlue(values[y * width + x]!), y * (1 + 3 * width) + 1 + 3 * x);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(raw)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
}

const RED: readonly [number, number, number] = [178, 24, 43];
const BLUE: readonly [number, number, number] = [33, 102, 172];

function redBlue(value: number): [number, number, number] {
  if (Number.isNaN(value)) return [173, 181, 189];
  const share = Math.min(1, Math.abs(value));
  const end = value > 0 ? RED : BLUE;
  return [0, 1, 2].map((i) => Math.round(255 + share * (end[i]! - 255))) as [number, number, number];
}
