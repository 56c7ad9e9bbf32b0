import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { columnOf, readCsv, readParquet, type Table } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { aggregate } from "./aggregate.ts";
import { type FeatureOperation, featureSelect } from "./feature-select.ts";
import { normalize } from "./normalize.ts";
import { type Profiles, profilesFromTable } from "./profiles.ts";

const folder = new URL("../../shared/data/profiles/", import.meta.url);
const present = existsSync(folder);

const read = new Map<string, Table>();

function readGzipCsv(name: string): Table {
  const table =
    read.get(name) ?? readCsv(gunzipSync(readFileSync(new URL(name, folder))).toString("utf8"), { source: name });
  read.set(name, table);
  return table;
}

/** Largest |found − expected| / max(|expected|, 1e-3) over the features that the expected table has. */
function worstDifference(found: Profiles, expected: Table): { worst: number; compared: number } {
  let worst = 0;
  let compared = 0;
  found.features.forEach((name, j) => {
    const column = columnOf(expected, name);
    if (column?.kind !== "number") return;
    for (let i = 0; i < found.rowCount; i++) {
      const value = found.values[i * found.features.length + j]!;
      const golden = column.values[i]!;
      if (Number.isNaN(golden) && Number.isNaN(value)) continue;
      compared++;
      const difference = Math.abs(value - golden) / Math.max(Math.abs(golden), 1e-3);
      if (!(difference <= worst)) worst = difference;
    }
  });
  return { worst, compared };
}

describe.skipIf(!present)(
  `against pycytominer's tables ${present ? "" : "(SKIPPED: ../shared/data/profiles is absent)"}`,
  () => {
    it("mad_robustize fitted on DMSO wells gives the same 384 × 454 numbers", () => {
      const input = profilesFromTable(readGzipCsv("lincs/SQ00015054_normalized_feature_select.csv.gz"));
      const { profiles } = normalize(input, { method: "mad_robustize", samples: "Metadata_broad_sample == 'DMSO'" });
      const { worst, compared } = worstDifference(profiles, readGzipCsv("lincs/mad_robustize_dmso.csv.gz"));
      expect(compared).toBe(384 * 454);
      expect(worst).toBeLessThan(1e-9);
    });

    it("aggregates the cells of a well to the same medians, compartment by compartment", () => {
      const expected = readGzipCsv("collate/A02_median.csv.gz");
      for (const compartment of ["Cells", "Cytoplasm", "Nuclei"]) {
        const table = readGzipCsv(`collate/BR00121431-A02-1/${compartment}.csv.gz`);
        const cells = profilesFromTable(table, (name) => name !== "ImageNumber" && name !== "ObjectNumber");
        const { profiles } = aggregate(cells, ["ImageNumber"], "median");
        const named = { ...profiles, features: profiles.features.map((name) => `${compartment}_${name}`) };
        const { worst, compared } = worstDifference(named, expected);
        expect(compared).toBeGreaterThan(100);
        expect(worst).toBeLessThan(1e-12);
      }
    });

    const excluded = (): Record<string, string[]> =>
      JSON.parse(gunzipSync(readFileSync(new URL("lincs/feature_select_excluded.json.gz", folder))).toString("utf8"));
    const cases: [string, string, FeatureOperation[]][] = [
      [
        "frequency_threshold",
        "lincs/SQ00015054_normalized_feature_select.csv.gz",
        [{ operation: "frequency_threshold" }],
      ],
      [
        "frequency_threshold_freq0.1_uniq0.9",
        "lincs/SQ00015054_normalized_feature_select.csv.gz",
        [{ operation: "frequency_threshold", frequencyCut: 0.1, uniqueCut: 0.9 }],
      ],
      [
        "variance_threshold",
        "lincs/SQ00015054_normalized_feature_select.csv.gz",
        [{ operation: "variance_threshold", semantics: "pycytominer-1.7" }],
      ],
      ...[0.9, 0.8, 0.6, 0.4].map((threshold): [string, string, FeatureOperation[]] => [
        `correlation_${threshold}`,
        "lincs/SQ00015054_normalized_feature_select.csv.gz",
        [{ operation: "correlation_threshold", threshold }],
      ]),
      [
        "correlation_spearman_0.7",
        "lincs/SQ00015054_normalized_feature_select.csv.gz",
        [{ operation: "correlation_threshold", threshold: 0.7, method: "spearman" }],
      ],
      ...[0, 0.05, 0.1].map((cutoff): [string, string, FeatureOperation[]] => [
        `drop_na_${cutoff}_on_input_with_nan`,
        "lincs/input_with_nan.csv.gz",
        [{ operation: "drop_na_columns", cutoff }],
      ]),
      [
        "correlation_0.8_on_input_with_nan",
        "lincs/input_with_nan.csv.gz",
        [{ operation: "correlation_threshold", threshold: 0.8 }],
      ],
      ...[5, 10, 20].map((cutoff): [string, string, FeatureOperation[]] => [
        `drop_outliers_${cutoff}`,
        "lincs/SQ00015054_normalized_feature_select.csv.gz",
        [{ operation: "drop_outliers", cutoff }],
      ]),
    ];
    it.each(cases)("feature selection %s drops the same features of %s", (key, input, operations) => {
      const { dropped } = featureSelect(profilesFromTable(readGzipCsv(input)), operations);
      expect(dropped.map(({ feature }) => feature).sort()).toEqual(
        [...(excluded()[key] ?? ["missing golden list"])].sort(),
      );
    });

    it("standardize over all wells gives the numbers of a published plate", async () => {
      const bulk = await readParquet(readFileSync(new URL("atlas/BR00147001_bulk.parquet", folder)));
      const expected = await readParquet(readFileSync(new URL("atlas/BR00147001_bulk_normalized.parquet", folder)));
      const { profiles } = normalize(profilesFromTable(bulk), { method: "standardize" });
      const { worst, compared } = worstDifference(profiles, expected);
      expect(compared).toBeGreaterThan(100_000);
      expect(worst).toBeLessThan(1e-9);
    });
  },
);
