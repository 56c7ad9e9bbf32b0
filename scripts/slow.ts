/**
 * The long tests: `npm run test:slow`, or with `-- --short` the form for every change. First the suites that do more with
 * ARTESIAN_SLOW=1, then the violence programs of e2e/. The last line counts what passed and failed; `--seed N` repeats a violence.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { short: { type: "boolean", default: false }, seed: { type: "string" } } });

interface Count {
  passed: number;
  failed: number;
}

/** Test files that look at ARTESIAN_SLOW. */
function slowSuites(): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("node_modules") && readFileSync(path, "utf8").includes("ARTESIAN_SLOW"))
    .sort();
}

/** Runs a Node program; people see what it says as it comes. */
function program(
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ code: number; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { cwd: root, stdio: ["ignore", "pipe", "inherit"], env });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      process.stdout.write(text);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, said }));
  });
}

/** A program that ends badly without counting a failure has failed once. */
function judged(code: number, counted: Count): Count {
  return code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

async function suites(): Promise<Count> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const folder = mkdtempSync(join(tmpdir(), "slow-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  try {
    const { code } = await program(
      [vitest, "run", ...slowSuites(), "--testTimeout=900000", "--maxWorkers=2", ...reporters],
      { ...process.env, ARTESIAN_SLOW: "1" },
    );
    if (!existsSync(report)) return { passed: 0, failed: 1 };
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
    return judged(code, { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function violence(): Promise<Count> {
  const words = [...(values.short ? ["--short"] : []), ...(values.seed === undefined ? [] : ["--seed", values.seed])];
  const { code, said } = await program([join(root, "e2e", "violence", "run.ts"), ...words]);
  const counted = /^(\d+) passed, (\d+) failed$/m.exec(said);
  return judged(code, { passed: Number(counted?.[1] ?? 0), failed: Number(counted?.[2] ?? 1) });
}

const counts = values.short ? [await violence()] : [await suites(), await violence()];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
