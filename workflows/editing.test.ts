import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { folderPlace, folderStore } from "@artesian/data";
import { analyseSample, fastqText, outputsOf, RESULT_FILE, readInput, simulateSample } from "@artesian/editing";
import { openEmbedded, type Value } from "@artesian/engine";
import { editsOfExperiment, editsOfPerturbation, openReader, openStore } from "@artesian/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { editingCode } from "./edit-code.ts";
import { EDITING_RUNS, type EditingRunRecord, editingSettings } from "./editing.schemas.ts";
import { editingRows } from "./editing.sinks.ts";
import { planGraph } from "./plan-graph.ts";
import { runtimeOptions } from "./runtime.ts";
import { planOf } from "./workflow.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-editing-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = join(root, "run7");
const data = join(root, "data");

const guide = "GGAATCCCTTCTGCAGCACC";
const amplicon = `TTGACCTAGCATCGGATTACAGGCTATCCAGTTACG${guide}TGGATCGCTTTAGCACGTACTTGCAATCGGTCAATGCATTGC`;
const cut = amplicon.indexOf(guide) + 17;

function writeSample(name: string, share: number): void {
  const { r1, r2 } = fastqText(
    simulateSample({ seed: name, amplicon, cut, molecules: 300, nhej: { share }, otherStrand: 0.5, readLength: 80 }),
  );
  writeFileSync(join(folder, `${name}_R1.fastq.gz`), gzipSync(r1));
  writeFileSync(join(folder, `${name}_R2.fastq.gz`), gzipSync(r2));
}

const header = "sample,reads1,reads2,control,perturbation,plate,well";
const line = (name: string, rest: string): string => `${name},${name}_R1.fastq.gz,${name}_R2.fastq.gz,${rest}`;
const sheet = [
  header,
  line("untreated", ",,,"),
  line("treated", "untreated,FANCF,P1,C05"),
  line("gone", "untreated,,,"),
];

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeSample("untreated", 0);
  writeSample("treated", 0.6);
});

/** Puts a run on the topic and waits until all of it is done. @returns tasks that ran, and those whose recorded result was good */
async function quantify(lines: readonly string[], change: Partial<EditingRunRecord> = {}) {
  writeFileSync(join(folder, "samples.csv"), `${lines.join("\r\n")}\r\n`);
  const runtime = await openEmbedded(runtimeOptions({ workflow: "editing", dir: data, runId: "R", workers: 1 }));
  const record: EditingRunRecord = {
    run: "run7",
    runFolder: folder,
    sampleSheet: join(folder, "samples.csv"),
    fingerprint: "1",
    because: "asked for",
    settings: editingSettings.parse({ amplicon: { name: "FANCF", sequence: amplicon, guides: [{ sequence: guide }] } }),
    ...change,
  };
  await runtime.append(EDITING_RUNS, [{ value: JSON.parse(JSON.stringify(record)) as Value }]);
  await runtime.drain();
  const node = (await runtime.stats()).nodes.find((one) => one.node === "quantified");
  await runtime.stop();
  return node?.tasks;
}

async function read<T>(of: (db: ReturnType<typeof openReader>["db"]) => Promise<T>): Promise<T> {
  const reader = openReader(dataFolder(data).store);
  try {
    return await of(reader.db);
  } finally {
    await reader.close();
  }
}

it("has a topic for every sink, and draws one box a thing that people wait for", () => {
  const plan = planOf("editing");
  const topics = new Set(plan.topics.map(({ name }) => name));
  expect(Object.keys(editingRows().topics).filter((topic) => !topics.has(topic))).toEqual([]);
  expect(planGraph(plan).nodes.map(({ label }) => label)).toEqual([
    "sequencing runs",
    "sample sheet",
    "samples",
    "edits",
    "run complete",
  ]);
});

describe("a run's samples", { timeout: 60_000 }, () => {
  it("become rates with intervals against their controls; one without its reads fails alone", async () => {
    expect(await quantify(sheet)).toMatchObject({ done: 2, failed: 1 });
    const [untreated, treated, gone] = await read((db) => editsOfExperiment(db, "run7"));
    expect(untreated).toMatchObject({ sample: "untreated", status: "done", isControl: true, perturbationId: null });
    expect(treated).toMatchObject({ isControl: false, plate: "P1", well: "C05", amplicon: "FANCF", guides: [guide] });
    const { edited, aboveControls } = treated!.counts!;
    expect(edited.lower).toBeLessThan(0.6);
    expect(edited.upper).toBeGreaterThan(0.55);
    expect(aboveControls?.value).toBeLessThanOrEqual(edited.value!);
    expect(Object.keys(treated!.files)).toEqual(
      expect.arrayContaining(["alleles.csv", "edits.vcf", "report.html", "figures/outcomes.svg", RESULT_FILE]),
    );
    expect(gone).toMatchObject({ status: "failed", problem: { code: "workflows/missing-reads" } });
    expect(gone?.problem?.message).toContain("samples.csv, line 4: sample gone names gone_R1.fastq.gz");
    expect((await read((db) => editsOfPerturbation(db, "gene:FANCF"))).map(({ sample }) => sample)).toEqual([
      "treated",
    ]);
  });

  it("come out byte for byte as they do without a workflow", async () => {
    const place = folderPlace(folder);
    const source = (name: string) => ({
      name,
      r1: [{ place, key: `${name}_R1.fastq.gz`, shown: `${name}_R1.fastq.gz` }],
      r2: [{ place, key: `${name}_R2.fastq.gz`, shown: `${name}_R2.fastq.gz` }],
    });
    const result = await analyseSample(
      await readInput(source("treated")),
      [await readInput(source("untreated"))],
      { amplicon: { name: "FANCF", sequence: amplicon, guides: [{ sequence: guide }] } },
      { code: await editingCode() },
    );
    const [, treated] = await read((db) => editsOfExperiment(db, "run7"));
    const objects = folderStore(dataFolder(data).objects);
    for await (const { name, content } of outputsOf(result))
      expect(Buffer.compare(await objects.get(treated!.files[name]!), Buffer.from(content)), name).toBe(0);
  });

  it("are counted again only where something changed, and forgotten when the sheet no longer names them", async () => {
    const before = await read((db) => editsOfExperiment(db, "run7"));
    expect(await quantify(sheet.slice(0, 3), { fingerprint: "2" })).toMatchObject({ done: 4, cached: 2 });
    const after = await read((db) => editsOfExperiment(db, "run7"));
    expect(after.map(({ sample, resultUri }) => [sample, resultUri])).toEqual(
      before.slice(0, 2).map(({ sample, resultUri }) => [sample, resultUri]),
    );
    writeSample("treated", 0.2);
    expect(await quantify(sheet.slice(0, 3), { fingerprint: "3" })).toMatchObject({ done: 6, cached: 3 });
    const [, treated] = await read((db) => editsOfExperiment(db, "run7"));
    expect(treated?.counts?.edited.value).toBeLessThan(0.4);
  });

  it("can belong to an experiment of another workflow, which stays what it is", async () => {
    const store = openStore(dataFolder(data).store);
    store.run(
      "INSERT INTO experiment (id, name, workflow, channels, sites_per_well, doc, code_version, created_at, updated_at) VALUES ('E1', 'screen', 'phenomics', '[]', 4, '{}', '', '', '')",
    );
    await quantify(sheet.slice(0, 2), { fingerprint: "4", experiment: "E1" });
    expect(store.all("SELECT name, workflow FROM experiment WHERE id = 'E1'")).toEqual([
      { name: "screen", workflow: "phenomics" },
    ]);
    expect(await read((db) => editsOfExperiment(db, "E1"))).toHaveLength(1);
    store.close();
  });

  it("are all missing when the sheet is broken: the run's own task says its line", async () => {
    writeFileSync(join(folder, "samples.csv"), "");
    const runtime = await openEmbedded(
      runtimeOptions({ workflow: "editing", dir: join(root, "broken"), runId: "R", workers: 1 }),
    );
    writeFileSync(join(folder, "twice.csv"), [header, line("a", ",,,"), line("a", ",,,")].join("\n"));
    const value = {
      run: "r",
      runFolder: folder,
      sampleSheet: join(folder, "twice.csv"),
      fingerprint: "1",
      because: "asked for",
      settings: { amplicon: { name: "x", sequence: amplicon } },
    };
    await runtime.append(EDITING_RUNS, [{ value }]);
    await runtime.drain();
    const records = runtime
      .partitions("editing.sheets")
      .flatMap(({ partition, first, next }) => runtime.readTopic("editing.sheets", partition, first, next - first));
    expect(records.map(({ failure }) => failure)).toMatchObject([
      { code: "editing/sheet", message: expect.stringContaining("line 3: sample a is named twice") },
    ]);
    await runtime.stop();
    expect(readFileSync(join(folder, "twice.csv"), "utf8")).toContain("a,");
  });
});
