/**
 * One run of ours in a process of its own, so that its time and memory are its own: `node bench/profiling-ingest-run.ts '{…}'` prints one JSON
 * document. `parse` reads tables that are in memory, on two threads, again and again for a second or two.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { folderPlace } from "@artesian/data";
import { type Collated, type CollateOptions, collateBackend, collatePlate } from "@artesian/profiling";
import { readHeader } from "@artesian/profiling/csv-header.ts";
import { readRows } from "@artesian/profiling/csv-reader.ts";

export type IngestRun =
  | { kind: "plate"; folder: string; options: CollateOptions; sqlite?: string }
  | { kind: "database"; folder: string; file: string; options: CollateOptions }
  | { kind: "parse"; files: string[]; threads: number; repeats: number };

export interface IngestRunResult {
  seconds: number;
  rssMiB: number;
  bytes: number;
  rows: number;
  /** First profile by column. */
  first: Record<string, number>;
}

if (!isMainThread && parentPort !== null) parse(workerData.files, workerData.repeats);
else if (process.argv[2] !== undefined) console.log(JSON.stringify(await run(JSON.parse(process.argv[2]))));

async function run(wish: IngestRun): Promise<IngestRunResult> {
  const start = performance.now();
  if (wish.kind === "parse") return await parseOnThreads(wish);
  const collated =
    wish.kind === "plate"
      ? await collatePlate(folderPlace(wish.folder), "", {
          ...wish.options,
          ...(wish.sqlite !== undefined && { keep: { sqlite: { path: wish.sqlite } } }),
        })
      : await collateBackend(folderPlace(wish.folder), wish.file, wish.options);
  return resultOf((performance.now() - start) / 1000, collated);
}

function resultOf(seconds: number, { profiles, report }: Collated): IngestRunResult {
  const first: Record<string, number> = {};
  profiles.features.forEach((name, j) => {
    first[name] = profiles.values[j]!;
  });
  for (const name of ["Metadata_Site_Count", "Metadata_Object_Count"])
    first[name] = Number(profiles.metadata[name]?.[0]);
  return {
    seconds,
    rssMiB: process.resourceUsage().maxRSS / 1024,
    bytes: report.bytes,
    rows: profiles.rowCount,
    first,
  };
}

async function parseOnThreads({ files, threads, repeats }: IngestRun & { kind: "parse" }): Promise<IngestRunResult> {
  const workers = Array.from(
    { length: threads },
    (_, t) =>
      new Worker(new URL(import.meta.url), {
        workerData: { files: files.filter((_file, i) => i % threads === t), repeats },
      }),
  );
  const ready = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
  await Promise.all(ready);
  const start = performance.now();
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve) => {
          worker.once("message", resolve);
          worker.postMessage("go");
        }),
    ),
  );
  const seconds = (performance.now() - start) / 1000;
  const bytes = repeats * files.reduce((sum, file) => sum + statSync(file).size, 0);
  return { seconds, rssMiB: process.resourceUsage().maxRSS / 1024, bytes, rows: 0, first: {} };
}

function parse(files: readonly string[], repeats: number): void {
  const tables = files.map((file) => new Uint8Array(readFileSync(join(file))));
  let values = new Float64Array(0);
  const once = (): void => {
    for (const bytes of tables) {
      const header = readHeader(bytes, "table", 1, true)!;
      const rows = { file: "table", width: header.names.length, rowCount: 0, values, line: 2 };
      readRows(bytes.subarray(header.bytes), rows, true);
      values = rows.values;
    }
  };
  once();
  parentPort?.once("message", () => {
    for (let repeat = 0; repeat < repeats; repeat++) once();
    parentPort?.postMessage("done");
  });
  parentPort?.postMessage("ready");
}
