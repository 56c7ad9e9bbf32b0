import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromRows, writeCsv } from "@artesian/data";
import { designScreen, renderSite, screenMetadata, writeTiff } from "@artesian/imaging";

// What a laboratory brings: images named PLATE_WELL_sSITE_CHANNEL.tif, and a sheet with one row a well.
const folder = mkdtempSync(join(tmpdir(), "artesian-one-plate-"));
const images = join(folder, "plate");
mkdirSync(images);
const design = designScreen({ seed: 5, plates: 1, healthyWells: 5, diseaseWells: 5, genes: [] });
const wells = new Set(
  design.plates[0]?.wells
    .filter(({ role, compound }) => role !== "compound" || compound === "C4")
    .map(({ well }) => well),
);
for (const well of wells) {
  for (let site = 1; site <= design.sites; site++) {
    renderSite(design, "P1", well, site).planes.forEach((plane, channel) => {
      writeFileSync(join(images, `P1_${well}_s${site}_${design.channels[channel]}.tif`), writeTiff(plane));
    });
  }
}
const sheet = screenMetadata(design).filter(({ well }) => wells.has(well));
writeFileSync(join(folder, "wells.csv"), writeCsv(tableFromRows(sheet.map((row) => ({ ...row })))));

// The same command as in a shell.
const artesian = join(import.meta.dirname, "..", "..", "cli", "bin", "artesian.js");
const words = [
  "run",
  "phenomics",
  "--images",
  images,
  "--metadata",
  join(folder, "wells.csv"),
  "--out",
  join(folder, "results"),
  "--json",
];
const { status, stdout } = spawnSync(process.execPath, [artesian, ...words], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
if (status !== 0) process.exit(1);
const results = JSON.parse(stdout) as {
  complete: boolean;
  plates: { id: string; wells: number; zPrime: number | null }[];
  summary: string[];
};
for (const line of results.summary) console.log(line);
console.log(`tables: ${readdirSync(join(folder, "results", "tables")).join(", ")}`);
rmSync(folder, { recursive: true });
process.exit(results.complete ? 0 : 1);
