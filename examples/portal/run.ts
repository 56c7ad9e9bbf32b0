import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { asCsv, asTrio, tinyMatrix } from "@artesian/workflows/fixtures/tiny-portal.ts";

// What a curator has: a folder a project, each with what its authors deposited.
const folder = mkdtempSync(join(tmpdir(), "artesian-portal-"));
const put = (key: string, content: string | Uint8Array): void => {
  mkdirSync(join(folder, key, ".."), { recursive: true });
  writeFileSync(join(folder, key), content);
};
put("projects/liver/counts.csv", asCsv(tinyMatrix(1, 300, 500)));
const kidney = asTrio(tinyMatrix(2, 300, 500));
for (const [name, text] of Object.entries(kidney)) put(`projects/kidney/filtered/${name}.gz`, gzipSync(text));
put("projects/two-donors/donor1.tsv", asCsv(tinyMatrix(3, 200, 500)).replaceAll(",", "\t"));
put("projects/two-donors/donor2.tsv.gz", gzipSync(asCsv(tinyMatrix(4, 200, 500)).replaceAll(",", "\t")));
// A copy that was cut off, and a project that its owner does not want to be shown yet.
const broken = asTrio(tinyMatrix(5, 300, 500));
put("projects/cut-off/matrix.mtx.gz", gzipSync(broken["matrix.mtx"]).subarray(0, 4000));
put("projects/cut-off/features.tsv", broken["features.tsv"]);
put("projects/cut-off/barcodes.tsv", broken["barcodes.tsv"]);
put("projects/embargoed/counts.csv", asCsv(tinyMatrix(6)));
put("blacklist", "embargoed, Ada  # not public before June\n");

// The same commands as in a shell.
const artesian = join(import.meta.dirname, "..", "..", "cli", "bin", "artesian.js");
const stats = (...words: string[]): { status: number | null; out: string } => {
  const { status, stdout } = spawnSync(process.execPath, [artesian, "stats", ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { status, out: stdout };
};
const out = join(folder, "public");
const run = ["run", join(folder, "projects"), "--out", out, "--skip", join(folder, "blacklist"), "--json"];
const first = stats(...run);
const { projects } = JSON.parse(first.out) as { projects: { project: string; status: string; figures: number }[] };
for (const { project, status, figures } of projects) console.log(`${project}: ${status}, ${figures} figures`);
const again = JSON.parse(stats(...run).out) as { summarised: number; unchanged: number };
console.log(`Again: ${again.summarised} matrices summarised, ${again.unchanged} unchanged.`);
const verified = stats("verify", "--out", out);

const expected = "cut-off failed, embargoed skipped, kidney done, liver done, two-donors done";
const found = projects.map(({ project, status }) => `${project} ${status}`).join(", ");
const right = first.status === 1 && found === expected && again.summarised === 0 && verified.status === 0;
rmSync(folder, { recursive: true, force: true });
if (!right) {
  console.error(`Expected ${expected}, nothing computed twice, and every file as published.`);
  process.exit(1);
}
