import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const examples = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !examples.includes(name));
if (unknown.length > 0) {
  console.error(`There is no example ${unknown.join(", ")}. There are: ${examples.join(", ")}.`);
  process.exit(2);
}
let failed = 0;
for (const name of wanted.length > 0 ? wanted : examples) {
  const script = join(import.meta.dirname, name, "run.ts");
  if (!existsSync(script)) continue;
  console.log(`\n=== ${name}`);
  if (spawnSync(process.execPath, [script], { stdio: "inherit" }).status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
