import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { columnOf, folderPlace, MissingFileError, type Place, readCsv } from "@artesian/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRecipeConfig } from "./recipe-config.ts";
import { type PlanOptions, planRecipe } from "./recipe-plan.ts";
import { runRecipe, type StepOutcome } from "./recipe-run.ts";
import { runRecipeStep } from "./recipe-steps.ts";
import { surveyRecipe } from "./recipe-survey.ts";
import { simulateProject, smallProject } from "./simulate-project.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-recipe-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const design = { ...smallProject, rows: 3, columns: 4, sites: 1, cellsPerSite: 6 };
/** One plate, for what can be seen on one. */
const small = { ...design, batches: ["2026_01_10_Batch1"], platesPerBatch: 1 };
const withoutFigures = (text: string): string =>
  text.replace(/heatmap:\n\s*perform: true/, "heatmap:\n    perform: false");

/** A project on disk, with changes to its files; undefined removes one. */
function project(
  name: string,
  change: (key: string, text: string) => string | undefined = (_, text) => text,
  of = small,
): string {
  const dir = join(root, name);
  for (const [key, text] of simulateProject(of)) {
    const content = change(key, text);
    if (content === undefined) continue;
    mkdirSync(dirname(join(dir, key)), { recursive: true });
    writeFileSync(join(dir, key), content);
  }
  return dir;
}

interface Given extends PlanOptions {
  code?: string;
  force?: boolean;
  signal?: AbortSignal;
  place?: Place;
  config?: (text: string) => string;
}

async function run(dir: string, given: Given = {}): Promise<StepOutcome[]> {
  const place = given.place ?? folderPlace(dir);
  const places = { project: place, workspace: place };
  const text = readFileSync(join(dir, "config_files/config.yml"), "utf8");
  const config = readRecipeConfig((given.config ?? withoutFigures)(text));
  const plan = planRecipe(config, await surveyRecipe(config, places), given);
  return runRecipe(plan, {
    places,
    execute: (step, call) => runRecipeStep(step, places, call),
    code: given.code ?? "code",
    force: given.force === true,
    workers: 2,
    ...(given.signal === undefined ? {} : { signal: given.signal }),
  });
}

const states = (outcomes: readonly StepOutcome[], state: StepOutcome["state"]): string[] =>
  outcomes.filter((outcome) => outcome.state === state).map(({ id }) => id);

async function keysOf(dir: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of folderPlace(dir).list()) keys.push(key);
  return keys.filter((key) => !/^(?:analysis|metadata|load_data_csv|config_files)\//.test(key));
}

const table = (dir: string, key: string) =>
  readCsv(gunzipSync(readFileSync(join(dir, key))).toString("utf8"), { source: key });

/** With heat maps. */
const all = { config: (text: string): string => text };

describe("a recipe", () => {
  let dir = "";
  let first: StepOutcome[] = [];
  beforeAll(async () => {
    dir = project("whole", undefined, design);
    first = await run(dir, all);
  }, 60_000);

  it("does all steps", () => {
    expect(first.filter(({ state }) => state !== "done")).toEqual([]);
    expect(first).toHaveLength(4 * 4 + 2 * 2 + 1 + 4);
  });

  it("writes the recipe's files, with its names", async () => {
    const keys = await keysOf(dir);
    const [batch, plate] = ["2026_01_10_Batch1", "00117001"];
    for (const end of [
      "",
      "_augmented",
      "_normalized",
      "_normalized_negcon",
      "_normalized_feature_select_batch",
      "_normalized_feature_select_negcon_batch",
    ])
      expect(keys).toContain(`profiles/${batch}/${plate}/${plate}${end}.csv.gz`);
    for (const end of ["_batch", "_negcon_batch"])
      for (const extension of ["csv.gz", "gct"])
        expect(keys).toContain(`gct/${batch}/${batch}_normalized_feature_select${end}.${extension}`);
    for (const figure of ["cell_count", "correlation", "position_effect"])
      expect(keys).toContain(`quality_control/heatmap/${batch}/${plate}/${plate}_${figure}.png`);
    expect(keys).toContain("quality_control/summary/summary.tsv");
    expect(readFileSync(join(dir, "quality_control/summary/summary.tsv"), "utf8").split("\n")[1]).toBe(
      "2026_01_10_Batch1\t00117001\t12\t2\t1\t0.000",
    );
  });

  it("keeps leading zeros of bar codes, and columns in the recipe's order", () => {
    const augmented = table(dir, "profiles/2026_01_10_Batch1/00117001/00117001_augmented.csv.gz");
    expect(columnOf(augmented, "Metadata_Plate")?.values[0]).toBe("00117001");
    expect(augmented.columns.slice(0, 4).map(({ name }) => name)).toEqual([
      "Metadata_broad_sample",
      "Metadata_mmoles_per_liter",
      "Metadata_Plate",
      "Metadata_Well",
    ]);
    expect(columnOf(augmented, "Metadata_control_type")?.values.filter((cell) => cell === "negcon")).toHaveLength(3);
    const selected = table(
      dir,
      "profiles/2026_01_10_Batch1/00117001/00117001_normalized_feature_select_negcon_batch.csv.gz",
    );
    expect(columnOf(selected, "Metadata_batch")).toBeUndefined();
    expect(selected.rowCount).toBe(12);
    const stacked = table(dir, "gct/2026_01_10_Batch1/2026_01_10_Batch1_normalized_feature_select_negcon_batch.csv.gz");
    expect(stacked.rowCount).toBe(24);
    expect(columnOf(stacked, "Metadata_batch")?.values[0]).toBe("2026_01_10_Batch1");
  });

  it("says of every dropped feature why", () => {
    const select = first.find(({ id }) => id === "2026_01_10_Batch1/feature_select_batch");
    const drops = select?.report?.details.dropped as { feature: string; operation: string; reason: string }[];
    expect(drops.find(({ feature }) => feature === "Cells_Texture_Contrast_ER_1")?.reason).toBeTruthy();
    expect(drops.map(({ operation }) => operation)).toContain("correlation_threshold");
    expect(select?.report?.notes[0]).toMatch(/features are kept; dropped by variance_threshold \d+/);
  });

  it("does nothing when nothing changed, and only what follows from a change", async () => {
    expect(states(await run(dir, all), "unchanged")).toHaveLength(first.length);
    const map = join(dir, "metadata/platemaps/2026_02_20_Batch2/platemap/2026_02_20_Batch2_map.txt");
    writeFileSync(map, readFileSync(map, "utf8").replace("2.5", "2.6"));
    const done = states(await run(dir, all), "done");
    expect(done).toContain("2026_02_20_Batch2/00217001/annotate");
    expect(done).toContain("2026_02_20_Batch2/feature_select_batch");
    expect(done.filter((id) => id.includes("Batch1") || id.includes("aggregate"))).toEqual([]);
    const changed = await run(dir, { config: (text) => text.replace(/drop_na_columns/, "drop_outliers") });
    expect(states(changed, "done")).toEqual([
      "2026_01_10_Batch1/feature_select_batch",
      "2026_02_20_Batch2/feature_select_batch",
    ]);
  });
});

describe("a recipe of one plate", () => {
  let dir = "";
  beforeAll(async () => {
    dir = project("one");
    await run(dir, all);
  }, 60_000);
  const normalized = "profiles/2026_01_10_Batch1/00117001/00117001_normalized_negcon.csv.gz";

  it("does again what somebody removed or changed, what other code made, and everything when forced", async () => {
    const before = readFileSync(join(dir, normalized));
    writeFileSync(join(dir, normalized), "x");
    expect(states(await run(dir, all), "done")).toEqual(["2026_01_10_Batch1/00117001/normalize_negcon"]);
    expect(readFileSync(join(dir, normalized)).equals(before)).toBe(true);
    rmSync(join(dir, "profiles/2026_01_10_Batch1/00117001/how-made/normalize.json"));
    expect(states(await run(dir, all), "done")).toEqual(["2026_01_10_Batch1/00117001/normalize"]);
    const count = (await run(dir, { ...all, code: "other" })).length;
    expect(states(await run(dir, { ...all, code: "other" }), "unchanged")).toHaveLength(count);
    expect(states(await run(dir, { ...all, code: "other", force: true }), "done")).toHaveLength(count);
  });

  it("does not compute again for a file that was only touched", async () => {
    const map = join(dir, "metadata/platemaps/2026_01_10_Batch1/platemap/2026_01_10_Batch1_map.txt");
    utimesSync(map, new Date(0), new Date(0));
    expect(states(await run(dir, { ...all, code: "other" }), "done")).toEqual([]);
  });

  it("writes equal bytes each time", async () => {
    const twin = project("twin");
    await run(twin, all);
    const keys = (await keysOf(twin)).filter((key) => !key.includes("how-made"));
    expect(keys.length).toBe(20);
    for (const key of keys) expect(readFileSync(join(twin, key)).equals(readFileSync(join(dir, key))), key).toBe(true);
  });

  it("rounds to the configuration's digits between steps on request, as the recipe does", async () => {
    const rounded = project("rounded");
    await run(rounded, { compatRounding: true });
    const column = (where: string): number[] => {
      const found = table(where, normalized).columns.find(({ name }) => name.startsWith("Nuclei_Int"));
      return found?.kind === "number" ? [...found.values] : [];
    };
    expect(column(rounded).filter((value) => Number(value.toPrecision(5)) !== value)).toEqual([]);
    expect(column(dir).filter((value) => Number(value.toPrecision(5)) !== value).length).toBeGreaterThan(5);
  });
});

describe("what is wrong with one plate", () => {
  const problemOf = (outcomes: readonly StepOutcome[]): string[] =>
    outcomes.filter(({ state }) => state === "failed").map(({ id, error }) => `${id} ${error?.code} ${error?.message}`);

  it("stops that plate and what needs it, and nothing else", async () => {
    const dir = project(
      "barcode",
      (key, text) => (key.endsWith("barcode_platemap.csv") ? text.replace("00117002", "117002") : text),
      design,
    );
    const outcomes = await run(dir);
    expect(problemOf(outcomes)).toEqual([
      expect.stringMatching(
        /^2026_01_10_Batch1\/00117002\/annotate profiling\/plate-metadata .*barcode_platemap\.csv, line 3: plate 00117002 is written 117002/,
      ),
    ]);
    expect(states(outcomes, "blocked")).toContain("2026_01_10_Batch1/feature_select_batch");
    expect(states(outcomes, "done")).toContain("2026_01_10_Batch1/00117001/normalize_negcon");
    expect(states(outcomes, "done")).toContain("2026_02_20_Batch2/feature_select_negcon_batch");
  });

  it("is said for a missing barcode_platemap.csv, plate map and external metadata, before anything is computed", async () => {
    const without = (part: string) => (key: string, text: string) => (key.includes(part) ? undefined : text);
    expect(problemOf(await run(project("no-barcodes", without("Batch1/barcode_platemap"))))[0]).toMatch(
      /no barcode_platemap\.csv/,
    );
    expect(problemOf(await run(project("no-map", without("Batch1_map"))))[0]).toMatch(
      /2026_01_10_Batch1_map\.txt: the plate map is not there/,
    );
    expect(
      problemOf(
        await run(project("other-external", (_, text) => text.replace("file: compounds.tsv", "file: compound.tsv"))),
      )[0],
    ).toMatch(/compound\.tsv: the external metadata is not there\. Did you mean "compounds\.tsv"/);
  });

  it("is said for a plate map whose wells are none of the plate's, or whose column has another name", async () => {
    const wrong = (from: RegExp, to: string) => (key: string, text: string) =>
      key.endsWith("Batch1_map.txt") ? text.replaceAll(from, to) : text;
    expect(problemOf(await run(project("short-wells", wrong(/^([A-Z])0(\d)/gm, "$1$2"))))[0]).toMatch(
      /none of 12 wells of the profiles \(A01, …\) is in the plate map \(A1, …\).*write A01/,
    );
    expect(problemOf(await run(project("other-column", wrong(/well_position/g, "well_postion"))))[0]).toMatch(
      /line 1: there is no column Metadata_well_position\. Did you mean/,
    );
  });

  it("is said for wells that the plate map lacks, and refused when strict", async () => {
    const dir = project("lacking", (key, text) =>
      key.endsWith("Batch1_map.txt") ? text.replace(/^A02.*\n/m, "") : text,
    );
    const found = (await run(dir)).find(({ id }) => id === "2026_01_10_Batch1/00117001/annotate");
    expect(found?.report?.notes).toEqual(["1 well is left out, the plate map does not name it: A02"]);
    const strict = problemOf(await run(dir, { strict: true }));
    expect(strict[0]).toMatch(/profiling\/unmatched-wells .*A02.*without --strict/);
  });

  it("is said when there is nothing to aggregate, naming every place that was looked at", async () => {
    const dir = project("no-analysis", (key, text) =>
      key.includes("analysis/2026_01_10_Batch1/00117001") ? undefined : text,
    );
    expect(problemOf(await run(dir))[0]).toMatch(
      /profiling\/missing-input .*00117001\.csv\.gz.*00117001\.sqlite.*analysis\/2026_01_10_Batch1\/00117001/,
    );
  });

  it("refuses metadata that is not UTF-8 with its line, since letters would be lost", async () => {
    const dir = project("latin1");
    const external = join(dir, "metadata/external_metadata/compounds.tsv");
    writeFileSync(external, Buffer.from(readFileSync(external, "utf8").replace("compound 1", "composé 1"), "latin1"));
    expect(problemOf(await run(dir))[0]).toMatch(/profiling\/encoding .*compounds\.tsv, line 2: .*0xe9.* as UTF-8/);
  });
});

describe("what ends everything", () => {
  it("is a folder that cannot be written: said once, with what to do", async () => {
    const dir = project("read-only");
    const place: Place = {
      ...folderPlace(dir),
      write: () => Promise.reject(Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" })),
    };
    await expect(run(dir, { place })).rejects.toMatchObject({
      code: "profiling/cannot-write",
      message: expect.stringMatching(/ cannot be written .*cannot be written to: allow it and run again/),
    });
    const absent: Place = { ...place, write: (key) => Promise.reject(new MissingFileError(key, dir)) };
    await expect(run(dir, { place: absent })).rejects.toThrow(
      /\(its folder cannot be made; .* read-only\).*: allow it/,
    );
    if (process.getuid?.() !== 0) {
      chmodSync(dir, 0o555);
      await expect(run(dir)).rejects.toMatchObject({ code: "profiling/cannot-write" });
      chmodSync(dir, 0o755);
    }
  });

  it("is a full disk: what was finished stays, and the next run goes on", async () => {
    const dir = project("full");
    let writes = 0;
    const place: Place = {
      ...folderPlace(dir),
      write: (key, content, call) =>
        ++writes > 9
          ? Promise.reject(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }))
          : folderPlace(dir).write(key, content, call),
    };
    await expect(run(dir, { place })).rejects.toMatchObject({ message: expect.stringContaining("make room") });
    const outcomes = await run(dir);
    expect(states(outcomes, "unchanged").length).toBeGreaterThan(2);
    expect(states(outcomes, "failed")).toEqual([]);
  });

  it("is a signal", async () => {
    const stop = new AbortController();
    const running = run(project("stopped"), { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("stopped")), 30);
    await expect(running).rejects.toThrow("stopped");
  });
});

describe("what a step wrote", () => {
  /** Runs a project and says which profiles were read back from files. */
  async function readBack(dir: string, given: Given): Promise<string[]> {
    const read: string[] = [];
    const folder = folderPlace(dir);
    const place: Place = {
      ...folder,
      stream(key, range) {
        read.push(key);
        return folder.stream(key, range);
      },
    };
    await run(dir, { ...given, place });
    return read.filter((key) => key.startsWith("profiles/"));
  }

  it("is handed to the steps that read it, and read from its file where only that says what was rounded", async () => {
    const dir = project("handed");
    expect(await readBack(dir, all)).toEqual([]);
    const rounded = await readBack(project("handed-rounded"), { ...all, compatRounding: true });
    expect(rounded.length).toBeGreaterThan(4);
  });

  it("is read from its file when it was made in a run before, with the same outcome", async () => {
    const dir = project("handed-later");
    await run(dir);
    const before = await bytesOf(dir);
    rmSync(join(dir, "profiles/2026_01_10_Batch1/00117001/00117001_normalized.csv.gz"));
    const read = await readBack(dir, { config: withoutFigures });
    expect(read).toEqual(["profiles/2026_01_10_Batch1/00117001/00117001_augmented.csv.gz"]);
    expect(await bytesOf(dir)).toEqual(before);
  });

  async function bytesOf(dir: string): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const key of await keysOf(dir))
      if (!key.includes("how-made")) found[key] = readFileSync(join(dir, key)).toString("base64");
    return found;
  }
});
