import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { fastqText, simulateSample } from "@artesian/editing";
import { afterAll, expect, it, vi } from "vitest";

const root = mkdtempSync(join(tmpdir(), "artesian-feed-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const guide = "GGAATCCCTTCTGCAGCACC";
const amplicon = `TTGACCTAGCATCGGATTACAGGCTATCCAGTTACG${guide}TGGATCGCTTTAGCACGTACTTGCAATCGGTCAATGCATTGC`;

it("files of a run that appear in a watched folder end as editing rates, once the last one is there", async () => {
  const inbox = join(root, "inbox");
  const folder = join(inbox, "run9");
  mkdirSync(folder, { recursive: true });
  const declarations = join(root, "functions.yml");
  writeFileSync(
    declarations,
    "functions:\n  - id: start-editing\n    trigger: {}\n    use: editing-runs\n    with: { sheet: samples.csv, quietS: 0 }\n",
  );
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const words = ["functions", "watch", inbox, "--functions", declarations, "--data", join(root, "data")];
  const child: ChildProcess = spawn(
    process.execPath,
    [main, ...words, "--port", "0", "--workers", "1", "--stable", "0.2"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  afterAll(() => child.kill("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      said += String(chunk);
    });
  await vi.waitFor(() => expect(said).toMatch(/Ctrl-C/), { timeout: 60_000, interval: 100 });
  const url = /^http:\S+/m.exec(said)?.[0] ?? "";

  const { r1, r2 } = fastqText(
    simulateSample({
      seed: 1,
      amplicon,
      cut: amplicon.indexOf(guide) + 17,
      molecules: 200,
      nhej: { share: 0.5 },
      readLength: 80,
    }),
  );
  const header = "sample,reads1,reads2,amplicon,guide,perturbation";
  writeFileSync(
    join(folder, "samples.csv"),
    `${header}\nS1,S1_R1.fastq.gz,S1_R2.fastq.gz,${amplicon},${guide},FANCF\n`,
  );
  writeFileSync(join(folder, "S1_R1.fastq.gz"), gzipSync(r1));
  const ledger = async (): Promise<string> => (await fetch(new URL("/api/v1/functions/ledger", url))).text();
  const wait = { timeout: 60_000, interval: 200 };
  await vi.waitFor(async () => expect(await ledger()).toContain("Run run9 waits for S1_R2.fastq.gz"), wait);
  expect((await fetch(new URL("/api/v1/experiments/run9/edits", url))).status).toBe(404);
  writeFileSync(join(folder, "S1_R2.fastq.gz"), gzipSync(r2));
  const edits = async () =>
    (await (await fetch(new URL("/api/v1/experiments/run9/edits", url))).json()) as {
      samples?: { status: string; edited: { of: number; lower: number; upper: number } }[];
    };
  await vi.waitFor(async () => expect((await edits()).samples).toMatchObject([{ status: "done" }]), wait);
  const [sample] = (await edits()).samples ?? [];
  expect(sample?.edited.of).toBe(200);
  expect(sample?.edited.lower).toBeLessThan(0.5);
  expect(sample?.edited.upper).toBeGreaterThan(0.45);
  const gene = await (await fetch(new URL("/api/v1/perturbations/gene:FANCF", url))).text();
  expect(gene).toContain("200 reads are edited");
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
}, 180_000);
