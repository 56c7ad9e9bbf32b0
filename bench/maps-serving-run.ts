/**
 * Large groups in a process of its own, so that its memory is its own: `node bench/maps-serving-run.ts STORE`
 * prints one JSON document with times in ms and memory in MiB.
 */
import { readFileSync } from "node:fs";
import { folderPlace } from "@artesian/data";
import { askNeighbours, askSimilarity, openMapService, rowMeant } from "@artesian/maps";
import { FILLED } from "./maps-large-store.ts";

const [dir = ""] = process.argv.slice(2);
const place = folderPlace(dir);
const service = await openMapService({ store: place });
const timed = async <T>(work: () => Promise<T>): Promise<[ms: number, value: T]> => {
  const start = performance.now();
  const value = await work();
  return [performance.now() - start, value];
};
const first: number[] = [];
const blocks: number[] = [];
const scans: number[] = [];
const reads: number[] = [];
for (const { id } of service.groups()) {
  const [ms, lease] = await timed(async () => {
    const opened = await service.lease(id);
    const row = await rowMeant(opened.view, `G${7 * FILLED}`);
    const near = await askNeighbours(opened.view, row, { count: 20, novelty: false });
    if (near.similar.length !== 20) throw new Error(`${near.similar.length} neighbours`);
    return opened;
  });
  first.push(ms);
  const { view, manifest } = lease;
  const rows = Array.from({ length: 200 }, (_, i) => (i * FILLED) % manifest.rows);
  blocks.push((await timed(() => askSimilarity(view, rows, rows.toReversed())))[0]);
  // One pass over the file to have it in the page cache; then reading alone against reading and comparing.
  const file = manifest.files["vectors.f32"]!;
  const readAll = async (): Promise<void> => {
    const buffer = new Uint8Array(4 * 2 ** 20);
    for (let start = 0; start < file.sizeBytes; start += buffer.length)
      await place.read(file.key, {
        start,
        end: Math.min(file.sizeBytes, start + buffer.length),
        allocate: (size) => buffer.subarray(0, size),
      });
  };
  await readAll();
  reads.push((await timed(readAll))[0]);
  scans.push((await timed(() => view.cosines(7 * FILLED)))[0]);
  await view.rows();
  await view.rowsOf(rows);
  lease.release();
}
const status = readFileSync("/proc/self/status", "utf8");
const mib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
const file = Object.values(service.groups())[0]!;
await service.close();
console.log(
  JSON.stringify({
    groups: first.length,
    firstMs: first,
    blockMs: blocks,
    scanMs: scans,
    readMs: reads,
    vectorBytes: file.version.rows * file.version.dims * 4,
    residentMiB: mib("RssAnon"),
    peakMiB: mib("VmHWM"),
  }),
);
