import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "@artesian/data";
import { seededRandom } from "@artesian/numerics";
import { writeTinyPortal } from "@artesian/workflows/fixtures/tiny-portal.ts";
import { afterAll, expect, it } from "vitest";

const slow = process.env.ARTESIAN_SLOW === "1";
const kills = slow ? 20 : 2;
const root = mkdtempSync(join(tmpdir(), "artesian-stats-kill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
writeTinyPortal(root);

/** Summarises the portal; with a time, kills it then. @returns exit code, or null when it was killed */
function run(out: string, killAfterMs?: number): Promise<number | null> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const words = ["stats", "run", join(root, "projects"), "--out", out, "--skip", join(root, "blacklist")];
  const child = spawn(process.execPath, [main, ...words], { stdio: "ignore" });
  if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  return new Promise((resolve) => child.on("exit", (code) => resolve(code)));
}

function published(out: string): Record<string, string> {
  const files = readdirSync(join(out, "project-assets"), { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(out.length), sha256(readFileSync(path))])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
}

it(
  `killed ${kills} times at any moment, a portal's summaries go on and end with the bytes of an undisturbed run`,
  async () => {
    const whole = join(root, "whole");
    const started = Date.now();
    expect(await run(whole)).toBe(1);
    const lastedMs = Date.now() - started;
    const random = seededRandom(11);
    let interrupted = 0;
    // Each round begins with nothing, or goes on with what the last kill left.
    for (let kill = 0; kill < kills; kill++) {
      const killed = join(root, `killed-${kill >> 1}`);
      if ((await run(killed, lastedMs * (0.15 + 0.7 * random.uniform()))) === null) interrupted++;
      if (kill % 2 === 0 && kill < kills - 1) continue;
      expect(await run(killed)).toBe(1);
      expect(published(killed)).toEqual(published(whole));
    }
    expect(interrupted).toBeGreaterThan(0);
  },
  slow ? 900_000 : 120_000,
);
