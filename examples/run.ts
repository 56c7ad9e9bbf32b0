import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const examples = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
// npm run example map -- --keep DIR: what the example made stays, to be looked at and tried on.
const KEEPING = ["map"];
const words = process.argv.slice(2);
const at = words.indexOf("--keep");
const [, keep] = at < 0 ? [] : words.splice(at, 2);
const wanted = words;
if (at >= 0 && (keep === undefined || wanted.length !== 1 || !KEEPING.includes(wanted[0]!))) {
  console.error(`--keep takes a folder, and one example that can be kept: ${KEEPING.join(", ")}.`);
  process.exit(2);
}
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
  if (spawnSync(process.execPath, [script, ...(keep === undefined ? [] : [keep])], { stdio: "inherit" }).status !== 0)
    failed++;
}
process.exit(failed === 0 ? 0 : 1);
