import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writePairs } from "./editing-samples.ts";
import type { Figure } from "./figure.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("./editing-analysis-run.ts", import.meta.url));
/** Young garbage is collected early: what a machine with little memory would set. */
const FLAGS = ["--max-semi-space-size=2"];

interface Analysis {
  ms: number;
  cpuMs: number;
  peakMiB: number;
  reads: number;
  unique: number;
}

/**
 * Whole analyses, from FASTQ to tables, VCF, figures and report: a million pairs of 2 × 150 bases, the fastest of three, and eight million different
 * reads of 250 bases. CRISPResso2's users report 96 GB for the latter (its issue 173).
 */
export async function analysisFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  const pairs = quick ? 100_000 : 1_000_000;
  const folder = join(tmpdir(), "artesian-bench-editing", `pairs-${pairs}`);
  await writePairs(folder, pairs);
  const several: Analysis[] = [];
  for (let i = 0; i < 3; i++) several.push(await analyse("pairs", folder));
  const best = several.reduce((a, b) => (b.ms < a.ms ? b : a));
  const unique = await analyse("unique", String(quick ? 300_000 : 8_000_000));
  const millions = (count: number): string => `${count / 1e6} M`;
  return [
    {
      id: `editing/${millions(pairs)} pairs from FASTQ to report`,
      value: best.ms / 1000,
      unit: "s",
      better: "lower",
      ...(!quick && { goal: 20 }),
    },
    {
      id: `editing/${millions(pairs)} pairs from FASTQ to report, CPU`,
      value: best.cpuMs / 1000,
      unit: "s",
      better: "lower",
    },
    {
      id: `editing/${millions(pairs)} pairs from FASTQ to report, peak memory`,
      value: Math.max(...several.map(({ peakMiB }) => peakMiB)),
      unit: "MiB",
      better: "lower",
      goal: 512,
    },
    {
      id: `editing/${millions(unique.unique)} unique reads from FASTQ to report`,
      value: unique.ms / 1000,
      unit: "s",
      better: "lower",
    },
    {
      id: `editing/${millions(unique.unique)} unique reads from FASTQ to report, peak memory`,
      value: unique.peakMiB,
      unit: "MiB",
      better: "lower",
      goal: 2048,
    },
  ];
}

async function analyse(how: string, what: string): Promise<Analysis> {
  const { stdout } = await run(process.execPath, [...FLAGS, program, how, what]);
  return JSON.parse(stdout);
}
