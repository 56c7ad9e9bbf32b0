import type { Aggregated } from "./aggregate-units.ts";
import type { Arms } from "./chromosome-arms.ts";
import { scaleOf } from "./control-scale.ts";
import { type ArmScore, intraArmScore, reduceArmBias } from "./proximity-bias.ts";

/** One change of all rows before their lengths are taken off. */
export type RowStep =
  /** Features to mean 0 and standard deviation 1 (ddof 0) over the rows of all experiments together. */
  | { kind: "centre-scale" }
  /** The mean of each chromosome arm's unexpressed genes taken from its genes. */
  | { kind: "proximity-bias"; threshold?: number; moreThan?: number };

/** What becomes one group of the map: its steps in order. */
export interface Transformation {
  /** Ends the group's name: "_prox_bias_reduced"; "" for what was aggregated. */
  suffix: string;
  label: string;
  steps: readonly RowStep[];
}

/** What steps know of genes. */
export interface GeneFacts {
  arms?: Arms;
  zFpkm?: ReadonlyMap<string, number>;
}

export interface TransformedRows {
  vectors: Float64Array;
  /** Arms corrected, and how alike genes of one arm were before and after; absent without such a step. */
  proximityBias?: { before: ArmScore; after: ArmScore; corrected: Record<string, number>; uncorrected: number };
}

/** Transformations that are known by name. */
export const TRANSFORMATIONS: Readonly<Record<string, Transformation>> = {
  plain: { suffix: "", label: "as aggregated", steps: [] },
  "centre-scaled": { suffix: "_centre_scaled", label: "centred and scaled", steps: [{ kind: "centre-scale" }] },
  "proximity-bias-reduced": {
    suffix: "_prox_bias_reduced",
    label: "proximity bias reduced",
    steps: [{ kind: "proximity-bias" }],
  },
};

/**
 * Applies the steps in order.
 * @throws ArmCorrectionError (maps/arm-correction) when arms or expression are not known, or no arm has enough genes
 */
export function transformRows(
  given: Pick<Aggregated, "rows" | "dims" | "vectors">,
  steps: readonly RowStep[],
  facts: GeneFacts,
): TransformedRows {
  const { rows, dims } = given;
  let vectors = given.vectors;
  let bias: TransformedRows["proximityBias"];
  for (const step of steps) {
    if (step.kind === "centre-scale") vectors = centredAndScaled({ rows, dims, vectors });
    else {
      const { arms = new Map<string, string>(), zFpkm = new Map<string, number>() } = facts;
      const { kind: _, ...parameters } = step;
      const before = { rows, dims, vectors };
      const after = reduceArmBias(before, { arms, zFpkm, ...parameters });
      bias = {
        before: intraArmScore(before, arms),
        after: intraArmScore({ rows, dims, vectors: after.vectors }, arms),
        corrected: Object.fromEntries(after.corrected),
        uncorrected: after.uncorrected,
      };
      vectors = after.vectors;
    }
  }
  return { vectors, ...(bias === undefined ? {} : { proximityBias: bias }) };
}

function centredAndScaled({ rows, dims, vectors }: Pick<Aggregated, "rows" | "dims" | "vectors">): Float64Array {
  const whole = rows.flatMap(({ experiment }, i) => (experiment === null ? [i] : []));
  const { mean, sd } = scaleOf(vectors, dims, whole);
  return vectors.map((value, at) => (value - mean[at % dims]!) / sd[at % dims]!);
}
