import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import {
  allNeighbours,
  clusterGroup,
  cosineQuantiles,
  FUNNEL_SETTINGS,
  fastProducts,
  groupNeighbours,
  nativeBlas,
  openFunnel,
  type PerturbationGroup,
  referenceProducts,
  screenPairs,
  tilePyramid,
} from "@artesian/maps";
import { seededRandom } from "@artesian/numerics";
import type { Figure } from "./figure.ts";

const DIMS = 128;

interface Spent {
  /** Seconds on the clock; on a busy machine more than the work takes. */
  wall: number;
  /** Seconds of processor time, all threads. */
  cpu: number;
}

/** Questions over a group of 128 dimensions in memory, beside numpy and scipy. Vectors have the seed's families, as a map's rows do. */
export async function mapsQueries({ quick }: { quick: boolean }): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "artesian-queries-"));
  try {
    const group = syntheticGroup(50_000);
    const file = join(folder, "vectors.f32");
    writeFileSync(file, group.vectors);
    const peers = peersOver(file, quick ? 1 : 3);
    return [
      ...queryFigures(group, peers, quick),
      ...blockFigures(group, peers, quick),
      ...(await topFigures(firstRows(group, quick ? 5000 : 20_000), peers, quick)),
      ...(await screenFigures(group, quick)),
      ...(await clusterFigures(firstRows(group, quick ? 1000 : 5000), peers)),
      ...(await funnelFigures(firstRows(group, quick ? 5000 : 20_000))),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function queryFigures(group: PerturbationGroup, peers: Peers, quick: boolean): Figure[] {
  const products = fastProducts(group.vectors, DIMS);
  const query = group.vectors.slice(7 * DIMS, 8 * DIMS);
  const fast = spent(quick ? 3 : 9, 100, () => products.ofQuery(query));
  const plain = spent(3, 10, () => referenceProducts(group.vectors, DIMS).ofQuery(query));
  const peer = peers("query", 50_000, 1);
  const quantiles = Float64Array.from({ length: 1001 }, (_, k) => k / 500 - 1);
  const neighbours = spent(3, 20, () => groupNeighbours(group, 7, { quantiles, count: 100, products }));
  const places = Uint32Array.from({ length: 5000 }, (_, i) => i);
  let tile = 0;
  const pyramid = tilePyramid(products, { rows: places, columns: places });
  const tiles = spent(3, 20, () => pyramid.tile(0, Math.floor(tile / 20), tile++ % 20));
  const found = products.ofQuery(query);
  const figures: Figure[] = [
    {
      id: "one query × 50,000 × 128, one thread",
      value: 1000 * fast.cpu,
      unit: "ms",
      better: "lower",
      goal: 1,
      ...(peer && { peer: "numpy", peerValue: 1000 * peer.cpu, ratio: peer.cpu / fast.cpu }),
    },
    { id: "the same in plain TypeScript", value: 1000 * plain.cpu, unit: "ms", better: "lower" },
    {
      id: "100 neighbours a tail with percentiles, 50,000 rows",
      value: 1000 * neighbours.cpu,
      unit: "ms",
      better: "lower",
    },
    { id: "a heat-map tile of 256 × 256 cells", value: 1000 * tiles.cpu, unit: "ms", better: "lower" },
  ];
  if (peer !== undefined) {
    const values = peer.values as number[];
    const apart = Math.max(...values.map((value, i) => Math.abs(value - found[i]!)));
    figures.push({ id: "largest difference from numpy", value: apart, unit: "", better: "lower", goal: 1e-6 });
  }
  return figures;
}

function blockFigures(group: PerturbationGroup, peers: Peers, quick: boolean): Figure[] {
  const products = fastProducts(group.vectors, DIMS);
  const [rows, all] = [2048, group.rows.length].map((count) => Uint32Array.from({ length: count }, (_, i) => i));
  const block = spent(quick ? 1 : 3, 1, () => products.ofRows(rows!, all!));
  const peer = peers("block", 50_000, 1);
  return [
    {
      id: "2,048 × 50,000 similarities, one thread",
      value: 1000 * block.cpu,
      unit: "ms",
      better: "lower",
      ...(peer && { peer: "numpy", peerValue: 1000 * peer.cpu, ratio: peer.cpu / block.cpu }),
    },
  ];
}

async function topFigures(group: PerturbationGroup, peers: Peers, quick: boolean): Promise<Figure[]> {
  const rows = group.rows.length;
  let lists = await allNeighbours(group.vectors, DIMS);
  const top = await spentLater(quick ? 1 : 2, async () => {
    lists = await allNeighbours(group.vectors, DIMS);
  });
  const peer = peers("top", rows, 2);
  const label = `exact top 100 of both tails, ${rows.toLocaleString("en")} rows`;
  const figures: Figure[] = [
    {
      id: `${label}, two threads: clock`,
      value: top.wall,
      unit: "s",
      better: "lower",
      ...(!quick && { goal: 3 }),
      ...(peer && { peer: "numpy argpartition", peerValue: peer.wall, ratio: peer.wall / top.wall }),
    },
    {
      id: `${label}: half of the processor time`,
      value: top.cpu / 2,
      unit: "s",
      better: "lower",
      ...(!quick && { goal: 3 }),
      ...(peer && { peer: "numpy argpartition", peerValue: peer.cpu / 2, ratio: peer.cpu / top.cpu }),
    },
  ];
  const native = nativeBlas(process.env, (line) => process.stderr.write(`${line}\n`));
  if (native !== undefined) {
    const theirs = await spentLater(quick ? 1 : 2, async () => {
      await allNeighbours(group.vectors, DIMS, { native });
    });
    figures.push({
      id: "the same with the products of OpenBLAS: half of the processor time",
      value: theirs.cpu / 2,
      unit: "s",
      better: "lower",
      ...(!quick && { goal: 1 }),
      peer: "compiled kernels",
      peerValue: top.cpu / 2,
      ratio: top.cpu / theirs.cpu,
    });
  }
  if (peer !== undefined) {
    const listed = peer.values as [number[], number[]];
    const sampled = Array.from({ length: Math.ceil(rows / 997) }, (_, i) => 997 * i);
    const apart = listed.flatMap((tail, t) =>
      sampled.map((row, i) => {
        const own = new Set(lists.indices.subarray((2 * row + t) * 100, (2 * row + t + 1) * 100));
        return tail.slice(100 * i, 100 * (i + 1)).filter((index) => !own.has(index)).length;
      }),
    );
    const differing = apart.reduce((sum, count) => sum + count, 0);
    figures.push({
      id: "entries that numpy lists otherwise",
      value: differing,
      unit: `of ${200 * sampled.length}`,
      better: "lower",
    });
  }
  return figures;
}

async function screenFigures(group: PerturbationGroup, quick: boolean): Promise<Figure[]> {
  const vectors = group.vectors.subarray(0, (quick ? 8000 : 50_000) * DIMS);
  const rows = vectors.length / DIMS;
  const pairs = (rows * (rows - 1)) / 2;
  const screen = await spentLater(1, async () => {
    for await (const batch of screenPairs(vectors, DIMS, { low: -0.6, high: 0.6 })) batch.pairs.a.length;
  });
  const rate = pairs / (screen.cpu / 2);
  const all = (1.5e6 * (1.5e6 - 1)) / 2;
  return [
    {
      id: "exhaustive screen, two threads: by the clock",
      value: pairs / screen.wall / 1e6,
      unit: "M pairs/s",
      better: "higher",
    },
    { id: "the same by processor time", value: rate / 1e6, unit: "M pairs/s", better: "higher" },
    { id: "all pairs of 1.5 M rows at that rate", value: all / rate / 3600, unit: "h", better: "lower" },
  ];
}

async function clusterFigures(group: PerturbationGroup, peers: Peers): Promise<Figure[]> {
  const rows = group.rows.map((_, i) => i);
  const products = fastProducts(group.vectors, DIMS);
  let heights: number[] = [];
  const own = await spentLater(1, async () => {
    heights = (await clusterGroup(group, rows, { products })).merges.map(({ height }) => height);
  });
  const peer = peers("linkage", rows.length, 1);
  const figures: Figure[] = [
    {
      id: `average linkage of ${rows.length.toLocaleString("en")} rows from their vectors`,
      value: own.cpu,
      unit: "s",
      better: "lower",
      ...(peer && { peer: "scipy", peerValue: peer.cpu, ratio: peer.cpu / own.cpu }),
    },
  ];
  if (peer !== undefined) {
    const theirs = peer.values as number[];
    const apart = Math.max(...heights.map((height, i) => Math.abs(height - theirs[i]!)));
    figures.push({
      id: "largest difference of a height from scipy's",
      value: apart,
      unit: "",
      better: "lower",
      goal: 1e-5,
    });
  }
  return figures;
}

async function funnelFigures(group: PerturbationGroup): Promise<Figure[]> {
  const label = group.rows.length.toLocaleString("en");
  const quantiles = await cosineQuantiles(group.vectors, DIMS);
  const funnel = openFunnel({ group, quantiles, products: fastProducts(group.vectors, DIMS) });
  const settings = { ...FUNNEL_SETTINGS, replicated: null };
  let pairs = 0;
  const first = await spentLater(0, async () => {
    pairs = (await funnel.run(settings)).counts["in the tails"];
  });
  const narrower = await spentLater(0, async () => {
    await funnel.run({ ...settings, tails: { by: "percentile", percent: 2 }, otherArm: false, doseTau: null });
  });
  return [
    {
      id: `funnel over ${label} rows, ${pairs.toLocaleString("en")} pairs in the tails: first answer`,
      value: first.cpu,
      unit: "s",
      better: "lower",
    },
    { id: "the same after a change of later steps", value: narrower.cpu, unit: "s", better: "lower", goal: 0.5 },
  ];
}

/** Medians over runs of a call, after runs that warm up. */
function spent(runs: number, repeats: number, work: () => unknown): Spent {
  for (let i = 0; i < Math.max(2, repeats); i++) work();
  const times = Array.from({ length: runs }, (): Spent => {
    const [cpu, clock] = [process.cpuUsage(), performance.now()];
    for (let i = 0; i < repeats; i++) work();
    const { user, system } = process.cpuUsage(cpu);
    return { wall: (performance.now() - clock) / 1000 / repeats, cpu: (user + system) / 1e6 / repeats };
  });
  return medianOf(times);
}

/** The same for work with threads: their time counts. 0 runs: once, without a run before. */
async function spentLater(runs: number, work: () => Promise<void>): Promise<Spent> {
  const times: Spent[] = [];
  for (let i = 0; i < Math.max(1, runs); i++) {
    const [cpu, clock] = [process.cpuUsage(), performance.now()];
    await work();
    const { user, system } = process.cpuUsage(cpu);
    times.push({ wall: (performance.now() - clock) / 1000, cpu: (user + system) / 1e6 });
  }
  return medianOf(times);
}

function medianOf(times: readonly Spent[]): Spent {
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
  return { wall: middle(times.map(({ wall }) => wall)), cpu: middle(times.map(({ cpu }) => cpu)) };
}

type Peers = (asked: string, rows: number, threads: number) => (Spent & { values: unknown }) | undefined;

function peersOver(file: string, runs: number): Peers {
  const home = process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers");
  const python = join(home, "maps-queries/bin/python");
  const program = new URL("peers/maps-queries/time_queries.py", import.meta.url).pathname;
  return (asked, rows, threads) => {
    if (!existsSync(python)) return undefined;
    const { OPENBLAS_CORETYPE: _, ...rest } = process.env;
    const env = { ...rest, OPENBLAS_NUM_THREADS: String(threads) };
    const said = execFileSync(
      python,
      [program, file, String(DIMS), asked, String(rows), String(asked === "query" ? runs : 1)],
      {
        encoding: "utf8",
        env,
        maxBuffer: 2 ** 28,
      },
    );
    return JSON.parse(said) as Spent & { values: unknown };
  };
}

/** Families of 20 rows around a direction; two rows in three genes, the others compounds at six doses; a third of the rows are trusted. */
function syntheticGroup(count: number): PerturbationGroup {
  const random = seededRandom(5);
  const vectors = new Float32Array(count * DIMS);
  const norms = new Float32Array(count).fill(1);
  let direction = new Float64Array(DIMS);
  const rows = Array.from({ length: count }, (_, i): PerturbationGroup["rows"][number] => {
    if (i % 20 === 0) direction = Float64Array.from({ length: DIMS }, () => random.normal());
    const vector = direction.map((value) => value + 1.5 * random.normal());
    const length = Math.hypot(...vector);
    for (let k = 0; k < DIMS; k++) vectors[i * DIMS + k] = vector[k]! / length;
    const isGene = i % 18 < 12;
    const symbol = isGene ? `G${i}` : `C${Math.floor(i / 18)}`;
    return {
      perturbation: `${isGene ? "gene" : "compound"}:${symbol}`,
      type: isGene ? "gene" : "compound",
      symbol,
      concentration: isGene ? null : [0.1, 0.3, 1, 3, 10, 30][i % 6]!,
      units: 12,
      experiment: null,
      arm: isGene ? `${1 + (i % 22)}${i % 2 === 0 ? "p" : "q"}` : null,
      consistencyP: random.uniform() < 1 / 3 ? 0.001 : 0.5,
    };
  });
  return { rows, dims: DIMS, vectors, norms };
}

function firstRows(group: PerturbationGroup, count: number): PerturbationGroup {
  const { rows, dims, vectors, norms } = group;
  return {
    rows: rows.slice(0, count),
    dims,
    vectors: vectors.slice(0, count * dims),
    norms: norms.slice(0, count),
  };
}
