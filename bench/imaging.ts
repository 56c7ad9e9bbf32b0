import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { measureImageQuality, type Plane, paintComposite, planeOf, readPlane } from "@artesian/imaging";
import sharp from "sharp";
import type { Benchmark, Figure } from "./figure.ts";
import { objectFigures } from "./imaging-objects.ts";

const EDGE = 1080;
const CHANNELS = 6;
const PEER = "numpy + scipy + centrosome + scikit-image";

/** Values that both sides compute from float64; Otsu is left out, the reference takes it from float32 when CellProfiler calls it. */
const NOT_COMPARED = new Set(["ThresholdOtsu"]);

interface PeerResult {
  decodeMs: number;
  qualityMs: number;
  thumbnailMs: number;
  quality: Record<string, number>[];
}

/**
 * Decoding, image quality and thumbnails of a six-channel site, then segmentation and features: CPU time of one process, against the Python
 * tools on the same files.
 */
const imaging: Benchmark = {
  name: "imaging",
  async run({ quick }) {
    const repeats = quick ? 5 : 11;
    const folder = await mkdtemp(join(tmpdir(), "artesian-bench-"));
    try {
      const figures = await siteFigures("generated", await writeGeneratedSite(folder), repeats);
      const real = realSite();
      if (real === undefined)
        console.error("The real six-channel site is not beside the repository: only the generated one is measured.");
      else figures.push(...(await siteFigures("real", real, repeats)));
      figures.push(...(await objectFigures({ quick })));
      return figures;
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
export default imaging;

async function siteFigures(site: string, files: readonly string[], repeats: number): Promise<Figure[]> {
  const bytes = await Promise.all(files.map((file) => readFile(file)));
  const decode = await cpuMs(repeats, async () => {
    const planes: Plane[] = [];
    for (const file of bytes) planes.push(await readPlane(file));
    return planes;
  });
  const planes = decode.result;
  const quality = await cpuMs(repeats, async () => planes.map((plane) => measureImageQuality(plane)));
  const thumbnail = await cpuMs(repeats, async () => paintComposite(planes, { sizePx: 180 }));
  const total = decode.ms + quality.ms + thumbnail.ms;
  const peer = await runPeer(repeats > 5 ? 5 : 3, files);
  const figure = (id: string, value: number, goal: number | undefined, peerValue: number | undefined): Figure => ({
    id: `${id}, 6 × 1080², ${site}`,
    value,
    unit: "ms CPU",
    better: "lower",
    ...(goal !== undefined && { goal }),
    ...(peerValue !== undefined && { peer: PEER, peerValue, ratio: peerValue / value }),
  });
  const figures = [
    figure("decode", decode.ms, undefined, peer?.decodeMs),
    figure("image quality", quality.ms, 200, peer?.qualityMs),
    figure("thumbnail", thumbnail.ms, 20, peer?.thumbnailMs),
    figure("site: decode + quality + thumbnail", total, 280, peer && peer.decodeMs + peer.qualityMs + peer.thumbnailMs),
    {
      id: `images through quality control a core, ${site}`,
      value: (1000 * CHANNELS) / total,
      unit: "images/s",
      better: "higher" as const,
    },
  ];
  if (peer !== undefined) {
    const value = largestDifference(quality.result, peer.quality);
    figures.push({
      id: `quality, largest relative difference from the peer, ${site}`,
      value,
      unit: "",
      better: "lower",
      goal: 1e-9,
    });
  }
  return figures;
}

/** Median CPU time (all threads of this process) of a piece of work, after one warm-up. */
async function cpuMs<T>(repeats: number, work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  let result = await work();
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = process.cpuUsage();
    result = await work();
    const used = process.cpuUsage(start);
    times.push((used.user + used.system) / 1000);
  }
  times.sort((a, b) => a - b);
  return { ms: times[times.length >> 1] ?? Number.NaN, result };
}

/** Runs the Python peer on the same files, on one thread; undefined (with a word on how to set it up) when it is not installed. */
async function runPeer(repeats: number, files: readonly string[]): Promise<PeerResult | undefined> {
  const python = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), "bin/python");
  if (!existsSync(python)) {
    console.error(`No peer at ${python}: figures carry no ratio. Make it with bench/peers/setup.`);
    return undefined;
  }
  const program = fileURLToPath(new URL("./peers/imaging/quality.py", import.meta.url));
  const single = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const { stdout } = await promisify(execFile)(python, [program, String(repeats), ...files], {
    env: { ...process.env, ...single },
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout);
}

function largestDifference(ours: readonly Record<string, number>[], theirs: readonly Record<string, number>[]): number {
  let largest = 0;
  theirs.forEach((channel, index) => {
    for (const [name, expected] of Object.entries(channel)) {
      if (NOT_COMPARED.has(name)) continue;
      const found = ours[index]?.[name] ?? Number.NaN;
      const difference = Math.abs(found - expected) / Math.max(Math.abs(expected), 1e-12);
      largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
    }
  });
  return largest;
}

/** Six planes of round cells on a noisy background, LZW-compressed as instruments write them. */
async function writeGeneratedSite(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (let channel = 0; channel < CHANNELS; channel++) {
    const { data } = generatedPlane(channel + 1);
    const image = sharp(data, { raw: { width: EDGE, height: EDGE, channels: 1 } });
    const file = join(folder, `P1_C05_s1_${channel + 1}.tif`);
    await writeFile(
      file,
      await image.toColourspace("grey16").tiff({ compression: "lzw", predictor: "none" }).toBuffer(),
    );
    files.push(file);
  }
  return files;
}

function generatedPlane(seed: number): Plane {
  let state = seed * 2654435769;
  const random = (): number => {
    // Marsaglia's xorshift, 32 bits
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const light = new Float64Array(EDGE * EDGE).fill(400);
  for (let cell = 0; cell < 120; cell++) {
    const centreX = random() * EDGE;
    const centreY = random() * EDGE;
    const radius = 12 + 14 * random();
    const peak = 1500 + 9000 * random();
    for (let y = Math.max(0, Math.floor(centreY - 3 * radius)); y < Math.min(EDGE, centreY + 3 * radius); y++) {
      for (let x = Math.max(0, Math.floor(centreX - 3 * radius)); x < Math.min(EDGE, centreX + 3 * radius); x++) {
        const distance = ((x - centreX) ** 2 + (y - centreY) ** 2) / (radius * radius);
        light[y * EDGE + x] = light[y * EDGE + x]! + peak * Math.exp(-distance);
      }
    }
  }
  const grey = Uint16Array.from(light, (value) =>
    Math.min(65535, value + Math.sqrt(value) * 1.7 * (random() + random() - 1)),
  );
  return planeOf(grey, EDGE, EDGE);
}

function realSite(): string[] | undefined {
  const folder = new URL("../../shared/data/imaging/cellpainting6_BR00143976_C03f03/", import.meta.url);
  const order = [5, 2, 6, 3, 4, 1];
  const files = order.map((channel) => fileURLToPath(new URL(`r03c03f03p01-ch${channel}sk1fk1fl1.tiff`, folder)));
  return files.every((file) => existsSync(file)) ? files : undefined;
}
