import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Output } from "./output.ts";

const webDir = join(dirname(fileURLToPath(import.meta.url)), "..", "web");

/**
 * The folder of the built pages; they are built when they are missing or older than their sources.
 * @returns undefined when they cannot be built (the API then answers alone, and the reason was said)
 */
export async function builtPages(output: Output): Promise<string | undefined> {
  const dist = join(webDir, "dist");
  const index = join(dist, "index.html");
  const built = existsSync(index) ? statSync(index).mtimeMs : 0;
  if (built >= newestSource(webDir)) return dist;
  const started = Date.now();
  const { code, text } = await runVite();
  if (code === 0) {
    output.say(`Pages built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
    return dist;
  }
  output.say(`The pages could not be built: ${text.trim().split("\n").slice(-5).join(" ")}`);
  return existsSync(index) ? dist : undefined;
}

function newestSource(dir: string): number {
  let newest = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || /[\\/](?:dist|node_modules)[\\/]/.test(path)) continue;
    newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

function runVite(): Promise<{ code: number; text: string }> {
  const manifest = createRequire(join(webDir, "package.json")).resolve("vite/package.json");
  const vite = join(dirname(manifest), "bin", "vite.js");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [vite, "build", "--logLevel", "error"], {
      cwd: webDir,
      stdio: ["ignore", "pipe", "pipe"],
      // Whatever called for the pages: those that are built are the ones that people use.
      env: { ...process.env, NODE_ENV: "production" },
    });
    let text = "";
    const keep = (chunk: Buffer): void => {
      text += chunk.toString();
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => resolve({ code: 1, text: error.message }));
    child.on("exit", (code) => resolve({ code: code ?? 1, text }));
  });
}
