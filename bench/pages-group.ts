import { folderPlace } from "@artesian/data";
import {
  type GroupRow,
  groupFiles,
  type PerturbationGroup,
  prepareGroup,
  publishGroups,
  TRANSFORMATIONS,
} from "@artesian/maps";
import { seededRandom } from "@artesian/numerics";

/** Rows of a pathway, which point the same way. */
const PATHWAY = 12;

/** Publishes a group of so many genes into a folder: pathways of twelve, one vector each way, as large maps are. */
export async function publishGenes(dir: string, genes: number, dims: number): Promise<void> {
  const group = genesOf(genes, dims);
  const tested = { tested: 0, significant: 0, median: null };
  const prepared = prepareGroup(
    {
      id: "genes",
      label: "Simulated genes",
      rank: 0,
      parents: [],
      transformation: TRANSFORMATIONS.plain!,
      recipe: {
        filter: {},
        align: { kind: "none" },
        aggregate: {},
        transformations: [TRANSFORMATIONS.plain!],
        default: "last",
        seed: 1,
      },
      model: null,
      inputs: [],
      rows: genes,
      dims,
      units: 0,
      dropped: {},
      benchmark: {
        rows: genes,
        perturbations: genes,
        genes,
        recall: [],
        clusters: [],
        consistency: tested,
        magnitude: tested,
        retrieval: tested,
      },
      proximityBias: null,
    },
    groupFiles(group),
    new Map(),
    "2026-01-01T00:00:00.000Z",
  );
  await publishGroups(folderPlace(dir), [{ prepared, isDefault: true }]);
}

function genesOf(genes: number, dims: number): PerturbationGroup {
  const random = seededRandom(3);
  const vectors = new Float32Array(genes * dims);
  const norms = new Float32Array(genes);
  const rows: GroupRow[] = [];
  let direction = new Float32Array(dims);
  for (let i = 0; i < genes; i++) {
    if (i % PATHWAY === 0) direction = Float32Array.from({ length: dims }, () => random.normal());
    const own = direction.map((value) => value + random.normal());
    norms[i] = Math.hypot(...own);
    vectors.set(
      own.map((value) => value / norms[i]!),
      i * dims,
    );
    const symbol = `G${String(i + 1).padStart(5, "0")}`;
    rows.push({
      perturbation: `gene:${symbol}`,
      type: "gene",
      symbol,
      concentration: null,
      units: 6,
      experiment: null,
      arm: `${1 + (i % 22)}${i % 2 === 0 ? "p" : "q"}`,
      consistencyP: 0.001,
    });
  }
  return { rows, dims, vectors, norms };
}
