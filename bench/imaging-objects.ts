import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  aggregateObjects,
  cytoplasmOf,
  designScreen,
  embedSite,
  type FeatureFamily,
  type FeatureTable,
  featureFamilies,
  type Labels,
  labelsFrom,
  measureObjects,
  type Plane,
  planeOf,
  readPlane,
  renderSite,
  SIMULATED_CHANNELS,
  segmentCells,
  segmentNuclei,
} from "@artesian/imaging";
import type { Figure } from "./figure.ts";

interface Site {
  name: string;
  channels: { name: string; plane: Plane }[];
  /** Nuclei to measure, the same for both sides. */
  labels: Labels;
}

interface PeerResult {
  nucleiMs: number;
  nuclei: number;
  featuresMs: number;
  objects: number;
  features: number;
  values: Record<string, (number | null)[]>;
}

/** What cp_measure has too; neighbours and the texture of the live pipeline's default set are measured apart. */
const sharedFamilies: FeatureFamily[] = featureFamilies.filter((family) => family !== "neighbors");

/**
 * Segmentation, object features and embedding: CPU time of one process, against scikit-image and cp_measure on the same
 * planes and the same labels in the same run.
 * @param options.quick fewer repeats
 */
export async function objectFigures(options: { quick: boolean }): Promise<Figure[]> {
  const repeats = options.quick ? 5 : 11;
  const large = (await realSite()) ?? (await generatedSite());
  return [...(await largeSiteFigures(large, repeats)), ...(await pipelineFigures(repeats))];
}

async function largeSiteFigures(site: Site, repeats: number): Promise<Figure[]> {
  const { channels, labels } = site;
  const dna = channels[0]!.plane;
  const shape = `${dna.width}², ${site.name}`;
  const nuclei = cpuMs(repeats, () => segmentNuclei(dna));
  const body = channels.slice(1, 4).map(({ plane }) => plane);
  const cells = cpuMs(repeats, () => segmentCells(body, nuclei.result));
  const features = cpuMs(Math.max(3, repeats >> 2), () =>
    measureObjects({ channels, labels, families: sharedFamilies }),
  );
  const peer = await runPeer(site, 3);
  const work = `${labels.count} objects × ${channels.length} channels × ${features.result.names.length} features`;
  return [
    versus(
      { id: `nuclei, ${shape}`, value: nuclei.ms, unit: "ms", better: "lower", goal: 45 },
      "scikit-image",
      peer?.nucleiMs,
    ),
    { id: `cells, ${shape}`, value: cells.ms, unit: "ms", better: "lower", goal: 45 },
    versus(
      { id: `features, ${work}, ${site.name}`, value: features.ms, unit: "ms", better: "lower" },
      "cp_measure",
      peer?.featuresMs,
    ),
    ...(peer === undefined
      ? []
      : [
          {
            id: `features within 1e-6 of cp_measure, ${site.name}`,
            value:
              100 *
              shareEqual(
                features.result,
                peer.values,
                channels.map(({ name }) => name),
              ),
            unit: "%",
            better: "higher",
            goal: 99.9,
          } satisfies Figure,
        ]),
  ];
}

/** The live pipeline's work on one simulated site: segmentation, three object sets, aggregation, embedding. */
async function pipelineFigures(repeats: number): Promise<Figure[]> {
  const design = designScreen({ seed: 11 });
  const plate = design.plates[0]!;
  const well = plate.wells.find(({ role }) => role === "healthy") ?? plate.wells[0]!;
  const { planes } = renderSite(design, plate.id, well.well, 1);
  const channels = planes.map((plane, c) => ({ name: SIMULATED_CHANNELS[c]!, plane }));
  const nuclei = cpuMs(repeats, () => segmentNuclei(planes[0]!));
  const cells = cpuMs(repeats, () => segmentCells(planes.slice(1, 4), nuclei.result));
  const objects = cpuMs(repeats, () =>
    [nuclei.result, cells.result, cytoplasmOf(cells.result, nuclei.result)].map((labels) =>
      aggregateObjects(measureObjects({ channels, labels }), "mean"),
    ),
  );
  const embedding = cpuMs(repeats, () => embedSite(planes));
  const size = `${planes[0]!.width}², simulated`;
  const figure = (id: string, value: number, goal?: number): Figure => ({
    id: `${id}, ${size}`,
    value,
    unit: "ms",
    better: "lower",
    ...(goal !== undefined && { goal }),
  });
  return [
    figure(`nuclei (${nuclei.result.count})`, nuclei.ms),
    figure("cells", cells.ms),
    figure("features of nuclei, cells, cytoplasm × 6 channels", objects.ms),
    figure("embedding × 6 channels", embedding.ms, 60),
    figure("whole site", nuclei.ms + cells.ms + objects.ms + embedding.ms, 120),
  ];
}

function versus(figure: Figure, peer: string, peerValue: number | undefined): Figure {
  return peerValue === undefined ? figure : { ...figure, peer, peerValue, ratio: peerValue / figure.value };
}

/** Median CPU time (user and system) after one unmeasured call. */
function cpuMs<T>(repeats: number, work: () => T): { ms: number; result: T } {
  let result = work();
  const times: number[] = [];
  for (let r = 0; r < repeats; r++) {
    const start = process.cpuUsage();
    result = work();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return { ms: times[times.length >> 1]!, result };
}

async function runPeer(site: Site, repeats: number): Promise<PeerResult | undefined> {
  const python = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache", "artesian", "peers"), "bin", "python");
  const program = fileURLToPath(new URL("./peers/imaging-objects/objects.py", import.meta.url));
  if (!existsSync(python)) {
    console.error(`No Python peers at ${python}: run bench/peers/setup. Figures have no ratio.`);
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), "artesian-bench-objects-"));
  try {
    const { width, height } = site.labels;
    const raw = (data: Uint16Array) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await writeFile(join(folder, "labels.raw"), raw(site.labels.data));
    const channels = site.channels.map(({ name }, c) => ({ name, file: `${c}.raw` }));
    for (const [c, { plane }] of site.channels.entries()) {
      await writeFile(join(folder, `${c}.raw`), raw(Uint16Array.from(plane.data)));
    }
    await writeFile(join(folder, "site.json"), JSON.stringify({ width, height, channels, labels: "labels.raw" }));
    const one = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
    const { stdout } = await promisify(execFile)(python, [program, folder, String(repeats)], {
      env: { ...process.env, ...one },
      maxBuffer: 2 ** 28,
    });
    return JSON.parse(stdout) as PeerResult;
  } catch (error) {
    console.error(`The Python peer failed; figures have no ratio. ${error instanceof Error ? error.message : error}`);
    return undefined;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Share of the values that both sides have and that agree to 1e-6 (or to 1e-9 near zero). */
function shareEqual(table: FeatureTable, peer: PeerResult["values"], channels: string[]): number {
  let compared = 0;
  let equal = 0;
  table.names.forEach((name, f) => {
    const values = peer[peerName(name, channels)];
    if (values === undefined) return;
    for (let k = 0; k < table.objectCount; k++) {
      // Newer cp_measure calls a Costes search without a positive correlation undefined; CellProfiler, and we, end it at 0.
      if (name.startsWith("Correlation_Costes") && values[k] === null) continue;
      const ours = table.values[k * table.names.length + f]!;
      const theirs = values[k] ?? Number.NaN;
      compared++;
      const near = Math.abs(ours - theirs) <= Math.max(1e-9, 1e-6 * Math.abs(theirs));
      if (near || (Number.isNaN(ours) && Number.isNaN(theirs))) equal++;
    }
  });
  return compared === 0 ? 0 : equal / compared;
}

function peerName(name: string, channels: string[]): string {
  const pair = /^Correlation_(Manders|RWC|Costes)_([^_]+)_([^_]+)$/.exec(name);
  if (pair) {
    const [kind, a, b] = [pair[1]!, pair[2]!, pair[3]!];
    return channels.indexOf(a) < channels.indexOf(b)
      ? `Correlation_${kind}_1_${a}_${b}`
      : `Correlation_${kind}_2_${b}_${a}`;
  }
  return name
    .replace("Correlation_Correlation_", "Correlation_Pearson_")
    .replace(/^Texture_([A-Za-z0-9]+)_([^_]+)_(3_0\d_256)$/, "$1_$3_$2")
    .replace(/^RadialDistribution_(FracAtD|MeanFrac|RadialCV)_([^_]+)_(\dof4)$/, "RadialDistribution_$1_$3_$2")
    .replace(/^AreaShape_/, "");
}

async function realSite(): Promise<Site | undefined> {
  const folder = new URL("../../shared/data/imaging/", import.meta.url);
  const names = { DNA: 5, ER: 2, AGP: 3, RNA: 6, Mito: 4, Brightfield: 1 };
  const labelFile = new URL("golden/pediatric_C03_f03_nuclei_labels.png", folder);
  if (!existsSync(labelFile)) return undefined;
  const picture = await readPlane(await readFile(labelFile));
  const channels = await Promise.all(
    Object.entries(names).map(async ([name, channel]) => {
      const file = new URL(`cellpainting6_BR00143976_C03f03/r03c03f03p01-ch${channel}sk1fk1fl1.tiff`, folder);
      return { name, plane: await readPlane(await readFile(file)) };
    }),
  );
  return { name: "real", channels, labels: labelsFrom(picture.data, picture.width, picture.height) };
}

/** Four simulated sites side by side, as large as a real one. */
async function generatedSite(): Promise<Site> {
  const design = designScreen({ seed: 5 });
  const plate = design.plates[0]!;
  const sites = plate.wells.slice(0, 4).map(({ well }) => renderSite(design, plate.id, well, 1));
  const channels = SIMULATED_CHANNELS.map((name, c) => ({
    name,
    plane: besideEachOther(sites.map(({ planes }) => planes[c]!)),
  }));
  return { name: "simulated", channels, labels: segmentNuclei(channels[0]!.plane) };
}

function besideEachOther(four: Plane[]): Plane {
  const { width, height } = four[0]!;
  const data = new Uint16Array(4 * width * height);
  four.forEach((plane, n) => {
    for (let y = 0; y < height; y++) {
      const row = plane.data.subarray(y * width, (y + 1) * width);
      data.set(row, ((n >> 1) * height + y) * 2 * width + (n & 1) * width);
    }
  });
  return planeOf(data, 2 * width, 2 * height);
}
