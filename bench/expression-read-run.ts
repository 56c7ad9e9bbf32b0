/**
 * One reading in a process of its own, so that its time and peak memory can be measured: `node bench/expression-read-run.ts HOW FOLDER`
 * - `blocks`: every entry of the folder's first matrix is handed out once, timed from the opened matrix on;
 * - `ingest`: totals, spill and one pass of statistics besides;
 * - `gunzip`: the file is decompressed and nothing else.
 */
import { tmpdir } from "node:os";
import { gunzip, openPlace } from "@artesian/data";
import { discoverMatrices, geneStatistics, ingest, openMatrix } from "@artesian/expression";

const [how = "", folder = ""] = process.argv.slice(2);
const place = openPlace(folder);
const { matrices } = discoverMatrices(await Array.fromAsync(place.list()));
const [found] = matrices;
if (found === undefined) throw new Error(`There is no matrix in ${folder}.`);
let start = performance.now();
let entries = 0;
if (how === "gunzip") {
  for await (const piece of gunzip(place.stream(found.key), { name: found.key })) entries += piece.length;
} else {
  const source = await openMatrix(place, found, { cacheDir: tmpdir() });
  if (how === "blocks") {
    start = performance.now();
    for await (const block of source.blocks()) entries += block.indptr.at(-1) ?? 0;
  }
  if (how === "ingest") {
    const matrix = await ingest(source, { scratch: tmpdir() });
    await geneStatistics(matrix, { target: "median" });
    entries = matrix.entryCount;
    matrix.spill.close();
  }
  await source.close();
}
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    ms: performance.now() - start,
    cpuMs: (user + system) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    entries,
  }),
);
