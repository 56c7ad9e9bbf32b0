import { type RandomStream, randomStream } from "./simulate-random.ts";

/**
 * What a simulated cell can vary in. A phenotype is a vector over these, in units of the standard deviation between healthy cells:
 * 0 everywhere is healthy.
 */
export const PHENOTYPE_PARAMETERS = [
  "nucleusArea",
  "nucleusElongation",
  "chromatinTexture",
  "dnaIntensity",
  "erIntensity",
  "erPerinuclear",
  "rnaIntensity",
  "nucleoliSize",
  "actinFibres",
  "agpIntensity",
  "mitoIntensity",
  "mitoFragmentation",
  "mitoPerinuclear",
  "golgiIntensity",
  "golgiDispersion",
  "cellArea",
  "cellElongation",
  "density",
] as const;

export type PhenotypeParameter = (typeof PHENOTYPE_PARAMETERS)[number];
export type Phenotype = number[];

const SIZE = PHENOTYPE_PARAMETERS.length;
/** Parameters that a side effect or a knock-out may change at random: density is left out, losing cells is not a look. */
const FREE = PHENOTYPE_PARAMETERS.map((name) => name !== "density");

/** The phenotype that differs from healthy in the named parameters. */
export function phenotypeOf(changes: Partial<Record<PhenotypeParameter, number>>): Phenotype {
  return PHENOTYPE_PARAMETERS.map((name) => changes[name] ?? 0);
}

/** Mitochondria fragment and collapse onto the nucleus, the Golgi scatters, ER and RNA fade, cells shrink a little on thicker actin. */
export const DISEASE_PHENOTYPE: Phenotype = phenotypeOf({
  mitoFragmentation: 2.2,
  mitoPerinuclear: 2.2,
  mitoIntensity: -1.2,
  golgiDispersion: 2.2,
  erIntensity: -1.5,
  rnaIntensity: -0.9,
  nucleusArea: -0.8,
  cellArea: -0.5,
  actinFibres: 0.7,
});

/** Large nucleoli, large round nuclei with coarse chromatin, bright RNA, actin without fibres: another pathway altogether. */
export const OTHER_PATHWAY_PHENOTYPE: Phenotype = phenotypeOf({
  nucleoliSize: 2,
  rnaIntensity: 0.9,
  nucleusArea: 1.2,
  chromatinTexture: 1.4,
  actinFibres: -1.5,
  agpIntensity: 0.7,
});

/** What is true of a knocked-out gene. */
export interface GeneTruth {
  readonly name: string;
  readonly pathway: string;
  /** Direction and strength of its phenotype, from healthy. */
  readonly phenotype: Phenotype;
}

/** What is true of a compound on disease cells. */
export interface CompoundTruth {
  readonly name: string;
  /** Dose of half the rescue; null when it rescues nothing. */
  readonly ec50Um: number | null;
  readonly hill: number;
  /** Share of the way back to healthy at infinite dose, 0..1. */
  readonly maxRescue: number;
  /** Phenotype that the compound adds at infinite dose. */
  readonly sideEffect: Phenotype;
  /** Dose of half the side effect. */
  readonly sideEffectEc50Um: number;
}

/** Length of a phenotype, in standard deviations between cells. */
export function magnitude(phenotype: Phenotype): number {
  return Math.hypot(...phenotype);
}

export function cosine(a: Phenotype, b: Phenotype): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / (magnitude(a) * magnitude(b));
}

/** A random direction of length 1 that has nothing in common with the given phenotypes (Gram–Schmidt). */
export function directionBeside(phenotypes: readonly Phenotype[], random: RandomStream): Phenotype {
  const basis: Phenotype[] = [];
  for (const phenotype of phenotypes) {
    const rest = withoutBasis(phenotype, basis);
    if (magnitude(rest) > 1e-9) basis.push(rest.map((value) => value / magnitude(rest)));
  }
  const raw = FREE.map((free) => (free ? random.normal() : 0));
  const rest = withoutBasis(raw, basis);
  return rest.map((value) => value / magnitude(rest));
}

function withoutBasis(phenotype: Phenotype, basis: readonly Phenotype[]): Phenotype {
  let rest = [...phenotype];
  for (const axis of basis) {
    const along = rest.reduce((sum, value, i) => sum + value * axis[i]!, 0);
    rest = rest.map((value, i) => value - along * axis[i]!);
  }
  return rest;
}

/** Name of the gene whose loss makes the disease model. */
export const DISEASE_GENE = "DG";

/**
 * The knock-outs of the rescue screen: G1 and G2 stand in the disease gene's pathway (cosine to the disease 0.8 and 0.95), G3 and G4
 * in another one.
 */
export function pathwayGenes(seed: number): GeneTruth[] {
  const random = randomStream(seed, "genes");
  const known = [DISEASE_PHENOTYPE, OTHER_PATHWAY_PHENOTYPE];
  const gene = (name: string, pathway: string, centre: Phenotype, towards: number, strength: number): GeneTruth => {
    const beside = directionBeside(known, random);
    const along = (strength * towards) / magnitude(centre);
    const away = strength * Math.sqrt(1 - towards * towards);
    return { name, pathway, phenotype: centre.map((value, i) => along * value + away * beside[i]!) };
  };
  return [
    gene("G1", "A", DISEASE_PHENOTYPE, 0.8, 3.5),
    gene("G2", "A", DISEASE_PHENOTYPE, 0.95, 3.8),
    gene("G3", "B", OTHER_PATHWAY_PHENOTYPE, 0.95, 3.8),
    gene("G4", "B", OTHER_PATHWAY_PHENOTYPE, 0.92, 3.5),
  ];
}

/**
 * The six compounds of the rescue screen: C1 and C4 rescue nearly or fully, C3 half, C2 does nothing, C5 acts without rescuing, C6 would rescue
 * beyond the highest dose.
 */
export function rescueCompounds(seed: number): CompoundTruth[] {
  const random = randomStream(seed, "compounds");
  const compound = (
    name: string,
    ec50Um: number | null,
    hill: number,
    maxRescue: number,
    sideEffect: number,
    sideEffectEc50Um: number,
  ): CompoundTruth => {
    const beside = directionBeside([DISEASE_PHENOTYPE], random);
    return { name, ec50Um, hill, maxRescue, sideEffect: beside.map((x) => sideEffect * x + 0), sideEffectEc50Um };
  };
  return [
    compound("C1", 0.2, 1.3, 0.9, 0.9, 4),
    compound("C2", null, 1, 0, 0, 1),
    compound("C3", 0.5, 1.8, 0.55, 0.2, 5),
    compound("C4", 0.8, 1.6, 1, 0.3, 8),
    compound("C5", null, 1, 0, 4, 0.6),
    compound("C6", 30, 1.6, 0.95, 0.3, 10),
  ];
}

/** Share of a maximal effect that a dose reaches: the Hill equation. */
export function hillShare(doseUm: number, ec50Um: number, hill: number): number {
  if (doseUm <= 0) return 0;
  return 1 / (1 + (ec50Um / doseUm) ** hill);
}

/** Share of the way from disease back to healthy at a dose: 0 none, 1 healthy. */
export function rescueAt(compound: CompoundTruth, doseUm: number): number {
  if (compound.ec50Um === null) return 0;
  return compound.maxRescue * hillShare(doseUm, compound.ec50Um, compound.hill);
}

/** Phenotype of disease cells under a compound: the rest of the disease plus the side effect. */
export function treatedPhenotype(compound: CompoundTruth, doseUm: number, disease: Phenotype): Phenotype {
  const left = 1 - rescueAt(compound, doseUm);
  const beside = hillShare(doseUm, compound.sideEffectEc50Um, 1);
  return disease.map((value, i) => left * value + beside * (compound.sideEffect[i] ?? 0));
}

/** A phenotype as an object with parameter names, for people. */
export function namedPhenotype(phenotype: Phenotype): Record<PhenotypeParameter, number> {
  return Object.fromEntries(
    Array.from({ length: SIZE }, (_, i) => [PHENOTYPE_PARAMETERS[i]!, phenotype[i] ?? 0]),
  ) as Record<PhenotypeParameter, number>;
}
