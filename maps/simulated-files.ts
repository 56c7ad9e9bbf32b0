import { type Column, tableFromRows, tableOf, writeCsv, writeParquet } from "@artesian/data";
import type { MapUnits } from "./map-units.ts";
import type { SimulatedMap } from "./simulate-map.ts";

/**
 * A simulated map as the files that a laboratory would have, by key; docs/maps.md configures a map of such files:
 * - profiles/plate_BATCH.parquet: wells with `Metadata_` columns and features;
 * - genes/gene_info.tsv (NCBI's columns Symbol and map_location) and genes/expression.csv (gene, zfpkm);
 * - genes/planted.csv (entity1, entity2): pairs of one pathway; genes/pathways.gmt.
 */
export function simulatedFiles({ units, truth }: SimulatedMap): Map<string, string | Uint8Array> {
  const files = new Map<string, string | Uint8Array>();
  for (const batch of new Set(units.units.map((unit) => unit.batch)))
    files.set(`profiles/plate_${batch}.parquet`, writeParquet(tableOf(plateColumns(units, batch))));
  const located = [...truth.arms].map(([symbol, arm]) => `${symbol}\t${arm}11.2\n`);
  files.set("genes/gene_info.tsv", `#Symbol\tmap_location\n${located.join("")}`);
  files.set(
    "genes/expression.csv",
    writeCsv(tableFromRows([...truth.zFpkm].map(([gene, zfpkm]) => ({ gene, zfpkm })))),
  );
  files.set(
    "genes/planted.csv",
    writeCsv(tableFromRows(truth.relations.map(([entity1, entity2]) => ({ entity1, entity2 })))),
  );
  const sets = [...truth.pathways].map(([name, genes]) => `${[name, "planted", ...genes].join("\t")}\n`);
  files.set("genes/pathways.gmt", sets.join(""));
  return files;
}

/** The wells of one plate; controls are called non-targeting. */
export function plateColumns({ units, features, values }: MapUnits, batch: string): Column[] {
  const wells = units.flatMap((unit, i) => (unit.batch === batch ? [i] : []));
  const text = (name: string, cell: (i: number) => string | null): Column => ({
    name,
    kind: "text",
    values: wells.map(cell),
  });
  const number = (name: string, cell: (i: number) => number | null): Column => ({
    name,
    kind: "number",
    values: Float64Array.from(wells, (i) => cell(i) ?? Number.NaN),
  });
  const of = (i: number) => units[i]!;
  return [
    text("Metadata_Gene", (i) => (of(i).control ? "non-targeting" : of(i).symbol)),
    text("Metadata_Type", (i) => of(i).type),
    number("Metadata_Dose", (i) => of(i).concentration),
    text("Metadata_Plate", (i) => of(i).batch),
    text("Metadata_Batch", (i) => of(i).experiment),
    text("Metadata_Well", (i) => of(i).id),
    number("Metadata_Count_Cells", (i) => of(i).objects),
    text("Metadata_QC", (i) => (of(i).flags.length === 0 ? null : of(i).flags.join("; "))),
    ...features.map((name, j) => number(name, (i) => values[i * features.length + j]!)),
  ];
}
