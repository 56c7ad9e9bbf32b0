import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { simulateProject } from "@artesian/profiling/simulate-project.ts";

// What a laboratory has after CellProfiler: image sets as CSV folders, plate maps, a configuration of the profiling-recipe.
const project = mkdtempSync(join(tmpdir(), "artesian-recipe-example-"));
for (const [key, text] of simulateProject()) {
  mkdirSync(dirname(join(project, key)), { recursive: true });
  writeFileSync(join(project, key), text);
}

// The same commands as in a shell.
const command = join(import.meta.dirname, "..", "..", "cli", "bin", "artesian.js");
function artesian(...words: string[]): void {
  console.log(`$ artesian ${words.join(" ")}`);
  const { status } = spawnSync(process.execPath, [command, ...words], { cwd: project, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

artesian("profile", "run", "--config", "config_files/config.yml");
console.log("\nAgain, with nothing changed:");
artesian("profile", "run", "--config", "config_files/config.yml");

const plate = join(project, "profiles", "2026_01_10_Batch1", "00117001");
console.log(`\nFiles of one plate:\n${readdirSync(plate).sort().join("\n")}`);
rmSync(project, { recursive: true });
