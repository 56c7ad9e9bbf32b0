import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readDenseH5ad, writeDenseH5ad } from "./dense-h5ad.ts";
import { openHdf5 } from "./hdf5.ts";
import { tableFromRows } from "./table.ts";

it("one library serves profiles and matrices of a process: each still names its damaged file, and finds no more than is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "artesian-hdf5-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "wells.h5ad");
  const obs = tableFromRows([{ Well: "A01" }, { Well: "A02" }]);
  writeFileSync(path, await writeDenseH5ad({ obs, variables: ["a"], values: Float64Array.of(1, 2) }));
  (await openHdf5(path)).close();
  expect([...(await readDenseH5ad(path)).values]).toEqual([1, 2]);
  const cut = join(folder, "cut.h5ad");
  writeFileSync(cut, readFileSync(path).subarray(0, -40));
  await expect(openHdf5(cut)).rejects.toMatchObject({ code: "data/hdf5" });
  await expect(readDenseH5ad(cut)).rejects.toMatchObject({ code: "data/anndata" });
  await expect(readDenseH5ad(cut)).rejects.toThrow(/cut\.h5ad: is a damaged HDF5 file \(truncated file/);
});
