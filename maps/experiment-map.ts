import { type Matrix, norm, rowOf } from "@artesian/numerics";
import { agreeingReplicates } from "./agreeing-replicates.ts";
import { meanOfRows } from "./axis.ts";
import { averageLinkage, leafOrder, type Merge } from "./clustering.ts";
import { replicateConsistency } from "./consistency.ts";
import { type AxisEnds, NAMELESS, type ScreenWell, type WellRole, wellsWith } from "./screen-wells.ts";
import { cosineMatrix, type Neighbour, neighboursOf, sortedPairs } from "./similarity.ts";

/** One perturbation of a map. */
export interface MapPerturbation {
  /** For example "gene:G2", "compound:C4@10", "control:disease". */
  id: string;
  type: "gene" | "compound" | "control";
  name: string;
  doseUm: number | null;
  /** Wells as plate and name. */
  wells: { plate: string; well: string }[];
  /** Mean pairwise cosine of the replicate wells; null with one well. */
  consistency: number | null;
  /** Permutation p of it, (r + 1)/(n + 1). */
  p: number | null;
  /** Benjamini–Hochberg adjusted over the map. */
  q: number | null;
  /** Length of the mean vector. */
  strength: number;
}

/** What is alike and what is opposite in one experiment; plain JSON. */
export interface ExperimentMap {
  perturbations: MapPerturbation[];
  /** Cosine similarities of shape (perturbations, perturbations). */
  cosine: number[][];
  /** Perturbations in the order of the dendrogram (average linkage on 1 − cosine). */
  order: number[];
  merges: Merge[];
  /** Neighbours of each perturbation in both tails. */
  neighbours: { similar: Neighbour[]; opposite: Neighbour[] }[];
  /** Nearest other gene (or the disease) of each gene; null for others. */
  nearestGene: (Neighbour | null)[];
  /** Mean vectors from their controls, of shape (perturbations, dims), for projections on any target. */
  vectors: number[][];
  /** Replicates' null and neighbours were computed with this seed. */
  seed: number;
}

export interface ExperimentMapOptions {
  seed?: number;
  permutations?: number;
  /** Neighbours kept a tail. Default 5. */
  neighbours?: number;
  /** Compounds by their highest dose only (default), or every dose as a perturbation of its own. */
  compounds?: "highest-dose" | "every-dose";
}

/**
 * Small map of one experiment. Each well is a vector from its plate's own untreated controls: genes and the disease from healthy wells,
 * compounds from the disease wells that they were given to. Perturbations are the means of their wells
 * (broken replicates set aside), related by cosine.
 * @param points wells in a phenotype space, of shape (wells, dims)
 */
export function experimentMap(
  points: Matrix,
  wells: readonly ScreenWell[],
  ends: AxisEnds | undefined,
  options: ExperimentMapOptions = {},
): ExperimentMap {
  const seed = options.seed ?? 1;
  const vectors = wellVectors(points, wells, ends);
  const groups = perturbationsOf(wells, ends, options.compounds ?? "highest-dose").map(({ perturbation, members }) => {
    const kept = agreeingReplicates(members.map((well) => vectors[well]!));
    return {
      perturbation: { ...perturbation, wells: kept.map((k) => perturbation.wells[k]!) },
      members: kept.map((k) => members[k]!),
    };
  });
  const used = groups.flatMap(({ members }) => members);
  const at = new Map(used.map((well, k) => [well, k]));
  const consistency = replicateConsistency(
    used.map((well) => vectors[well]!),
    groups.map(({ members }) => members.map((well) => at.get(well) ?? 0)),
    { seed, permutations: options.permutations ?? 499 },
  );
  const means = groups.map(({ members }) => {
    const sum = new Float64Array(points.columns);
    for (const well of members) for (let j = 0; j < sum.length; j++) sum[j]! += vectors[well]![j]! / members.length;
    return sum;
  });
  const n = groups.length;
  const cosines = cosineMatrix(means);
  const merges = averageLinkage(
    cosines.map((value) => 1 - value),
    n,
  );
  const geneLike = (index: number): boolean => {
    const { type, name } = groups[index]!.perturbation;
    return type === "gene" || (type === "control" && name !== "healthy" && ends?.start === "disease");
  };
  const pairs = sortedPairs(cosines, n);
  const tails = groups.map((_, index) => neighboursOf(cosines, n, index, options.neighbours ?? 5, () => true, pairs));
  return {
    perturbations: groups.map(({ perturbation }, k): MapPerturbation => {
      const { meanCosine, p, q } = consistency[k]!;
      const strength = norm(means[k]!);
      return { ...perturbation, consistency: orNull(meanCosine), p: orNull(p), q: orNull(q), strength };
    }),
    cosine: Array.from({ length: n }, (_, i) => Array.from(cosines.subarray(i * n, (i + 1) * n))),
    order: leafOrder(merges, n),
    merges,
    neighbours: tails,
    nearestGene: groups.map((_, index) =>
      geneLike(index) ? (neighboursOf(cosines, n, index, 1, geneLike, pairs).similar[0] ?? null) : null,
    ),
    vectors: means.map((vector) => Array.from(vector)),
    seed,
  };
}

/** Each well's vector from the mean of the untreated wells of its plate that it is to be compared with. */
export function wellVectors(points: Matrix, wells: readonly ScreenWell[], ends: AxisEnds | undefined): Float64Array[] {
  const origins = new Map<string, Float64Array>();
  const originOf = (plate: string, role: WellRole): Float64Array => {
    const key = `${role} ${plate}`;
    const known = origins.get(key);
    if (known !== undefined) return known;
    const included = wells.flatMap((well, i) => (well.excluded === undefined ? [i] : []));
    const onPlate = included.filter((i) => wells[i]!.plate === plate);
    const controls = wellsWith(wells, plate, role);
    const anywhere = included.filter((i) => wells[i]!.role === role);
    const origin = meanOfRows(points, controls.length > 0 ? controls : anywhere.length > 0 ? anywhere : onPlate);
    origins.set(key, origin);
    return origin;
  };
  return wells.map((well, i) => {
    const origin = originOf(well.plate, originRole(well.role, ends, wells));
    return rowOf(points, i).map((value, j) => value - origin[j]!);
  });
}

/** Which untreated wells a well is compared with. */
function originRole(role: WellRole, ends: AxisEnds | undefined, wells: readonly ScreenWell[]): WellRole {
  if (ends?.start === "disease") return role === "compound" ? "disease" : "healthy";
  if (ends !== undefined) return "negative";
  const present = new Set(wells.map((well) => well.role));
  if (present.has("negative")) return "negative";
  if (role !== "compound" && present.has("healthy")) return "healthy";
  return present.has("disease") ? "disease" : "healthy";
}

interface PerturbationGroup {
  perturbation: Pick<MapPerturbation, "id" | "type" | "name" | "doseUm" | "wells">;
  members: number[];
}

function perturbationsOf(
  wells: readonly ScreenWell[],
  ends: AxisEnds | undefined,
  compounds: "highest-dose" | "every-dose",
): PerturbationGroup[] {
  const included = wells.flatMap((well, i) => (well.excluded === undefined ? [i] : []));
  const group = (
    type: MapPerturbation["type"],
    id: string,
    name: string,
    doseUm: number | null,
    members: number[],
  ): PerturbationGroup => ({
    perturbation: {
      id,
      type,
      name,
      doseUm,
      wells: members.map((i) => ({ plate: wells[i]!.plate, well: wells[i]!.well })),
    },
    members,
  });
  const groups: PerturbationGroup[] = [];
  const controlRole: WellRole = ends?.start === "disease" ? "disease" : "positive";
  const controls = included.filter((i) => wells[i]!.role === controlRole);
  if (controls.length > 0)
    groups.push(group("control", `control:${controlRole}`, wells[controls[0]!]!.name ?? controlRole, null, controls));
  const genes = included.filter((i) => wells[i]!.role === "gene");
  for (const name of new Set(genes.map((i) => wells[i]!.name ?? "unnamed gene"))) {
    groups.push(
      group(
        "gene",
        `gene:${name}`,
        name,
        null,
        genes.filter((i) => (wells[i]!.name ?? "unnamed gene") === name),
      ),
    );
  }
  const treated = included.filter((i) => wells[i]!.role === "compound");
  for (const name of new Set(treated.map((i) => wells[i]!.name ?? NAMELESS))) {
    const own = treated.filter((i) => (wells[i]!.name ?? NAMELESS) === name);
    const doses = [...new Set(own.map((i) => wells[i]!.doseUm))].sort((a, b) => (a ?? 0) - (b ?? 0));
    for (const dose of compounds === "every-dose" ? doses : doses.slice(-1)) {
      const members = own.filter((i) => wells[i]!.doseUm === dose);
      groups.push(
        group("compound", dose === null ? `compound:${name}` : `compound:${name}@${dose}`, name, dose, members),
      );
    }
  }
  return groups;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
