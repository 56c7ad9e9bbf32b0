/** The product's command, started as a person starts it: by its launcher, with the environment and the threads that gives. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export interface CommandRun {
  seconds: number;
  /** Largest resident set of the process. */
  rssMiB: number;
  /** CPU time of all threads. */
  cpuSeconds: number;
  stdout: string;
}

const launcher = join(import.meta.dirname, "..", "cli", "bin", "artesian.js");

/** Runs `artesian …`. @throws Error with what the command said when it ends with anything but 0 */
export function artesian(words: readonly string[]): CommandRun {
  const scratch = mkdtempSync(join(tmpdir(), "artesian-command-"));
  const used = join(scratch, "used.json");
  const meter = pathToFileURL(join(import.meta.dirname, "profiling-command-meter.js")).href;
  const started = performance.now();
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", meter, launcher, ...words], {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      env: { ...process.env, ARTESIAN_BENCH_USED: used },
    });
    const seconds = (performance.now() - started) / 1000;
    if (status !== 0) throw new Error(`artesian ${words.join(" ")} ended with ${status}: ${stderr}`);
    return { seconds, stdout, ...(JSON.parse(readFileSync(used, "utf8")) as { rssMiB: number; cpuSeconds: number }) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** `artesian profile collate` of a folder of image sets: medians of several runs. */
export function collateCommand(folder: string, repeats: number): Omit<CommandRun, "stdout"> & { bytes: number } {
  const base = mkdtempSync(join(tmpdir(), "artesian-collate-"));
  try {
    mkdirSync(join(base, "analysis/BATCH/PLATE"), { recursive: true });
    symlinkSync(folder, join(base, "analysis/BATCH/PLATE/analysis"));
    const words = ["profile", "collate", "BATCH", "-", "PLATE", "--base", base, "--dont-print", "--json"];
    const runs = Array.from({ length: repeats }, () => artesian(words));
    const middle = (of: "seconds" | "rssMiB" | "cpuSeconds"): number =>
      runs.map((run) => run[of]).sort((a, b) => a - b)[repeats >> 1]!;
    const { report } = JSON.parse(runs[0]!.stdout) as { report: { bytes: number } };
    return {
      seconds: middle("seconds"),
      rssMiB: middle("rssMiB"),
      cpuSeconds: middle("cpuSeconds"),
      bytes: report.bytes,
    };
  } finally {
    rmSync(base, { recursive: true });
  }
}
