import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { columnOf, folderPlace, readCsv } from "@artesian/data";
import { seededRandom } from "@artesian/numerics";
import { afterAll, describe, expect, it } from "vitest";
import { readProfiles } from "./read-profiles.ts";
import { readRecipeConfig } from "./recipe-config.ts";
import { planRecipe } from "./recipe-plan.ts";
import { runRecipe } from "./recipe-run.ts";
import { runRecipeStep } from "./recipe-steps.ts";
import { surveyRecipe } from "./recipe-survey.ts";
import { writeProfiles } from "./write-profiles.ts";

const jump = new URL("../../shared/data/profiles/jump/", import.meta.url);
const present = existsSync(jump);
const root = mkdtempSync(join(tmpdir(), "artesian-jump-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(!present)(
  `a published configuration and its metadata${present ? "" : " (SKIPPED: ../shared/data/profiles/jump is absent)"}`,
  () => {
    it("are carried out unchanged for 18 plates of 384 wells", async () => {
      const text = (name: string): string => readFileSync(new URL(name, jump), "utf8");
      const place = folderPlace(root);
      const config = readRecipeConfig(text("config_crispr.yml"), "config_crispr.yml");
      const [first] = config.batches;
      const { batch, plates } = first!;
      const metadata = `metadata/platemaps/${batch}`;
      await place.write(`${metadata}/barcode_platemap.csv`, text("barcode_platemap.csv"));
      await place.write(
        `${metadata}/platemap/JUMP-Target-1_crispr_platemap.txt`,
        text("JUMP-Target-1_crispr_platemap.txt"),
      );
      await place.write(
        "metadata/external_metadata/JUMP-Target-1_crispr_metadata.tsv",
        text("JUMP-Target-1_crispr_metadata.tsv"),
      );
      const wells = columnOf(readCsv(text("JUMP-Target-1_crispr_platemap.txt")), "well_position")!.values as string[];
      const features = ["Cells_AreaShape_Area", "Cytoplasm_Texture_Contrast_ER", "Nuclei_Intensity_MeanIntensity_DNA"];
      for (const plate of plates) {
        const random = seededRandom(plate);
        await writeProfiles(place, `profiles/${batch}/${plate}/${plate}.csv.gz`, {
          metadata: {
            Metadata_Plate: wells.map(() => plate),
            Metadata_Well: [...wells],
            Metadata_Site_Count: wells.map(() => 9),
            Metadata_Object_Count: wells.map(() => Math.round(900 + 50 * random.normal())),
          },
          features,
          values: Float64Array.from({ length: wells.length * features.length }, () => random.normal()),
          rowCount: wells.length,
        });
      }
      const places = { project: place, workspace: place };
      const outcomes = await runRecipe(planRecipe(config, await surveyRecipe(config, places), { strict: true }), {
        places,
        execute: (step, call) => runRecipeStep(step, places, call),
        code: "golden",
        workers: 2,
      });
      expect(outcomes.filter(({ state }) => state !== "done")).toEqual([]);
      const annotated = await readProfiles(place, `profiles/${batch}/BR00118041/BR00118041_augmented.csv.gz`);
      const controls = annotated.metadata.Metadata_control_type!.filter((cell) => cell === "negcon").length;
      expect(controls).toBe(wellsOfNegativeControls(text));
      const normalized = outcomes.find(({ id }) => id === `${batch}/BR00118041/normalize_negcon`);
      expect(normalized?.report?.details.samples).toMatchObject([{ wells: controls }]);
      const summary = readFileSync(join(root, "quality_control/summary/summary.tsv"), "utf8").trimEnd().split("\n");
      expect(summary).toHaveLength(1 + plates.length);
      expect(summary[1]).toMatch(new RegExp(`^${batch}\tBR\\d+\t384\t\t9\t0\\.000$`));
    }, 60_000);
  },
);

/** Counted from the published tables alone: wells whose guide is a negative control. */
function wellsOfNegativeControls(text: (name: string) => string): number {
  const rows = (name: string): string[][] =>
    text(name)
      .trimEnd()
      .split(/\r?\n/)
      .map((line) => line.split("\t"));
  const controls = new Set(
    rows("JUMP-Target-1_crispr_metadata.tsv")
      .filter((row) => row[3] === "negcon")
      .map((row) => row[0]),
  );
  return rows("JUMP-Target-1_crispr_platemap.txt").filter((row) => controls.has(row[1])).length;
}
