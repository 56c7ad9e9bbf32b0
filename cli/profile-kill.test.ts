import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { seededRandom } from "@artesian/numerics";
import { simulateProject, smallProject } from "@artesian/profiling/simulate-project.ts";
import { afterAll, expect, it } from "vitest";

const slow = process.env.ARTESIAN_SLOW === "1";
const kills = slow ? 20 : 2;
const root = mkdtempSync(join(tmpdir(), "artesian-profile-kill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const design = slow
  ? smallProject
  : { ...smallProject, batches: ["2026_01_10_Batch1"], rows: 2, columns: 4, cellsPerSite: 5 };

function project(name: string): string {
  const dir = join(root, name);
  for (const [key, text] of simulateProject(design)) {
    mkdirSync(dirname(join(dir, key)), { recursive: true });
    writeFileSync(join(dir, key), text);
  }
  return dir;
}

/** Runs the recipe; with a time, kills it then. @returns exit code, or null when it was killed */
function run(dir: string, killAfterMs?: number): Promise<number | null> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "profile", "run", "--config", "config_files/config.yml", "--dir", dir], {
    stdio: "ignore",
  });
  if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  return new Promise((resolve) => child.on("exit", (code) => resolve(code)));
}

/** Outputs by name; a file that is not whole cannot be unpacked. */
function outputs(dir: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(dir.length + 1);
    if (!entry.isFile() || !/^(?:profiles|gct|quality_control)\//.test(path)) continue;
    if (path.includes("how-made") || path.endsWith(".part")) continue;
    const bytes = readFileSync(join(dir, path));
    if (path.endsWith(".gz")) expect(gunzipSync(bytes).length, path).toBeGreaterThan(100);
    found.set(path, bytes);
  }
  return found;
}

it(
  `killed ${kills} times at any moment, a recipe goes on and ends with the bytes of an undisturbed run`,
  async () => {
    const whole = project("whole");
    const started = Date.now();
    expect(await run(whole)).toBe(0);
    const lastedMs = Date.now() - started;
    const killed = project("killed");
    const random = seededRandom(7);
    let interrupted = 0;
    for (let kill = 0; kill < kills; kill++) {
      if ((await run(killed, lastedMs * (0.2 + 0.6 * random.uniform()))) === null) interrupted++;
      outputs(killed);
    }
    expect(interrupted).toBeGreaterThan(0);
    expect(await run(killed)).toBe(0);
    const expected = outputs(whole);
    const found = outputs(killed);
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [path, bytes] of expected) expect(found.get(path)?.equals(bytes), path).toBe(true);
  },
  slow ? 600_000 : 120_000,
);
