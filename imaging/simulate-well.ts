import { type ScreenDesign, type WellDesign, wellDesign } from "./simulate-design.ts";
import { type Phenotype, treatedPhenotype } from "./simulate-phenotype.ts";
import { randomStream } from "./simulate-random.ts";
import { parseWell, plateFormat } from "./well.ts";

/** What a well's cells and staining really are like. */
export interface WellTruth {
  /** Phenotype that the perturbation calls for, in standard deviations between healthy cells. */
  readonly nominal: Phenotype;
  /** The same with the biology of this well's day: well-to-well variation and the edge effect. */
  readonly actual: Phenotype;
  /** Factor on the light of each channel: plate, row, column and pipetting. */
  readonly gains: readonly number[];
  /** Factor on the even background of each channel on this plate. */
  readonly backgrounds: readonly number[];
}

/** Phenotype of a perturbation as planned, without any variation. */
export function nominalPhenotype(design: ScreenDesign, well: WellDesign): Phenotype {
  const { disease, genes, compounds } = design.truth;
  if (well.role === "disease") return disease;
  if (well.role === "gene") return genes.find(({ name }) => name === well.gene)?.phenotype ?? disease.map(() => 0);
  if (well.role === "healthy") return disease.map(() => 0);
  const compound = compounds.find(({ name }) => name === well.compound);
  return compound === undefined ? disease : treatedPhenotype(compound, well.doseUm ?? 0, disease);
}

/** Standard deviation between wells of the same treatment, in standard deviations between cells. */
const WELL_NOISE = 0.085;

/**
 * Truth of a well: its phenotype with variation, and how its staining came out. Plates differ in staining by some 8 percent, rows and
 * columns drift by a few percent, wells by 2; wells of the outermost imaged ring hold fewer cells.
 * @throws ScreenDesignError (imaging/screen-design) when the plate or the well is not in the design
 */
export function wellTruth(design: ScreenDesign, plateId: string, well: string): WellTruth {
  const plan = wellDesign(design, plateId, well);
  const nominal = nominalPhenotype(design, plan);
  const plate = randomStream(design.seed, `plate/${plateId}`);
  const own = randomStream(design.seed, `well/${plateId}/${well}`);
  const shape = plateFormat(design.format);
  const { row, column } = parseWell(well);
  const down = row / (shape.rows - 1) - 0.5;
  const across = column / (shape.columns - 1) - 0.5;
  const gains = design.channels.map(() => {
    const stain = 0.08 * plate.normal() + 0.04 * plate.normal() * down + 0.04 * plate.normal() * across;
    return Math.exp(stain + 0.02 * own.normal());
  });
  const backgrounds = design.channels.map(() => Math.exp(0.06 * plate.normal()));
  const shift = nominal.map(() => 0.05 * plate.normal());
  const actual = nominal.map((value, i) => value + shift[i]! + WELL_NOISE * own.normal());
  const density = design.truth.parameters.indexOf("density");
  const wells = design.plates.find(({ id }) => id === plateId)?.wells.map((other) => parseWell(other.well)) ?? [];
  const edge =
    row === Math.min(...wells.map((place) => place.row)) ||
    row === Math.max(...wells.map((place) => place.row)) ||
    column === Math.min(...wells.map((place) => place.column)) ||
    column === Math.max(...wells.map((place) => place.column));
  if (edge) actual[density]! -= 0.4;
  actual[density]! += 0.35 * own.normal();
  return { nominal, actual, gains, backgrounds };
}
