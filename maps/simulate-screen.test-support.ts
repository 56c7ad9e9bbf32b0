import { type Random, seededRandom } from "@artesian/numerics";
import type { ProfileMatrix, ScreenWell } from "./screen-wells.ts";

/** A planted compound. */
export interface PlantedCompound {
  name: string;
  ec50: number;
  hill: number;
  /** Share of the way back at infinite dose. */
  rescue: number;
  /** Length of the side effect at infinite dose over the disease's. */
  sideEffect: number;
}

export interface PlantedScreen {
  profiles: ProfileMatrix;
  wells: ScreenWell[];
  compounds: PlantedCompound[];
  /** Planted pathway of each gene. */
  pathways: Record<string, string>;
}

export interface PlantedScreenOptions {
  seed: number;
  plates?: number;
  controls?: number;
  features?: number;
  /** Distance from healthy to disease in standard deviations of a well along it; 15 gives Z′ = 0.6. */
  separation?: number;
  compounds?: readonly PlantedCompound[];
  /** Noise of one cell property (think of cell density) over that of the others; default 2. */
  nuisance?: number;
  doses?: readonly number[];
}

export const PLANTED_COMPOUNDS: readonly PlantedCompound[] = [
  { name: "C1", ec50: 0.15, hill: 1.2, rescue: 0.95, sideEffect: 0.15 },
  { name: "C2", ec50: 1.5, hill: 1.5, rescue: 0.98, sideEffect: 0.4 },
  { name: "C3", ec50: 0.5, hill: 1, rescue: 0.45, sideEffect: 0.1 },
  { name: "C4", ec50: 0.8, hill: 1.2, rescue: 0.98, sideEffect: 0.05 },
  { name: "C5", ec50: 1, hill: 1, rescue: 0, sideEffect: 0 },
  { name: "C6", ec50: 1, hill: 1.2, rescue: 0, sideEffect: 1 },
];

/**
 * Wells × features of a rescue screen with truth: twelve latent cell properties with noise from well to well, mixed into features by a
 * random matrix with noise of its own and features of unequal size; plates shifted. Disease is a direction among the properties, gene
 * G2 lies close to it, G3 and G4 close to each other; compounds walk disease wells back and to the side.
 */
export function plantedScreen(options: PlantedScreenOptions): PlantedScreen {
  const random = seededRandom(options.seed);
  const dims = 12;
  const width = options.features ?? 200;
  const separation = options.separation ?? 15;
  const compounds = options.compounds ?? PLANTED_COMPOUNDS;
  const doses = options.doses ?? [0.03, 0.1, 0.3, 1, 3, 10];
  const direction = (): number[] => unit(Array.from({ length: dims }, () => random.normal()));
  const disease = direction().map((value) => value * separation);
  const towards = (target: readonly number[], angle: number): number[] => {
    const off = orthogonal(direction(), target);
    const along = unit(target);
    return along.map((value, j) => Math.cos(angle) * value + Math.sin(angle) * off[j]!);
  };
  const genes: Record<string, { vector: number[]; pathway: string }> = {};
  const other = direction();
  genes.G1 = { vector: towards(disease, 0.6).map((value) => value * 0.7 * separation), pathway: "A" };
  genes.G2 = { vector: towards(disease, 0.35).map((value) => value * 0.9 * separation), pathway: "A" };
  genes.G3 = { vector: towards(other, 0.4).map((value) => value * 0.6 * separation), pathway: "B" };
  genes.G4 = { vector: towards(other, 0.4).map((value) => value * 0.8 * separation), pathway: "B" };
  const sides = compounds.map(() => orthogonal(direction(), disease));
  const mixing = Array.from({ length: width }, () => {
    const size = Math.exp(random.normal());
    return { weights: direction().map((value) => value * size), noise: size * 0.8 };
  });
  const wells: ScreenWell[] = [];
  const rows: Float64Array[] = [];
  for (let p = 1; p <= (options.plates ?? 3); p++) {
    const shift = Float64Array.from({ length: width }, (_, j) => 0.8 * mixing[j]!.noise * random.normal());
    let position = 0;
    const add = (
      role: ScreenWell["role"],
      name: string | null,
      doseUm: number | null,
      latent: readonly number[],
    ): void => {
      wells.push({ plate: `P${p}`, well: wellAt(position++), role, name, doseUm });
      rows.push(measure(latent, mixing, shift, options.nuisance ?? 2, random));
    };
    for (let k = 0; k < (options.controls ?? 8); k++) {
      add("healthy", "healthy", null, new Array<number>(dims).fill(0));
      add("disease", "DG", null, disease);
    }
    for (const [name, { vector }] of Object.entries(genes)) for (let k = 0; k < 2; k++) add("gene", name, null, vector);
    compounds.forEach((compound, c) => {
      for (const dose of doses) {
        const effect = 1 / (1 + (compound.ec50 / dose) ** compound.hill);
        const latent = disease.map(
          (value, j) =>
            value * (1 - compound.rescue * effect) + sides[c]![j]! * compound.sideEffect * effect * separation,
        );
        add("compound", compound.name, dose, latent);
      }
    });
  }
  const values = new Float64Array(wells.length * width);
  for (const [i, row] of rows.entries()) values.set(row, i * width);
  const features = Array.from({ length: width }, (_, j) => `Cells_Feature_${j}`);
  return {
    profiles: { features, values },
    wells,
    compounds: [...compounds],
    pathways: { DG: "A", ...Object.fromEntries(Object.entries(genes).map(([name, { pathway }]) => [name, pathway])) },
  };
}

function measure(
  latent: readonly number[],
  mixing: readonly { weights: number[]; noise: number }[],
  shift: Float64Array,
  nuisance: number,
  random: Random,
): Float64Array {
  const state = latent.map((value, k) => value + (k === 0 ? nuisance : 1) * random.normal());
  return Float64Array.from(mixing, ({ weights, noise }, j) => {
    let sum = shift[j]! + noise * random.normal();
    for (let k = 0; k < state.length; k++) sum += weights[k]! * state[k]!;
    return sum;
  });
}

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function orthogonal(vector: readonly number[], to: readonly number[]): number[] {
  const along = unit(to);
  const part = vector.reduce((sum, value, j) => sum + value * along[j]!, 0);
  return unit(vector.map((value, j) => value - part * along[j]!));
}

function wellAt(position: number): string {
  return `${String.fromCharCode(66 + Math.floor(position / 10))}${String(2 + (position % 10)).padStart(2, "0")}`;
}
