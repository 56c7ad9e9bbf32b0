import type { ScreenDesign } from "@artesian/imaging";
import { screenTruth } from "@artesian/imaging";
import type { RunResults } from "./results.ts";

/** What `demo --exit --json` prints. */
export interface DemoJudgement {
  complete: boolean;
  seconds: number;
  plates: { id: string; zPrime: number | null }[];
  compounds: { id: string; ec50: number | null; ec50Truth: number | null; rescue: boolean; rescueTruth: boolean }[];
  genes: { nearestInPathway: number; of: number };
  faults: { injected: number; found: number; false: number };
  /** The published map: genes beside one of their pathway, and compounds at their highest dose as far along the disease as planted. */
  map: { group: string; rows: number; genesInPlace: number; compoundsInPlace: number } | null;
  /** What is not right, in sentences; empty when all is. */
  wrong: string[];
}

/** Nearest neighbours of genes on the map. */
export interface NearestGene {
  name: string;
  nearest: string | null;
}

/** What a published map says. */
export interface PublishedMap {
  /** "id@version" of its default group. */
  group: string;
  rows: number;
  /** Of each gene and the disease. */
  nearest: readonly NearestGene[];
  /** Projection of each compound at each dose on the disease, from healthy cells: 1 is as diseased, 0 as healthy. */
  alongDisease: readonly { name: string; doseUm: number; projection: number }[];
}

const LEAST_Z_PRIME = 0.5;
const MOST_FALSE_FAULTS = 1;
/** Of a projection on the disease, for a compound without side effect; what a side effect adds is not quite at right angles in measured features. */
const MOST_OFF = 0.3;

/** Holds what the pipeline found against what the simulator planted. */
export function judgeDemo(
  design: ScreenDesign,
  results: RunResults,
  nearest: readonly NearestGene[],
  map: PublishedMap | null,
  seconds: number,
): DemoJudgement {
  const truth = screenTruth(design);
  const wrong: string[] = [];
  if (!results.complete)
    wrong.push(
      `The run is not complete: ${results.failures.map(({ where, message }) => `${where}: ${message}`).join("; ") || "something is missing"}.`,
    );

  const faulty = new Set(truth.faults.map(({ plate }) => plate));
  for (const { id, zPrime } of results.plates) {
    if (!faulty.has(id) && !(zPrime !== null && zPrime >= LEAST_Z_PRIME))
      wrong.push(`Plate ${id}: Z′ is ${zPrime?.toFixed(2) ?? "not known"}, at least ${LEAST_Z_PRIME} was expected.`);
  }

  const compounds = truth.compounds.map(({ name, ec50Um, ec50InsideDoses, rescue: rescueTruth }) => {
    const found = results.doseCurves.find((curve) => curve.name === name);
    const rescue = found?.verdict === "restores" || found?.verdict === "partly restores";
    const ec50 = found?.relation === "=" ? found.ec50 : null;
    if (rescue !== rescueTruth)
      wrong.push(
        `Compound ${name}: called "${found?.verdict ?? "not judged"}", it ${rescueTruth ? "rescues" : "does not rescue"}.`,
      );
    if (ec50InsideDoses && ec50Um !== null && !(ec50 !== null && ec50 <= 2 * ec50Um && ec50 >= ec50Um / 2)) {
      wrong.push(
        `Compound ${name}: EC50 ${ec50?.toPrecision(2) ?? "not found"} µM, within 2-fold of ${ec50Um} µM was expected.`,
      );
    }
    return { id: name, ec50, ec50Truth: ec50Um, rescue, rescueTruth };
  });

  const pathway = new Map(truth.genes.map((gene) => [gene.name, gene.pathway]));
  // The disease model is a gene's loss too; its pathway is that of the gene most like it.
  const diseasePathway = pathway.get(truth.diseaseGene.mostSimilar ?? "");
  const pathwayOf = (name: string): string | undefined =>
    pathway.get(name) ?? (name === truth.diseaseGene.name || name === "disease" ? diseasePathway : undefined);
  const inPlace = (found: readonly NearestGene[], where: string): number =>
    truth.genes.filter((gene) => {
      const neighbour = found.find(({ name }) => name === gene.name)?.nearest ?? null;
      const good = neighbour !== null && pathwayOf(neighbour) === gene.pathway;
      if (!good)
        wrong.push(
          `Gene ${gene.name}${where}: its nearest neighbour is ${neighbour ?? "not known"}, not of pathway ${gene.pathway}.`,
        );
      return good;
    }).length;
  const nearestInPathway = inPlace(nearest, "");
  if (map === null) wrong.push("No map was published.");
  const faults = judgeFaults(truth.faults, results.flags, wrong);
  const published = map && {
    group: map.group,
    rows: map.rows,
    genesInPlace: inPlace(map.nearest, " on the published map"),
    compoundsInPlace: compoundsInPlace(truth.compounds, map.alongDisease, wrong),
  };
  return {
    complete: results.complete && wrong.length === 0,
    seconds: Math.round(seconds * 10) / 10,
    plates: results.plates.map(({ id, zPrime }) => ({ id, zPrime })),
    compounds,
    genes: { nearestInPathway, of: truth.genes.length },
    faults,
    map: published,
    wrong,
  };
}

/** Compounds that are, at their highest dose, as far from healthy cells along the disease as was planted. */
function compoundsInPlace(
  planted: readonly { name: string; rescueAtTopDose: number; sideEffectAtTopDose: number }[],
  seen: PublishedMap["alongDisease"],
  wrong: string[],
): number {
  return planted.filter(({ name, rescueAtTopDose, sideEffectAtTopDose }) => {
    const doses = seen.filter((one) => one.name === name).sort((a, b) => b.doseUm - a.doseUm);
    const expected = 1 - rescueAtTopDose;
    const mostOff = MOST_OFF * (1 + sideEffectAtTopDose);
    const good = doses[0] !== undefined && Math.abs(doses[0].projection - expected) <= mostOff;
    if (!good)
      wrong.push(
        `Compound ${name} on the published map: ${doses[0]?.projection.toFixed(2) ?? "not there"} of the way to the disease, within ${mostOff.toFixed(2)} of ${expected.toFixed(2)} was expected.`,
      );
    return good;
  }).length;
}

/** A fault counts once a well and label: found when any of its sites is flagged so; a flagged well without that fault is a false one. */
function judgeFaults(
  injected: readonly { plate: string; well: string; label: string }[],
  flags: RunResults["flags"],
  wrong: string[],
): DemoJudgement["faults"] {
  const keyOf = (plate: string, well: string, label: string): string => `${plate} ${well} ${label}`;
  const planted = new Set(injected.map(({ plate, well, label }) => keyOf(plate, well, label)));
  const flagged = new Set(flags.map(({ plate, well, fault }) => keyOf(plate, well, fault)));
  const missed = [...planted].filter((key) => !flagged.has(key));
  const extra = [...flagged].filter((key) => !planted.has(key));
  for (const key of missed) wrong.push(`Fault not found: ${key}.`);
  if (extra.length > MOST_FALSE_FAULTS) wrong.push(`${extra.length} false faults: ${extra.join("; ")}.`);
  return { injected: planted.size, found: planted.size - missed.length, false: extra.length };
}
