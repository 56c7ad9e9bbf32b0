import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), "artesian-example-worker-"));
const sequences = join(folder, "sequences.jsonl");
writeFileSync(
  sequences,
  ["gattaca", "CCGG", "acgtacgt"]
    .map((sequence, index) => `${JSON.stringify({ id: `s${index}`, sequence })}\n`)
    .join(""),
);
const words = [
  "dag",
  "run",
  join(here, "workflow.json"),
  "--data",
  join(folder, "results"),
  "--input",
  `sequences=${sequences}`,
];
words.push("--read", "base_counts", "--port", "0");
const engine = spawn(process.execPath, [join(here, "../../cli/bin/artesian.js"), ...words], {
  stdio: ["ignore", "inherit", "pipe"],
});
let worker: ReturnType<typeof spawn> | undefined;
engine.stderr.setEncoding("utf8").on("data", (text: string) => {
  process.stderr.write(text);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
  if (url !== undefined) worker ??= spawn("python3", [join(here, "worker.py"), url], { stdio: "inherit" });
});
process.exitCode = await new Promise<number>((resolve) => engine.once("exit", (code) => resolve(code ?? 1)));
worker?.kill();
rmSync(folder, { recursive: true, force: true });
