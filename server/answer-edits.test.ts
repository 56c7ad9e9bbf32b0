import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore, readCsv } from "@artesian/data";
import { analyseSample, collapseReads, encodeSequence, outputsOf, RESULT_FILE } from "@artesian/editing";
import { type EditSampleInput, recordEdits } from "@artesian/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as api from "./api.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";

const guide = "GGAATCCCTTCTGCAGCACC";
const amplicon = `TTGACCTAGCATCGGATTACAGG${guide}TGGATCGCTTTAGCACGTACTTGC`;
const cut = amplicon.indexOf(guide) + 17;
const deleted = amplicon.slice(0, cut) + amplicon.slice(cut + 3);
const at = "2026-11-20T09:00:00.000Z";

let dir = "";
let server: FixtureServer;

/** Analyses reads and stores what the workflow would. */
async function quantified(sample: string, reads: readonly [string, number][], change: Partial<EditSampleInput> = {}) {
  const collapser = collapseReads();
  for (const [text, count] of reads) collapser.add(encodeSequence(text, "read"), 0, text.length, count);
  const result = await analyseSample(
    { name: sample, reads: collapser.finish(), unit: "reads", reading: { "reads kept": 10 }, inputs: [], notes: [] },
    [],
    { amplicon: { name: "FANCF", sequence: amplicon, guides: [{ sequence: guide }] } },
    { code: { version: "0.1.0", digest: "d" } },
  );
  const objects = folderStore(join(dir, "objects"));
  const files: Record<string, string> = {};
  for await (const { name, content } of outputsOf(result, { png: false }))
    files[name] = (await objects.put(typeof content === "string" ? Buffer.from(content) : content)).uri;
  const { counts, edited, outcomes } = result;
  recordEdits(server.store, {
    experimentId: "RESCUE-1",
    sample,
    order: 1,
    amplicon: "FANCF",
    guides: [guide],
    isControl: false,
    generation: 1,
    at,
    ...change,
    result: {
      status: "done",
      counts: {
        unit: "reads",
        aligned: counts.aligned,
        judged: counts.judged,
        edited,
        outcomes,
        aboveControls: null,
        frameshift: null,
      },
      resultUri: files[RESULT_FILE]!,
      files,
      notes: result.notes,
    },
  });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-edits-"));
  server = await fixtureServer({ dir, pictures: false });
  const perturbation = { type: "gene" as const, name: "G2" };
  await quantified(
    "treated",
    [
      [amplicon, 30],
      [deleted, 70],
    ],
    { order: 2, perturbation, plate: "P1", well: "C05" },
  );
  await quantified("untreated", [[amplicon, 100]], { isControl: true });
  recordEdits(server.store, {
    experimentId: "RESCUE-1",
    sample: "broken",
    order: 3,
    amplicon: "FANCF",
    guides: [],
    isControl: false,
    generation: 1,
    at,
    result: { status: "failed", problem: { code: "editing/no-reads-kept", message: "No read is like it." } },
  });
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});
const get = (path: string) => server.app.inject({ url: `/api/v1/${path}` });

describe("edits of an experiment", () => {
  it("are listed in the sheet's order with rates, places and what failed", async () => {
    const list = api.EditList.parse((await get("experiments/RESCUE-1/edits")).json());
    expect(list.samples.map(({ sample, status }) => [sample, status])).toEqual([
      ["untreated", "done"],
      ["treated", "done"],
      ["broken", "failed"],
    ]);
    expect(list.samples[1]).toMatchObject({
      edited: { count: 70, of: 100, value: 0.7 },
      perturbation: { id: "gene:G2" },
      well: { plate: "P1", well: "C05" },
      outcomes: { nhej: { count: 70 }, unmodified: { count: 30 } },
    });
    expect(list.samples[2]?.problem).toMatchObject({ code: "editing/no-reads-kept", task: null });
  });

  it("say how to begin while there are none", async () => {
    const list = api.EditList.parse((await get("experiments/RESCUE-2/edits")).json());
    expect(list).toMatchObject({ samples: [], missing: [expect.stringContaining("artesian run editing")] });
  });

  it("are a table too", async () => {
    const table = readCsv((await get("experiments/RESCUE-1/edits.csv")).body, { source: "edits.csv" });
    expect(table.rowCount).toBe(3);
    expect(table.columns.find(({ name }) => name === "edited_percent")?.values[1]).toBe(70);
  });
});

describe("a sample", () => {
  it("tells its alleles around the cut, its edits, and where every file is", async () => {
    const { result, provenance } = api.EditDetail.parse((await get("experiments/RESCUE-1/edits/treated")).json());
    const [region] = result?.alleles ?? [];
    expect(region?.alleles.map(({ reads, share, outcome }) => [reads, share, outcome])).toEqual([
      [70, 0.7, "nhej"],
      [30, 0.3, "unmodified"],
    ]);
    const [from, to] = [(region?.from ?? 1) - 1, region?.to ?? 0];
    expect(region?.sequence).toBe(amplicon.slice(from, to));
    expect(region?.cuts).toEqual([cut - from]);
    expect(result?.edits[0]).toMatchObject({ kind: "deletion", inWindow: true, rate: { count: 70, of: 100 } });
    expect(provenance.parameters).toMatchObject({ windowSize: 1, minIdentity: 60 });
    const report = result?.files.find(({ name }) => name === "report.html");
    const answer = await server.app.inject({ url: report?.url ?? "" });
    expect(answer.headers["content-type"]).toContain("text/html");
    expect(answer.headers["content-security-policy"]).toContain("sandbox");
    const figure = await server.app.inject({ url: result?.figures[0]?.spec ?? "" });
    expect(figure.json()).toHaveProperty("description");
  });

  it("gives no file that is not its own", async () => {
    const { result } = api.EditDetail.parse((await get("experiments/RESCUE-1/edits/treated")).json());
    const url = result?.files[0]?.url.replace("/treated/", "/untreated/") ?? "";
    expect((await server.app.inject({ url })).statusCode).toBe(404);
  });

  it("without a result says so, and an unknown one is not found", async () => {
    expect(api.EditDetail.parse((await get("experiments/RESCUE-1/edits/broken")).json()).result).toBeNull();
    expect((await get("experiments/RESCUE-1/edits/nobody")).json()).toMatchObject({ code: "server/not-found" });
  });
});

describe("two samples", () => {
  it("are told apart, alleles least likely by chance first", async () => {
    const answer = await get("experiments/RESCUE-1/edits/treated/against/untreated");
    const comparison = api.EditComparison.parse(answer.json());
    expect(comparison.edited).toMatchObject({ a: { count: 70 }, b: { count: 0 }, difference: { value: 0.7 } });
    expect(comparison.alleles[0]?.p).toBeLessThan(1e-20);
    expect(comparison.alleles.map(({ alignedRead }) => alignedRead.includes("-")).sort()).toEqual([false, true]);
  });

  it("wait for both results", async () => {
    const answer = await get("experiments/RESCUE-1/edits/treated/against/broken");
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: "server/not-ready" });
  });
});

it("a gene's page answers whether the edit was made", async () => {
  const detail = api.PerturbationDetail.parse((await get("perturbations/gene:G2")).json());
  expect(detail.edits).toHaveLength(1);
  const answer = detail.answers.find(({ id }) => id === "edited");
  expect(answer).toMatchObject({
    state: "answered",
    answer: expect.stringContaining("70.0 % of 100 reads are edited"),
  });
});
