import { seededRandom } from "@artesian/numerics";
import { type ExperimentAgreement, experimentAgreement } from "../experiment-agreement.ts";
import { floatsOf } from "../group-files.ts";
import { treatmentOf } from "../map-units.ts";
import type { StoredUnit } from "../read-units.ts";
import { type RowTold, rowsTold } from "./chosen-rows.ts";
import type { GroupView } from "./group-view.ts";
import { readParts } from "./read-parts.ts";

/** A row split: how its experiments agree, and its wells beside each other. */
export interface ReplicatesTold {
  of: RowTold;
  /** null: the group has no rows of single experiments. */
  agreement: ExperimentAgreement | null;
  wells: Pick<StoredUnit, "unit" | "batch" | "experiment" | "objects">[];
  /** Pairwise cosines of the wells, before any transformation, of shape (wells, wells); null where a well has no length. */
  cosines: (number | null)[][];
  /** Mean over pairs of wells; null with fewer than two. */
  meanCosine: number | null;
}

/** Other perturbations of an experiment that the null of agreement is drawn from: all, or a seeded sample. */
const POOL = 400;

/** Splits a row by experiment and into its wells. */
export async function askReplicates(
  view: GroupView,
  row: number,
  call: { signal?: AbortSignal } = {},
): Promise<ReplicatesTold> {
  const [of] = await rowsTold(view, [row], call);
  const [agreement, wells] = await Promise.all([agreementOf(view, of!, call), wellsOf(view, of!, call)]);
  return { of: of!, agreement, ...wells };
}

async function agreementOf(
  view: GroupView,
  of: RowTold,
  call: { signal?: AbortSignal },
): Promise<ExperimentAgreement | null> {
  const rows = await view.rows(call);
  const own: number[] = [];
  const others = new Map<string, number[]>();
  for (const [i, { experiment, perturbation, concentration }] of rows.entries()) {
    if (experiment === null) continue;
    if (perturbation === of.perturbation) {
      if (concentration === of.concentration) own.push(i);
    } else if (others.has(experiment)) others.get(experiment)!.push(i);
    else others.set(experiment, [i]);
  }
  if (own.length === 0) return null;
  const random = seededRandom(1);
  const drawn = own.flatMap((row) => {
    const pool = others.get(rows[row]!.experiment!) ?? [];
    if (pool.length <= POOL) return pool;
    return Array.from({ length: POOL }, () => pool[random.below(pool.length)]!);
  });
  const chosen = [...new Set([...own, ...drawn])].sort((a, b) => a - b);
  const part = await view.part(chosen, call);
  const told = experimentAgreement(part, of.perturbation, of.concentration);
  return { ...told, rows: told.rows.map((at) => chosen[at]!) };
}

async function wellsOf(
  view: GroupView,
  of: RowTold,
  call: { signal?: AbortSignal },
): Promise<Pick<ReplicatesTold, "wells" | "cosines" | "meanCosine">> {
  if (view.manifest.files["wells.f32"] === undefined) return { wells: [], cosines: [], meanCosine: null };
  const units = await view.units(call);
  // Wells point to rows of all experiments together.
  const named = of.experiment === null ? [of.row] : await view.named(of.perturbation, call);
  const rows = await view.rowsOf(named, call);
  const whole = named.find((_, i) => rows[i]!.experiment === null && treatmentOf(rows[i]!) === treatmentOf(of));
  const chosen = units.flatMap((unit, i) =>
    unit.row === whole && (of.experiment === null || unit.experiment === of.experiment) ? [i] : [],
  );
  const { dims, files } = view.manifest;
  const key = files["wells.f32"]!.key;
  const vectors = floatsOf(await readParts(view.place, key, dims * 4, chosen, call));
  const cosines = chosen.map((_, i) => chosen.map((_, j) => cosineOf(vectors, dims, i, j)));
  const pairs = cosines.flatMap((line, i) => line.slice(i + 1)).filter((value) => value !== null);
  return {
    wells: chosen.map((i) => {
      const { unit, batch, experiment, objects } = units[i]!;
      return { unit, batch, experiment, objects };
    }),
    cosines,
    meanCosine: pairs.length === 0 ? null : pairs.reduce((sum, value) => sum + value, 0) / pairs.length,
  };
}

function cosineOf(vectors: Float32Array, dims: number, a: number, b: number): number | null {
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < dims; k++) {
    const [x, y] = [vectors[a * dims + k]!, vectors[b * dims + k]!];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : null;
}
