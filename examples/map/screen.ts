/** Simulated wells in a folder as a laboratory has them, and what every map of them is configured with. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type SimulatedMap, simulatedFiles } from "@artesian/maps";

/** Lines that all configurations of the example share; a map's own lines go before them. */
export const SHARED = `store: maps
inputs: [{ profiles: profiles/plate_*.parquet }]
columns:
  perturbation: Metadata_Gene
  type: Metadata_Type
  concentration: Metadata_Dose
  experiment: Metadata_Batch
  objects: Metadata_Count_Cells
  flags: Metadata_QC
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: Feature_ }
filter: { objects: [50, 350], flags: any, replicates: 2 }
relations: { planted: genes/planted.csv }
clusters: { pathways: genes/pathways.gmt }
`;

/** Where genes lie and how much they are expressed: what the correction of chromosome arms needs. */
export const GENES = `genes:
  mapLocations: genes/gene_info.tsv
  expression: { file: genes/expression.csv, symbol: gene, zFpkm: zfpkm }
`;

/** Writes plates of wells, where genes lie, how much they are expressed, and what is known of them. */
export function writeScreen(folder: string, simulated: SimulatedMap): void {
  for (const [key, content] of simulatedFiles(simulated)) {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), content);
  }
}

/** 2,000 genes and 200 compounds × 8 doses on nine plates of three experiments. */
export const LARGE = {
  seed: 11,
  genes: 2000,
  pathways: 40,
  genesPerPathway: 10,
  compounds: 200,
  doses: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
  replicates: 3,
  batches: 9,
  experiments: 3,
  controlsPerBatch: 160,
  features: 120,
  armBias: 4,
  batchShift: 8,
};
