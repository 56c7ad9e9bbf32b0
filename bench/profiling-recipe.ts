import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace } from "@artesian/data";
import { collatePlate } from "@artesian/profiling";
import { type ProjectDesign, platesOf, simulateProject } from "@artesian/profiling/simulate-project.ts";
import type { Figure } from "./figure.ts";

/**
 * A whole recipe over four plates, from SQLite backends to selected profiles, as the command line does it: the first time, and again with
 * nothing changed. The peer is pycytominer called as the profiling-recipe calls it. Heat maps and the summary are left out of both.
 */
export async function recipeFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  const design: ProjectDesign = {
    seed: 3,
    batches: ["2026_01_10_Batch1", "2026_02_20_Batch2"],
    platesPerBatch: 2,
    rows: quick ? 4 : 8,
    columns: quick ? 6 : 12,
    sites: 2,
    cellsPerSite: quick ? 12 : 40,
    features: quick ? 14 : 120,
  };
  const dir = mkdtempSync(join(tmpdir(), "artesian-bench-recipe-"));
  const project = join(dir, "project");
  const place = folderPlace(project);
  try {
    for (const [key, text] of simulateProject(design))
      await place.write(key, text.replace(/quality_control:\n\s*perform: true/, "quality_control:\n  perform: false"));
    for (const { batch, plates } of platesOf(design))
      for (const plate of plates) {
        const path = join(project, "backend", batch, plate, `${plate}.sqlite`);
        await collatePlate(place, `analysis/${batch}/${plate}/analysis`, { plate, keep: { sqlite: { path } } });
      }
    const first = timed(() => artesian(project));
    const again = Math.min(...[1, 2, 3].map(() => timed(() => artesian(project))));
    const figures: Figure[] = [
      { id: "recipe, 4 plates, first run", value: first, unit: "s", better: "lower" },
      { id: "recipe, 4 plates, nothing changed, whole command", value: again, unit: "s", better: "lower", goal: 1 },
    ];
    const peers = process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers");
    const python = join(peers, "pycytominer-1.6/bin/python");
    if (existsSync(python)) {
      const program = join(import.meta.dirname, "peers/profiling-recipe/recipe.py");
      const peer = timed(() => succeed(python, ["-W", "ignore", program, project, join(dir, "peer")]));
      Object.assign(figures[0]!, { peer: "pycytominer 1.6.1", peerValue: peer, ratio: peer / first, goal: peer / 20 });
    }
    return figures;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function artesian(project: string): void {
  const command = join(import.meta.dirname, "..", "cli", "bin", "artesian.js");
  succeed(process.execPath, [command, "profile", "run", "--config", "config_files/config.yml", "--dir", project]);
}

function succeed(program: string, words: string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
}

/** Seconds that a call takes. */
function timed(call: () => void): number {
  const started = performance.now();
  call();
  return (performance.now() - started) / 1000;
}
