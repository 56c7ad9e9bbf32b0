import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { columnOf, openPlace, readCsv } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { fromBuffer } from "yauzl";
import { get, open, root } from "zarrita";
import { discoverMatrices } from "./discover.ts";
import { plainStatistics, type SmallMatrix } from "./generated-matrix.test-support.ts";
import { selectByDispersion } from "./hvg-dispersion.ts";
import { momentsOf } from "./moments.ts";
import { worstDifference } from "./parity.test-support.ts";
import { presets } from "./presets.ts";
import { summariseMatrix } from "./summarise-matrix.ts";

const folder = new URL("../../shared/data/expression/", import.meta.url);
const present = existsSync(folder);

describe.skipIf(!present)(
  `against scanpy's own golden values ${present ? "" : "(SKIPPED, 2 tests: ../shared/data/expression is absent)"}`,
  () => {
    it("flags the same of 765 genes as Seurat did, with every number to 2e-5", async () => {
      const expected = readCsv(readFileSync(new URL("golden/seurat_hvg.csv", folder), "utf8"));
      const matrix = await logMatrix(fileURLToPath(new URL("10x_pbmc68k_reduced.zarr.zip", folder)));
      const statistics = plainStatistics(matrix, { target: 1e4 });
      const found = selectByDispersion([momentsOf(statistics, "normalised")], { flavour: "seurat" });
      const wanted = (name: string): number[] => [...(columnOf(expected, name)?.values ?? [])].map(Number);
      const flags = [...(columnOf(expected, "highly_variable")?.values ?? [])].map((flag) => (flag === "TRUE" ? 1 : 0));
      expect(flags.reduce((sum: number, flag) => sum + flag, 0)).toBeGreaterThan(100);
      expect([...found.selected]).toEqual(flags);
      expect(worstDifference([...found.means], wanted("means"))).toBeLessThan(1);
      expect(worstDifference([...found.dispersions], wanted("dispersions"))).toBeLessThan(1);
      expect(worstDifference([...found.normalised], wanted("dispersions_norm"))).toBeLessThan(1);
    });
    it("summarises the same 10x matrix alike from its trio and from its HDF5 file", async () => {
      const place = openPlace(fileURLToPath(new URL("10x_v3", folder)));
      const { matrices } = discoverMatrices(await Array.fromAsync(place.list()));
      expect(matrices.map(({ format }) => format).sort()).toEqual(["10x-h5", "mtx"]);
      const scratch = mkdtempSync(join(tmpdir(), "artesian-golden-"));
      try {
        const [first, second] = await Promise.all(
          matrices.map((found) => summariseMatrix(place, found, { ...presets.modern, minCells: 1 }, { scratch })),
        );
        expect(first!.report.splits[0]!.problems).toEqual([]);
        expect(first!.figures).toEqual(second!.figures);
        expect(first!.tables).toEqual(second!.tables);
        expect(first!.report.splits).toEqual(second!.report.splits);
      } finally {
        rmSync(scratch, { recursive: true });
      }
    });
  },
);

/** The protocol of the golden values: raw = round(log1p(counts ÷ (n_counts ÷ 1e4)), 3) in float32, then normalised and logarithms taken again. */
async function logMatrix(path: string): Promise<SmallMatrix> {
  const files = await unzip(path);
  const store = root({
    get: async (key: `/${string}`) => files.get(key.slice(1)),
    getRange: async (key: `/${string}`, range: { offset: number; length: number } | { suffixLength: number }) => {
      const bytes = files.get(key.slice(1));
      return "suffixLength" in range
        ? bytes?.subarray(bytes.length - range.suffixLength)
        : bytes?.subarray(range.offset, range.offset + range.length);
    },
  });
  const read = async (key: string): Promise<number[]> => {
    const array = await open(store.resolve(key), { kind: "array" });
    return Array.from((await get(array)).data as ArrayLike<number | bigint>, Number);
  };
  const indptr = await read("layers/counts/indptr");
  const genes = await read("layers/counts/indices");
  const counts = await read("layers/counts/data");
  const totals = await read("obs/n_counts");
  const values = counts.slice();
  for (let cell = 0; cell < totals.length; cell++)
    for (let i = indptr[cell]!; i < indptr[cell + 1]!; i++)
      values[i] = Math.fround(
        Math.round(Math.fround(Math.log1p(Math.fround(counts[i]! / (totals[cell]! / 1e4)))) * 1000) / 1000,
      );
  const cellCount = totals.length;
  return { name: "pbmc68k", geneCount: 765, cellCount, indptr, genes, values, batches: [], batchCount: 1 };
}

function unzip(path: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  return new Promise((resolve, reject) => {
    fromBuffer(readFileSync(path), { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      zip.on("entry", (entry) => {
        zip.openReadStream(entry, async (failed, stream) => {
          if (failed) return reject(failed);
          files.set(entry.fileName, new Uint8Array(Buffer.concat(await Array.fromAsync(stream))));
          zip.readEntry();
        });
      });
      zip.on("error", reject).on("end", () => resolve(files));
      zip.readEntry();
    });
  });
}
