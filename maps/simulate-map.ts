import { type Random, seededRandom } from "@artesian/numerics";
import { type MapUnit, type MapUnits, mapUnits } from "./map-units.ts";

/** What a simulated map is made of. */
export interface MapDesign {
  seed: number;
  /** Genes are G0001, G0002, …; default 200. */
  genes?: number;
  /** Pathways of genes with one phenotype each, the first genes in order; default 8. */
  pathways?: number;
  genesPerPathway?: number;
  /** Units of a gene, and of a compound at a dose; each in another batch while there are enough. Default 4. */
  replicates?: number;
  batches?: number;
  /** Batches belong to experiments in turn; default 2. */
  experiments?: number;
  controlsPerBatch?: number;
  features?: number;
  /** Each mimics a pathway (even ones) or opposes it (odd ones), ever more with its dose; default 4. */
  compounds?: number;
  /** µM; default 0.1, 1, 10. */
  doses?: readonly number[];
  /** Length of a pathway's phenotype in standard deviations of a control; default 6. */
  effect?: number;
  /** Length of a batch's shift in the same units; default 4. */
  batchShift?: number;
  /** Length of what cutting a chromosome arm does; default 0: none. */
  armBias?: number;
  /** Share of genes that are not expressed, and so have no phenotype of their own; default 0.4. */
  unexpressed?: number;
}

export interface SimulatedMap {
  units: MapUnits;
  truth: {
    /** Genes by pathway. */
    pathways: Map<string, string[]>;
    /** Pairs of genes of one pathway. */
    relations: [string, string][];
    /** Pathway that each compound mimics (1) or opposes (−1). */
    compounds: Map<string, { pathway: string; sign: 1 | -1 }>;
    arms: Map<string, string>;
    zFpkm: Map<string, number>;
  };
}

const ARMS = ["1p", "1q", "2p", "2q", "3p", "3q", "4p", "4q"];

/**
 * Units of a map whose truth is known: pathways share a phenotype, batches shift and stretch features, compounds follow or oppose a pathway
 * with their dose, cutting an arm shifts all of its genes, and what is left is noise that is correlated between features.
 */
export function simulateMap(design: MapDesign): SimulatedMap {
  const { seed, genes = 200, pathways = 8, genesPerPathway = 8, replicates = 4, batches = 6 } = design;
  const { features = 60, experiments = 2, controlsPerBatch = 40, compounds = 4, doses = [0.1, 1, 10] } = design;
  const { effect = 6, batchShift = 4, armBias = 0, unexpressed = 0.4 } = design;
  const random = seededRandom(seed);
  const direction = (length: number): Float64Array => {
    const raw = Float64Array.from({ length: features }, () => random.normal());
    const scale = length / Math.hypot(...raw);
    return raw.map((value) => value * scale);
  };
  const phenotypes = Array.from({ length: pathways }, () => direction(effect));
  const armEffects = new Map(ARMS.map((arm) => [arm, direction(armBias)]));
  const truth: SimulatedMap["truth"] = {
    pathways: new Map(),
    relations: [],
    compounds: new Map(),
    arms: new Map(),
    zFpkm: new Map(),
  };
  const treatments: {
    unit: Pick<MapUnit, "perturbation" | "type" | "symbol" | "concentration">;
    effect: Float64Array;
  }[] = [];
  for (let g = 0; g < genes; g++) {
    const symbol = `G${String(g + 1).padStart(4, "0")}`;
    const pathway = g < pathways * genesPerPathway ? Math.floor(g / genesPerPathway) : undefined;
    const arm = ARMS[random.below(ARMS.length)]!;
    const silent = pathway === undefined && random.uniform() < unexpressed;
    truth.arms.set(symbol, arm);
    truth.zFpkm.set(symbol, silent ? -4 - random.uniform() : random.normal());
    const own = silent ? new Float64Array(features) : direction(pathway === undefined ? effect / 2 : effect / 3);
    const shared = pathway === undefined ? new Float64Array(features) : phenotypes[pathway]!;
    const cut = armEffects.get(arm)!;
    if (pathway !== undefined) {
      const members = truth.pathways.get(`P${pathway + 1}`) ?? [];
      for (const other of members) truth.relations.push([other, symbol]);
      truth.pathways.set(`P${pathway + 1}`, [...members, symbol]);
    }
    treatments.push({
      unit: { perturbation: `gene:${symbol}`, type: "gene", symbol, concentration: null },
      effect: own.map((value, j) => value + shared[j]! + cut[j]!),
    });
  }
  for (let c = 0; c < compounds && pathways > 0; c++) {
    const symbol = `C${c + 1}`;
    const sign = c % 2 === 0 ? 1 : -1;
    const pathway = c % pathways;
    truth.compounds.set(symbol, { pathway: `P${pathway + 1}`, sign });
    for (const dose of doses)
      treatments.push({
        unit: { perturbation: `compound:${symbol}`, type: "compound", symbol, concentration: dose },
        effect: phenotypes[pathway]!.map((value) => (sign * value) / (1 + 1 / dose)),
      });
  }
  return {
    units: measured(treatments, { batches, experiments, controlsPerBatch, features, replicates, batchShift }, random),
    truth,
  };
}

interface Acquisition {
  batches: number;
  experiments: number;
  controlsPerBatch: number;
  features: number;
  replicates: number;
  batchShift: number;
}

function measured(
  treatments: readonly {
    unit: Pick<MapUnit, "perturbation" | "type" | "symbol" | "concentration">;
    effect: Float64Array;
  }[],
  { batches, experiments, controlsPerBatch, features, replicates, batchShift }: Acquisition,
  random: Random,
): MapUnits {
  const nuisance = Array.from({ length: 4 }, () => Float64Array.from({ length: features }, () => random.normal()));
  const conditions = Array.from({ length: batches }, () => ({
    shift: Float64Array.from({ length: features }, () => (batchShift * random.normal()) / Math.sqrt(features)),
    stretch: Float64Array.from({ length: features }, () => Math.exp(0.1 * random.normal())),
    count: 0,
  }));
  const units: MapUnit[] = [];
  const rows: Float64Array[] = [];
  const none = new Float64Array(features);
  const add = (
    batch: number,
    unit: Pick<MapUnit, "perturbation" | "type" | "symbol" | "concentration">,
    effect: Float64Array,
    control: boolean,
  ): void => {
    const condition = conditions[batch]!;
    const states = nuisance.map(() => random.normal());
    rows.push(
      effect.map(
        (value, j) =>
          (value +
            condition.shift[j]! +
            random.normal() +
            nuisance.reduce((sum, axis, k) => sum + states[k]! * axis[j]!, 0)) *
          condition.stretch[j]!,
      ),
    );
    units.push({
      id: `B${batch + 1}-${++condition.count}`,
      ...unit,
      batch: `B${batch + 1}`,
      experiment: `E${(batch % experiments) + 1}`,
      control,
      objects: 200 + random.below(100),
      flags: [],
      intensities: [Math.exp(6 + 0.1 * random.normal())],
    });
  };
  const untreated = { perturbation: "control", type: "other", symbol: "control", concentration: null } as const;
  for (let batch = 0; batch < batches; batch++)
    for (let k = 0; k < controlsPerBatch; k++) add(batch, untreated, none, true);
  treatments.forEach(({ unit, effect }, t) => {
    for (let k = 0; k < replicates; k++) add((t + k) % batches, unit, effect, false);
  });
  const values = new Float64Array(units.length * features);
  for (const [i, row] of rows.entries()) values.set(row, i * features);
  return mapUnits(
    units,
    Array.from({ length: features }, (_, j) => `Feature_${j + 1}`),
    values,
  );
}
