import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), "artesian-example-executors-"));
const artesian = join(here, "../../cli/bin/artesian.js");

/** Readings of a plate of 96 wells and three sites, as an instrument writes them. */
function plate(name: string, seed: number): { plate: string; readings: string; sha256: string } {
  let state = seed;
  const lines = ["well,site,reading"];
  for (const row of "ABCDEFGH")
    for (let column = 1; column <= 12; column++)
      for (let site = 1; site <= 3; site++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        lines.push(`${row}${String(column).padStart(2, "0")},${site},${(1000 + (state % 500)) / 10}`);
      }
  const text = `${lines.join("\n")}\n`;
  const readings = join(folder, `${name}.csv`);
  writeFileSync(readings, text);
  return { plate: name, readings, sha256: createHash("sha256").update(text).digest("hex") };
}

const plates = [plate("P1", 1), plate("P2", 2), plate("P3", 3)];
writeFileSync(join(folder, "plates.jsonl"), plates.map((one) => `${JSON.stringify(one)}\n`).join(""));
writeFileSync(join(folder, "executors.json"), JSON.stringify({ local: { kind: "process" } }));
const words = ["dag", "run", join(here, "workflow.json"), "--data", join(folder, "results")];
words.push(
  "--executors",
  join(folder, "executors.json"),
  "--input",
  `plates=${join(folder, "plates.jsonl")}`,
  "--read",
  "well_means",
);
try {
  const said = execFileSync(process.execPath, [artesian, ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const found = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { key: string; value: { wells: number; outputs: { uri: string }[] } });
  for (const { key, value } of found) {
    const [, first] = readFileSync(value.outputs[0]?.uri ?? "", "utf8").split("\n");
    console.log(`${key}: ${value.wells} wells, ${first}, …`);
  }
  if (found.length !== 3 || found.some(({ value }) => value.wells !== 96))
    throw new Error("expected three plates of 96 wells");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
