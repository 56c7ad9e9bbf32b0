import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "@artesian/data";
import { type GroupRow, rowIndexBytes, TOP_ROW_BYTES } from "@artesian/maps";
import { seededRandom } from "@artesian/numerics";

/** A store of large groups that takes little disk: vectors and stored lists are sparse files, with content in every thousandth row. */
export interface LargeStore {
  groups: string[];
  rows: number;
  dims: number;
  /** Vectors and stored lists of one group. */
  sizeBytes: number;
}

/** Rows with content: every so many. */
export const FILLED = 1000;

/** Writes so many groups of one shape; what is read as a whole has its true digest, what is read in ranges has none. */
export function writeLargeStore(dir: string, count: number, rows: number, dims: number): LargeStore {
  mkdirSync(join(dir, "units/bench"), { recursive: true });
  const random = seededRandom(1);
  const all: GroupRow[] = Array.from({ length: rows }, (_, i) => ({
    perturbation: `gene:G${i}`,
    type: "gene",
    symbol: `G${i}`,
    concentration: null,
    units: 6,
    experiment: null,
    arm: `${1 + (i % 22)}p`,
    consistencyP: 0.01,
  }));
  const quantiles = Array.from({ length: 1001 }, (_, k) => k / 500 - 1);
  const shared: Record<string, Uint8Array> = {
    "rows.index": rowIndexBytes(all),
    "norms.f32": new Uint8Array(new Float32Array(rows).fill(1).buffer),
    "quantiles.json": Buffer.from(JSON.stringify({ pairs: rows, quantiles })),
  };
  const files: Record<string, { key: string; sizeBytes: number; sha256: string }> = {};
  for (const [name, bytes] of Object.entries(shared)) {
    writeFileSync(join(dir, "units/bench", name), bytes);
    files[name] = { key: `units/bench/${name}`, sizeBytes: bytes.byteLength, sha256: sha256(bytes) };
  }
  const none = createHash("sha256").digest("hex");
  const groups = Array.from({ length: count }, (_, i) => `large${i}`);
  const listed = groups.map((id) => {
    const below = `groups/${id}/v1`;
    mkdirSync(join(dir, below), { recursive: true });
    const sizes = { "vectors.f32": rows * dims * 4, "topk.bin": rows * TOP_ROW_BYTES };
    for (const [name, sizeBytes] of Object.entries(sizes)) {
      const path = join(dir, below, name);
      writeFileSync(path, "");
      truncateSync(path, sizeBytes);
      const file = openSync(path, "r+");
      for (let row = 0; row < rows; row += FILLED) {
        const part =
          name === "topk.bin" ? topPart(rows, () => random.below(rows)) : unitVector(dims, () => random.normal());
        writeSync(file, part, 0, part.byteLength, row * part.byteLength);
      }
      closeSync(file);
    }
    const own = Object.fromEntries(
      Object.entries(sizes).map(([name, sizeBytes]) => [name, { key: `${below}/${name}`, sizeBytes, sha256: none }]),
    );
    const manifest = {
      format: "artesian-group/1",
      id,
      version: "v1",
      label: id,
      rows,
      dims,
      inputs: [],
      recipe: { filter: {} },
      proximityBias: null,
      benchmark: { rows, perturbations: rows, genes: rows, recall: [], clusters: [] },
      files: { ...files, ...own },
      created: "2026-01-01T00:00:00.000Z",
    };
    const text = JSON.stringify(manifest);
    writeFileSync(join(dir, below, "manifest.json"), text);
    const version = {
      version: "v1",
      manifest: { key: `${below}/manifest.json`, sha256: sha256(Buffer.from(text)) },
      rows,
      dims,
      sizeBytes: sizes["vectors.f32"] + sizes["topk.bin"],
      perturbations: rows,
      recall: [],
      created: manifest.created,
      forced: [],
    };
    return { id, label: id, current: "v1", versions: [version] };
  });
  const catalog = {
    format: "artesian-catalog/1",
    revision: 1,
    publication: "bench",
    default: groups[0],
    groups: listed,
  };
  writeFileSync(join(dir, "catalog.json"), JSON.stringify(catalog));
  return { groups, rows, dims, sizeBytes: rows * (dims * 4 + TOP_ROW_BYTES) };
}

function topPart(rows: number, draw: () => number): Uint8Array {
  const bytes = new Uint8Array(TOP_ROW_BYTES);
  const view = new DataView(bytes.buffer);
  for (let k = 0; k < TOP_ROW_BYTES / 8; k++) {
    const tail = k < TOP_ROW_BYTES / 16 ? 1 : -1;
    view.setUint32(8 * k, Math.min(rows - 1, draw()), true);
    view.setFloat32(8 * k + 4, tail * (0.9 - 0.005 * (k % (TOP_ROW_BYTES / 16))), true);
  }
  return bytes;
}

function unitVector(dims: number, draw: () => number): Uint8Array {
  const raw = Float32Array.from({ length: dims }, draw);
  const length = Math.hypot(...raw);
  return new Uint8Array(raw.map((value) => value / length).buffer);
}
