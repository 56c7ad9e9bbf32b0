import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace } from "@artesian/data";
import {
  buildMap,
  groupFiles,
  type MapRecipe,
  type MapUnit,
  type MapUnits,
  mapUnits,
  type PerturbationGroup,
  relateRows,
  topLists,
} from "@artesian/maps";
import { seededRandom } from "@artesian/numerics";
import type { Benchmark, Figure } from "./figure.ts";

type How = "efaar" | "plain" | "embedded";

/** From wells to a group, against EFAAR's own code; and a group's files. */
const maps: Benchmark = {
  name: "maps",
  run: async ({ quick }) => [...(await buildFigures(quick)), ...(await storeFigures(quick))],
};
export default maps;

/** TVN and aggregation of 50,000 wells × 1,000 features in 20 batches, one well in ten a control. */
async function buildFigures(quick: boolean): Promise<Figure[]> {
  const [wells, features, batches] = quick ? [6000, 200, 6] : [50_000, 1000, 20];
  const units = plateWells(wells, features, batches);
  const recipe: MapRecipe = {
    filter: {},
    align: { kind: "tvn" },
    aggregate: {},
    transformations: [{ suffix: "", label: "plain", steps: [] }],
    default: "last",
    seed: 1,
  };
  const size = `${wells.toLocaleString("en")} × ${features.toLocaleString("en")}`;
  const dir = mkdtempSync(join(tmpdir(), "artesian-bench-maps-"));
  try {
    const straight = cpuSeconds(() => buildMap(units, recipe));
    const embedded = cpuSeconds(() => buildMap(units, { ...recipe, embed: { components: 128 } }));
    const peak = process.resourceUsage().maxRSS / 1024;
    writeUnits(dir, units);
    const efaar = peerSeconds(dir, "efaar");
    const apart = efaar && largestCosineDifference(dir, efaar, straight.result.groups[0]!.group);
    const figures: Figure[] = [
      {
        id: `build ${size}: TVN, aggregate, relate`,
        value: straight.seconds,
        unit: "s",
        better: "lower",
        ...against(efaar, straight.seconds, quick ? undefined : 3),
      },
    ];
    if (apart !== undefined)
      figures.push({
        id: "largest difference of cosines from the peer's",
        value: apart,
        unit: "",
        better: "lower",
        goal: 1e-4,
      });
    const plain = peerSeconds(dir, "plain");
    figures.push(
      {
        id: `the same against numpy with eigh`,
        value: straight.seconds,
        unit: "s",
        better: "lower",
        ...against(plain, straight.seconds),
      },
      {
        id: `build ${size} by way of 128 components`,
        value: embedded.seconds,
        unit: "s",
        better: "lower",
        ...against(peerSeconds(dir, "embedded"), embedded.seconds),
      },
      { id: "peak memory of the builds", value: peak, unit: "MiB", better: "lower" },
    );
    return figures;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The files of a group of 20,000 × 128, and its exact nearest rows. */
async function storeFigures(quick: boolean): Promise<Figure[]> {
  const [rows, dims] = quick ? [3000, 64] : [20_000, 128];
  const random = seededRandom(4);
  const group = relateRows({
    rows: Array.from({ length: rows }, (_, i) => ({
      perturbation: `gene:G${i}`,
      type: "gene" as const,
      symbol: `G${i}`,
      concentration: null,
      units: 4,
      experiment: null,
      arm: null,
      consistencyP: 0.5,
    })),
    dims,
    vectors: Float64Array.from({ length: rows * dims }, () => random.normal()),
  });
  const label = `${rows.toLocaleString("en")} × ${dims}`;
  const nearest = cpuSeconds(() => topLists(group, 100));
  const files = cpuSeconds(() => groupFiles(group, { int8: true }));
  const dir = mkdtempSync(join(tmpdir(), "artesian-bench-groups-"));
  try {
    const place = folderPlace(dir);
    const started = performance.now();
    let bytes = 0;
    for (const [name, content] of files.result) {
      await place.write(name, content);
      bytes += content.byteLength;
    }
    const seconds = (performance.now() - started) / 1000;
    return [
      { id: `nearest 100 in both tails of all rows, ${label}`, value: nearest.seconds, unit: "s", better: "lower" },
      { id: `all files of a group, ${label}`, value: files.seconds, unit: "s", better: "lower" },
      { id: "writing them durably", value: bytes / 2 ** 20 / seconds, unit: "MiB/s", better: "higher" },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Wells whose features are correlated, shifted and stretched by batch, with replicates in different batches. */
function plateWells(wells: number, features: number, batches: number): MapUnits {
  const random = seededRandom(1);
  const pool = Float32Array.from({ length: 1 << 20 }, () => random.normal());
  const controls = wells / 10;
  const perturbations = Math.round(wells / 10);
  const values = new Float32Array(wells * features);
  const shift = Array.from({ length: batches }, () =>
    Float32Array.from({ length: features }, () => 0.5 * random.normal()),
  );
  const hidden = Array.from({ length: 20 }, () => Float32Array.from({ length: features }, () => random.normal()));
  const effects = Array.from({ length: 50 }, () => Float32Array.from({ length: features }, () => random.normal()));
  const units: MapUnit[] = [];
  for (let i = 0; i < wells; i++) {
    const batch = i % batches;
    const control = i < controls;
    const gene = (i - controls) % perturbations;
    const start = random.below(pool.length - features);
    const factor = hidden[random.below(hidden.length)]!;
    const size = random.normal();
    const effect = effects[gene % effects.length];
    for (let j = 0; j < features; j++)
      values[i * features + j] =
        10 + pool[start + j]! + size * factor[j]! + shift[batch]![j]! + (control ? 0 : 0.5 * effect![j]!);
    const symbol = control ? "control" : `G${String(gene).padStart(5, "0")}`;
    units.push({
      id: `w${i}`,
      perturbation: `gene:${symbol}`,
      type: "gene",
      symbol,
      concentration: null,
      batch: `B${batch}`,
      experiment: "E",
      control,
      objects: null,
      flags: [],
      intensities: [],
    });
  }
  return mapUnits(
    units,
    Array.from({ length: features }, (_, j) => `F${j}`),
    values,
  );
}

function cpuSeconds<T>(work: () => T): { seconds: number; result: T } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

function writeUnits(dir: string, { units, values }: MapUnits): void {
  writeFileSync(join(dir, "values.f32"), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const document = { genes: units.map(({ symbol }) => symbol), batches: units.map(({ batch }) => batch) };
  writeFileSync(join(dir, "units.json"), JSON.stringify(document));
}

interface PeerAnswer {
  how: How;
  seconds: number;
  genes: string[];
  dims: number;
}

/** CPU time of the peer's process for the same work; undefined without its environment (bench/peers/maps/setup). */
function peerSeconds(dir: string, how: How): PeerAnswer | undefined {
  const python = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), "maps/bin/python");
  if (!existsSync(python)) return undefined;
  const program = join(import.meta.dirname, "peers/maps/align.py");
  const out = execFileSync(python, ["-W", "ignore", program, dir, how], { encoding: "utf8", maxBuffer: 1 << 28 });
  return { ...(JSON.parse(out.trim().split("\n").at(-1)!) as PeerAnswer), how };
}

function against(peer: PeerAnswer | undefined, seconds: number, times?: number): Partial<Figure> {
  if (peer === undefined) return {};
  const name = peer.how === "plain" ? "numpy" : "efaar_benchmarking 1.0";
  return {
    ...(times === undefined ? {} : { goal: peer.seconds / times }),
    peer: name,
    peerValue: peer.seconds,
    ratio: peer.seconds / seconds,
  };
}

/** Over pairs of the first 300 perturbations. */
function largestCosineDifference(dir: string, { genes, dims }: PeerAnswer, group: PerturbationGroup): number {
  const bytes = readFileSync(join(dir, "means.f64"));
  const means = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const theirs = relateRows({ rows: [...group.rows], dims, vectors: means });
  const row = new Map(group.rows.map(({ symbol }, i) => [symbol, i]));
  let largest = 0;
  for (let a = 0; a < Math.min(300, genes.length); a++)
    for (let b = 0; b < a; b++) {
      const [ours, other] = [cosine(group, row.get(genes[a]!)!, row.get(genes[b]!)!), cosine(theirs, a, b)];
      largest = Math.max(largest, Math.abs(ours - other));
    }
  return largest;
}

function cosine({ vectors, dims }: Pick<PerturbationGroup, "vectors" | "dims">, a: number, b: number): number {
  let sum = 0;
  for (let j = 0; j < dims; j++) sum += vectors[a * dims + j]! * vectors[b * dims + j]!;
  return sum;
}
