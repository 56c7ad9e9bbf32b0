import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { columnOf, readCsv, readParquet, type Table } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { normalize } from "./normalize.ts";
import { type Profiles, profilesFromTable } from "./profiles.ts";

const folder = new URL("../../shared/data/profiles/", import.meta.url);
const present = existsSync(folder);

function readGzipCsv(name: string): Table {
  return readCsv(gunzipSync(readFileSync(new URL(name, folder))).toString("utf8"), { source: name });
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
