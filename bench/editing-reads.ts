import { execFile, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writePairs } from "./editing-samples.ts";
import type { Figure } from "./figure.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("./editing-reads-run.ts", import.meta.url));
/** Young garbage is collected early: what a machine with little memory would set. */
const FLAGS = ["--max-semi-space-size=2"];

interface Reading {
  ms: number;
  cpuMs: number;
  peakMiB: number;
  reads: number;
  unique: number;
}

/**
 * How fast reads come out of their files and what memory that takes: a million pairs (about 5 % unique) beside `zcat` of the same files, and 8 million
 * different reads. Files are made once and kept below the folder for temporary files (150 MB; with `quick` 15 MB).
 */
export async function readsFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  const pairs = quick ? 100_000 : 1_000_000;
  const folder = join(tmpdir(), "artesian-bench-editing", `pairs-${pairs}`);
  await writePairs(folder, pairs);
  const zcatMs = await zcat(["r1.fastq.gz", "r2.fastq.gz"].map((name) => join(folder, name)));
  const readings = [await read("pairs", folder), await read("pairs", folder), await read("pairs", folder)];
  const best = readings.reduce((a, b) => (b.ms < a.ms ? b : a));
  const parse = await read("parse", folder);
  const several = quick ? 500_000 : 8_000_000;
  const unique = await read("unique", String(several));
  const millions = (count: number): string => `${count / 1e6} M`;
  return [
    {
      id: `editing/read ${millions(pairs)} pairs`,
      value: best.ms / 1000,
      unit: "s",
      better: "lower",
      ...(!quick && { goal: 10 }),
      peer: "zcat of both files",
      peerValue: zcatMs / 1000,
      ratio: zcatMs / best.ms,
    },
    { id: `editing/read ${millions(pairs)} pairs, CPU`, value: best.cpuMs / 1000, unit: "s", better: "lower" },
    {
      id: `editing/read ${millions(pairs)} pairs, peak memory`,
      value: Math.max(...readings.map(({ peakMiB }) => peakMiB)),
      unit: "MiB",
      better: "lower",
      goal: 512,
    },
    {
      id: `editing/unique among ${millions(pairs)} merged pairs`,
      value: (100 * best.unique) / best.reads,
      unit: "%",
      better: "lower",
    },
    {
      id: "editing/parse FASTQ.gz of 150 bases",
      value: parse.reads / parse.ms / 1000,
      unit: "M reads/s",
      better: "higher",
    },
    {
      id: `editing/read ${millions(several)} unique of 250 bases`,
      value: unique.reads / unique.ms / 1000,
      unit: "M reads/s",
      better: "higher",
    },
    {
      id: `editing/read ${millions(several)} unique, peak memory`,
      value: unique.peakMiB,
      unit: "MiB",
      better: "lower",
      goal: 2048,
    },
  ];
}

async function read(how: string, what: string): Promise<Reading> {
  const { stdout } = await run(process.execPath, [...FLAGS, program, how, what]);
  return JSON.parse(stdout);
}

/** Wall time of decompressing files one after the other, the faster of two, so that they are in the system's cache. */
async function zcat(files: readonly string[]): Promise<number> {
  const once = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const start = performance.now();
      const child = spawn("zcat", files, { stdio: ["ignore", "ignore", "inherit"] });
      child.on("error", reject);
      child.on("exit", (code) =>
        code === 0 ? resolve(performance.now() - start) : reject(new Error(`zcat: ${code}`)),
      );
    });
  return Math.min(await once(), await once());
}
