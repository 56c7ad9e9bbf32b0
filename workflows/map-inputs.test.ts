import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, tableOf, writeCsv, writeParquet } from "@artesian/data";
import type { DenseAnnData } from "@artesian/data/dense-anndata.ts";
import { writeDenseH5ad } from "@artesian/data/dense-h5ad.ts";
import { writeDenseZarr } from "@artesian/data/dense-zarr.ts";
import { simulateMap } from "@artesian/maps";
import { plateColumns } from "@artesian/maps/simulated-files.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMapConfig } from "./map-config.ts";
import { inputFiles, readFacts, readUnits } from "./map-inputs.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-map-inputs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const simulated = simulateMap({ seed: 8, genes: 30, pathways: 2, features: 6, batches: 2, controlsPerBatch: 10 });
const configOf = (profiles: string, more = "") =>
  readMapConfig(
    `map: m
store: ${root}/maps
build: ${root}/build
inputs: [{ profiles: "${root}/${profiles}" }]
columns: { perturbation: Metadata_Gene, type: Metadata_Type, concentration: Metadata_Dose, experiment: Metadata_Batch, objects: Metadata_Count_Cells }
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: Feature_ }
${more}`,
    "map.yml",
  );

/** One plate as AnnData: annotations in obs, features in X. */
function asAnnData(batch: string): DenseAnnData {
  const columns = plateColumns(simulated.units, batch);
  const [obs, features] = [true, false].map((is) => columns.filter(({ name }) => name.startsWith("Metadata_") === is));
  const table = tableOf(obs!);
  const values = new Float64Array(table.rowCount * features!.length);
  features!.forEach((feature, j) => {
    for (let i = 0; i < table.rowCount; i++) values[i * features!.length + j] = Number(feature.values[i]);
  });
  return { obs: table, variables: features!.map(({ name }) => name), values };
}

describe("profiles of a map", () => {
  const place = folderPlace(root);
  beforeAll(async () => {
    mkdirSync(root, { recursive: true });
    for (const batch of ["B1", "B2"]) {
      const table = tableOf(plateColumns(simulated.units, batch));
      writeFileSync(join(root, `${batch}.csv`), writeCsv(table));
      writeFileSync(join(root, `${batch}.parquet`), writeParquet(table));
      writeFileSync(join(root, `${batch}.h5ad`), await writeDenseH5ad(asAnnData(batch)));
      await writeDenseZarr(place, `${batch}.zarr`, asAnnData(batch));
    }
  });

  it("are units of an archive of NumPy arrays: a matrix, with an array a column beside it", async () => {
    const config = readMapConfig(
      `map: m
store: maps
build: build
inputs: [{ profiles: data/fixtures/profiles.npz }]
columns: { perturbation: Metadata_Gene, concentration: Metadata_Dose }
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: embedding_ }
`,
      "map.yml",
    );
    const files = await inputFiles(config, {});
    const { units } = await readUnits(files, config, () => {});
    expect(units.units.map(({ id, symbol, concentration, control }) => [id, symbol, concentration, control])).toEqual([
      ["P1 A01", "TSC2", null, false],
      ["P1 A02", "MTOR", 0.5, false],
      ["P2 A01", "non-targeting", 1, true],
      ["P2 A02", "β-actin", 2, false],
    ]);
    expect(units.features).toEqual(["embedding_0", "embedding_1", "embedding_2"]);
    expect([...units.values]).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it.each(["csv", "parquet", "h5ad", "zarr"])("are the same units, written as %s", async (format) => {
    const config = configOf(`B*.${format}`);
    const files = await inputFiles(config, {});
    expect(files.map(({ uri }) => uri)).toEqual([`${root}/B1.${format}`, `${root}/B2.${format}`]);
    const { units, unnamed, partialFeatures } = await readUnits(files, config, () => {});
    expect({ unnamed, partialFeatures }).toEqual({ unnamed: 0, partialFeatures: 0 });
    expect(units.features).toEqual(simulated.units.features);
    const order = ["B1", "B2"].flatMap((batch) =>
      simulated.units.units.flatMap((unit, i) => (unit.batch === batch ? [i] : [])),
    );
    expect(units.units).toHaveLength(order.length);
    order.forEach((i, at) => {
      const expected = simulated.units.units[i]!;
      const { control, concentration, batch, experiment, objects } = units.units[at]!;
      expect({ control, concentration, batch, experiment, objects }).toEqual({
        control: expected.control,
        concentration: expected.concentration,
        batch: expected.batch,
        experiment: expected.experiment,
        objects: expected.objects,
      });
      if (!expected.control) expect(units.units[at]!.perturbation).toBe(expected.perturbation);
      for (let j = 0; j < 6; j++) expect(units.values[at * 6 + j]).toBeCloseTo(simulated.units.values[i * 6 + j]!, 9);
    });
  });

  it("have a digest of all that lies in them, also when they are a folder", async () => {
    const before = await inputFiles(configOf("B1.zarr"), {});
    const changed = asAnnData("B1");
    changed.values[0]! += 1;
    await writeDenseZarr(place, "B1.zarr", changed);
    const after = await inputFiles(configOf("B1.zarr"), {});
    expect(before[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(after[0]!.sha256).not.toBe(before[0]!.sha256);
  });

  it.each(["nothing.zarr", "nothing.parquet", "nothing*.csv", "nothing*.zarr"])(
    "are missed by name: %s",
    async (name) => {
      await expect(inputFiles(configOf(name), {})).rejects.toThrow(/nothing.*(there is no such|no file fits)/);
    },
  );
});

describe("expression of genes", () => {
  const levels = Array.from({ length: 300 }, (_, i) => ({
    gene: `G${i}`,
    level: i < 60 ? 1e-4 * 2 ** (i / 20) : 2 ** (1 + ((i * 7) % 40) / 10),
  }));
  beforeAll(() => {
    const rows = [...levels.map(({ gene, level }) => `${gene},${level}`), "SILENT,0", "UNKNOWN,", "G299,0"];
    writeFileSync(join(root, "genes.csv"), `gene,mean_percent_of_counts\n${rows.join("\n")}\n`);
  });
  const expression = `genes: { expression: { file: "${root}/genes.csv", symbol: gene, level: mean_percent_of_counts } }`;

  it("becomes zFPKM of any measure, as artesian stats publishes one", async () => {
    const { facts, files } = await readFacts(configOf("B1.csv", expression), {});
    expect(files).toHaveLength(1);
    expect(facts.zFpkm!.get("G5")).toBeLessThan(-3);
    expect(facts.zFpkm!.get("G200")).toBeGreaterThan(-3);
    expect(facts.zFpkm!.get("SILENT")).toBe(Number.NEGATIVE_INFINITY);
    expect(facts.zFpkm!.has("UNKNOWN")).toBe(false);
    // Named twice: the one that is expressed counts.
    expect(facts.zFpkm!.get("G299")).toBeGreaterThan(-3);
  });

  it("is needed by the filter that asks for it, and is given one way", () => {
    expect(() => configOf("B1.csv", "filter: { expressedAbove: -3 }")).toThrow("needs genes.expression");
    expect(() => configOf("B1.csv", "genes: { expression: { file: f, zFpkm: a, level: b } }")).toThrow("not both");
  });
});
