import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asCsv, tinyMatrix } from "@artesian/workflows/fixtures/tiny-portal.ts";
import { afterAll, expect, it, vi } from "vitest";

const root = mkdtempSync(join(tmpdir(), "artesian-stats-watch-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const source = join(root, "projects");
const out = join(root, "out");

function put(project: string, seed: number): void {
  mkdirSync(join(source, project), { recursive: true });
  writeFileSync(join(source, project, "counts.csv"), asCsv(tinyMatrix(seed)));
}

/** Names of projects that have figures among what is published. */
function published(): string[] {
  const paths = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".svg"));
  return [...new Set(paths.flatMap((path) => path.split("/").filter((part) => /^(first|second)$/.test(part))))].sort();
}

it("publishes what is there, then a project that comes, shows both, and ends on SIGTERM", async () => {
  put("first", 1);
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const words = ["stats", "watch", source, "--out", out, "--poll", "1", "--port", "0", "--min-genes", "5"];
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  try {
    const wait = { timeout: 40_000, interval: 200 };
    await vi.waitFor(() => expect(published(), text).toEqual(["first"]), wait);
    put("second", 2);
    await vi.waitFor(() => expect(published(), text).toEqual(["first", "second"]), wait);
    const url = /http:\/\/\S+/.exec(text)?.[0] ?? "";
    await vi.waitFor(async () => {
      const list = (await (await fetch(new URL("/api/v1/projects", url))).json()) as unknown;
      expect(JSON.stringify(list)).toMatch(/first.*second/);
    }, wait);
    child.kill("SIGTERM");
    expect(await ended, text).toBe(0);
  } finally {
    child.kill("SIGKILL");
  }
}, 120_000);
