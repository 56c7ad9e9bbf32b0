import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { columnOf, readCsv, readParquet, type Table } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { consensus } from "./consensus.ts";
import { featureOperationsOf } from "./feature-operations.ts";
import { featureSelect } from "./feature-select.ts";
import { readGct, writeGct } from "./gct.ts";
import { applyNormalization, type FitNormalizationOptions, fitNormalization } from "./normalize.ts";
import { type Profiles, profilesFromTable, takeFeatures } from "./profiles.ts";
import type { SpherizeVariant } from "./spherize.ts";

const folder = new URL("../../shared/data/profiles/", import.meta.url);
const present = existsSync(folder);

function unzipped(name: string): string {
  return gunzipSync(readFileSync(new URL(name, folder))).toString("utf8");
}

const tables = new Map<string, Table>();
function tableOf(name: string): Table {
  const table = tables.get(name) ?? readCsv(unzipped(name), { source: name });
  tables.set(name, table);
  return table;
}

const PLATE = "lincs/SQ00015054_normalized_feature_select.csv.gz";
const plate = (): Profiles => profilesFromTable(tableOf(PLATE));

/** Largest |found − golden| / max(|golden|, 1) over all cells; missing must be missing. */
function worst(found: Profiles, golden: Table, isFeature?: (name: string) => boolean): number {
  const expected = profilesFromTable(golden, isFeature);
  expect(found.features).toEqual(expected.features);
  expect(found.rowCount).toBe(expected.rowCount);
  let most = 0;
  expected.values.forEach((value, at) => {
    const other = found.values[at]!;
    if (Number.isNaN(value) && Number.isNaN(other)) return;
    const difference = Math.abs(other - value) / Math.max(Math.abs(value), 1);
    if (!(difference <= most)) most = difference;
  });
  return most;
}

describe.skipIf(!present)(
  `statistics against pycytominer's tables ${present ? "" : "(SKIPPED: ../shared/data/profiles is absent)"}`,
  () => {
    it.each<[string, FitNormalizationOptions, number]>([
      [
        "lincs/mad_robustize_dmso.csv.gz",
        { method: "mad_robustize", samples: "Metadata_broad_sample == 'DMSO'" },
        1e-9,
      ],
      ["lincs/inverse_normal_all.csv.gz", { method: "inverse_normal" }, 1e-9],
    ])("normalizes to %s", (golden, options, tolerance) => {
      const found = applyNormalization(plate(), fitNormalization(plate(), options));
      expect(worst(found, tableOf(golden))).toBeLessThan(tolerance);
    });

    it.each<SpherizeVariant>(["ZCA", "ZCA-cor", "PCA", "PCA-cor"])(
      "spherizes 384 wells of 40 features by %s",
      (variant) => {
        const tall = takeFeatures(
          plate(),
          Array.from({ length: 40 }, (_, j) => j),
        );
        const found = applyNormalization(tall, fitNormalization(tall, { method: "spherize", variant }));
        const golden = tableOf(`lincs/spherize_${variant}_tall.csv.gz`);
        if (variant.startsWith("PCA")) alignSigns(found, golden);
        expect(worst(found, golden, () => true)).toBeLessThan(1e-9);
      },
    );

    it("forms the median of treatments and doses", () => {
      const by = ["Metadata_broad_sample", "Metadata_mmoles_per_liter"];
      const { profiles } = consensus(plate(), { by });
      const golden = tableOf("lincs/consensus_median.csv.gz");
      expect(worst(profiles, golden)).toBeLessThan(1e-12);
      for (const name of by) {
        const expected = columnOf(golden, name);
        expect(profiles.metadata[name]).toEqual([...(expected?.values ?? [])]);
      }
    });

    it("forms moderated z-scores", () => {
      const groups = tableOf("lincs/modz_groups.csv.gz");
      const input = plate();
      const wells = Array.from(columnOf(groups, "Metadata_Well")?.values ?? [], String);
      const names = Array.from(columnOf(groups, "Metadata_group")?.values ?? [], String);
      const groupOf = new Map(wells.map((well, i) => [well, names[i]]));
      input.metadata.Metadata_group = input.metadata.Metadata_Well!.map((well) => String(groupOf.get(String(well))));
      const { profiles } = consensus(input, { by: ["Metadata_group"], operation: "modz" });
      expect(worst(profiles, tableOf("lincs/consensus_modz_spearman.csv.gz"))).toBeLessThan(1e-12);
    });

    it("writes GCT byte for byte and reads it back", () => {
      const golden = unzipped("lincs/SQ00015054.gct.gz");
      expect(writeGct(plate()) === golden).toBe(true);
      expect(readGct(golden).values).toEqual(plate().values);
    });

    const excluded = (key: string): string[] =>
      JSON.parse(unzipped("lincs/feature_select_excluded.json.gz"))[key] ?? ["no golden list"];
    const dmso = "Metadata_broad_sample == 'DMSO'";
    it.each<[string, string[], Parameters<typeof featureOperationsOf>[1], string]>([
      ["variance_threshold_0.8", ["variance_threshold"], { min_variance: 0.8 }, "all"],
      ["blocklist", ["blocklist"], {}, "all"],
      ...[0.5, 0.8, 1.2].map((cutoff): [string, string[], Parameters<typeof featureOperationsOf>[1], string] => [
        `noise_removal_${cutoff}_by_broad_sample`,
        ["noise_removal"],
        { noise_removal_perturb_groups: "Metadata_broad_sample", noise_removal_stdev_cutoff: cutoff },
        "all",
      ]),
      [
        "combo_freq_corr_na_block",
        ["frequency_threshold", "correlation_threshold", "drop_na_columns", "blocklist"],
        { corr_threshold: 0.7 },
        "all",
      ],
      ["combo_dmso_samples", ["variance_threshold", "correlation_threshold"], { corr_threshold: 0.8 }, dmso],
    ])("selects features: %s", (key, names, keywords, samples) => {
      const { dropped } = featureSelect(plate(), featureOperationsOf(names, keywords, "pycytominer-1.7"), { samples });
      expect(dropped.map(({ feature }) => feature).sort()).toEqual([...excluded(key)].sort());
    });

    it("gives the published feature list of an atlas plate, in order", async () => {
      const read = async (name: string): Promise<Profiles> =>
        profilesFromTable(await readParquet(readFileSync(new URL(`atlas/BR00147001_bulk_${name}.parquet`, folder))));
      const published = (await read("feature_selected")).features;
      const normalized = await read("normalized");
      const operations = featureOperationsOf(
        ["variance_threshold", "correlation_threshold", "blocklist", "drop_na_columns"],
        { na_cutoff: 0 },
        "pycytominer-1.6",
      );
      expect(published).toHaveLength(524);
      expect(featureSelect(normalized, operations).profiles.features).toEqual(published);
    });
  },
);

/** Principal axes have no sign of their own. */
function alignSigns(found: Profiles, golden: Table): void {
  const width = found.features.length;
  golden.columns.forEach((column, j) => {
    if (column.kind !== "number") return;
    let agreement = 0;
    column.values.forEach((value, i) => {
      agreement += value * found.values[i * width + j]!;
    });
    if (agreement >= 0) return;
    for (let i = 0; i < found.rowCount; i++) found.values[i * width + j]! *= -1;
  });
}
