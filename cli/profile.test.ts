import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { simulateProject, smallProject } from "@artesian/profiling/simulate-project.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "./exit.ts";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-profile-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const project = join(root, "project");
const [batch, plate] = ["2026_01_10_Batch1", "00117001"];
const start = join(project, "profiles", batch, plate, plate);

/** Runs a command in this process. */
async function artesian(...argv: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  let code: number | undefined;
  const output = createOutput({ stdout: stream("stdout"), stderr: stream("stderr") });
  const program = createProgram(output, (exit) => {
    code = exit;
  });
  await program.parseAsync(["node", "artesian", "profile", ...argv]);
  return { code, out: written.stdout, err: written.stderr };
}

const failure = async (...argv: string[]): Promise<{ code: string; message: string }> =>
  artesian(...argv).then(
    () => ({ code: "none", message: "" }),
    (error: unknown) => describeError(error),
  );

beforeAll(async () => {
  const design = { ...smallProject, batches: [batch], platesPerBatch: 1, rows: 3, columns: 4, cellsPerSite: 5 };
  for (const [key, text] of simulateProject(design)) {
    mkdirSync(dirname(join(project, key)), { recursive: true });
    writeFileSync(join(project, key), text.replace(/heatmap:\n\s*perform: true/, "heatmap:\n    perform: false"));
  }
});

describe("artesian profile run", () => {
  it("carries out a configuration of the project, in threads, and tells every step", async () => {
    const { code, out, err } = await artesian("run", "--config", "config_files/config.yml", "--dir", project, "--json");
    expect(code).toBe(0);
    const document = JSON.parse(out) as {
      complete: boolean;
      steps: { id: string; state: string; outputs: string[] }[];
    };
    expect(document.complete).toBe(true);
    expect(document.steps.map(({ state }) => state)).toEqual(document.steps.map(() => "done"));
    expect(document.steps[0]?.outputs).toEqual([`profiles/${batch}/${plate}/${plate}.csv.gz`]);
    expect(err).toMatch(/float_format %\.5g is not applied/);
  }, 60_000);

  it("finds nothing to do the second time, explains what was dropped, and plans without doing", async () => {
    const again = await artesian("run", "--config", "config_files/config.yml", "--dir", project, "--explain");
    expect(again.err).toMatch(/7 unchanged in/);
    expect(again.out).toMatch(/ {2}dropped Cells_Texture_Contrast_ER_1 \(variance_threshold\): /);
    const plan = await artesian("run", "--config", "config_files/config.yml", "--dir", project, "--dry-run");
    expect((JSON.parse(plan.out) as { steps: unknown[] }).steps).toHaveLength(7);
  });

  it("says which files of a plate could not be used, where and why", async () => {
    const torn = join(root, "torn");
    const design = { ...smallProject, batches: [batch], platesPerBatch: 1, rows: 2, columns: 2, cellsPerSite: 5 };
    const cut = `analysis/${batch}/${plate}/analysis/${plate}-A01-1/Cells.csv`;
    const empty = `analysis/${batch}/${plate}/analysis/${plate}-A02-1/Nuclei.csv`;
    for (const [key, text] of simulateProject(design)) {
      mkdirSync(dirname(join(torn, key)), { recursive: true });
      writeFileSync(join(torn, key), key === cut ? text.slice(0, -20) : key === empty ? "" : text);
    }
    const { out } = await artesian("run", "--config", "config_files/config.yml", "--dir", torn, "--explain");
    expect(out).toMatch(/aggregate .*: done\n {2}2 image sets lack a compartment/);
    expect(out).toMatch(
      /\n {2}a file: .*A01-1\/Cells\.csv, line \d+: \d+ cells, expected \d+ .* \[profiling\/ragged-row\]/,
    );
    expect(out).toMatch(/A02-1: partial\n .*A02-1\/Nuclei\.csv: the file has no byte/);
  }, 60_000);

  it("ends with 1 when a step failed and the rest is done", async () => {
    const config = join(root, "other.yml");
    const text = readFileSync(join(project, "config_files/config.yml"), "utf8");
    writeFileSync(config, text.replace("file: compounds.tsv", "file: compoundz.tsv"));
    const { code, out } = await artesian("run", "--config", config, "--dir", project);
    expect(code).toBe(1);
    expect(out).toMatch(/annotate: failed: .*compoundz\.tsv: the external metadata is not there\. Did you mean/);
    expect(out).toMatch(/normalize: blocked: waits for 00117001: annotate/);
  });

  it("makes no project where a name was mistyped", async () => {
    const config = join(project, "config_files/config.yml");
    const nowhere = join(root, "nowhere");
    await expect(artesian("run", "--config", config, "--dir", nowhere)).rejects.toThrow(
      /--dir .*there is no such folder/,
    );
    await expect(artesian("run", "--config", config, "--dir", project, "--workspace", nowhere)).rejects.toThrow(
      /--workspace .*there is no such folder/,
    );
    expect(existsSync(nowhere)).toBe(false);
  });

  it("tells before anything is computed that a project cannot be written to", async () => {
    const locked = join(root, "locked");
    for (const [key, text] of simulateProject({
      ...smallProject,
      batches: [batch],
      platesPerBatch: 1,
      rows: 1,
      columns: 2,
    })) {
      mkdirSync(dirname(join(locked, key)), { recursive: true });
      writeFileSync(join(locked, key), text);
    }
    // A file where the folder of profiles would be: nobody can write below it, whoever asks.
    writeFileSync(join(locked, "profiles"), "");
    const found = await failure("run", "--config", "config_files/config.yml", "--dir", locked);
    expect(found.code).toBe("profiling/cannot-write");
    expect(found.message).toMatch(/plan_simulated\.json cannot be written .*run again/);
  });

  it("refuses a typo with its line, and a file that is not there", async () => {
    const config = join(root, "typo.yml");
    writeFileSync(
      config,
      readFileSync(join(project, "config_files/config.yml"), "utf8").replace("method: med", "mehtod: med"),
    );
    const typo = await failure("run", "--config", config, "--dir", project);
    expect(typo.code).toBe("profiling/recipe-config");
    expect(typo.message).toMatch(
      /typo\.yml, line 13: aggregate\.mehtod: there is no such setting\. Did you mean "method"/,
    );
    expect((await failure("run", "--config", "none.yml", "--dir", project)).message).toMatch(/here or in/);
    expect((await failure("run", "--config", config, "--dir", project, "--workers", "0")).code).toBe("cli/usage");
  });
});

describe("the verbs of artesian profile", () => {
  const map = join(project, "metadata/platemaps", batch, "platemap", `${batch}_map.txt`);
  const external = join(project, "metadata/external_metadata/compounds.tsv");
  const annotated = join(root, "annotated.csv.gz");

  it("give one after the other the files of the recipe; underscores are taken too", async () => {
    const annotate = await artesian(
      ...["annotate", "--profiles", `${start}.csv.gz`, "--platemap", map, "--output_file", annotated],
      ...["--external_metadata", external, "--external_join_left", "broad_sample"],
      ...["--external-join-right", "broad_sample"],
    );
    expect(annotate.code).toBe(0);
    expect((await artesian("compare", annotated, `${start}_augmented.csv.gz`)).code).toBe(0);
    const normalized = join(root, "normalized.parquet");
    await artesian(
      ...["normalize", "--profiles", annotated, "--output-file", normalized, "--method", "mad_robustize"],
      ...["--mad-robustize-epsilon", "0", "--samples", "Metadata_control_type == 'negcon'"],
    );
    expect((await artesian("compare", normalized, `${start}_normalized_negcon.csv.gz`)).code).toBe(0);
    const selected = join(root, "selected.csv");
    const select = await artesian(
      ...["feature-select", "--profiles", normalized, "--output-file", selected, "--explain"],
      ...["--operation", "variance_threshold,correlation_threshold,drop_na_columns,blocklist"],
    );
    expect(select.out).toMatch(/correlation_threshold\): correlation .* with /);
    expect((await artesian("compare", selected, `${start}_normalized_feature_select_negcon_batch.csv.gz`)).code).toBe(
      0,
    );
  });

  it("compare says where two files differ, with exit code 1", async () => {
    const { code, out } = await artesian("compare", `${start}_normalized.csv.gz`, `${start}_normalized_negcon.csv.gz`);
    expect(code).toBe(1);
    expect(out).toMatch(/worst: \w+ of 00117001 /);
  });

  it("make a consensus, aggregate with counts of objects, and collate with an account of image sets", async () => {
    const normal = `${start}_normalized.csv.gz`;
    const made = join(root, "consensus.gct");
    const consensus = await artesian(
      ...["consensus", "--profiles", normal, "--output-file", made, "--replicate-columns", "Metadata_broad_sample"],
      ...["--operation", "modz", "--json"],
    );
    expect(JSON.parse(consensus.out)).toMatchObject({ verb: "consensus", rows: 4, counts: [3, 3, 3, 3] });
    expect(readFileSync(made, "utf8").startsWith("#1.3\r\n")).toBe(true);
    const aggregate = await artesian(
      ...["aggregate", "--profiles", normal, "--output-file", join(root, "g.csv"), "--strata", "Metadata_pert_type"],
      ...["--compute-object-count", "--object-feature", "Metadata_Object_Count"],
    );
    expect(aggregate.out).toMatch(/12 rows become 2/);
    expect(readFileSync(join(root, "g.csv"), "utf8")).toMatch(/^Metadata_pert_type,Metadata_Object_Count,/);
    const collate = await artesian("collate", batch, "-", plate, "--base", project, "--dont-print", "--threads", "1");
    expect(collate.out).toMatch(/24 complete, 0 partial/);
    expect(readFileSync(join(project, `backend/${batch}/${plate}/${plate}.csv`), "utf8").split("\n")).toHaveLength(14);
  }, 30_000);

  it("refuse what does not fit together", async () => {
    const base = ["normalize", "--profiles", `${start}.csv.gz`];
    const cases: [string[], RegExp][] = [
      [[...base], /--output-file is missing/],
      [[...base, "--output-file", join(root, "x.csv"), "--output-type", "parquet"], /ends as csv/],
      [[...base, "--output-file", join(root, "x.csv"), "--compression-options", "gzip"], /does not end in \.gz/],
      [[...base, "--output-file", join(root, "x.csv"), "--method", "mad"], /expected one of standardize/],
      [["normalize", "--profiles", join(root, "none.csv"), "--output-file", join(root, "x.csv")], /no such file/],
      [
        ["annotate", "--profiles", `${start}.csv.gz`, "--platemap", map, "--output-file", "x.csv", "--cell-id", "A"],
        /--format-broad-cmap/,
      ],
    ];
    for (const [argv, message] of cases) expect((await failure(...argv)).message).toMatch(message);
  });
});
