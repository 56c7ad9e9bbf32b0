import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { type Column, folderStore, sha256, tableOf, writeParquet } from "@artesian/data";
import { type MapDesign, type SimulatedMap, simulatedFiles, simulateMap, takeUnits } from "@artesian/maps";
import { plateColumns } from "@artesian/maps/simulated-files.ts";
import { openStore, recordProfiles, upsertExperiment, upsertPlateLayout } from "@artesian/store";
import { readMapConfig } from "@artesian/workflows/map-config.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "./exit.ts";
import { progressTo } from "./map-build.ts";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-map-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function artesian(...argv: string[]) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  let code: number | undefined;
  let error: { code: string; message: string } | undefined;
  try {
    const output = createOutput({ stdout: stream("stdout"), stderr: stream("stderr") });
    await createProgram(output, (exit) => {
      code = exit;
    }).parseAsync(argv, { from: "user" });
  } catch (thrown) {
    error = describeError(thrown);
  }
  return { code, error, out: written.stdout, err: written.stderr };
}

/** Every file below a folder with its digest. */
function snapshot(dir: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true }))
    if (entry.isFile())
      files[join(entry.parentPath, entry.name)] = sha256(readFileSync(join(entry.parentPath, entry.name)));
  return files;
}

const design: MapDesign = {
  seed: 21,
  genes: 240,
  genesPerPathway: 12,
  armBias: 4,
  unexpressed: 0.9,
  batches: 4,
  controlsPerBatch: 40,
  features: 24,
};

/** Wells as a laboratory has them: some with few cells, some with faults, and those of some genes alone. */
function wells(isIn: (symbol: string) => boolean): SimulatedMap {
  const simulated = simulateMap(design);
  const units = simulated.units.units.map((unit, i) => ({
    ...unit,
    objects: i % 97 === 0 ? 10 : unit.objects,
    flags: i % 101 === 0 ? ["debris", "defocus"] : [],
  }));
  const chosen = units.flatMap(({ control, symbol }, i) => (control || isIn(symbol) ? [i] : []));
  return { ...simulated, units: takeUnits({ ...simulated.units, units }, chosen) };
}

/** The documented configuration in a folder of its own, with what it names. */
function project(
  name: string,
  isIn: (symbol: string) => boolean = () => true,
): { config: string; store: string; dir: string } {
  const dir = join(root, name);
  for (const [key, content] of simulatedFiles(wells(isIn))) {
    mkdirSync(dirname(join(dir, key)), { recursive: true });
    writeFileSync(join(dir, key), content);
  }
  const documented = /```yaml\n([\s\S]*?)```/.exec(
    readFileSync(new URL("../docs/maps.md", import.meta.url), "utf8"),
  )![1]!;
  const yaml = documented
    .replace("StringDB.csv", "planted.csv")
    .replaceAll(/(profiles|genes)\/(?=\w)/g, `${dir}/$1/`)
    .replace("store: maps", `store: ${dir}/maps`)
    .replace("build: build", `build: ${dir}/build`);
  writeFileSync(join(dir, "map.yml"), yaml);
  return { config: join(dir, "map.yml"), store: join(dir, "maps"), dir };
}

describe("artesian map, with the documented configuration", () => {
  let made: ReturnType<typeof project>;
  beforeAll(() => {
    made = project("whole");
  });

  it("says in a dry run what it would make, and writes nothing", async () => {
    const before = snapshot(made.dir);
    const { code, out, err } = await artesian("map", "build", "--config", made.config, "--dry-run");
    expect(code).toBe(0);
    expect(snapshot(made.dir)).toEqual(before);
    expect(out).toMatch(/^input {5}.*plate_B1\.parquet \([0-9a-f]{12}\)$/m);
    expect(out).toMatch(/^units {5}\d+ of \d+; left out: .*flag debris.*too few objects/m);
    expect(out).toMatch(/^added {5}u2os_prox_bias_reduced@[0-9a-f]{16} \(default\): \d+ rows × 24$/m);
    expect(out).toMatch(/recall StringDB: 0\.\d{3} of 528/);
    expect(out).toMatch(/clusters pathways: \d of 8 lie together/);
    expect(out).toMatch(
      /bytes: (\d+\.\d MiB) in the store \(\1 to upload\), \d+\.\d MiB on a server's disk, 0\.1 MiB in memory/,
    );
    expect(out).toMatch(/genes of one arm alike: 0\.9\d\d → 0\.\d{3} \(0\.5: no bias\); 2 arms corrected/);
    expect(err).toContain("nothing was written");
  });

  it("builds, does nothing when nothing changed, and publishes once", async () => {
    const built = await artesian("map", "build", "--config", made.config, "--json");
    const summary = JSON.parse(built.out);
    expect(summary.groups.map((group: { id: string }) => group.id)).toEqual(["u2os", "u2os_prox_bias_reduced"]);
    expect(summary.groups[1].benchmark.recall[0].recall).toBeGreaterThan(0.6);
    const before = snapshot(made.dir);
    const again = await artesian("map", "build", "--config", made.config);
    expect(again.err).toContain("Nothing changed since");
    expect(snapshot(made.dir)).toEqual(before);
    const published = await artesian("map", "publish", "--config", made.config);
    expect(published.code).toBe(0);
    expect(published.out.trim().split("\n")).toEqual(
      summary.groups.map((group: { id: string; version: string }) => `${group.id}@${group.version}`),
    );
    expect((await artesian("map", "publish", "--config", made.config)).err).toContain("all of it was there already");
  });

  it("builds the same versions again from a lost folder", async () => {
    const before = JSON.parse(readFileSync(join(made.dir, "build", "build.json"), "utf8"));
    rmSync(join(made.dir, "build"), { recursive: true });
    await artesian("map", "build", "--config", made.config);
    expect(JSON.parse(readFileSync(join(made.dir, "build", "build.json"), "utf8"))).toEqual(before);
  });

  it("lists, tells why, and exports", async () => {
    const { out } = await artesian("map", "list", "--store", made.store);
    expect(out).toMatch(
      /u2os_prox_bias_reduced@[0-9a-f]{16}\tU2OS knockouts, proximity bias reduced\t.*current, default/,
    );
    const why = await artesian("map", "why", "g0001", "--store", made.store);
    expect(why).toMatchObject({ code: 0 });
    expect(why.out).toMatch(/u2os@[0-9a-f]{16}: gene:G0001 of [34] units\./);
    const nowhere = await artesian("map", "why", "G9999", "--store", made.store);
    expect(nowhere.code).toBe(1);
    expect(nowhere.out).toContain('"G9999" is no name of a perturbation');
    const csv = join(made.dir, "some.csv");
    const some = await artesian(
      "map",
      "export",
      "u2os",
      "--store",
      made.store,
      "--out",
      csv,
      "--rows",
      "G0001",
      "compound:C1",
      "NOPE",
    );
    expect(some.code).toBe(3);
    expect(some.err).toContain("NOPE: not in u2os@");
    const lines = readFileSync(csv, "utf8").trim().split("\n");
    expect(lines[0]).toMatch(/^perturbation,type,symbol,.*,norm,v0,.*,v23$/);
    expect(new Set(lines.slice(1).map((line) => line.split(",")[0]))).toEqual(new Set(["compound:C1", "gene:G0001"]));
    const npy = join(made.dir, "all.npy");
    expect((await artesian("map", "export", "u2os", "--store", made.store, "--out", npy)).code).toBe(0);
    const header = readFileSync(npy).subarray(0, 128).toString("latin1");
    const rows = readFileSync(join(made.dir, "all.rows.csv"), "utf8").trim().split("\n").length - 1;
    expect(header).toContain(`'shape': (${rows}, 24)`);
    expect(statSync(npy).size).toBe(128 + rows * 24 * 4);
  });

  it("refuses to promote a map that lost genes, tells what differs, and does it when forced", async () => {
    const fewer = project("whole", (symbol) => !symbol.startsWith("G023"));
    writeFileSync(fewer.config, readFileSync(fewer.config, "utf8").replace("seed: 1", "seed: 2"));
    const dry = await artesian("map", "build", "--config", fewer.config, "--dry-run");
    expect(dry.out).toMatch(/against u2os@[0-9a-f]{16}: 0 gained, 10 lost \(gene:G0230, /);
    expect(dry.out).toContain("settings: recipe.seed 1 → 2\n  inputs: 0 new, 0 gone, 4 changed");
    expect(dry.out).toMatch(/consistent \d+ of \d+ \(\d+ of \d+ before\), apart/);
    expect(dry.out).toMatch(/no longer current: u2os@[0-9a-f]{16} \(kept in the store/);
    expect(dry.out).toMatch(/gate: perturbations fall from 244 to 234/);
    await artesian("map", "build", "--config", fewer.config);
    const words = [join(import.meta.dirname, "main.ts"), "map", "publish", "--config", fewer.config];
    const refused = spawnSync(process.execPath, words, { encoding: "utf8" });
    expect(refused.status).toBe(3);
    expect(refused.stderr).toMatch(
      /Not published to .*perturbations fall from 244 to 234.*\[maps\/promotion-refused\]/,
    );
    const before = JSON.parse((await artesian("map", "list", "--store", fewer.store, "--json")).out).groups[0].current;
    const forced = await artesian("map", "publish", "--config", fewer.config, "--force");
    expect(forced.code).toBe(0);
    expect(forced.err).toContain("forced although u2os: perturbations fall from 244 to 234");
    expect((await artesian("map", "list", "--store", fewer.store)).out).toContain("forced: perturbations fall");
    const diff = await artesian("map", "diff", `u2os@${before}`, "u2os", "--store", fewer.store);
    expect(diff.out).toContain("lost\tgene:G0230");
    const why = await artesian("map", "why", "G0230", "--store", fewer.store);
    expect(why.code).toBe(1);
    expect(why.out).toContain(`Other versions have it: u2os@${before}`);
  });
});

it("says that a bucket cannot be reached, and that nothing was lost", () => {
  const { config } = project("unreachable");
  writeFileSync(config, readFileSync(config, "utf8").replace(/^store: .*$/m, "store: s3://nobody/maps"));
  const words = [join(import.meta.dirname, "main.ts"), "map", "build", "--dry-run", "--config", config];
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
  };
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", env });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /s3:\/\/nobody\/maps cannot be reached at http:\/\/127\.0\.0\.1:1: .*Nothing was lost: try again when it is back\..*\[data\/store-unreachable\]/,
  );
});

it("takes plates of a data folder", async () => {
  const dir = join(root, "folder");
  const simulated = simulateMap({ ...design, armBias: 0 });
  mkdirSync(dir, { recursive: true });
  const results = openStore(join(dir, "store.db"));
  const objects = folderStore(join(dir, "objects"));
  const at = "2026-01-02T03:04:05.000Z";
  upsertExperiment(results, { id: "E", workflow: "profiling", channels: ["DNA"], sitesPerWell: 1, at });
  for (const [order, batch] of ["B1", "B2", "B3", "B4"].entries()) {
    const named = plateColumns(simulated.units, batch).map((column): Column => {
      if (column.name === "Metadata_Gene") return { ...column, name: "Metadata_Perturbation" };
      return column.name.startsWith("Feature_")
        ? { ...column, name: column.name.replace("Feature_", "Cells_Feature_") }
        : column;
    });
    const role = named[0]!.values as (string | null)[];
    const table = tableOf([
      ...named,
      {
        name: "Metadata_Role",
        kind: "text",
        values: role.map((name) => (name === "non-targeting" ? "healthy" : "gene")),
      },
    ]);
    const { uri } = await objects.put(writeParquet(table));
    upsertPlateLayout(results, { experimentId: "E", plate: batch, order, formatWells: 384, wells: [] });
    recordProfiles(results, {
      experimentId: "E",
      plate: batch,
      rawUri: uri,
      normalizedUri: null,
      selectedUri: uri,
      dropsUri: uri,
      summaryUri: uri,
      measured: 24,
      kept: 24,
      replicates: { same: null, other: null },
      at,
    });
  }
  results.close();
  const config = join(dir, "map.yml");
  writeFileSync(
    config,
    `map: screen\nstore: ${dir}/maps\nbuild: ${dir}/build\ninputs: [{ data: ${dir} }]\ncontrols: { column: Metadata_Role, values: [healthy] }\n`,
  );
  const { out } = await artesian("map", "build", "--config", config, "--json");
  const { inputs, groups } = JSON.parse(out);
  expect(inputs.map(({ uri }: { uri: string }) => uri)).toEqual(
    ["B1", "B2", "B3", "B4"].map((plate) => `${dir}: E, plate ${plate}`),
  );
  expect(groups).toMatchObject([{ id: "screen", rows: 244, dims: 24 }]);
});

describe("a map's configuration", () => {
  const least = "map: m\nstore: s\nbuild: b\ninputs: [{ profiles: p.csv }]\ncontrols: { column: C, values: [x] }\n";

  it("has the defaults that docs/maps.md lists", () => {
    const { recipe, columns, features, type, int8, gate } = readMapConfig(least, "map.yml");
    expect(recipe).toEqual({
      filter: {},
      align: { kind: "tvn" },
      aggregate: { method: "mean", byExperiment: false },
      transformations: [{ suffix: "", label: "as aggregated", steps: [] }],
      default: "last",
      seed: 1,
    });
    expect({ columns, features, type, int8, gate }).toEqual({
      columns: {
        perturbation: "Metadata_Perturbation",
        batch: "Metadata_Plate",
        well: "Metadata_Well",
        intensities: [],
      },
      features: "infer",
      type: "gene",
      int8: false,
      gate: {},
    });
  });

  it.each([
    ["map: M", "map: use small letters"],
    ["allign: tvn", 'Unrecognized key: "allign"'],
    ["align: pca", "align: "],
    ["default: _x", '"_x" is no suffix'],
    ["transformations: [plain, plain]", 'two have the suffix ""'],
    ["genes: { locations: g.csv }", "locations and centromeres are given together"],
    ["filter: { objects: 5 }", "filter.objects: "],
    ["a: [", "map.yml: "],
  ])("says what is wrong with %s", (line, said) => {
    const name = line.slice(0, line.indexOf(":") + 1);
    const kept = least
      .split("\n")
      .filter((one) => !one.startsWith(name))
      .join("\n");
    expect(() => readMapConfig(`${kept}${line}\n`, "map.yml")).toThrow(said);
  });
});

it("tells how much time the step under way needs", () => {
  const lines: string[] = [];
  const silent = (): void => {};
  let now = 0;
  const progress = progressTo(
    { json: silent, data: silent, say: silent, settle: silent, progress: (line) => lines.push(line) },
    () => now,
  );
  progress("align", 0, 100);
  now = 10_000;
  progress("align", 25, 100);
  progress("aggregate", 1, 2);
  expect(lines).toEqual(["align: 0 of 100", "align: 25 of 100, about 30 s left", "aggregate: 1 of 2"]);
});
