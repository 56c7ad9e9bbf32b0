import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openReader, openStore } from "./open-store.ts";
import { editsOfExperiment, editsOfPerturbation, editsOfSample } from "./read-edits.ts";
import { type EditSampleInput, forgetEdits, recordEdits } from "./record-edits.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-store-edits-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const rate = { count: 60, of: 100, value: 0.6, lower: 0.5, upper: 0.69 };
const sample = (change: Partial<EditSampleInput>): EditSampleInput => ({
  experimentId: "E",
  sample: "S1",
  order: 1,
  amplicon: "FANCF",
  guides: ["GGAATCCCTTCTGCAGCACC"],
  isControl: false,
  result: {
    status: "done",
    counts: {
      unit: "reads",
      aligned: 110,
      judged: 100,
      edited: rate,
      outcomes: { nhej: rate },
      aboveControls: null,
      frameshift: 0.7,
    },
    resultUri: `sha256:${"1".repeat(64)}`,
    files: { "alleles.csv": `sha256:${"2".repeat(64)}` },
    notes: [],
  },
  generation: 1,
  at: "2026-01-02T03:04:05.000Z",
  ...change,
});
const problem = { code: "editing/no-reads-kept", message: "No read is like the amplicon." };

it("keeps the newest result of each sample, by sheet and by perturbation", async () => {
  const path = join(root, "store.db");
  const store = openStore(path);
  const perturbation = { type: "gene" as const, name: "FANCF" };
  recordEdits(store, sample({ sample: "S2", order: 2, result: { status: "failed", problem }, generation: 2 }));
  recordEdits(store, sample({ sample: "S2", order: 2, generation: 1 }));
  recordEdits(store, sample({ perturbation, plate: "P1", well: "C05" }));
  const reader = openReader(path);
  const found = await editsOfExperiment(reader.db, "E");
  expect(found.map((one) => [one.sample, one.status, one.counts?.edited.value ?? null])).toEqual([
    ["S1", "done", 0.6],
    ["S2", "failed", null],
  ]);
  expect(found[1]?.problem).toEqual(problem);
  const [edited] = await editsOfPerturbation(reader.db, "gene:FANCF");
  expect(edited).toMatchObject({
    sample: "S1",
    plate: "P1",
    well: "C05",
    files: { "alleles.csv": expect.any(String) },
  });
  expect(await editsOfSample(reader.db, "E", "S3")).toBeUndefined();
  await reader.close();
  store.close();
});

it("forgets samples that a newer sheet does not name, and no newer ones", async () => {
  const path = join(root, "forget.db");
  const store = openStore(path);
  for (const [name, generation] of [
    ["kept", 1],
    ["gone", 1],
    ["newer", 3],
  ] as const)
    recordEdits(store, sample({ sample: name, generation }));
  recordEdits(store, sample({ experimentId: "F", sample: "other", generation: 1 }));
  forgetEdits(store, { experimentId: "E", found: ["kept"], generation: 2 });
  const reader = openReader(path);
  expect((await editsOfExperiment(reader.db, "E")).map((one) => one.sample)).toEqual(["kept", "newer"]);
  expect(await editsOfExperiment(reader.db, "F")).toHaveLength(1);
  await reader.close();
  store.close();
});
