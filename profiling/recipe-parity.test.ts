import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { folderPlace, type Place } from "@artesian/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collatePlate } from "./collate.ts";
import { compareProfiles } from "./compare.ts";
import { readProfiles } from "./read-profiles.ts";
import { readRecipeConfig } from "./recipe-config.ts";
import { type PlanOptions, planRecipe } from "./recipe-plan.ts";
import { runRecipe } from "./recipe-run.ts";
import { runRecipeStep } from "./recipe-steps.ts";
import { surveyRecipe } from "./recipe-survey.ts";
import { type ProjectDesign, platesOf, simulateProject, smallProject } from "./simulate-project.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-parity-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const fixtures = fileURLToPath(new URL("fixtures/recipe/", import.meta.url));
const [batch, plate] = ["2026_01_10_Batch1", "00117001"];

function project(name: string, design: ProjectDesign): Place {
  const dir = join(root, name);
  for (const [key, text] of simulateProject(design)) {
    mkdirSync(dirname(join(dir, key)), { recursive: true });
    writeFileSync(join(dir, key), text.replace(/heatmap:\n\s*perform: true/, "heatmap:\n    perform: false"));
  }
  return folderPlace(dir);
}

async function run(place: Place, options: PlanOptions = {}): Promise<void> {
  const places = { project: place, workspace: place };
  const config = readRecipeConfig(new TextDecoder().decode(await place.read("config_files/config.yml")));
  const outcomes = await runRecipe(planRecipe(config, await surveyRecipe(config, places), options), {
    places,
    execute: (step, call) => runRecipeStep(step, places, call),
    code: "parity",
    workers: 2,
  });
  expect(outcomes.filter(({ state }) => state !== "done")).toEqual([]);
}

const isFeature = (name: string): boolean => !/^(?:Metadata_|[a-z])/.test(name);

/** Same rows, same columns in the same order, same numbers to 1e-9. */
async function expectEqual(ours: Place, theirs: Place, key: string, theirKey = key): Promise<void> {
  const [found, expected] = await Promise.all([
    readProfiles(ours, key, { isFeature }),
    readProfiles(theirs, theirKey, { isFeature }),
  ]);
  expect(found.features, key).toEqual(expected.features);
  expect(Object.keys(found.metadata), key).toEqual(Object.keys(expected.metadata));
  const comparison = compareProfiles(found, expected, { tolerance: 1e-9 });
  expect(comparison.cells.worst, key).toBeUndefined();
  expect(comparison.equal, key).toBe(true);
  expect(comparison.cells.compared, key).toBeGreaterThan(500);
}

describe("a recipe beside pycytominer 1.6.1, whose files are in fixtures/recipe", () => {
  let ours: Place;
  beforeAll(async () => {
    ours = project("fixtures", { ...smallProject, batches: [batch] });
    await run(ours);
  }, 60_000);

  it.each(readdirSync(fixtures).filter((name) => name.startsWith(plate)))("writes the same %s", async (name) => {
    await expectEqual(ours, folderPlace(fixtures), `profiles/${batch}/${plate}/${name}`, name);
  });

  it("writes the same stacked GCT: header, samples, metadata and features", async () => {
    const name = `${batch}_normalized_feature_select_negcon_batch.gct`;
    const text = new TextDecoder().decode(await ours.read(`gct/${batch}/${name}`));
    const golden = gunzipSync(readFileSync(join(fixtures, `${name}.gz`))).toString("utf8");
    const [lines, expected] = [text, golden].map((one) => one.split("\r\n"));
    expect(lines!.length).toBe(expected!.length);
    const metadataRows = Number(expected![1]!.split("\t")[3]);
    expect(lines!.slice(0, 3 + metadataRows)).toEqual(expected!.slice(0, 3 + metadataRows));
    await expectEqual(ours, folderPlace(fixtures), `gct/${batch}/${name}`, `${name}.gz`);
  });
});

const peers = process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers");
const python = join(peers, "pycytominer-1.6/bin/python");
const live = process.env.ARTESIAN_SLOW === "1" && existsSync(python);

describe.skipIf(!live)(
  `a recipe beside pycytominer, run now${live ? "" : " (SKIPPED: needs ARTESIAN_SLOW=1 and bench/peers/profiling/setup)"}`,
  () => {
    it.each([
      ["at full precision", false],
      ["rounded to five digits between steps", true],
    ])(
      "writes the same files for two batches of two plates, %s",
      async (name, compatRounding) => {
        const design = { ...smallProject, seed: 23, sites: 3 };
        const ours = project(name, design);
        for (const { batch: of, plates } of platesOf(design))
          for (const one of plates) {
            const path = ours.path?.(`backend/${of}/${one}/${one}.sqlite`) ?? "";
            await collatePlate(ours, `analysis/${of}/${one}/analysis`, { plate: one, keep: { sqlite: { path } } });
          }
        const out = join(root, `theirs ${name}`);
        const program = fileURLToPath(new URL("../bench/peers/profiling-recipe/recipe.py", import.meta.url));
        const peer = spawnSync(python, ["-W", "ignore", program, ours.uri, out, ...(compatRounding ? ["%.5g"] : [])], {
          encoding: "utf8",
        });
        expect(peer.status, peer.stderr).toBe(0);
        await run(ours, { compatRounding });
        let compared = 0;
        for await (const { key } of folderPlace(out).list()) {
          await expectEqual(ours, folderPlace(out), key);
          compared++;
        }
        expect(compared).toBe(4 * 6 + 2 * 4);
      },
      300_000,
    );
  },
);
