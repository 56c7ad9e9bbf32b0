import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { simulateProject, smallProject } from "@artesian/profiling/simulate-project.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-run-profiling-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const design = {
  ...smallProject,
  batches: ["B1"],
  platesPerBatch: 2,
  rows: 2,
  columns: 4,
  sites: 1,
  cellsPerSite: 5,
  features: 6,
};
const [whole, broken] = ["00117001", "00117002"];

/** A plate with a table that was cut off, and one without any image table. */
beforeAll(() => {
  const cut = `analysis/B1/${whole}/analysis/${whole}-A02-1/Nuclei.csv`;
  for (const [key, text] of simulateProject(design)) {
    if (key.includes(`/${broken}/`) && key.endsWith("/Image.csv")) continue;
    mkdirSync(dirname(join(root, key)), { recursive: true });
    writeFileSync(join(root, key), key === cut ? text.slice(0, -20) : text);
  }
});

async function run(...argv: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  let code: number | undefined;
  const program = createProgram(createOutput({ stdout: stream("stdout"), stderr: stream("stderr") }), (exit) => {
    code = exit;
  });
  await program.parseAsync(["node", "artesian", "run", "profiling", ...argv]);
  return { code, out: written.stdout, err: written.stderr };
}

describe("artesian run profiling", () => {
  it("makes profiles of what is there, and says which files and plates could not be used and why", async () => {
    const out = join(root, "out");
    const said = await run(
      ...["--analysis", join(root, "analysis/B1"), "--metadata", join(root, "metadata/platemaps/B1"), "--out", out],
      ...["--external", join(root, "metadata/external_metadata/compounds.tsv"), "--negative", "control_type=DMSO"],
    );
    expect(said.code).toBe(3);
    expect(said.err).toMatch(/note: No well is a negative control: control_type=DMSO is nowhere in /);
    expect(said.out).toMatch(/Plate 00117001: \d+ of 18 features kept, normalised by 8 wells/);
    expect(said.out).toMatch(
      /Note: plate 00117001: a file: .*A02-1\/Nuclei\.csv, line \d+: .*\[profiling\/ragged-row\]/,
    );
    expect(said.out).toMatch(/Failed: plate 00117002: .*none of 8 image sets has a valid image table/);
    expect(readdirSync(join(out, "tables"))).toEqual(
      expect.arrayContaining(["00117001_raw.csv", "00117001_normalized.csv", "00117001_selected.csv"]),
    );
  }, 60_000);
});
