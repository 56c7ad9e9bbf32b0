import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import * as h5wasm from "h5wasm/node";
import { countEntries, generatedCells, type MatrixPlan } from "./expression-matrix.ts";

/** 600 million entries of eight bytes: 4.8 GB. Cells repeat, so that it is made in a minute. */
export const largeH5ad: MatrixPlan & { repeats: number } = {
  geneCount: 33_538,
  cellCount: 8_000,
  genesPerCell: 1_500,
  seed: 11,
  repeats: 50,
};

const CHUNK = 1 << 16;

/**
 * Writes an AnnData file as `write_h5ad` does, uncompressed, in chunks: the plan's cells, as often as it says. Leaves one that is there.
 */
export async function writeH5ad(path: string, plan: MatrixPlan & { repeats: number }): Promise<{ entries: number }> {
  const once = countEntries(plan);
  const entries = once * plan.repeats;
  if (existsSync(path)) return { entries };
  await h5wasm.ready;
  mkdirSync(dirname(path), { recursive: true });
  rmSync(`${path}.part`, { force: true });
  const indices = new Int32Array(once);
  const data = new Float32Array(once);
  const lengths: number[] = [];
  let at = 0;
  for (const { count, genes, values } of generatedCells(plan)) {
    indices.set(genes.subarray(0, count), at);
    data.set(values.subarray(0, count), at);
    lengths.push(count);
    at += count;
  }
  const cells = plan.cellCount * plan.repeats;
  const indptr = new Int32Array(cells + 1);
  for (let c = 0; c < cells; c++) indptr[c + 1] = indptr[c]! + lengths[c % plan.cellCount]!;
  const file = new h5wasm.File(`${path}.part`, "w");
  try {
    table(
      file.create_group("obs"),
      Array.from({ length: cells }, (_, c) => `CELL${c}`),
    );
    table(
      file.create_group("var"),
      Array.from({ length: plan.geneCount }, (_, g) => `GENE${g}`),
    );
    const x = file.create_group("X");
    x.create_attribute("encoding-type", "csr_matrix");
    x.create_attribute("shape", Int32Array.of(cells, plan.geneCount));
    x.create_dataset({ name: "indptr", data: indptr });
    for (const [name, values] of [
      ["indices", indices],
      ["data", data],
    ] as const) {
      const dataset = x.create_dataset({
        name,
        data: values.subarray(0, CHUNK),
        shape: [CHUNK],
        maxshape: [null],
        chunks: [CHUNK],
      });
      dataset.resize([entries]);
      for (let repeat = 0; repeat < plan.repeats; repeat++)
        for (let from = 0; from < once; from += 64 * CHUNK) {
          const to = Math.min(once, from + 64 * CHUNK);
          dataset.write_slice([[repeat * once + from, repeat * once + to]], values.subarray(from, to));
        }
    }
  } finally {
    file.close();
  }
  renameSync(`${path}.part`, path);
  return { entries };
}

function table(group: h5wasm.Group, names: string[]): void {
  group.create_attribute("encoding-type", "dataframe");
  group.create_attribute("_index", "_index");
  group.create_attribute("column-order", ["none"]);
  group.create_dataset({ name: "_index", data: names });
}
