import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { folderPlace, folderStore } from "@artesian/data";
import { groupFiles, openMapService, prepareGroup, publishGroups, relateRows, TRANSFORMATIONS } from "@artesian/maps";
import { seededRandom } from "@artesian/numerics";
import { createServer, engineRegistry } from "@artesian/server";
import { openReader, openStore } from "@artesian/store";
import type { Benchmark, Figure } from "./figure.ts";
import { writeLargeStore } from "./maps-large-store.ts";

const run = promisify(execFile);

/** Serving maps: the first answer of large groups, memory of many, and a heat map panned by many people. */
const mapsServing: Benchmark = {
  name: "maps-serving",
  async run({ quick }) {
    const dir = mkdtempSync(join(tmpdir(), "artesian-serving-"));
    try {
      return [...(await largeFigures(join(dir, "large"), quick)), ...(await panFigures(join(dir, "panned"), quick))];
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
};
export default mapsServing;

/** Ten groups of 2 GB (sparse files), each asked for the first time by a process that has just started. */
async function largeFigures(dir: string, quick: boolean): Promise<Figure[]> {
  const [count, rows, dims] = quick ? [2, 50_000, 512] : [10, 550_000, 512];
  const { sizeBytes } = writeLargeStore(dir, count, rows, dims);
  const script = join(import.meta.dirname, "maps-serving-run.ts");
  const { stdout } = await run(process.execPath, [script, dir]);
  const told = JSON.parse(stdout) as Record<
    "firstMs" | "coldMs" | "blockMs" | "scanMs" | "readMs" | "searchMs",
    number[]
  > &
    Record<"vectorBytes" | "residentMiB" | "peakMiB", number>;
  const name = `a group of ${(sizeBytes / 1e9).toFixed(1)} GB (${rows} × ${dims})`;
  const perSecond = (ms: number[]): number => told.vectorBytes / 2 ** 20 / (median(ms) / 1000);
  return [
    {
      id: `first neighbours by name, ${name}, median of ${count}`,
      value: median(told.firstMs),
      unit: "ms",
      better: "lower",
      goal: 50,
    },
    { id: "the same, worst", value: Math.max(...told.firstMs), unit: "ms", better: "lower" },
    ...(told.coldMs.length === 0
      ? []
      : [
          {
            id: "the same with none of it in the page cache, median",
            value: median(told.coldMs),
            unit: "ms",
            better: "lower" as const,
            goal: 50,
          },
          {
            id: "the same, worst, from the disk",
            value: Math.max(...told.coldMs),
            unit: "ms",
            better: "lower" as const,
          },
        ]),
    { id: "200 × 200 cosines of it by range reads", value: median(told.blockMs), unit: "ms", better: "lower" },
    { id: "a search among its names, median of five texts", value: median(told.searchMs), unit: "ms", better: "lower" },
    { id: "the slowest of them: one letter", value: Math.max(...told.searchMs), unit: "ms", better: "lower" },
    {
      id: "one row with all of it, from the page cache",
      value: perSecond(told.scanMs),
      unit: "MiB/s",
      better: "higher",
      peer: "reading the file alone",
      peerValue: perSecond(told.readMs),
      ratio: median(told.readMs) / median(told.scanMs),
    },
    {
      id: `memory beyond the page cache after all ${count} were asked`,
      value: told.residentMiB,
      unit: "MiB",
      better: "lower",
      goal: 1024,
    },
    { id: "peak memory on the way there", value: told.peakMiB, unit: "MiB", better: "lower" },
  ];
}

/** 50 people pan a heat map of 20,000 rows: each asks for another 200 × 200 about twice a second, over HTTP from a process of its own. */
async function panFigures(dir: string, quick: boolean): Promise<Figure[]> {
  const [rows, dims, seconds] = quick ? [2000, 128, 2] : [20_000, 128, 10];
  const maps = await openMapService({ store: folderPlace(await pannedStore(dir, rows, dims)) });
  const path = join(dir, "store.db");
  const store = openStore(path);
  const reader = openReader(path);
  const server = await createServer({
    store,
    reader,
    objects: folderStore(join(dir, "objects")),
    engines: engineRegistry(),
    imageRoots: [],
    maps,
  });
  const { url } = await server.listen({ port: 0 });
  const users = join(import.meta.dirname, "maps-users-run.ts");
  const pan = async (what: string): Promise<{ p50: number; p99: number; answers: number }> =>
    JSON.parse((await run(process.execPath, [users, url, "50", String(seconds), "500", String(rows), what])).stdout);
  await pan("similarity.f32");
  const [floats, json] = [await pan("similarity.f32"), await pan("similarity")];
  await server.close();
  await maps.close();
  await reader.close();
  store.close();
  return [
    {
      id: "a heat map's 200 × 200 as float32, 50 people, p99",
      value: floats.p99,
      unit: "ms",
      better: "lower",
      goal: 20,
    },
    { id: "the same, median", value: floats.p50, unit: "ms", better: "lower" },
    { id: "the same as JSON with its rows, p99", value: json.p99, unit: "ms", better: "lower" },
    { id: "the same as JSON, median", value: json.p50, unit: "ms", better: "lower" },
  ];
}

async function pannedStore(dir: string, rows: number, dims: number): Promise<string> {
  const random = seededRandom(2);
  const group = relateRows({
    rows: Array.from({ length: rows }, (_, i) => ({
      perturbation: `gene:G${i}`,
      type: "gene" as const,
      symbol: `G${i}`,
      concentration: null,
      units: 4,
      experiment: null,
      arm: null,
      consistencyP: 0.01,
    })),
    dims,
    vectors: Float64Array.from({ length: rows * dims }, () => random.normal()),
  });
  const none = { tested: 0, significant: 0, median: null };
  const transformation = TRANSFORMATIONS.plain!;
  const prepared = prepareGroup(
    {
      id: "panned",
      label: "panned",
      rank: 0,
      parents: [],
      transformation,
      recipe: {
        filter: {},
        align: { kind: "none" },
        aggregate: {},
        transformations: [transformation],
        default: "last",
        seed: 1,
      },
      model: null,
      inputs: [],
      rows,
      dims,
      units: rows,
      dropped: {},
      benchmark: {
        rows,
        perturbations: rows,
        genes: rows,
        recall: [],
        clusters: [],
        consistency: none,
        magnitude: none,
        retrieval: none,
      },
      proximityBias: null,
    },
    groupFiles(group),
    new Map(),
    "2026-01-01T00:00:00.000Z",
  );
  const store = join(dir, "maps");
  await publishGroups(folderPlace(store), [{ prepared, isDefault: true }]);
  return store;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
