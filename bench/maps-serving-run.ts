/**
 * Large groups in a process of its own, so that its memory is its own: `node bench/maps-serving-run.ts STORE`
 * prints one JSON document with times in ms and memory in MiB.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { folderPlace } from "@artesian/data";
import { askNeighbours, askSimilarity, type MapService, openMapService, rowMeant } from "@artesian/maps";
import { FILLED } from "./maps-large-store.ts";

const [dir = ""] = process.argv.slice(2);
const place = folderPlace(dir);
const service = await openMapService({ store: place });
const timed = async <T>(work: () => Promise<T>): Promise<[ms: number, value: T]> => {
  const start = performance.now();
  const value = await work();
  return [performance.now() - start, value];
};
/** By name and from the stored lists, as a page asks first. */
const firstQuestion = (from: MapService, id: string) =>
  timed(async () => {
    const opened = await from.lease(id);
    const row = await rowMeant(opened.view, `G${7 * FILLED}`);
    const near = await askNeighbours(opened.view, row, { count: 20, novelty: false });
    if (near.similar.length !== 20) throw new Error(`${near.similar.length} neighbours`);
    return opened;
  });
/** Takes files out of the page cache, which dd asks of the system (posix_fadvise). @returns whether it could */
const forget = (keys: readonly string[]): boolean =>
  keys.every((key) => {
    const words = [`of=${place.path!(key)}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"];
    return spawnSync("dd", words).status === 0;
  });
const first: number[] = [];
const cold: number[] = [];
const blocks: number[] = [];
const scans: number[] = [];
const reads: number[] = [];
const searches: number[] = [];
// The first question of every group before anything else is asked, so that no answer waits for what the process cleans up after heavier questions.
for (const { id } of service.groups()) {
  const [ms, lease] = await firstQuestion(service, id);
  first.push(ms);
  // Once more as a process that knows nothing of it, from the disk.
  const other = await openMapService({ store: place });
  if (forget(Object.values(lease.manifest.files).map(({ key }) => key))) {
    const [coldMs, again] = await firstQuestion(other, id);
    cold.push(coldMs);
    again.release();
  }
  await other.close();
  lease.release();
}
for (const { id } of service.groups()) {
  const lease = await service.lease(id);
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
  // What a person does next: all rows by strength, a search as it is typed, one that finds nothing.
  await view.rows();
  await view.rowsOf(rows);
  const search = await view.search();
  for (const text of ["G", "G7", "G70", `G${7 * FILLED}`, "no such name"]) {
    const start = performance.now();
    search.search(text);
    searches.push(performance.now() - start);
  }
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
    coldMs: cold,
    blockMs: blocks,
    scanMs: scans,
    readMs: reads,
    searchMs: searches,
    vectorBytes: file.version.rows * file.version.dims * 4,
    residentMiB: mib("RssAnon"),
    peakMiB: mib("VmHWM"),
  }),
);
