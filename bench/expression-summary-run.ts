/**
 * One whole summary in a process of its own, so that its time and peak memory can be measured:
 * `node bench/expression-summary-run.ts FOLDER DEST` reads the first matrix of FOLDER, and writes tables and figures, as SVG and PNG, to DEST.
 */
import { tmpdir } from "node:os";
import { openPlace, writeCsv } from "@artesian/data";
import { discoverMatrices, presets, summariseMatrix } from "@artesian/expression";
import { drawPng, drawSvg } from "@artesian/figures";

const [folder = "", destination = ""] = process.argv.slice(2);
const place = openPlace(folder);
const output = openPlace(destination);
const { matrices } = discoverMatrices(await Array.fromAsync(place.list()));
const { report, figures, tables } = await summariseMatrix(place, matrices[0]!, presets["hca-2020"], {
  scratch: tmpdir(),
});
const summarisedMs = performance.now();
for (const { split, name, table } of tables) await output.write(`${split}/${name}.csv`, writeCsv(table));
const pictures: Promise<unknown>[] = [];
for (const { split, id, spec, table } of figures) {
  await output.write(`${split}/${id}.vl.json`, JSON.stringify(spec));
  await output.write(`${split}/${id}.csv`, writeCsv(table));
  const svg = await drawSvg(spec);
  await output.write(`${split}/${id}.svg`, svg);
  pictures.push(drawPng(svg).then((png) => output.write(`${split}/${id}.png`, png)));
}
await Promise.all(pictures);
const genes = tables.find(({ name }) => name === "genes")!.table;
const column = (name: string) => genes.columns.find((one) => one.name === name)?.values ?? [];
const chosen = column("highly_variable");
const cpu = process.cpuUsage();
console.log(
  JSON.stringify({
    wallMs: performance.now(),
    summarisedMs,
    cpuMs: (cpu.user + cpu.system) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    entries: report.entries,
    cellsKept: report.splits[0]!.cells.kept.cells,
    genesUsed: report.splits[0]!.genes.used,
    variableGenes: [...column("gene")].filter((_, gene) => chosen[gene] === 1),
    figures: figures.length,
  }),
);
