import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { largeMatrix, type MatrixPlan, writeTrio } from "./expression-matrix.ts";
import type { Figure } from "./figure.ts";

const run = promisify(execFile);

interface SummaryRun {
  wallMs: number;
  cpuMs: number;
  peakMiB: number;
  entries: number;
  cellsKept: number;
  genesUsed: number;
  variableGenes: string[];
}

const cache = join(tmpdir(), "artesian-bench-expression");

/**
 * A whole summary of a compressed Matrix Market file, every figure drawn as SVG and PNG, beside `zcat` of the same file and scanpy making
 * the same numbers and figures. Node runs with a small heap (--max-semi-space-size=2 --max-old-space-size=64): nothing large lives there,
 * and garbage is collected sooner; and with what it compiled before at hand, as `artesian` starts it. The run of median time of three
 * counts. Files are generated once and kept below the folder for temporary files.
 */
export async function summaryFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  const plan: MatrixPlan = quick ? { ...largeMatrix, cellCount: 3_000 } : largeMatrix;
  const file = await writeTrio(join(cache, `trio-${plan.cellCount}`), plan);
  const folder = dirname(file);
  const zcatMs = await zcat(file);
  await summarise(dirname(await writeTrio(join(cache, "trio-500"), { ...largeMatrix, cellCount: 500 })));
  const runs = [await summarise(folder), await summarise(folder), await summarise(folder)];
  const ours = runs.toSorted((a, b) => a.wallMs - b.wallMs)[1]!;
  const theirs = await scanpy(folder);
  const size = `${(ours.entries / 1e6).toFixed(0)} M entries, ${Math.round((await stat(file)).size / 2 ** 20)} MiB mtx.gz`;
  const versus = (mine: number, peer: number | undefined): Partial<Figure> =>
    peer === undefined ? {} : { peer: "scanpy", peerValue: peer, ratio: peer / mine };
  // A small file is mostly the start of Node and the drawing: goals are for the large one.
  const goal = (value: number): Partial<Figure> => (quick ? {} : { goal: value });
  const figures: Figure[] = [
    {
      id: `whole summary with figures, ${size}`,
      value: ours.wallMs,
      unit: "ms",
      better: "lower",
      ...versus(ours.wallMs, theirs?.wallMs),
    },
    {
      id: `the same in times of zcat (${zcatMs.toFixed(0)} ms)`,
      value: ours.wallMs / zcatMs,
      unit: "× zcat",
      better: "lower",
      ...goal(2.5),
    },
    {
      id: "peak memory of that summary",
      value: Math.max(...runs.map(({ peakMiB }) => peakMiB)),
      unit: "MiB",
      better: "lower",
      ...goal(200),
      ...versus(ours.peakMiB, theirs?.peakMiB),
    },
    {
      id: "CPU time of that summary",
      value: ours.cpuMs,
      unit: "ms CPU",
      better: "lower",
      ...versus(ours.cpuMs, theirs?.cpuMs),
    },
  ];
  if (theirs !== undefined) {
    figures.push({
      id: "times as fast as scanpy",
      value: theirs.wallMs / ours.wallMs,
      unit: "×",
      better: "higher",
      ...goal(5),
    });
    figures.push({
      id: "highly variable genes that differ from scanpy's",
      value: different(ours, theirs),
      unit: "genes",
      better: "lower",
      goal: 0,
    });
  }
  return figures;
}

/** Wall time of decompressing alone, the faster of two, so that the file is in the system's cache. */
export async function zcat(file: string): Promise<number> {
  const once = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const start = performance.now();
      const child = spawn("zcat", [file], { stdio: ["ignore", "ignore", "inherit"] });
      child.on("error", reject);
      child.on("exit", (code) =>
        code === 0 ? resolve(performance.now() - start) : reject(new Error(`zcat: ${code}`)),
      );
    });
  return Math.min(await once(), await once());
}

/** Our summary in a process of its own, with a small heap and what was compiled before. */
export async function summarise(folder: string): Promise<SummaryRun> {
  const program = fileURLToPath(new URL("./expression-summary-run.ts", import.meta.url));
  const output = await mkdtemp(join(tmpdir(), "artesian-bench-summary-"));
  try {
    const flags = ["--max-semi-space-size=2", "--max-old-space-size=64"];
    const { stdout } = await run(process.execPath, [...flags, program, folder, output], {
      maxBuffer: 2 ** 26,
      env: { ...process.env, NODE_COMPILE_CACHE: join(cache, "compiled") },
    });
    return JSON.parse(stdout);
  } finally {
    await rm(output, { recursive: true });
  }
}

/** scanpy on the same folder; undefined (with a word on how to set it up) when it is not installed. */
export async function scanpy(folder: string): Promise<SummaryRun | undefined> {
  const python = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), "bin/python");
  if (!existsSync(python)) {
    console.error(`No peer at ${python}: figures carry no ratio. Make it with bench/peers/setup.`);
    return undefined;
  }
  const program = fileURLToPath(new URL("./peers/expression/summary.py", import.meta.url));
  const { stdout } = await run(python, [program, folder, "--figures"], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

/** Genes that only one of them chose, and any difference in the kept cells and used genes. */
function different(ours: SummaryRun, theirs: SummaryRun): number {
  const mine = new Set(ours.variableGenes);
  const peer = new Set(theirs.variableGenes);
  const apart = [...mine].filter((gene) => !peer.has(gene)).length + [...peer].filter((gene) => !mine.has(gene)).length;
  return apart + Math.abs(ours.cellsKept - theirs.cellsKept) + Math.abs(ours.genesUsed - theirs.genesUsed);
}
