import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { folderPlace } from "@artesian/data";
import { afterAll, expect, it } from "vitest";
import { readProfiles } from "./read-profiles.ts";

const fixtures = new URL("fixtures/anndata/", import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), "artesian-anndata-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function unpackZarr(): void {
  const packed: Record<string, string> = JSON.parse(
    gunzipSync(readFileSync(new URL("zarr.json.gz", fixtures))).toString("utf8"),
  );
  for (const [path, content] of Object.entries(packed)) {
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    writeFileSync(join(scratch, path), Buffer.from(content, "base64"));
  }
}

it.each([
  ["dense.h5ad", fixtures.pathname],
  ["csc.h5ad", fixtures.pathname],
  ["dense-2.zarr", scratch],
  ["csr-2.zarr", scratch],
  ["dense-3.zarr", scratch],
  ["csr-3.zarr", scratch],
])("reads what anndata wrote: %s", async (key, folder) => {
  if (folder === scratch) unpackZarr();
  const found = await readProfiles(folderPlace(folder), key);
  expect(found.features).toEqual(["Cells_A", "Nuclei_B"]);
  expect([...found.values]).toEqual([1, 0, 0, Number.NaN, -2.5, 6]);
  expect(found.metadata).toEqual({
    Metadata_Plate: ["0012", "0012", "7"],
    Metadata_moa: ["agonist", null, "µ"],
    Metadata_Well: ["A01", "A02", "A03"],
    Metadata_dose: [0, 0.5, null],
    Metadata_count: [3, null, 5],
    Metadata_flag: ["True", "False", "True"],
    Metadata_number: [4, 5, 6],
  });
});
