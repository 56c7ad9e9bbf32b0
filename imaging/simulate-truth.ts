import type { ScreenDesign } from "./simulate-design.ts";
import type { InjectedFault } from "./simulate-faults.ts";
import { cosine, magnitude, rescueAt, treatedPhenotype } from "./simulate-phenotype.ts";

/** A compound rescues, in this screen's truth, when its highest tested dose brings cells at least this share of the way back. */
export const RESCUE_AT_LEAST = 0.3;

export interface ScreenTruth {
  readonly compounds: readonly {
    readonly name: string;
    /** Dose of half its own maximal rescue; null when it rescues nothing at any dose. */
    readonly ec50Um: number | null;
    /** Whether that dose lies within the tested doses. */
    readonly ec50InsideDoses: boolean;
    /** Whether it rescues at the tested doses, see RESCUE_AT_LEAST. */
    readonly rescue: boolean;
    /** Share of the way back at infinite dose. */
    readonly maxRescue: number;
    readonly rescueAtTopDose: number;
    /** Length of what it adds beside the disease axis at the highest dose, as a share of the disease's length. */
    readonly sideEffectAtTopDose: number;
  }[];
  readonly genes: readonly {
    readonly name: string;
    readonly pathway: string;
    /** Cosine to the disease phenotype. */
    readonly cosineToDisease: number;
  }[];
  /** The gene whose loss is the disease model, its pathway, and the knock-out that is most like it. */
  readonly diseaseGene: { readonly name: string; readonly mostSimilar: string | null };
  readonly faults: readonly InjectedFault[];
}

/** What a perfect analysis of the screen would find. */
export function screenTruth(design: ScreenDesign): ScreenTruth {
  const { disease, diseaseGene, genes, compounds, faults } = design.truth;
  const lowest = Math.min(...design.dosesUm);
  const highest = Math.max(...design.dosesUm);
  const like = genes
    .map(({ name, pathway, phenotype }) => ({ name, pathway, cosineToDisease: cosine(phenotype, disease) }))
    .sort((a, b) => a.name.localeCompare(b.name));
  const mostSimilar = [...like].sort((a, b) => b.cosineToDisease - a.cosineToDisease)[0]?.name ?? null;
  return {
    compounds: compounds.map((compound) => {
      const rescueAtTopDose = rescueAt(compound, highest);
      const treated = treatedPhenotype(compound, highest, disease);
      const added = treated.map((value, i) => value - (1 - rescueAtTopDose) * disease[i]!);
      return {
        name: compound.name,
        ec50Um: compound.ec50Um,
        ec50InsideDoses: compound.ec50Um !== null && compound.ec50Um >= lowest && compound.ec50Um <= highest,
        rescue: rescueAtTopDose >= RESCUE_AT_LEAST,
        maxRescue: compound.maxRescue,
        rescueAtTopDose,
        sideEffectAtTopDose: magnitude(added) / magnitude(disease),
      };
    }),
    genes: like,
    diseaseGene: { name: diseaseGene, mostSimilar },
    faults,
  };
}
